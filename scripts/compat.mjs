// npm run compat -- --help; see docs/compatibility.md
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checks, long, NotHere, withoutServer } from './compat/checks.mjs';
import { openDownloads } from './compat/download.mjs';
import { compatibilityPage, keyOf } from './compat/page.mjs';
import { endPrograms } from './compat/program.mjs';
import { node, postgres } from './compat/versions.mjs';

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    postgres: { type: 'string', multiple: true },
    node: { type: 'string', multiple: true },
    files: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
});
if (flags.help) {
  console.log(`npm run compat -- [--only PART]… [--postgres MAJOR]… [--node MAJOR]… [--files FILES]…

  --only PART       ${Object.keys(checks).join(', ')}
  --postgres MAJOR  ${Object.keys(postgres).join(', ')}
  --node MAJOR      ${Object.keys(node).join(', ')}
  --files FILES     of tests: vitest's filter. What is left out is not noted

Lists may be separated by commas. Everything unless flags say otherwise, the tests with Node 20 or PostgreSQL 18 only,
unless both versions are chosen. Linux only.
Downloads pinned versions into a temporary folder, goes on after a failure, and notes each result in docs/compatibility.md.`);
  process.exit(0);
}
const chosen = (name, known) => {
  const wanted = flags[name]?.flatMap((text) => text.split(',')) ?? known;
  const unknown = wanted.find((one) => !known.includes(one));
  if (unknown === undefined) return known.filter((one) => wanted.includes(one));
  console.error(`--${name}: there is no ${unknown}; there are ${known.join(', ')}.`);
  process.exit(2);
};
const parts = chosen('only', Object.keys(checks));
const majors = {
  postgres: chosen('postgres', Object.keys(postgres)),
  node: chosen('node', Object.keys(node)),
};
const isPair = flags.postgres !== undefined && flags.node !== undefined;
const isTried = (part, database, runtime) =>
  withoutServer.includes(part)
    ? database === '18'
    : !long.includes(part) || isPair || runtime === '20' || database === '18';
const plan = parts.flatMap((part) =>
  majors.postgres.flatMap((database) =>
    majors.node
      .filter((runtime) => isTried(part, database, runtime))
      .map((runtime) => ({ part, database, runtime })),
  ),
);

const resultsFile = fileURLToPath(new URL('./compat/results.json', import.meta.url));
const page = fileURLToPath(new URL('../docs/compatibility.md', import.meta.url));

/** Read anew each time: parts may run side by side. */
function note(key, part, result) {
  const results = JSON.parse(readFileSync(resultsFile, 'utf8'));
  results[key] = { ...results[key], [part]: result };
  writeFileSync(resultsFile, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(page, compatibilityPage(results));
}

const folder = mkdtempSync(join(tmpdir(), 'sparkhire-compat-'));
chmodSync(folder, 0o755);
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    interrupted = true;
    endPrograms();
  });
}
const downloads = openDownloads(folder);
let failures = 0;
for (const [index, { part, database, runtime }] of plan.entries()) {
  const on = {
    folder,
    downloads,
    files: flags.files,
    postgresVersion: postgres[database],
    nodeVersion: node[runtime],
  };
  const key = keyOf(on.postgresVersion, on.nodeVersion);
  const began = performance.now();
  let result;
  let details = '';
  try {
    result = { ok: true, text: await checks[part](on) };
  } catch (error) {
    // What was ended has not failed.
    if (interrupted) break;
    if (error instanceof NotHere) {
      console.log(`[${index + 1}/${plan.length}] ${key}: ${part} not run: ${error.message}`);
      continue;
    }
    failures++;
    const [first] = error.message.split('\n');
    result = { ok: false, text: part === 'tests' ? first : 'fails' };
    details = `\n  ${error.message}`;
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`[${index + 1}/${plan.length}] ${key}: ${part} ${result.text} (${seconds} s)${details}`);
  if (flags.files.length === 0) note(key, part, result);
  if (interrupted) break;
}
process.exit(interrupted ? 130 : failures > 0 ? 1 : 0);
