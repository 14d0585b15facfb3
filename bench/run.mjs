// npm run bench -- --help; see docs/bench.md
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const parts = [
  ...['start', 'import', 'sync', 'storing', 'crossover', 'budget', 'memory'],
  ...[
    'idle',
    'changes',
    'plan',
    'shares',
    'rows',
    'invitations',
    'webhooks',
    'takeover',
    'accounts',
    'connector',
    'explain',
    'console',
    'forget',
    'endurance',
  ],
];
// Only if it is named: it takes the minutes that the tests take.
const named = ['tests'];
const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    // Of `start`, `import`, `sync`, `memory`, `shares`, `rows`, `webhooks` and `tests`.
    commit: { type: 'string' },
    filter: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
if (flags.help) {
  console.log(`npm run bench -- [--only PART]… [--quick] [--json] [--commit REVISION]

  --only PART        ${[...parts, ...named].join(', ')}; may be repeated
  --quick            smaller sizes
  --json             the results as JSON on stdout, tables on stderr
  --commit REVISION  beside that commit, checked out and built in a folder of its own, with the ratios:
                     of start, import, sync, memory, shares, rows, webhooks and tests
  --filter FILES     of tests: vitest's filter; may be repeated
  --rounds N         of tests: how often each

Everything but tests unless --only names parts. See docs/bench.md.`);
  process.exit(0);
}
const wanted = flags.only?.flatMap((names) => names.split(',')) ?? parts;
const known = [...parts, ...named];
const unknown = wanted.find((name) => !known.includes(name));
if (unknown !== undefined) {
  console.error(`There is no part called ${unknown}; there are ${known.join(', ')}.`);
  process.exit(2);
}
const build = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: 'inherit' });
if (build.status !== 0) process.exit(1);
// With --json, stdout has the results alone.
if (flags.json) console.log = console.error;

const { openServer } = await import('./database.mjs');
const server = await openServer();
const results = {
  at: new Date().toISOString(),
  quick: flags.quick,
  node: process.version,
  machine: {
    platform: `${process.platform} ${process.arch}`,
    cores: cpus().length,
    cpu: cpus()[0]?.model,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0],
  },
  postgres: server.about,
};
console.log(
  `Node ${process.version.slice(1)}, ${results.machine.cores} cores (${results.machine.cpu}); PostgreSQL ` +
    `${server.about.version}: ${server.about.where}, fsync ${server.about.fsync}, synchronous_commit ` +
    `${server.about.synchronousCommit}, shared_buffers ${server.about.sharedBuffers}`,
);
const [load] = loadavg();
if (load > results.machine.cores / 4) {
  console.log(
    `Other processes are at work here (load ${load.toFixed(1)}): figures will scatter, ratios too.`,
  );
}
try {
  for (const name of known.filter((part) => wanted.includes(part))) {
    const module = await import(`./${name}.mjs`);
    results[name] = await module[name]({ ...flags, rounds: Number(flags.rounds), server });
  }
} finally {
  await server.close();
}
const file = join(root, '.data', 'bench', 'results.json');
mkdirSync(join(root, '.data', 'bench'), { recursive: true });
writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
console.log(`\nAll figures: ${file}`);
if (flags.json) process.stdout.write(`${JSON.stringify(results)}\n`);
