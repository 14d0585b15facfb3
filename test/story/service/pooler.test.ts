/**
 * Commands behind a pooler: what they do needs locks of a session, which hold in session mode alone.
 * @module-tag rare
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '#emulators/emulator/index';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../../support/database.js';
import { type Pooler, startPooler } from '../../support/pooler.js';
import { accountSettings, runProgram } from '../../support/program.js';
import { connectTo } from '../../support/service.js';
import { withNewSessions } from '../../support/warm-connections.js';

withNewSessions();

let database: TestDatabase;
let emulator: Emulator;
let pooler: Pooler;
beforeAll(async () => {
  database = await createTestDatabase();
  emulator = await startEmulator({ users: 2, jobs: 2, interviews: 2, rateLimit: 1_000_000 });
  pooler = await startPooler(database.url, 'transaction');
});
afterAll(async () => {
  await pooler?.close();
  await emulator?.close();
  await database?.drop();
});

async function locksOf(url: string) {
  const client = await connectTo(url);
  const { rows } = await client.query(
    `select pid from pg_locks where locktype = 'advisory'
       and database = (select oid from pg_database where datname = current_database())`,
  );
  await client.end();
  return rows;
}

describe('behind a pooler in transaction mode', () => {
  const commands = [
    ['run'],
    ['sync', '--json'],
    ['backfill', '--json'],
    ['plan'],
    ['apply', '--json'],
    ['status'],
    ['conflicts'],
    ['keys', 'list'],
    ['webhooks', 'list'],
    ['import', 'jobs', '-'],
    ['migrate'],
    ['migrate', '--status'],
  ].map((args) => [args.join(' '), args] as const);
  it.each(commands)(
    '%s is refused at once with the remedy, asks nothing and leaves no lock',
    async (_, args) => {
      const env = accountSettings(emulator, pooler.url, { SYNC_HTTP_PORT: '0' });
      const sent = emulator.requests.length;
      const { code, stderr } = await runProgram(args, { env, input: 'ats_id\nJ-1\n' });
      expect(code).toBe(1);
      expect(stderr).toContain('DATABASE_POOLED: A connection pooler in transaction mode');
      expect(stderr).toMatch(/→ Point DATABASE_URL at PostgreSQL itself/);
      expect(emulator.requests).toHaveLength(sent);
      expect(await locksOf(database.url)).toEqual([]);
    },
  );

  it('an empty database stays empty', async () => {
    const empty = await createEmptyDatabase();
    const before = await startPooler(empty.url, 'transaction');
    try {
      const env = accountSettings(emulator, before.url);
      for (const command of ['sync', 'doctor']) expect((await runProgram([command], { env })).code).toBe(1);
      const client = await connectTo(empty.url);
      const { rows } = await client.query(
        "select nspname from pg_namespace where nspname in ('sync', 'ats', 'sparkhire')",
      );
      await client.end();
      expect(rows).toEqual([]);
    } finally {
      await before.close();
      await empty.drop();
    }
  });

  it('doctor names it, and does not ask further', async () => {
    const env = accountSettings(emulator, pooler.url);
    const { json } = await runProgram(['doctor', '--json'], { env });
    expect(json).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ check: 'pooler', level: 'failed' }),
        expect.objectContaining({ check: 'migrations', level: 'skipped' }),
      ]),
    );
  });
});

describe('behind a pooler in session mode', () => {
  it('a command works, and looks once whether there is anything to migrate', async () => {
    const session = await startPooler(database.url, 'session');
    try {
      const env = accountSettings(emulator, session.url);
      const { code, stderr } = await runProgram(['status'], { env });
      expect([code, stderr]).toEqual([0, '']);
      expect(session.sent().split('sync.migrations')).toHaveLength(2);
    } finally {
      await session.close();
    }
  });
});
