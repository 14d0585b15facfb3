/**
 * Who may read and write what, and migrating as a user who may do little.
 * @module-tag rare
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate, migrationStatus } from '../../../src/db/migrate.js';
import { createLogger } from '../../../src/log.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../../support/database.js';

let database: TestDatabase;
let admin: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  admin = await connect(database.url);
  await admin.query(`insert into sparkhire.users (uuid, name, raw) values (gen_random_uuid(), 'Ada', '{}')`);
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

/** Runs a statement as a role and answers its error code, or null. */
async function as(role: string, statement: string): Promise<string | null> {
  await admin.query('begin');
  try {
    await admin.query(`set local role ${role}`);
    await admin.query(statement);
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    await admin.query('rollback');
  }
}

async function tablesOf(schema: string, kinds = 'rvp'): Promise<string[]> {
  const { rows } = await admin.query(
    `select format('%I.%I', n.nspname, c.relname) as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and position(c.relkind::text in $2) > 0 order by 1`,
    [schema, kinds],
  );
  return rows.map(({ name }) => name);
}

const denied = '42501';
// What the contract lets readers see of the bookkeeping. The rest, among it stored keys, is nobody's business.
const readable = ['changes', 'runs', 'checkpoints', 'conflicts', 'issues'].map((name) => `sync.${name}`);

describe('sparkhire_reader', () => {
  it('reads every table of the mirror and writes none', async () => {
    const tables = await tablesOf('sparkhire');
    expect(tables.length).toBeGreaterThanOrEqual(8);
    for (const table of tables) {
      expect([table, await as('sparkhire_reader', `select * from ${table}`)]).toEqual([table, null]);
    }
    const { rows } = await admin.query(
      `select name, has_table_privilege('sparkhire_reader', name, 'insert, update, delete, truncate') as writes
       from unnest($1::text[]) name`,
      [tables],
    );
    expect(rows.filter(({ writes }) => writes)).toEqual([]);
    for (const table of await tablesOf('sparkhire', 'rp')) {
      for (const write of [
        `delete from ${table}`,
        `update ${table} set raw = raw`,
        `insert into ${table} default values`,
        `truncate ${table}`,
        `drop table ${table}`,
        `alter table ${table} add mine integer`,
      ]) {
        expect([write, await as('sparkhire_reader', write)]).toEqual([write, denied]);
      }
    }
  });

  it('reads the public bookkeeping and nothing else of it, and writes none', async () => {
    const tables = await tablesOf('sync');
    expect(tables).toEqual(expect.arrayContaining(readable));
    expect(tables).toEqual(
      expect.arrayContaining(['sync.accounts', 'sync.request_blocks', 'sync.intents', 'sync.links']),
    );
    for (const table of tables) {
      const expected = readable.includes(table) ? null : denied;
      expect([table, await as('sparkhire_reader', `select * from ${table}`)]).toEqual([table, expected]);
      expect([table, await as('sparkhire_reader', `delete from ${table}`)]).toEqual([table, denied]);
    }
    expect(
      await as(
        'sparkhire_reader',
        `insert into sync.changes (resource, uuid, change)
      values ('users', gen_random_uuid(), 'created')`,
      ),
    ).toBe(denied);
  });

  it('reads what became of the rows of the ATS, not the rows', async () => {
    for (const relation of await tablesOf('ats')) {
      const expected = relation.endsWith('_sync') ? null : denied;
      expect([relation, await as('sparkhire_reader', `select * from ${relation}`)]).toEqual([
        relation,
        expected,
      ]);
      for (const write of [`delete from ${relation}`, `insert into ${relation} (account) values ('x')`]) {
        // Nobody can write into such a view.
        const code = expected === null ? '55000' : denied;
        expect([write, await as('sparkhire_reader', write)]).toEqual([write, code]);
      }
    }
  });

  it('makes nothing in these schemas', async () => {
    for (const schema of ['sparkhire', 'sync', 'ats']) {
      expect(await as('sparkhire_reader', `create table ${schema}.mine (id integer)`)).toBe(denied);
    }
  });

  it('reads tables of the mirror that a later migration adds', async () => {
    await admin.query('create table sparkhire.added_later (id integer)');
    expect(await as('sparkhire_reader', 'select * from sparkhire.added_later')).toBeNull();
    await admin.query('drop table sparkhire.added_later');
  });
});

describe.each(['sparkhire_reader', 'sparkhire_ats_writer'])('%s', (role) => {
  it('cannot log in, inherits nothing and has no special rights', async () => {
    const { rows } = await admin.query('select * from pg_roles where rolname = $1', [role]);
    expect(rows).toMatchObject([
      { rolcanlogin: false, rolsuper: false, rolcreatedb: false, rolcreaterole: false, rolbypassrls: false },
    ]);
    const { rows: memberships } = await admin.query(
      'select from pg_auth_members where member = (select oid from pg_roles where rolname = $1)',
      [role],
    );
    expect(memberships).toEqual([]);
  });

  it('does not see keys, bookings and links to upstream', async () => {
    const hidden = 'accounts request_blocks sweep_seen migrations intents links desired_rows desired_queue';
    for (const table of hidden.split(' ').map((name) => `sync.${name}`)) {
      expect([table, await as(role, `select * from ${table}`)]).toEqual([table, denied]);
    }
  });
});

describe('sparkhire_ats_writer', () => {
  it('has no way into the mirror', async () => {
    expect(await as('sparkhire_ats_writer', 'select * from sparkhire.users')).toBe(denied);
    expect(await as('sparkhire_ats_writer', 'delete from sparkhire.users')).toBe(denied);
  });

  it('writes every table of the ATS and reads what became of the rows', async () => {
    const relations = await tablesOf('ats');
    const views = ['ats.interview_sync', 'ats.job_sync', 'ats.share_request_sync', 'ats.user_sync'];
    const tables = relations.filter((name) => !views.includes(name));
    expect(tables).toEqual(['ats.interviews', 'ats.jobs', 'ats.packages', 'ats.share_requests', 'ats.users']);
    for (const table of tables) {
      const key = table === 'ats.packages' ? 'package' : 'ats_id';
      for (const statement of [
        `insert into ${table} (${key}) values ('x')`,
        `update ${table} set extra = '{}'`,
        `select * from ${table}`,
        `delete from ${table}`,
        `truncate ${table}`,
      ]) {
        expect([statement, await as('sparkhire_ats_writer', statement)]).toEqual([statement, null]);
      }
      expect(await as('sparkhire_ats_writer', `alter table ${table} add mine integer`)).toBe(denied);
    }
    for (const view of views) {
      expect([view, await as('sparkhire_ats_writer', `select * from ${view}`)]).toEqual([view, null]);
    }
    expect(await as('sparkhire_ats_writer', 'create table ats.mine (id integer)')).toBe(denied);
    expect(await as('sparkhire_ats_writer', 'select * from sync.issues')).toBe(denied);
  });
});

/** A login without any special right, the owner of a database of its own, and its connection string. */
async function withLimitedUser(work: (url: string, name: string, superUrl: string) => Promise<void>) {
  const own = await createEmptyDatabase();
  const name = `limited_${randomBytes(5).toString('hex')}`;
  const base = new URL(own.url);
  const databaseName = base.pathname.slice(1);
  await admin.query(`create role ${name} login password 'limited' nosuperuser nocreaterole nocreatedb`);
  try {
    await admin.query(`alter database ${databaseName} owner to ${name}`);
    const url = new URL(own.url);
    url.username = name;
    url.password = 'limited';
    await work(url.href, name, own.url);
  } finally {
    await own.drop();
    await admin.query(`drop role ${name}`);
  }
}

function capturedLog() {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { lines, log: createLogger({ destination }) };
}

const rolesFile = readdirSync(new URL('../../../migrations/', import.meta.url)).find((name) =>
  /^\d+_roles\.sql$/.test(name),
)!;

describe('a database user without special rights', () => {
  it('migrates a database of its own, where the roles exist already', async () => {
    await withLimitedUser(async (url) => {
      expect((await migrate(url)).applied.length).toBeGreaterThan(0);
      const { applied, known } = await migrationStatus(url);
      expect(applied).toBe(known);
      const client = await connect(url);
      const { rows } = await client.query(
        `select has_table_privilege('sparkhire_reader', 'sparkhire.users', 'select') as reads,
           has_table_privilege('sparkhire_reader', 'sync.accounts', 'select') as pries`,
      );
      await client.end();
      expect(rows).toEqual([{ reads: true, pries: false }]);
    });
  });

  it('gets the tables and a warning where it may not create the roles', async () => {
    await withLimitedUser(async (url) => {
      const suffix = randomBytes(5).toString('hex');
      const text = readFileSync(new URL(`../../../migrations/${rolesFile}`, import.meta.url), 'utf8')
        .replaceAll('sparkhire_reader', `reader_${suffix}`)
        .replaceAll('sparkhire_ats_writer', `writer_${suffix}`);
      await migrate(url);
      const client = await connect(url);
      const warnings: string[] = [];
      client.on('notice', ({ message }) => warnings.push(message ?? ''));
      await client.query(text);
      await client.end();
      expect(warnings).toHaveLength(2);
      expect(warnings[0]).toContain(`reader_${suffix}`);
      expect(warnings[0]).toContain('migrate');
      const { rows } = await admin.query('select from pg_roles where rolname like $1', [`%${suffix}`]);
      expect(rows).toEqual([]);
    });
  });

  it('who may not make schemas is told which right is missing', async () => {
    await withLimitedUser(async (url, name, superUrl) => {
      const database = new URL(superUrl).pathname.slice(1);
      await admin.query(`alter database ${database} owner to current_user`);
      await admin.query(`grant connect on database ${database} to ${name}`);
      const error = await migrate(url).catch((thrown) => thrown);
      expect(error).toMatchObject({
        code: 'MIGRATION_FAILED',
        remedy: expect.stringContaining('grant create on database'),
      });
      expect(await migrationStatus(url)).toMatchObject({ applied: 0 });
    });
  });

  it('who is not the owner starts against a migrated database all the same', async () => {
    await withLimitedUser(async (url, name, superUrl) => {
      await migrate(superUrl);
      const owner = await connect(superUrl);
      await owner.query(`grant usage on schema sync, sparkhire to ${name}`);
      await owner.query(`grant select on sync.migrations to ${name}`);
      await owner.query('revoke usage on schema sparkhire from sparkhire_reader');
      await owner.end();
      expect(await migrate(url)).toEqual({ applied: [], granted: [], mended: [] });
    });
  });
});

describe('docs/mirror.md', () => {
  const page = readFileSync(new URL('../../../docs/mirror.md', import.meta.url), 'utf8');

  it('names no table that the reader may not read', async () => {
    const named = [...new Set(page.match(/\b(?:sync|sparkhire)\.[a-z_]+\b/g))];
    expect(named).toContain('sync.changes');
    for (const table of named) {
      expect([table, await as('sparkhire_reader', `select from ${table}`)]).toEqual([table, null]);
    }
  });

  it('has statements that the reader can run', async () => {
    const blocks = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql]) => sql!);
    const statements = blocks.flatMap((sql) => sql.split(';')).filter((sql) => /\bselect\b/.test(sql));
    expect(statements.length).toBeGreaterThan(3);
    for (const sql of statements) {
      expect([sql, await as('sparkhire_reader', sql.replaceAll('$1', 'null'))]).toEqual([sql, null]);
    }
  });
});

describe('roles that got no rights', () => {
  it('get them with the next migration, because somebody made them after the first', async () => {
    const own = await createTestDatabase();
    const client = await connect(own.url);
    try {
      await client.query(`revoke usage on schema sparkhire, sync from sparkhire_reader;
        revoke select on all tables in schema sparkhire, sync from sparkhire_reader;
        revoke usage on schema ats from sparkhire_ats_writer;
        revoke all on all tables in schema ats from sparkhire_ats_writer`);
      const { lines, log } = capturedLog();
      expect(await migrate(own.url, log)).toEqual({
        applied: [],
        granted: ['sparkhire_ats_writer', 'sparkhire_reader'],
        mended: [],
      });
      expect(lines.join('')).toContain('roles_completed');
      const { rows } = await client.query(
        `select has_schema_privilege('sparkhire_reader', 'sparkhire', 'usage') and
           has_table_privilege('sparkhire_reader', 'sparkhire.jobs', 'select') and
           has_table_privilege('sparkhire_reader', 'sync.changes', 'select') and
           has_table_privilege('sparkhire_reader', 'sync.issues', 'select') as reads,
           has_schema_privilege('sparkhire_ats_writer', 'ats', 'usage') and
           has_table_privilege('sparkhire_ats_writer', 'ats.jobs', 'insert') and
           has_table_privilege('sparkhire_ats_writer', 'ats.job_sync', 'select') as writes`,
      );
      expect(rows).toEqual([{ reads: true, writes: true }]);
      const again = capturedLog();
      await migrate(own.url, again.log);
      expect(again.lines).toEqual([]);
    } finally {
      await client.end();
      await own.drop();
    }
  });

  it('can be made by many databases of one server at once', async () => {
    const suffix = randomBytes(5).toString('hex');
    const text = readFileSync(new URL(`../../../migrations/${rolesFile}`, import.meta.url), 'utf8')
      .replaceAll('sparkhire_reader', `reader_${suffix}`)
      .replaceAll('sparkhire_ats_writer', `writer_${suffix}`);
    const databases = await Promise.all(Array.from({ length: 4 }, () => createTestDatabase()));
    const clients = await Promise.all(databases.map(({ url }) => connect(url)));
    try {
      await Promise.all(clients.map((client) => client.query(text)));
      for (const client of clients) {
        const { rows } = await client.query(
          `select has_table_privilege('reader_${suffix}', 'sparkhire.users', 'select') as reads`,
        );
        expect(rows).toEqual([{ reads: true }]);
      }
    } finally {
      await Promise.all(clients.map((client) => client.end()));
      await Promise.all(databases.map(({ drop }) => drop()));
      await admin.query(`drop role if exists reader_${suffix}, writer_${suffix}`);
    }
  });
});
