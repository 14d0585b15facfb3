// `npm run simulate -- [--seeds N] [--from N] [--events N] [--json]`: worlds drawn by seeds, each played to its end and
// judged. With --json, what came up how often is one line on stdout, and all else goes to stderr.
// `npm run simulate -- --day FILE`: one day, as a failure has printed it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const variables = { seeds: 'SIMULATE_SEEDS', from: 'SIMULATE_FROM', events: 'SIMULATE_EVENTS' };
// Whoever has more room for what is young collects it less often: a tenth of the time.
const NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --max-semi-space-size=64`;
const env = { ...process.env, NODE_OPTIONS, SIMULATE_SEEDS: '100' };
const args = process.argv.slice(2);
let directory;
for (let i = 0; i < args.length; i++) {
  if (args[i] === '--day' && args[i + 1] !== undefined) {
    env.SIMULATE_DAY = resolve(args[++i]);
    if (!existsSync(env.SIMULATE_DAY)) {
      console.error(`There is no file ${env.SIMULATE_DAY}.`);
      process.exit(2);
    }
    continue;
  }
  if (args[i] === '--json') {
    directory = mkdtempSync(join(tmpdir(), 'sparkhire-simulate-'));
    env.SIMULATE_JSON = join(directory, 'table.json');
    continue;
  }
  const [, name, value] = /^--(seeds|from|events)(?:=(.*))?$/.exec(args[i]) ?? [];
  const number = Number(value ?? args[++i]);
  if (name === undefined || !Number.isInteger(number) || number < 1) {
    console.error(
      'Takes --seeds N, --from N and --events N, each a whole number from 1 on, --json, or --day FILE.',
    );
    process.exit(2);
  }
  env[variables[name]] = String(number);
}
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const options = ['run', 'test/simulation', '--maxConcurrency', '4', '--testTimeout', '0'];
const stdio = ['inherit', directory === undefined ? 'inherit' : 2, 'inherit'];
const { status } = spawnSync(process.execPath, [vitest, ...options], { cwd: root, env, stdio });
if (directory !== undefined) {
  if (existsSync(env.SIMULATE_JSON)) process.stdout.write(`${readFileSync(env.SIMULATE_JSON, 'utf8')}\n`);
  rmSync(directory, { recursive: true, force: true });
}
process.exitCode = status ?? 1;
