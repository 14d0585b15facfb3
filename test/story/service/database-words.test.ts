/**
 * What the program says where whoever runs the database has caused it: a code and a remedy, never a bug.
 * @module-tag rare
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from 'node:net';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '#emulators/emulator/index';
import { inTransaction, openDatabase, query } from '../../../src/db/database.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { accountSettings, runProgram } from '../../support/program.js';
import { connectTo } from '../../support/service.js';
import { withNewSessions } from '../../support/warm-connections.js';

withNewSessions();

let database: TestDatabase;
let emulator: Emulator;
let admin: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  emulator = await startEmulator({ users: 2, jobs: 2, interviews: 3, rateLimit: 1_000_000 });
  admin = await connectTo(database.url);
});
afterAll(async () => {
  await admin?.end();
  await emulator?.close();
  await database?.drop();
});

/** A login made for this test, which may do all unless `options` say otherwise. */
async function withRole(
  settings: (role: string) => string,
  work: (url: string, role: string) => Promise<void>,
  options = 'superuser',
): Promise<void> {
  const role = `operator_${randomBytes(5).toString('hex')}`;
  const url = new URL(database.url);
  url.username = role;
  url.password = 'some-password';
  await admin.query(`create role ${role} login password 'some-password' ${options}`);
  try {
    await admin.query(settings(role));
    await work(url.href, role);
  } finally {
    await admin.query(`drop owned by ${role}; drop role ${role}`);
  }
}

async function sync(url: string) {
  const result = await runProgram(['sync', '--json'], { env: accountSettings(emulator, url) });
  expect(result.stderr).not.toMatch(/bug|\n\s+at /);
  return result;
}

describe('a role', () => {
  it.each([
    ['may not use the schemas, as after a restore', '', 'nosuperuser', 'DATABASE_DENIED', /reassign owned/],
    ['may only read', 'set default_transaction_read_only = on', 'superuser', 'DATABASE_READ_ONLY', /primary/],
    [
      'may have no more connections',
      'connection limit 0',
      'nosuperuser',
      'DATABASE_UNREACHABLE',
      /max_connections.*limit of the role/,
    ],
  ])('that %s is told with what to do', async (_, setting, options, code, remedy) => {
    await withRole(
      (role) => `alter role ${role} ${setting}`.replace(/alter role \S+ $/, 'select'),
      async (url) => {
        const { json, stderr } = await sync(url);
        expect(json).toMatchObject({ ok: false, error: { code, remedy: expect.stringMatching(remedy) } });
        expect(stderr).toContain(code);
      },
      options,
    );
  });

  it.each([
    ['has a time limit for statements', 'statement_timeout', 'DATABASE_TIMEOUT', 'statement_timeout'],
    ['waits for locks only so long', 'lock_timeout', 'DATABASE_BUSY', 'pg_stat_activity'],
  ])('that %s is told with what to do or whom to look for', async (_, setting, code, named) => {
    await withRole(
      (role) => `alter role ${role} set ${setting} = '50ms'`,
      async (url) => {
        const other = await connectTo(database.url);
        await other.query('begin; lock table sync.accounts');
        const { json } = await sync(url);
        await other.end();
        expect(json).toMatchObject({ error: { code, remedy: expect.stringContaining(named) } });
      },
    );
  });

  it('that writes dates, times and numbers its own way is worked with all the same', async () => {
    await withRole(
      (
        role,
      ) => `alter role ${role} set DateStyle = 'German'; alter role ${role} set TimeZone = 'Asia/Kolkata';
        alter role ${role} set IntervalStyle = 'sql_standard'; alter role ${role} set extra_float_digits = -10;
        alter role ${role} set bytea_output = 'escape'; alter role ${role} set standard_conforming_strings = off;
        alter role ${role} set array_nulls = off`,
      async (url) => {
        const db = openDatabase(url);
        const [row] = await query<Record<string, unknown>>(
          db,
          String.raw`select timestamptz '2026-03-04 05:06:07Z' as at, 0.1::float8 + 0.2::float8 as sum, '\x00ff'::bytea as bytes,
             interval '1 day 2 hours' as span, timestamptz '2026-03-04 05:06:07Z'::text as text, $1::text[] as list`,
          [[null, 'NULL']],
        );
        await db.destroy();
        expect(row).toEqual({
          at: new Date('2026-03-04T05:06:07Z'),
          sum: 0.1 + 0.2,
          bytes: Buffer.from([0, 255]),
          span: expect.objectContaining({ days: 1, hours: 2 }),
          text: '2026-03-04 05:06:07+00',
          list: [null, 'NULL'],
        });
        expect((await sync(url)).json).toMatchObject({ ok: true });
        const { stdout } = await runProgram(['status', '--json'], { env: accountSettings(emulator, url) });
        expect(stdout).not.toContain('Invalid');
      },
    );
  });
});

describe('a database', () => {
  it('that lacks a table, as after a restore of a part, is told as incomplete', async () => {
    const part = await createTestDatabase();
    const client = await connectTo(part.url);
    await client.query('drop table sync.activities cascade');
    await client.end();
    const env = accountSettings(emulator, part.url);
    const { stderr, code } = await runProgram(['status'], { env });
    const [looked, migrated] = [
      await runProgram(['doctor'], { env }),
      await runProgram(['migrate'], { env }),
    ];
    await part.drop();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^DATABASE_INCOMPLETE: .*sync\.activities.*\n→ Run `sparkhire-sync migrate`/);
    expect(stderr).not.toContain('bug');
    expect([looked.code, migrated.code]).toEqual([1, 1]);
    expect(looked.stdout).toMatch(/✗ migrations +there is no table sync\.activities\n +→ Restore/);
    expect(migrated.stderr).toMatch(/^DATABASE_INCOMPLETE: There is no table sync\.activities\.\n→ Restore/);
  });

  it.each([
    ['sync.links', 'drop table sync.links cascade', /There is no table sync\.links\./],
    [
      'sync.migrations',
      'drop table sync.migrations',
      /^MIGRATION_FAILED: Migration 1 .*already exists.*\n→ .*a part/,
    ],
    [
      'all of schema sync',
      'drop schema sync cascade',
      /^MIGRATION_FAILED: Migration 1 .*already exists.*\n→ .*a part/,
    ],
  ])('that lacks %s is to be restored, say migrate and doctor', async (_, drop, words) => {
    const part = await createTestDatabase();
    const client = await connectTo(part.url);
    await client.query(drop);
    await client.end();
    const env = accountSettings(emulator, part.url);
    const migrated = await runProgram(['migrate'], { env });
    const looked = await runProgram(['doctor'], { env });
    await part.drop();
    expect([looked.code, migrated.code]).toEqual([1, 1]);
    expect(migrated.stderr).toMatch(words);
    expect(migrated.stderr).toContain('Restore the database from a backup');
    expect(looked.stdout).toMatch(/✗ migrations +[^→]+→ Restore the database/);
  });

  it.each([
    [
      'a trigger',
      `create function public.guard() returns trigger language plpgsql as
        $$ begin raise exception 'not on Sundays'; end $$;
      create trigger guard before insert on sparkhire.jobs for each row execute function public.guard()`,
      /the function guard: not on Sundays/,
    ],
    [
      'a constraint',
      `alter table sparkhire.jobs add constraint no_titles check (title is null)`,
      /the constraint no_titles of sparkhire\.jobs: /,
    ],
  ])(
    'whose tables got %s that refuses a row is told with its name, and not as a bug',
    async (_, sql, words) => {
      const guarded = await createTestDatabase();
      const client = await connectTo(guarded.url);
      await client.query(sql);
      await client.end();
      const { json, stderr } = await sync(guarded.url);
      await guarded.drop();
      expect(json).toMatchObject({
        ok: false,
        error: { code: 'DATABASE_REFUSED', message: expect.stringMatching(words) },
      });
      expect(stderr).toMatch(/→ Change or remove it/);
    },
  );

  it('that ended an idle transaction is told with the time limit, not as out of reach', async () => {
    const db = openDatabase(database.url);
    const work = inTransaction(db, async (tx) => {
      await tx.query(`set local idle_in_transaction_session_timeout = '1ms'`);
      await new Promise((resolve) => tx.connection.once('end', () => resolve(null)));
      await tx.query('select 1');
    });
    await expect(work).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining('idle-in-transaction timeout'),
      remedy: expect.stringContaining('idle_in_transaction_session_timeout'),
    });
    await db.destroy();
  });

  it('that does not exist, and a password that is wrong, are told from one another', async () => {
    const url = new URL(database.url);
    url.pathname = '/nothing_here';
    expect((await sync(url.href)).stderr).toMatch(/"nothing_here" does not exist\n→ Create the database/);
    await withRole(
      () => 'select',
      async (right) => {
        const wrong = new URL(right);
        wrong.password = 'another';
        expect((await sync(wrong.href)).stderr).toMatch(/→ Check the user and the password/);
      },
    );
  });
});

describe('migrate', () => {
  it('tells which roles it gave their rights, and nothing to do only where nothing was done', async () => {
    const bare = await createTestDatabase();
    const client = await connectTo(bare.url);
    await client.query('revoke usage on schema sparkhire from sparkhire_reader');
    await client.end();
    const env = accountSettings(emulator, bare.url);
    const said = [await runProgram(['migrate'], { env }), await runProgram(['migrate'], { env })];
    const json = (await runProgram(['migrate', '--json'], { env })).json;
    await bare.drop();
    expect(said.map(({ stdout }) => stdout)).toEqual([
      'Given their rights: sparkhire_reader.\n',
      'Nothing to do.\n',
    ]);
    expect(json).toEqual({ ok: true, applied: [], granted: [], mended: [] });
  });

  it('and what starts without it name the migrations that are missing, also one in the middle', async () => {
    const part = await createTestDatabase();
    const client = await connectTo(part.url);
    await client.query('delete from sync.migrations where version = 2');
    await client.end();
    const env = accountSettings(emulator, part.url, { SYNC_MIGRATE_AT_START: 'false' });
    const [started, looked] = [await runProgram(['status'], { env }), await runProgram(['doctor'], { env })];
    await part.drop();
    expect([started.code, started.stderr]).toEqual([
      1,
      expect.stringMatching(/^MIGRATIONS_PENDING: The database lacks migration 2 \(comments\)\.\n→ Run/),
    ]);
    expect(looked.stdout).toMatch(/✗ migrations +the database lacks migration 2 \(comments\)/);
  });
});

describe('a URL without a password', () => {
  /** Passes everything on, and knows what is still open. */
  async function startDoor() {
    const { port, hostname } = new URL(database.url);
    const open = new Set<Socket>();
    const door = createServer((socket) => {
      open.add(socket);
      const server = connectSocket(Number(port), hostname);
      socket
        .on('error', () => {})
        .on('close', () => {
          open.delete(socket);
          server.destroy();
        });
      server.on('error', () => {}).on('close', () => socket.destroy());
      socket.pipe(server).pipe(socket);
    });
    door.listen(0, '127.0.0.1');
    await once(door, 'listening');
    return { open, port: (door.address() as AddressInfo).port, close: () => door.close() };
  }

  it.each([['status'], ['doctor'], ['migrate'], ['backfill'], ['run'], ['import', 'jobs', '-']])(
    'where one is needed ends %s, and no connection stays open behind it',
    async (...args) => {
      const door = await startDoor();
      const url = new URL(database.url);
      url.password = '';
      url.port = String(door.port);
      const { code, stdout, stderr } = await runProgram(args, {
        env: accountSettings(emulator, url.href),
        input: 'ats_id\n',
      });
      expect(code).toBe(1);
      expect((stdout + stderr).replace(/\s+/g, ' ')).toContain('DATABASE_URL has none that can be used');
      // What was closed here is closed there a moment later; what was not stays for a minute.
      await Promise.all([...door.open].map((socket) => once(socket, 'close')));
      door.close();
    },
  );
});
