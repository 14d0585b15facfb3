// `npm run simulate -- [--seeds N] [--from N] [--events N]`: worlds drawn by seeds, each played to its end and judged.
// `npm run simulate -- --day FILE`: one day, as a failure has printed it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const variables = { seeds: 'SIMULATE_SEEDS', from: 'SIMULATE_FROM', events: 'SIMULATE_EVENTS' };
const env = { ...process.env, SIMULATE_SEEDS: '100' };
const args = process.argv.slice(2);
for (let i = 0; i < args.length; i++) {
  if (args[i] === '--day' && args[i + 1] !== undefined) {
    env.SIMULATE_DAY = args[++i];
    continue;
  }
  const [, name, value] = /^--(seeds|from|events)(?:=(.*))?$/.exec(args[i]) ?? [];
  const number = Number(value ?? args[++i]);
  if (name === undefined || !Number.isInteger(number) || number < 1) {
    console.error('Takes --seeds N, --from N and --events N, each a whole number from 1 on, or --day FILE.');
    process.exit(2);
  }
  env[variables[name]] = String(number);
}
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const options = ['run', 'test/simulation', '--maxConcurrency', '4', '--testTimeout', '0'];
const { status } = spawnSync(process.execPath, [vitest, ...options], { cwd: root, env, stdio: 'inherit' });
process.exitCode = status ?? 1;
