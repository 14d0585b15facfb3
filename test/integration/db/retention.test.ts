/** Old bookkeeping goes, nothing younger does, and whoever follows the changes misses none. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase, query } from '../../../src/db/database.js';
import { prune } from '../../../src/db/retention.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

let database: TestDatabase;
let db: Database;
beforeEach(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.url);
});
afterEach(async () => {
  await db?.destroy();
  await database?.drop();
});

const retention = { changesDays: 2, runsDays: 3, webhookEventsDays: 1 };
const nothing = {
  changes: 0,
  runs: 0,
  webhookEvents: 0,
  atsHints: 0,
  commands: 0,
  requestBlocks: 0,
  unprovenKeys: 0,
};
const rows = <Row>(sql: string, values: unknown[] = []) => query<Row>(db, sql, values);

/** Changes of these ages, in days, oldest first as they are written. */
const addChanges = (account: string, ages: number[]) =>
  rows(
    `insert into sync.changes (account, resource, uuid, change, recorded_at)
     select $1, 'jobs', gen_random_uuid(), 'updated', now() - age * interval '1 day' from unnest($2::float8[]) as age`,
    [account, ages],
  );
const ages = async (table: string, time: string) =>
  (
    await rows<{ age: number }>(
      `select round(extract(epoch from now() - ${time}) / 3600)::int as age from sync.${table} order by ${time}`,
    )
  ).map(({ age }) => age);

it('an empty database has nothing to forget', async () => {
  expect(await prune(db, retention)).toEqual(nothing);
});

describe('changes', () => {
  it('go by age', async () => {
    await addChanges('default', [4, 2.1, 1.9, 0]);
    expect(await prune(db, retention)).toEqual({ ...nothing, changes: 2 });
    expect(await ages('changes', 'recorded_at')).toEqual([46, 0]);
    expect(await prune(db, retention)).toEqual(nothing);
  });

  it('of one account, if asked', async () => {
    await addChanges('default', [4]);
    await addChanges('south', [4]);
    expect(await prune(db, retention, 'south')).toEqual({ ...nothing, changes: 1 });
    expect(await rows('select account from sync.changes')).toEqual([{ account: 'default' }]);
  });

  it('go in several statements where they are many', async () => {
    await rows(`insert into sync.changes (resource, uuid, change, recorded_at)
      select 'jobs', gen_random_uuid(), 'updated', now() - interval '9 days' from generate_series(1, 20001)`);
    await addChanges('default', [0, 0]);
    expect(await prune(db, retention)).toEqual({ ...nothing, changes: 20_001 });
    expect(await ages('changes', 'recorded_at')).toEqual([0, 0]);
  });

  it('a reader who polls by seq while they go sees each of the others once, in order', async () => {
    await rows(`insert into sync.changes (resource, uuid, change, recorded_at)
      select 'jobs', gen_random_uuid(), 'updated', now() - interval '9 days' from generate_series(1, 15000)`);
    const [last] = await rows<{ seq: string }>('select max(seq) as seq from sync.changes');
    let seen = Number(last!.seq);
    const written: number[] = [];
    const read: number[] = [];
    const poll = async () => {
      const found = await rows<{ seq: string }>(
        'select seq from sync.changes where seq > $1 order by seq limit 7',
        [seen],
      );
      read.push(...found.map(({ seq }) => Number(seq)));
      seen = read.at(-1) ?? seen;
      return found.length;
    };
    const pruning = prune(db, retention);
    for (let i = 0; i < 40; i++) {
      const [change] = await rows<{ seq: string }>(
        `insert into sync.changes (resource, uuid, change) values ('jobs', gen_random_uuid(), 'updated') returning seq`,
      );
      written.push(Number(change!.seq));
      if (i % 3 === 0) await poll();
    }
    expect(await pruning).toEqual({ ...nothing, changes: 15_000 });
    while ((await poll()) > 0);
    expect(read).toEqual(written);
    expect(await prune(db, retention)).toEqual(nothing);
    expect(await rows('select seq::int from sync.changes order by seq')).toEqual(
      written.map((seq) => ({ seq })),
    );
  });

  it('what another process is deleting is left to it, without waiting', async () => {
    await addChanges('default', [9, 9, 9]);
    const trx = await db.transaction();
    await trx.raw('delete from sync.changes where seq = (select min(seq) from sync.changes)');
    expect(await prune(db, retention)).toEqual({ ...nothing, changes: 2 });
    await trx.commit();
    expect(await rows('select from sync.changes')).toEqual([]);
  });
});

it('runs go by age, ticks that found nothing after an hour, running ones never', async () => {
  await rows(
    `insert into sync.runs (kind, outcome, started_at, finished_at, rows_read, rows_created, rows_updated, rows_deleted)
     select r.kind, r.outcome, now() - r.hours * interval '1 hour',
       case when r.outcome <> 'running' then now() - r.hours * interval '1 hour' + interval '1 s' end,
       5, r.created, r.updated, r.deleted
     from (values
       ('sweep', 'succeeded', 80, 0, 0, 0), ('sweep', 'succeeded', 70, 0, 0, 0), ('tick', 'failed', 90, 0, 0, 0),
       ('tick', 'failed', 2, 0, 0, 0), ('tick', 'running', 100, 0, 0, 0), ('tick', 'interrupted', 3, 0, 0, 0),
       ('tick', 'succeeded', 4, 0, 0, 0), ('tick', 'succeeded', 0.5, 0, 0, 0),
       ('tick', 'succeeded', 5, 1, 0, 0), ('tick', 'succeeded', 6, 0, 1, 0), ('tick', 'succeeded', 7, 0, 0, 1),
       ('backfill', 'succeeded', 8, 0, 0, 0)
     ) as r(kind, outcome, hours, created, updated, deleted)`,
  );
  expect(await prune(db, retention)).toEqual({ ...nothing, runs: 3 });
  expect(
    await rows(`select kind || ' ' || outcome || ' ' || round(extract(epoch from now() - started_at) / 3600, 1)::float8 as run
      from sync.runs order by started_at`),
  ).toEqual(
    [
      'tick running 100',
      'sweep succeeded 70',
      'backfill succeeded 8',
      'tick succeeded 7',
      'tick succeeded 6',
      'tick succeeded 5',
      'tick interrupted 3',
      'tick failed 2',
      'tick succeeded 0.5',
    ].map((run) => ({ run })),
  );
});

it('what webhooks of the ATS named goes once it was read and is old, what waits never', async () => {
  await rows(
    `insert into sync.ats_hints (source, kind, received_at, read_at)
     select 'greenhouse', 'changed', now() - h.received * interval '1 hour', now() - h.read * interval '1 hour'
     from (values (40, 30), (40, 1), (90, null)) as h(received, read)`,
  );
  expect(await prune(db, retention)).toEqual({ ...nothing, atsHints: 1 });
  expect(await ages('ats_hints', 'received_at')).toEqual([90, 40]);
});

it('webhook events go once they are done and old, those that wait never', async () => {
  await rows(
    `insert into sync.webhook_events (event, body, state, outcome, received_at, done_at)
     select 'JobDeleted', '{}', e.state, e.outcome, now() - e.received * interval '1 hour',
       now() - e.done * interval '1 hour'
     from (values ('done', 'gone', 30, 25), ('done', 'gone', 30, 23), ('done', 'applied', 40, 39),
       ('waiting', null, 90, null), ('done', 'applied', 2, 1)) as e(state, outcome, received, done)`,
  );
  expect(await prune(db, retention)).toEqual({ ...nothing, webhookEvents: 2 });
  expect(await ages('webhook_events', 'received_at')).toEqual([90, 30, 2]);
});

it('commands go a day after their end, bookings of requests once no window holds them', async () => {
  await rows(
    `insert into sync.commands (kind, state, asked_at, finished_at)
     select 'backfill', c.state, now() - interval '9 days', now() - c.finished * interval '1 hour'
     from (values ('done', 25), ('withdrawn', 30), ('done', 23), ('asked', null), ('running', null))
       as c(state, finished)`,
  );
  await rows(
    `insert into sync.request_blocks (units, booked_at)
     select 5, now() - hours * interval '1 hour' from unnest('{50,26,24.5,0}'::float8[]) as hours`,
  );
  expect(await prune(db, retention)).toEqual({ ...nothing, commands: 2, requestBlocks: 2 });
  expect(await rows('select state from sync.commands order by state')).toEqual(
    ['asked', 'done', 'running'].map((state) => ({ state })),
  );
});

it('conflicts stay, resolved or not', async () => {
  await rows(`insert into sync.conflicts (resource, kind, opened_at, resolved_at)
    values ('jobs', 'mass_disappearance', now() - interval '9 years', now() - interval '8 years'),
      ('users', 'mass_disappearance', now() - interval '9 years', null)`);
  await prune(db, retention);
  expect(await rows('select from sync.conflicts')).toHaveLength(2);
});
