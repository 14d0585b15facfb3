// `node scripts/mutants.mjs [--seeds N] [--from N] [--only TEXT] [--skip N]`: the simulation against deliberate faults, one at a time
// (test/simulation/mutants.mjs), in a copy of the project. Says for each whether a seed found it, and which. A seed that ends badly
// without the fault too has found nothing, and is left out from then on.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { mutants } from '../test/simulation/mutants.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    skip: { type: 'string', default: '0' },
  },
});
const wanted = mutants
  .filter(({ name, file }) => `${file} ${name}`.includes(values.only))
  .slice(Number(values.skip));
const copy = mkdtempSync(join(tmpdir(), 'sparkhire-mutants-'));
process.on('SIGINT', () => process.exit(130));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
for (const name of [
  'src',
  'packages',
  'test',
  'migrations',
  'config',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
])
  cpSync(join(root, name), join(copy, name), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

const missed = [];
/** Seeds that end badly as the program is. */
const without = new Set();
const all = { seeds: values.seeds, from: values.from };
for (const { name, file, find, put } of wanted) {
  const path = join(copy, 'src', file);
  const text = readFileSync(path, 'utf8');
  if (text.split(find).length !== 2) throw new Error(`${file} does not have it once: ${find}`);
  let found;
  for (;;) {
    writeFileSync(
      path,
      text.replace(find, () => put),
    );
    found = play(all);
    writeFileSync(path, text);
    const seed = found?.match(/^seed (\d+)/)[1];
    const asItIs = seed && play({ seeds: '1', from: seed });
    if (!asItIs) break;
    without.add(seed);
    console.log(`left out, it ends badly without a fault: ${asItIs}`);
  }
  if (found === null) missed.push(name);
  console.log(found === null ? `missed  ${file}: ${name}` : `caught  ${file}: ${name}\n        ${found}`);
}
console.log(
  `${wanted.length - missed.length} of ${wanted.length} caught by seeds from ${values.from} on, ${values.seeds} at most.`,
);
process.exitCode = missed.length === 0 ? 0 : 1;

/** The first seed that ends badly, with what was violated; null if all end well. */
function play({ seeds, from }) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const options = ['run', 'test/simulation/simulation.test.ts', '--bail', '1', '--maxConcurrency', '4'];
  const NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --max-semi-space-size=64`;
  const env = {
    NODE_OPTIONS,
    SIMULATE_SEEDS: seeds,
    SIMULATE_FROM: from,
    SIMULATE_WITHOUT: [...without].join(),
    SIMULATE_AS_IT_IS: '1',
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, [vitest, ...options, '--testTimeout', '0'], {
    cwd: copy,
    env: { ...process.env, ...env, NO_COLOR: '1' },
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  if (status === 0) return null;
  const output = stripVTControlCharacters(`${stdout}\n${stderr}`);
  const [, day] = /Error: (seed \d+: [\s\S]*?)\n\s+❯/.exec(output) ?? [];
  if (day === undefined) throw new Error(`no seed was played to its end:\n${output.trim()}`);
  const lines = day.split('\n');
  return `${lines[0]}: ${lines.find((line, at) => at > 0 && !/^[{[]/.test(line)) ?? ''}`;
}
