// How fast rows get into the mirror, beside PostgreSQL's own COPY and a peer that stores the same amount.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import pg from 'pg';
import { openDatabase } from '../dist/db/database.js';
import { inMirrorTransaction, storeRows } from '../dist/mirror/store.js';
import { copyAll, createCopyTable, encodeForCopy } from './copy.mjs';
import { fixed, median, printTable, whole } from './figures.mjs';
import { itemBytes, mirrorRows } from './interviews.mjs';
import { openPeer } from './peer.mjs';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

const phases = ['new', 'unchanged', 'changed'];
const batch = 5000;

/** Rows of a phase, a batch at a time, made when asked for: what waits in memory would slow the collector. */
function* batches(total, size, changed) {
  for (let from = 0; from < total; from += size)
    yield mirrorRows(from, Math.min(from + size, total), changed);
}

function ours(db, name, { size, recordChanges }) {
  const table = 'sparkhire.interviews';
  return {
    name,
    table,
    phases,
    async run(phase, total) {
      const counts = { created: 0, updated: 0, unchanged: 0 };
      let ms = 0;
      // As a sweep does: what follows on news only is taken for news.
      let areNew = false;
      for (const rows of batches(total, size, phase === 'changed')) {
        const started = performance.now();
        const store = (tx) => storeRows(tx, 'interviews', rows, { areNew });
        const stored = await inMirrorTransaction(db, 'default', store, { recordChanges });
        ms += performance.now() - started;
        areNew = stored.created === rows.length;
        for (const key of Object.keys(counts)) counts[key] += stored[key];
      }
      const expected = { new: 'created', unchanged: 'unchanged', changed: 'updated' }[phase];
      if (counts[expected] !== total) throw new Error(`${name}, ${phase}: ${JSON.stringify(counts)}`);
      return ms;
    },
  };
}

function bound(client, name, run) {
  return { name, table: 'bench.interviews', phases: ['new'], run: (_, total) => run(client, total) };
}

async function copyInOne(client, total) {
  const chunks = [];
  for (const rows of batches(total, batch, false)) chunks.push(...encodeForCopy(rows));
  collectGarbage();
  const started = performance.now();
  await copyAll(client, chunks);
  return performance.now() - started;
}

async function copyOnTheWay(client, total) {
  let ms = 0;
  for (const rows of batches(total, batch, false)) {
    const started = performance.now();
    await copyAll(client, encodeForCopy(rows));
    ms += performance.now() - started;
  }
  return ms;
}

/** Rows of a table that were written since a transaction. */
async function writtenSince(client, table, xid) {
  const { rows } = await client.query(
    `select count(*)::int as written from ${table} where xmin::text::bigint >= $1`,
    [xid],
  );
  return rows[0].written;
}

async function currentXid(client) {
  const { rows } = await client.query('select mod(pg_current_xact_id()::text::bigint, 4294967296) as xid');
  return rows[0].xid;
}

/** One pass of one way through its phases: milliseconds, and rows written where nothing changed. */
async function pass(client, way, total) {
  await client.query(
    'truncate bench.interviews, sparkhire.interviews, sync.changes, sync.interview_past_statuses',
  );
  await way.reset?.();
  collectGarbage(); // that of the way before is not paid for by this one
  const ms = {};
  let rewritten = null;
  for (const phase of way.phases) {
    await client.query('checkpoint').catch(() => {}); // needs a right that not everybody has
    const xid = await currentXid(client);
    ms[phase] = await way.run(phase, total);
    if (phase === 'unchanged') rewritten = await writtenSince(way.client ?? client, way.table, xid);
  }
  return { ms, rewritten };
}

export async function storing({ quick, server }) {
  const total = quick ? 10_000 : 100_000;
  const rounds = quick ? 5 : 3;
  const url = await server.create();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(createCopyTable);
  const db = openDatabase(url, { maxConnections: 1 });
  const peer = await openPeer(await server.create());
  const ways = [
    bound(client, 'COPY, text made beforehand (the bound)', copyInOne),
    bound(client, 'COPY, text made on the way', copyOnTheWay),
    ours(db, 'mirror: rows alone, 5,000 a batch', { size: batch, recordChanges: false }),
    ours(db, 'mirror: with sync.changes, 5,000 a batch', { size: batch, recordChanges: true }),
    ours(db, 'mirror: with sync.changes, pages of 100', { size: 100, recordChanges: true }),
    ...(peer.way ? [peer.way] : []),
  ];
  console.log(
    `\nStoring ${whole(total)} interviews of ${itemBytes()} bytes, medians of ${rounds} rounds, rows/s`,
  );
  if (!peer.way) console.log(`The peer is left out: ${peer.reason}`);
  try {
    const measured = new Map(ways.map((way) => [way.name, []]));
    for (const way of ways) await pass(client, way, 2000);
    for (let round = 0; round < rounds; round++) {
      for (const way of ways) measured.get(way.name).push(await pass(client, way, total));
    }
    const results = ways.map((way) => summarise(way, measured.get(way.name), total));
    // Of the same round each: what slows the machine for a while slows both.
    const copy = results[0].rounds;
    for (const result of results) {
      result.newOverCopy = median(result.rounds.map((ms, round) => copy[round].new / ms.new));
    }
    printTable(
      ['', 'new', 'unchanged', 'all changed', 'new / COPY', 'written though unchanged'],
      results.map(({ name, rowsPerSecond, newOverCopy, rewritten }) => [
        name,
        ...phases.map((phase) => whole(rowsPerSecond[phase])),
        fixed(newOverCopy),
        whole(rewritten),
      ]),
    );
    return { rows: total, rounds, bytes: itemBytes(), peer: peer.about, ways: results };
  } finally {
    await peer.close();
    await db.destroy();
    await client.end();
  }
}

function summarise(way, passes, total) {
  const perSecond = (phase) => passes.map(({ ms }) => (total / ms[phase]) * 1000);
  const rowsPerSecond = Object.fromEntries(
    phases.map((phase) => [phase, way.phases.includes(phase) ? median(perSecond(phase)) : null]),
  );
  const rewritten = way.phases.includes('unchanged') ? Math.max(...passes.map((p) => p.rewritten)) : null;
  return { name: way.name, rowsPerSecond, rewritten, rounds: passes.map(({ ms }) => ms) };
}
