// `npm run simulate -- [--seeds N] [--from N] [--events N] [--processes N] [--json]`: worlds drawn by seeds, each played to its
// end and judged. With --json, what came up how often is one line on stdout, and all else goes to stderr.
// `npm run simulate -- --day FILE`: one day, as a failure has printed it.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collected, cpu, timed } from './run-tests.mjs';
import { added, tableOf } from './simulate-table.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
// Whoever has more room for what is young collects it less often: a tenth of the time.
const NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --max-semi-space-size=64`;
const numbers = { seeds: 100, from: 1, events: undefined, processes: 1 };
let day;
let asJson = false;
const args = process.argv.slice(2);
for (let i = 0; i < args.length; i++) {
  if (args[i] === '--day' && args[i + 1] !== undefined) {
    day = resolve(args[++i]);
    if (!existsSync(day)) {
      console.error(`There is no file ${day}.`);
      process.exit(2);
    }
    continue;
  }
  if (args[i] === '--json') {
    asJson = true;
    continue;
  }
  const [, name, value] = /^--(seeds|from|events|processes)(?:=(.*))?$/.exec(args[i]) ?? [];
  const number = Number(value ?? args[++i]);
  if (name === undefined || !Number.isInteger(number) || number < 1) {
    console.error(
      'Takes --seeds N, --from N, --events N and --processes N, each a whole number from 1 on, --json, or --day FILE.',
    );
    process.exit(2);
  }
  numbers[name] = number;
}

const { seeds, from, events, processes } = numbers;
const many = day === undefined ? Math.min(processes, seeds) : 1;
const directory = mkdtempSync(join(tmpdir(), 'sparkhire-simulate-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const began = process.hrtime.bigint();
const plays = await Promise.all(Array.from({ length: many }, (_, part) => play(part)));
if (day === undefined) {
  const tables = Array.from({ length: many }, (_, part) => fileOf(part)).filter((file) => existsSync(file));
  const all = added(tables.map((file) => JSON.parse(readFileSync(file, 'utf8'))));
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  if (asJson) console.log(JSON.stringify(all));
  else console.log(tableOf(all));
  const spent = plays.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  console.error(
    `seeds ${from} to ${from + seeds - 1}: ${Math.round(seconds)} s, ${(spent / seeds).toFixed(2)} CPU s a seed with all that it takes`,
  );
}
process.exitCode = Math.max(...plays.map(({ code }) => code));

function fileOf(part) {
  return join(directory, `table-${part}.json`);
}

/** Its share of the seeds, one after the other. @returns the exit code, and the CPU seconds of this and its PostgreSQL */
function play(part) {
  const first = from + Math.floor((seeds * part) / many);
  const next = from + Math.floor((seeds * (part + 1)) / many);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const options = ['run', 'test/simulation', '--maxConcurrency', '4', '--testTimeout', '0'];
  const env = {
    ...process.env,
    NODE_OPTIONS,
    SIMULATE_SEEDS: String(next - first),
    SIMULATE_FROM: String(first),
    SIMULATE_JSON: fileOf(part),
    ...(events === undefined ? {} : { SIMULATE_EVENTS: String(events) }),
    ...(day === undefined ? {} : { SIMULATE_DAY: day }),
  };
  const stdio = ['inherit', asJson ? 2 : 'inherit', 'inherit', 'pipe'];
  const command = ['-c', timed, 'sh', process.execPath, vitest, ...options];
  const child = spawn('sh', command, { cwd: root, env, stdio });
  const times = collected(child.stdio[3]);
  return new Promise((ended) =>
    child.on('close', (code) => {
      const { user = 0, system = 0 } = cpu(times());
      ended({ code: code ?? 1, cpuSeconds: user + system });
    }),
  );
}
