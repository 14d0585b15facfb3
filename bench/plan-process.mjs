// The process that plans, for plan.mjs: its task as JSON in the arguments, its figures as JSON on stdout.
import pg from 'pg';
import { openOwnedAccount } from '../dist/account-session.js';
import { loadSettings } from '../dist/config.js';
import { openDatabase } from '../dist/db/database.js';
import { scanByHash } from '../dist/desired/queue.js';
import { createLogger } from '../dist/log.js';
import { inMirrorTransaction, storeRows } from '../dist/mirror/store.js';
import { planPush, push } from '../dist/push/push.js';
import { spread } from './emulated.mjs';
import { median } from './figures.mjs';
import { interviewItem, interviewRows } from './plan.mjs';
import { sleep, until } from './service.mjs';

const { url, changed, rounds, all } = JSON.parse(process.argv[2]);
const db = openDatabase(url, { maxConnections: 4 });
const client = new pg.Client({ connectionString: url });
await client.connect();
const settings = loadSettings({
  // Nothing is sent: there is nobody at that address.
  environment: {
    DATABASE_URL: url,
    SPARKHIRE_BASE_URL: 'http://127.0.0.1:9/v1.0',
    SPARKHIRE_API_KEY: 'none',
  },
});
// Its users have no keys.
settings.policies.keys.missing = 'administrator';
const owned = await openOwnedAccount({
  account: settings.accounts[0],
  db,
  log: createLogger({ level: 'silent' }),
  signal: new AbortController().signal,
  fence: async () => {},
});
const session = owned.session();
const column = async (sql) => (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
const pending = await column(
  `select a.ats_id from ats.interviews a join sync.links l on l.ats_id = a.ats_id and l.resource = 'interviews'
   join sparkhire.interviews m on m.uuid = l.uuid where m.status in ('requested', 'accepted') order by 1`,
);
const jobs = Number(await column('select count(*) from ats.jobs'));
const interviews = Number(await column('select count(*) from ats.interviews'));

async function timed(work) {
  const began = performance.now();
  const answer = await work();
  return { ms: performance.now() - began, answer };
}

/** Plans once after a change in the ATS that is taken back afterwards. */
async function planned(keys, expected) {
  await edit(keys, 1);
  const { ms, answer } = await timed(() => planPush(session, settings.policies));
  if (answer.actions.length !== expected || answer.waiting.length > 0 || answer.held !== null)
    throw new Error(
      `${answer.actions.length} actions: ${JSON.stringify(answer.waiting.slice(0, 3))} ${JSON.stringify(answer.held)}`,
    );
  await edit(keys, -1);
  await client.query('delete from sync.desired_queue');
  return ms;
}

async function edit({ interviews = [], jobs = [], users = [] }, days) {
  const name = days > 0 ? `name || ' II'` : `left(name, -3)`;
  await client.query(
    `update ats.interviews set deadline_at = deadline_at + $2 * interval '1 day' where ats_id = any($1)`,
    [interviews, days],
  );
  await client.query(
    `update ats.jobs set title = ${name.replaceAll('name', 'title')} where ats_id = any($1)`,
    [jobs],
  );
  await client.query(`update ats.users set name = ${name} where ats_id = any($1)`, [users]);
}

/** Plans after Spark Hire showed something else for interviews that were not changed yet. */
async function afterNews(round) {
  const items = spread(
    Array.from({ length: interviews }, (_, n) => n),
    rounds * changed,
  )
    .slice(round * changed, (round + 1) * changed)
    .map((n) => interviewItem(n, jobs, true));
  await inMirrorTransaction(db, 'default', (tx) => storeRows(tx, 'interviews', interviewRows(items)));
  const { ms } = await timed(() => planPush(session, settings.policies));
  const queued = Number(await column('select count(*) from sync.desired_queue'));
  if (queued !== changed) throw new Error(`${queued} queued`);
  await client.query('delete from sync.desired_queue');
  return ms;
}

async function idlePush() {
  const { ms, answer } = await timed(() =>
    push(session, { policies: settings.policies, settleMs: 60_000, concurrency: 6, waitForUnknown: false }),
  );
  if (answer.error !== null) throw answer.error;
  return ms;
}

/** Rows of all tables that PostgreSQL reads for a plan: what a busy machine cannot blur. */
async function rowsRead(keys) {
  await edit(keys, 1);
  const before = await settledReads();
  const own = openDatabase(url, { maxConnections: 2 });
  // A connection tells its statistics when it ends.
  await planPush({ ...session, db: own }, settings.policies);
  await own.destroy();
  await until('its statistics', async () => (await reads()) > before);
  const read = (await settledReads()) - before;
  await edit(keys, -1);
  await client.query('delete from sync.desired_queue');
  return read;
}

const reads = async () =>
  Number(
    await column(`select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from pg_stat_user_tables
      where schemaname in ('ats', 'sync', 'sparkhire')`),
  );

/** Once all that was read so far is counted: nobody tells anything any more. */
async function settledReads() {
  for (let last = await reads(), same = 0; ; ) {
    await sleep(500);
    const now = await reads();
    same = now === last ? same + 1 : 0;
    if (same === 4) return now;
    last = now;
  }
}

async function medianOf(work) {
  const passes = [];
  for (let round = 0; round < rounds; round++) passes.push(await work(round));
  return median(passes);
}

function memory() {
  globalThis.gc();
  const { rss, heapUsed } = process.memoryUsage();
  return { rss: rss / 2 ** 20, heap: heapUsed / 2 ** 20 };
}

const ofMany = (count) => spread(pending, count);
const mixed = { interviews: ofMany(changed - 2), jobs: ['J-1'], users: ['U-1'] };
const alone = { interviews: ofMany(changed) };
// First of all: connections that were used for more tell of it later.
const [rowsMixed, rowsAlone] = [await rowsRead(mixed), await rowsRead(alone)];
// What is compiled and prepared once is not what is measured.
for (const keys of [{}, mixed, alone]) await planned(keys, keys === mixed || keys === alone ? changed : 0);
const before = memory();
const figures = {
  nothing: await medianOf(() => planned({}, 0)),
  mixed: await medianOf(() => planned(mixed, changed)),
  interviews: await medianOf(() => planned(alone, changed)),
};
const rssMb = process.memoryUsage().rss / 2 ** 20 - before.rss;
const heapMb = memory().heap - before.heap;
const everyRow = all ? await queueAll() : null;
const observed = await medianOf(afterNews);
await idlePush();
const idle = await medianOf(idlePush);
const hashScan = await medianOf(async () => (await timed(() => scanByHash(db, 'default'))).ms);
process.stdout.write(
  JSON.stringify({
    ...figures,
    observed,
    push: idle,
    rowsMixed,
    rowsAlone,
    rssMb,
    heapMb,
    everyRow,
    hashScan,
  }),
);
await owned.close();
await db.destroy();
await client.end();

/** Every row decided: nothing is to be done for any. @returns milliseconds a row */
async function queueAll() {
  await client.query(`insert into sync.desired_queue (account, resource, ats_id)
    select account, resource, ats_id from sync.links`);
  const { ms, answer } = await timed(() => planPush(session, settings.policies));
  if (answer.actions.length > 0 || answer.waiting.length > 0)
    throw new Error(JSON.stringify([answer.actions.slice(0, 2), answer.waiting.slice(0, 3)]));
  const [rows] = await column('delete from sync.desired_queue returning 1').then((gone) => [gone.length]);
  return ms / rows;
}
