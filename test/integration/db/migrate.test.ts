/** Migrations: from nothing, again, at the same time, after a newer program, against obstacles. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { migrate, migrationStatus } from '../../../src/db/migrate.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../../support/database.js';

const opened: TestDatabase[] = [];
afterEach(async () => {
  for (const { drop } of opened.splice(0)) await drop();
});

async function empty(): Promise<string> {
  const database = await createEmptyDatabase();
  opened.push(database);
  return database.url;
}

async function migrated(): Promise<string> {
  const database = await createTestDatabase();
  opened.push(database);
  return database.url;
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const sql = (url: string, text: string, values: unknown[] = []) =>
  withClient(url, async (client) => (await client.query(text, values)).rows);

/** Everything migrations make, as text: relations with columns, indexes, functions, comments, rights. */
async function shape(url: string): Promise<string> {
  const rows = await sql(
    url,
    `select n.nspname || '.' || c.relname || ' ' || c.relkind::text || ' ' || coalesce(c.relacl::text, '') as line
       from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('sparkhire', 'sync', 'ats')
     union all select n.nspname || '.' || p.proname || md5(p.prosrc)
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('sparkhire', 'sync', 'ats')
     union all select c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || a.attnotnull::text
       from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('sparkhire', 'sync', 'ats') and a.attnum > 0
     union all select nspname || coalesce(nspacl::text, '') from pg_namespace
       where nspname in ('sparkhire', 'sync', 'ats')
     union all select objoid::regclass::text || objsubid || md5(description) from pg_description
       where classoid = 'pg_class'::regclass and objoid::regclass::text ~ '^(sparkhire|sync|ats)'
     order by 1`,
  );
  return rows.map(({ line }) => line).join('\n');
}

async function outcome(
  work: Promise<unknown>,
): Promise<{ code?: string; message?: string; remedy?: string }> {
  return work.then(
    () => ({}),
    (error) => error,
  );
}

describe('migrating', () => {
  it.each(['LATIN1', 'SQL_ASCII'])('a database in %s gets all that one in UTF8 has', async (encoding) => {
    const own = await empty();
    const name = `${new URL(own).pathname.slice(1)}_${encoding.toLowerCase()}`;
    const [{ provider }] = await sql(
      own,
      `select case when current_setting('server_version_num')::int >= 150000 then 'locale_provider libc' end as provider`,
    );
    const kind = `encoding '${encoding}' lc_collate 'C' lc_ctype 'C' ${provider ?? ''}`;
    await sql(own, `create database ${name} template template0 ${kind}`);
    try {
      const url = own.replace(/[^/]*$/, name);
      await migrate(url);
      expect((await migrationStatus(url)).objects.missing).toEqual([]);
      const like = `select sync.likeness('Ada@Xn--Bcher-KVA.example') = sync.likeness(' ada@xn--bcher-kva.EXAMPLE') as same`;
      expect(await sql(url, like)).toEqual([{ same: true }]);
    } finally {
      await sql(own, `drop database ${name} with (force)`);
    }
  });

  it('builds everything in an empty database, and then finds nothing to do', async () => {
    const url = await empty();
    const before = await migrationStatus(url);
    expect(before.applied).toBe(0);
    expect(before.migrations.length).toBeGreaterThan(0);
    expect(before.migrations.every(({ appliedAt }) => appliedAt === null)).toBe(true);
    // Looking leaves no trace.
    expect(await shape(url)).toBe('');

    const { applied: names } = await migrate(url);

    expect(names).toEqual(before.migrations.map(({ name }) => name));
    const after = await migrationStatus(url);
    expect(after.applied).toBe(after.known);
    expect(after.migrations.every(({ appliedAt }) => appliedAt instanceof Date)).toBe(true);
    const made = await shape(url);
    expect(await migrate(url)).toEqual({ applied: [], granted: [], mended: [] });
    expect(await shape(url)).toBe(made);
    expect(await migrationStatus(url)).toEqual(after);
  });

  it('is done once by many that begin at the same time', async () => {
    const url = await empty();
    const done = await Promise.all(Array.from({ length: 6 }, () => migrate(url)));
    const { migrations } = await migrationStatus(url);
    expect(done.flatMap(({ applied }) => applied)).toEqual(migrations.map(({ name }) => name));
    expect(await sql(url, 'select count(*)::int as n from sync.migrations')).toEqual([
      { n: migrations.length },
    ]);
    expect(await shape(url)).toBe(await shape(await migrated()));
  });

  it('of different databases of one server at the same time does not collide over the roles', async () => {
    const urls = await Promise.all(Array.from({ length: 4 }, () => empty()));
    await Promise.all(urls.map((url) => migrate(url)));
    const shapes = await Promise.all(urls.map(shape));
    expect(new Set(shapes).size).toBe(1);
  });

  it('leaves no lock and no connection behind', async () => {
    const url = await empty();
    await migrate(url);
    expect(
      await sql(
        url,
        `select pid from pg_stat_activity where datname = current_database() and application_name like '%migrate%'`,
      ),
    ).toEqual([]);
    expect(
      await sql(
        url,
        `select * from pg_locks where locktype = 'advisory' and classid = 7351 and objid = 2
        and database = (select oid from pg_database where datname = current_database())`,
      ),
    ).toEqual([]);
  });

  it('refuses a database that a newer program migrated, and changes nothing', async () => {
    const url = await migrated();
    const { known } = await migrationStatus(url);
    await sql(url, `insert into sync.migrations (version, name) values (9999, 'from the future')`);
    const before = await shape(url);
    const error = await outcome(migrate(url));
    expect(error).toMatchObject({ code: 'DATABASE_NEWER', remedy: expect.any(String) });
    expect(error.message).toContain('9999');
    expect(error.message).toContain(String(known));
    expect(await shape(url)).toBe(before);
    expect(await migrationStatus(url)).toMatchObject({ known, applied: 9999 });
  });

  it('refuses a newer database also where some of its own migrations are not recorded', async () => {
    const url = await migrated();
    await sql(url, `update sync.migrations set version = version + 1000`);
    const before = await shape(url);
    expect(await outcome(migrate(url))).toMatchObject({ code: 'DATABASE_NEWER' });
    expect(await shape(url)).toBe(before);
  });
});

describe('a migration that fails', () => {
  it('is rolled back and reported by its name, and can be repeated once its cause is gone', async () => {
    const url = await empty();
    await sql(url, 'create schema sparkhire; create table sparkhire.question_sets (mine integer)');
    const error = await outcome(migrate(url));
    expect(error).toMatchObject({ code: 'MIGRATION_FAILED', remedy: expect.stringContaining('migrate') });
    expect(error.message).toContain('mirror');
    expect(error.message).toContain('question_sets');
    // Nothing of it was kept, what was there before was.
    expect(
      await sql(url, `select relname from pg_class where relnamespace = 'sparkhire'::regnamespace`),
    ).toEqual([{ relname: 'question_sets' }]);
    expect(await migrationStatus(url)).toMatchObject({ applied: 0 });

    await sql(url, 'drop schema sparkhire cascade');
    await migrate(url);
    expect(await shape(url)).toBe(await shape(await migrated()));
  });

  it('that comes later keeps the ones before it', async () => {
    const url = await empty();
    await migrate(url);
    const { migrations } = await migrationStatus(url);
    // The second of them is forgotten, and its table with it.
    await sql(url, 'delete from sync.migrations where version > 1; drop table sync.quarantine');
    expect(await outcome(migrate(url))).toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining(migrations[1]!.name),
    });
    expect(await migrationStatus(url)).toMatchObject({ applied: 1 });
  });

  it('because its connection was cut is a matter of the connection', async () => {
    const url = await empty();
    await withClient(url, async (client) => {
      await client.query('select pg_advisory_lock(7351, 2)');
      const waiting = outcome(migrate(url));
      let pid: number | undefined;
      while (pid === undefined) {
        const { rows } = await client.query(
          `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        pid = rows[0]?.pid;
      }
      await client.query('select pg_terminate_backend($1, 10000)', [pid]);
      expect(await waiting).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    });
    expect((await migrate(url)).applied.length).toBeGreaterThan(0);
  });

  it('because the server is not there is told without the password', async () => {
    const url = new URL(await empty());
    url.port = '1';
    url.password = 'pa55word';
    for (const work of [migrate, migrationStatus]) {
      const error = await outcome(work(url.href));
      expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE', remedy: expect.any(String) });
      expect(`${error.message}${error.remedy}`).not.toContain('pa55word');
    }
  });
});

describe('processes', () => {
  const bin = join(import.meta.dirname, '..', '..', '..', 'bin', 'sparkhire-sync.js');
  const start = (url: string) =>
    spawn(process.execPath, [bin, 'migrate'], {
      env: { ...process.env, DATABASE_URL: url },
      stdio: 'ignore',
    });

  it('that migrate at the same time all succeed', async () => {
    const url = await empty();
    const children = Array.from({ length: 3 }, () => start(url));
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
    expect(codes).toEqual([0, 0, 0]);
    expect(await shape(url)).toBe(await shape(await migrated()));
  });

  it.each([
    ['-c default_transaction_read_only=on', 'DATABASE_READ_ONLY', 'primary server'],
    ['-c statement_timeout=1ms', 'MIGRATION_FAILED', 'Raise statement_timeout'],
  ])('that a server with %s stops say what helps', async (options, code, remedy) => {
    const url = new URL(await empty());
    if (code === 'MIGRATION_FAILED')
      await sql(
        url.href,
        `create schema sync; create table sync.migrations
        (version integer primary key, name text not null, applied_at timestamptz not null default now())`,
      );
    url.searchParams.set('options', options);
    await expect(migrate(url.href)).rejects.toMatchObject({ remedy: expect.stringContaining(remedy) });
    if (code !== 'MIGRATION_FAILED') await expect(migrate(url.href)).rejects.toMatchObject({ code });
  });

  it('that are killed in the middle leave nothing half done, and no lock', async () => {
    const url = await empty();
    await withClient(url, async (client) => {
      // Its second statement has to wait here, after the schema was made in the same transaction.
      await client.query('create table public.gate (id integer)');
      await client.query(`create function public.wait_here() returns event_trigger language plpgsql as
        $$ begin if exists (select from pg_class where relname = 'jobs') then lock table public.gate; end if; end $$`);
      await client.query(
        'create event trigger wait_here on ddl_command_end execute function public.wait_here()',
      );
      await client.query('begin; lock table public.gate');
      const child = start(url);
      // A transaction sees one state of pg_stat_activity all along: others look.
      while (
        (
          await sql(
            url,
            `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          )
        ).length === 0
      );
      child.kill('SIGKILL');
      await once(child, 'exit');
      await client.query('rollback');
      await client.query('drop event trigger wait_here; drop table public.gate');
    });
    expect((await migrate(url)).applied.length).toBeGreaterThan(0);
    expect(await shape(url)).toBe(await shape(await migrated()));
  });
});
