// From which batch size on COPY beats one statement: what `defaultCopyFrom` in src/mirror/store.ts is chosen from.
import { openDatabase, query } from '../dist/db/database.js';
import { inMirrorTransaction } from '../dist/mirror/store.js';
import { mirrorTables } from '../dist/mirror/tables.js';
import { writeBatch } from '../dist/mirror/write-batch.js';
import { median, printTable, whole } from './figures.mjs';
import { mirrorRows } from './interviews.mjs';

const sizes = [1, 10, 50, 100, 200, 400, 600, 1000, 2000];
const never = Number.POSITIVE_INFINITY;
const ways = {
  statement: { stageFrom: never, mergeAll: true },
  look: { stageFrom: never },
  stage: { stageFrom: 1 },
};
const columns = [
  ['new', 'statement', 'new: one statement'],
  ['new', 'look', 'look, COPY'],
  ['unchanged', 'statement', 'unchanged: one statement'],
  ['unchanged', 'look', 'look'],
  ['changed', 'look', 'changed: look, statement'],
  ['changed', 'stage', 'look, temporary table'],
];

export async function crossover({ quick, server }) {
  const db = openDatabase(await server.create(), { maxConnections: 1 });
  const rounds = 3;
  const measured = [];
  try {
    for (let round = -1; round < rounds; round++) {
      for (const size of sizes) {
        const batches = Math.max(1, Math.ceil((quick ? 500 : 2000) / Math.max(size, 10)));
        for (const way of Object.keys(ways)) {
          await query(db, 'truncate sparkhire.interviews');
          for (const phase of ['new', 'unchanged', 'changed']) {
            const ms = await run(db, ways[way], phase, size, batches);
            if (round >= 0)
              measured.push({ size, way, phase, rowsPerSecond: ((size * batches) / ms) * 1000 });
          }
        }
      }
    }
  } finally {
    await db.destroy();
  }
  const table = sizes.map((size) => {
    const cells = columns.map(([phase, way]) =>
      median(
        measured
          .filter((m) => m.size === size && m.way === way && m.phase === phase)
          .map((m) => m.rowsPerSecond),
      ),
    );
    return { size, cells };
  });
  console.log(
    `\nWays of writing a batch, by its size: medians of ${rounds} rounds, rows/s, a transaction a batch`,
  );
  printTable(
    ['rows', ...columns.map(([, , title]) => title)],
    table.map(({ size, cells }) => [size, ...cells.map(whole)]),
  );
  return {
    rounds,
    rowsPerSecond: table.map(({ size, cells }) => ({
      size,
      ...Object.fromEntries(columns.map(([phase, way], i) => [`${phase} ${way}`, cells[i]])),
    })),
  };
}

async function run(db, options, phase, size, batches) {
  let ms = 0;
  for (let n = 0; n < batches; n++) {
    const rows = mirrorRows(n * size, (n + 1) * size, phase === 'changed');
    const started = performance.now();
    await inMirrorTransaction(
      db,
      'default',
      (tx) => writeBatch(tx, 'default', mirrorTables.interviews, rows, options),
      { recordChanges: false },
    );
    ms += performance.now() - started;
  }
  return ms;
}
