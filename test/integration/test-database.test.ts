/** The pool of test databases: what comes out of it is like new, whatever the test before did. */
import pg from 'pg';
import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import type { Reset } from '../support/database-reset.js';
import type { TestDatabases } from '../support/global-setup.js';

const opened: pg.Client[] = [];
const lent: TestDatabase[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.end().catch(() => {})));
  for (const { drop } of lent.splice(0)) await drop();
});

async function lend(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  lent.push(database);
  return database;
}

async function connect({ url }: TestDatabase): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  opened.push(client);
  await client.connect();
  return client;
}

async function rows<Row = Record<string, unknown>>(database: TestDatabase, sql: string): Promise<Row[]> {
  return (await (await connect(database)).query(sql)).rows as Row[];
}

const oid = async (database: TestDatabase) =>
  (await rows(database, 'select oid from pg_database where datname = current_database()'))[0]!.oid;

/** Gives a database back after `work`, and takes the one that comes next. */
async function lentTwice(work: (client: pg.Client, database: TestDatabase) => Promise<unknown>) {
  const used = await lend();
  const before = await oid(used);
  await work(await connect(used), used);
  await used.drop();
  const next = await lend();
  return { used, next, isTheSame: (await oid(next)) === before };
}

const filled = `select relname, (xpath('/row/n/text()', query_to_xml(
    format('select count(*) as n from %s', oid::regclass), false, true, '')))[1]::text::int as n
  from pg_class where relkind = 'r' and relnamespace in ('sparkhire'::regnamespace, 'sync'::regnamespace,
    'ats'::regnamespace) order by relname`;

describe('a test database that comes back', () => {
  it('is lent again, under another name', async () => {
    const { used, next, isTheSame } = await lentTwice(async () => {});
    expect(isTheSame).toBe(true);
    expect(next.url).not.toBe(used.url);
    await expect(connect(used)).rejects.toMatchObject({ code: '3D000' });
  });

  it('has the rows of a new one and nothing in the queues that triggers fill', async () => {
    const fresh = await lend();
    const expected = await rows<{ n: number }>(fresh, filled);
    expect(expected.filter(({ n }) => n > 0)).toHaveLength(1);
    const { next, isTheSame } = await lentTwice(async (client) => {
      await client.query(
        `insert into ats.jobs (ats_id, title) select n, 'Baker' from generate_series(1, 50) n`,
      );
      await client.query(`insert into sync.conflicts (resource, kind) values ('jobs', 'mass_change')`);
      // So much that it is truncated.
      await client.query(
        `insert into sparkhire.users (uuid, raw) select gen_random_uuid(), jsonb_build_object('n', repeat('x', 900))
         from generate_series(1, 3000)`,
      );
    });
    expect(isTheSame).toBe(true);
    expect(await rows(next, filled)).toEqual(expected);
  });

  it('counts from one again', async () => {
    const insert = `insert into sync.changes (resource, uuid, change) values ('jobs', gen_random_uuid(), 'created')
      returning seq::int`;
    const { next, isTheSame } = await lentTwice(async (client) => {
      for (let i = 0; i < 3; i++) await client.query(insert);
    });
    expect(isTheSame).toBe(true);
    expect(await rows(next, insert)).toEqual([{ seq: 1 }]);
  });

  it('has lost who was connected to it, with locks, temporary tables and what was heard', async () => {
    let other: pg.Client | undefined;
    const { next, isTheSame } = await lentTwice(async (client, used) => {
      other = await connect(used);
      await other.query('select pg_advisory_lock(7)');
      await other.query('create temporary table mine as select 1');
      await client.query('listen news');
      await client.query('begin');
      await client.query(`insert into ats.jobs (ats_id) values ('open')`);
    });
    expect(isTheSame).toBe(true);
    await expect(other!.query('select 1')).rejects.toThrow();
    const others = `select (select count(*)::int from pg_stat_activity where datname = current_database()
        and pid <> pg_backend_pid()) as connected, pg_try_advisory_lock(7) as free,
      (select count(*)::int from ats.jobs) as jobs, (select count(*)::int from pg_class where relname = 'mine') as mine`;
    const client = await connect(next);
    // Those of `after` itself may be on their way out.
    await Promise.all(
      opened.splice(0).map((one) => (one === client ? undefined : one.end().catch(() => {}))),
    );
    await expect
      .poll(async () => (await client.query(others)).rows)
      .toEqual([{ connected: 0, free: true, jobs: 0, mine: 0 }]);
    await client.end();
  });

  it('is lent again after its tables were truncated', async () => {
    const { isTheSame } = await lentTwice((client) => client.query('truncate ats.jobs, sync.runs'));
    expect(isTheSame).toBe(true);
  });
});

describe('a test database that was changed', () => {
  it('is not lent again', async () => {
    const { isTheSame } = await lentTwice((client) => client.query('create table mine (id integer)'));
    expect(isTheSame).toBe(false);
  });

  it('is not lent again where nobody may connect to it any more', async () => {
    const { isTheSame } = await lentTwice(async (_, { url }) => {
      const elsewhere = await connect(await lend());
      await elsewhere.query(`alter database ${new URL(url).pathname.slice(1)} allow_connections false`);
    });
    expect(isTheSame).toBe(false);
  });

  it('may be gone already', async () => {
    const own = await lend();
    const elsewhere = await connect(await lend());
    await elsewhere.query(`drop database ${new URL(own.url).pathname.slice(1)} with (force)`);
    await own.drop();
    await expect(connect(own)).rejects.toMatchObject({ code: '3D000' });
  });
});

describe('the fingerprint of a test database', () => {
  let client: pg.Client;
  let how: Reset;
  beforeAll(async () => {
    ({ reset: how } = (await (await fetch(inject('testDatabasesUrl'))).json()) as TestDatabases);
    const database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    return async () => {
      await client.end();
      await database.drop();
    };
  });

  const look = async () => (await client.query<{ fingerprint: string }>(how.look)).rows[0]!.fingerprint;

  async function changedBy(statement: string): Promise<boolean> {
    expect(await look()).toBe(how.fingerprint);
    await client.query('begin');
    try {
      await client.query(statement);
      return (await look()) !== how.fingerprint;
    } finally {
      await client.query('rollback');
    }
  }

  it.each([
    'create schema mine',
    'create index on sparkhire.jobs (title)',
    'drop index sparkhire.users_email_idx',
    'alter table ats.jobs disable trigger user',
    'alter table ats.jobs alter column title set not null',
    `alter table ats.jobs alter column title set default 'x'`,
    'alter table ats.jobs alter column title type varchar(100)',
    `alter table sync.changes add constraint mine check (resource <> 'users') not valid`,
    'alter table sync.runs set (fillfactor = 50)',
    'alter table sync.runs owner to sparkhire_reader',
    `create function public.mine() returns integer language sql as 'select 1'`,
    `create or replace function sync.queue_desired() returns trigger language plpgsql as 'begin return null; end'`,
    'create or replace view ats.user_sync as select *, 1 as more from ats.user_sync',
    `create type public.mine as enum ('one')`,
    'grant select on sync.accounts to sparkhire_reader',
    'revoke usage on schema ats from sparkhire_ats_writer',
    'grant create on schema public to sparkhire_reader',
    'create publication mine for all tables',
    'create extension pgcrypto',
    'alter sequence sync.runs_id_seq increment by 5',
    'delete from sync.migrations where version = 1',
    'update sync.migrations set name = name where version = 1',
    'analyze sync.migrations',
    `do $$ begin execute format('alter database %I set work_mem to ''5MB''', current_database()); end $$`,
    `do $$ begin execute format('alter database %I connection limit 5', current_database()); end $$`,
  ])('is changed by %s', async (statement) => {
    expect(await changedBy(statement)).toBe(true);
  });

  it.each([
    'create temporary table mine as select 1',
    `insert into ats.jobs (ats_id) values ('J')`,
    'truncate ats.jobs, sync.runs',
  ])('is not changed for good by %s', async (statement) => {
    await client.query(statement);
    await client.query('discard temporary');
    expect(await look()).toBe(how.fingerprint);
  });
});
