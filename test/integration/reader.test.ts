/** Reading sync.changes from another program: `sparkhire-sync/reader`, and the example in docs/examples. */
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/database.js';
import { interviewRow } from '../../src/mirror/mapping.js';
import { inMirrorTransaction, storeRows } from '../../src/mirror/store.js';
import { type Change, type ChangesOptions, changes, tableCursor } from '../../src/reader/index.js';
import { readOne } from '../../src/sparkhire/reading.js';
import { interviewSchema } from '../../src/sparkhire/resources/interviews.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { uuidAt } from './mirror/fixture.js';

let database: TestDatabase;
let client: pg.Client;

beforeEach(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('create schema warehouse; grant all on schema warehouse to sparkhire_reader');
});
afterEach(async () => {
  // What is in the schema is the reader's own.
  await client.query('drop schema warehouse cascade');
  await client.end();
  await database.drop();
});

const write = (on: pg.Client, n: number, resource = 'interviews') =>
  on.query(
    `insert into sync.changes (resource, uuid, change, changed_fields, before, after)
     values ($1, $2, 'updated', '{status}', '{"status": "requested"}', '{"status": "accepted"}')`,
    [resource, uuidAt(n)],
  );

/** As a member of sparkhire_reader. A notification is all that wakes it. */
function open(more: Partial<ChangesOptions> = {}) {
  return changes({
    connection: { connectionString: database.url, options: '-c role=sparkhire_reader' },
    cursor: tableCursor('warehouse.cursors', 'test'),
    pollMs: 1_000_000_000,
    ...more,
  });
}

async function take(feed: AsyncIterable<Change>, many: number): Promise<Change[]> {
  const taken: Change[] = [];
  if (many > 0) for await (const change of feed) if (taken.push(change) === many) break;
  return taken;
}

const seen = async () =>
  (await client.query('select seq::int as seq from warehouse.seen order by 1')).rows.map(({ seq }) => seq);

it('a reader that dies in between does each change once, in the order of commits, and misses none that commits late', async () => {
  await client.query(
    'create table warehouse.seen (seq bigint); grant all on warehouse.seen to sparkhire_reader',
  );
  const late = new pg.Client({ connectionString: database.url });
  await late.connect();
  for (let n = 0; n < 20; n++) await write(client, n);
  let deaths = 0;
  for (let run = 0; (await seen()).length < 40; run++) {
    // Somebody whose transaction is open while others commit.
    if (run === 1) {
      await late.query('begin');
      await late.query('select txid_current()');
      for (let n = 20; n < 30; n++) await write(client, n);
      for (let n = 30; n < 40; n++) await write(late, n);
      await late.query('commit');
    }
    const feed = open({ batchSize: 7 });
    try {
      for await (const batch of feed.batches()) {
        await feed.commit(batch.at(-1)!, async (tx) => {
          for (const { seq } of batch) await tx.query('insert into warehouse.seen values ($1)', [seq]);
          if (run % 3 === 0) throw new Error('dies');
        });
        if ((await seen()).length === 40) break;
        if (run % 3 === 1) throw new Error('dies');
      }
    } catch (error) {
      expect((error as Error).message).toBe('dies');
      deaths += 1;
    }
  }
  await late.end();
  expect(deaths).toBeGreaterThan(1);
  expect(await seen()).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
});

it('a change has its values, and wakes a reader that waits, of its resources alone', async () => {
  await write(client, 1, 'jobs');
  const waiting = take(open({ resources: ['interviews'] }), 1);
  await write(client, 2, 'jobs');
  await write(client, 3);
  expect(await waiting).toEqual([
    {
      seq: '3',
      account: 'default',
      resource: 'interviews',
      uuid: uuidAt(3),
      change: 'updated',
      changedFields: ['status'],
      before: { status: 'requested' },
      after: { status: 'accepted' },
      recordedAt: expect.any(Date),
    },
  ]);
  const latest = take(open({ from: 'latest', cursor: tableCursor('warehouse.cursors', 'other') }), 1);
  const isListening = `select 1 from pg_stat_activity where application_name = 'sparkhire-sync reader' and query like '%sync.changes%' and state = 'idle'`;
  while ((await client.query(isListening)).rows.length === 0);
  await write(client, 4);
  expect((await latest).map(({ seq }) => seq)).toEqual(['4']);
});

const cutOff = () =>
  client.query(
    `select pg_terminate_backend(pid, 10000) from pg_stat_activity
     where application_name = 'sparkhire-sync reader' and datname = current_database()`,
  );

it('a connection that is cut is made anew, where the reader was, and an abort ends the reading', async () => {
  const stop = new AbortController();
  const broken: unknown[] = [];
  const feed = open({ signal: stop.signal, onReconnect: (error) => broken.push(error) });
  await write(client, 1);
  const seqs: string[] = [];
  for await (const change of feed) {
    seqs.push(change.seq);
    await feed.commit(change);
    if (seqs.length === 1) {
      await cutOff();
      await write(client, 2);
    } else {
      stop.abort();
    }
  }
  expect(seqs).toEqual(['1', '2']);
  expect(broken).toEqual([expect.objectContaining({ message: expect.stringMatching(/connection/) })]);
  expect((await client.query('select seq::int as seq from warehouse.cursors')).rows).toEqual([{ seq: 2 }]);
});

it('a connection that is cut while the cursor is saved is told once', async () => {
  const broken: unknown[] = [];
  const feed = open({ onReconnect: (error) => broken.push(error) });
  await write(client, 1);
  const [change] = await take(feed, 1);
  const cut = feed.commit(change!, async () => void (await cutOff()));
  await expect(cut).rejects.toThrow();
  expect((await take(feed, 1)).map(({ seq }) => seq)).toEqual(['1']);
  expect(broken).toHaveLength(1);
});

it.each(['', 'warehouse.', '.cursors', 'this.warehouse.cursors'])(
  'a table cannot be called "%s"',
  (table) => {
    expect(() => tableCursor(table)).toThrow(/schema\.table/);
  },
);

it('of two readers of one name the slower one is told, and has done nothing', async () => {
  await client.query(
    'create table warehouse.seen (seq bigint); grant all on warehouse.seen to sparkhire_reader',
  );
  await write(client, 1);
  const [one, two] = [open(), open()];
  const [ofOne] = await take(one, 1);
  const [ofTwo] = await take(two, 1);
  await one.commit(ofOne!);
  const work = (tx: { query(sql: string): Promise<unknown> }) =>
    tx.query('insert into warehouse.seen values (1)').then(() => undefined);
  await expect(two.commit(ofTwo!, work)).rejects.toMatchObject({ code: 'CURSOR_MOVED' });
  expect(await seen()).toEqual([]);
});

it('the example keeps a table in step with the interviews, and notes each change of a status once', async () => {
  const { copyInterviews } = await import('../../docs/examples/copy-interviews.mjs');
  const db = openDatabase(database.url);
  const store = (status: string) =>
    inMirrorTransaction(db, 'default', (tx) =>
      storeRows(tx, 'interviews', [
        interviewRow(readOne(interviewSchema, { uuid: uuidAt(7), status, type: 'one_way' }), 'single'),
      ]),
    );
  try {
    await store('requested');
    await store('accepted');
    for (const status of [null, 'completed']) {
      if (status !== null) await store(status);
      const { rows } = await client.query('select max(seq)::text as seq from sync.changes');
      const stop = new AbortController();
      const connection = `${database.url}?options=-c%20role%3Dsparkhire_reader`;
      const onCommitted = (seq: string) => (seq === rows[0].seq ? stop.abort() : undefined);
      await copyInterviews({ connection, signal: stop.signal, onCommitted });
    }
  } finally {
    await db.destroy();
  }
  expect((await client.query('select uuid, status, gone from warehouse.interviews')).rows).toEqual([
    { uuid: uuidAt(7), status: 'completed', gone: false },
  ]);
  expect((await client.query('select was, is_now from warehouse.status_changes order by seq')).rows).toEqual([
    { was: null, is_now: 'requested' },
    { was: 'requested', is_now: 'accepted' },
    { was: 'accepted', is_now: 'completed' },
  ]);
});
