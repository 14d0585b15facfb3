/** `status`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '#emulators/emulator/index';
import { tryLockAccount } from '../../../src/db/locks/account-lock.js';
import type { AccountStatus, Status } from '../../../src/status/status.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../../support/database.js';
import { accountSettings, runProgram } from '../../support/program.js';

let directory: string;
let database: TestDatabase;
let emulator: Emulator;
let client: pg.Client;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sparkhire-e2e-'));
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  emulator = await startEmulator({ users: 3, jobs: 4, interviews: 9, rateLimit: 1_000_000 });
});
afterAll(async () => {
  await emulator?.close();
  await client?.end();
  await database?.drop();
  rmSync(directory, { recursive: true, force: true });
});

const env = (more: Record<string, string | undefined> = {}) =>
  accountSettings(emulator, database.url, {
    SPARKHIRE_RATE_LIMIT: '400',
    SPARKHIRE_RATE_WINDOW_SECONDS: '60',
    ...more,
  });

async function status(args: string[] = [], more: Record<string, string | undefined> = {}) {
  const result = await runProgram(['status', '--json', ...args], { env: env(more) });
  const accounts = (result.json as Status | undefined)?.accounts ?? [];
  const by = (name: string): AccountStatus => accounts.find(({ account }) => account === name)!;
  return { ...result, accounts, by };
}

const lines = (text: string) => text.split('\n');
const resource = (account: AccountStatus, name: string) =>
  account.resources.find((one) => one.resource === name)!;

describe('status', () => {
  it('before anything was read says how to begin, also on an empty database', async () => {
    const empty = await createEmptyDatabase();
    try {
      const { code, stdout, stderr } = await runProgram(['status'], {
        env: { ...env(), DATABASE_URL: empty.url, LOG_LEVEL: 'warn' },
      });
      expect(stderr).toBe('');
      expect(code).toBe(0);
      expect(stdout).toContain('Account default: nothing is mirrored yet');
      expect(stdout).toContain('sparkhire-sync run');
    } finally {
      await empty.drop();
    }
  });

  it('after a backfill tells what is mirrored, and asks Spark Hire nothing', async () => {
    const pulled = await runProgram(['backfill', '--json'], { env: env() });
    expect(pulled.code).toBe(0);
    const asked = emulator.requests.length;
    const { code, by, stderr } = await status();
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const account = by('default');
    expect(account).toMatchObject({
      configured: true,
      owner: null,
      conflicts: { open: 0, byKind: {} },
      quarantined: 0,
    });
    const { rows } = await client.query(`select 'users' as name, count(*)::int as n from sparkhire.users
      union all select 'jobs', count(*)::int from sparkhire.jobs
      union all select 'interviews', count(*)::int from sparkhire.interviews
      union all select 'interview_questions', count(*)::int from sparkhire.interview_questions`);
    expect(rows.every(({ n }) => n > 0)).toBe(true);
    for (const { name, n } of rows) expect([name, resource(account, name).rows]).toEqual([name, n]);
    for (const one of account.resources) {
      expect([one.resource, typeof one.lagSeconds, one.lastSuccessAt !== null]).toEqual([
        one.resource,
        'number',
        true,
      ]);
    }
    expect(resource(account, 'jobs')).toMatchObject({ detailsDue: 0, sweepInProgress: null });
    expect(account.runs.find(({ kind }) => kind === 'backfill')).toMatchObject({
      outcome: 'succeeded',
      // The command looks for other installations, too.
      requests: (pulled.json as { requests: number }).requests - 1,
    });
    const { used, limit, windowSeconds } = account.budget;
    expect([limit, windowSeconds]).toEqual([400, 60]);
    const elsewhere = { SPARKHIRE_RATE_LIMIT: '4000', SPARKHIRE_RATE_WINDOW_SECONDS: '5' };
    expect((await status([], elsewhere)).by('default').budget).toMatchObject({
      limit: 400,
      windowSeconds: 60,
    });
    expect(used).toBeGreaterThanOrEqual(asked);
    expect(emulator.requests).toHaveLength(asked);

    const people = await runProgram(['status'], { env: env() });
    expect(people.code).toBe(0);
    expect(people.stdout).toMatch(/^Account default: up to date/);
    expect(people.stdout).toMatch(/^ {2}interviews +9 +0 +/m);
    expect(Math.max(...lines(people.stdout).map(({ length }) => length))).toBeLessThanOrEqual(100);
  });

  it('names the process that holds the account', async () => {
    const lock = await tryLockAccount(database.url, 'default');
    try {
      const { rows } = await client.query<{ pid: number }>(
        "select pid from pg_locks where locktype = 'advisory' and granted and pid <> pg_backend_pid()",
      );
      const { by } = await status();
      expect(rows.map(({ pid }) => pid)).toContain(by('default').owner?.pid);
      expect(by('default').owner?.application).toContain('sparkhire-sync');
    } finally {
      await lock!.release();
    }
    await expect.poll(async () => (await status()).by('default').owner).toBeNull();
  });

  it('tells what fails, what waits for a person, and what was put aside', async () => {
    await client.query(
      `insert into sync.activities (account, activity, failures, failing_since, error_code, error, retry_at)
       values ('default', 'sweep', 3, now() - interval '1 hour', 'REMOTE_FAILED', 'it said 503', now() + interval '5 min')`,
    );
    await client.query(
      `insert into sync.conflicts (account, resource, kind, reason) values
       ('default', 'jobs', 'mass_disappearance', 'x'), ('default', 'users', 'mass_disappearance', 'x')`,
    );
    await client.query(
      `insert into sync.quarantine (account, resource, fingerprint, problem) values ('default', 'jobs', 'f', 'p')`,
    );
    await client.query(`insert into sync.webhook_events (account, body) values ('default', '{}')`);
    try {
      const { code, by } = await status();
      expect(code).toBe(0);
      expect(by('default')).toMatchObject({
        conflicts: { open: 2, byKind: { mass_disappearance: 2 } },
        quarantined: 1,
        activities: [{ activity: 'sweep', failures: 3, errorCode: 'REMOTE_FAILED', error: 'it said 503' }],
        webhooks: { wanted: false, registered: false, waiting: 1, lastReceivedAt: expect.any(String) },
      });
      const people = await runProgram(['status'], { env: env() });
      expect(people.code).toBe(0);
      expect(people.stdout).toContain('sweep has failed 3 times since ');
      expect(people.stdout).toContain('REMOTE_FAILED: it said 503');
      expect(people.stdout).toContain('2 open (2 mass_disappearance)');
    } finally {
      await client.query('truncate sync.activities, sync.conflicts, sync.quarantine, sync.webhook_events');
    }
  });

  it('shows accounts of the settings and of the database, or the one that is asked for', async () => {
    const file = join(directory, 'two.yaml');
    writeFileSync(
      file,
      'accounts:\n  - { name: north, apiKeyEnv: NORTH }\n  - { name: south, apiKeyEnv: SOUTH }\n',
    );
    const two = { NORTH: 'k1', SOUTH: 'k2', SPARKHIRE_API_KEY: undefined };
    const all = await status(['--config', file], two);
    expect(all.accounts.map(({ account, configured }) => [account, configured])).toEqual([
      ['north', true],
      ['south', true],
      ['default', false],
    ]);
    // The limit is that of whoever works on it, not of whoever looks.
    expect(all.by('default').budget.limit).toBe(400);
    expect((await status(['--config', file, '--account', 'south'], two)).accounts).toHaveLength(1);
    expect((await status(['--config', file, '--account', 'default'], two)).by('default').configured).toBe(
      false,
    );
    // The database alone is asked, so no key is needed.
    const keyless = await status([], { SPARKHIRE_API_KEY: undefined });
    expect([keyless.code, keyless.accounts.map(({ account }) => account)]).toEqual([0, ['default']]);
  });

  it('shows no secret', async () => {
    const { stdout, stderr } = await status([], { LOG_LEVEL: 'trace' });
    for (const secret of [emulator.adminKey, new URL(database.url).password]) {
      expect(stdout + stderr).not.toContain(secret);
    }
  });
});

describe('status cannot', () => {
  const nowhere = 'postgres://nobody:hidden@127.0.0.1:1/none';
  it.each([
    ['without a database', [], { DATABASE_URL: nowhere }, 1, /DATABASE_UNREACHABLE[\s\S]*→/],
    ['of an account nobody knows', ['--account', 'west'], {}, 2, /ACCOUNT_UNKNOWN[\s\S]*west[\s\S]*default/],
    ['with a flag that is none', ['--jsno'], {}, 2, /--jsno/],
    ['with more words', ['jobs'], {}, 2, /too many arguments/],
    ['with settings that are wrong', [], { SYNC_HTTP_PORT: 'many' }, 2, /SYNC_HTTP_PORT/],
  ])('%s', async (_, args, more, expected, said) => {
    const { code, stdout, stderr } = await runProgram(['status', ...args], {
      env: { ...env(), ...more },
    });
    expect(stderr).toMatch(said);
    expect(stderr).not.toContain('hidden');
    expect(stdout).toBe('');
    expect(code).toBe(expected);
  });

  it('with --json the reason is JSON', async () => {
    const { code, json } = await status([], { DATABASE_URL: nowhere });
    expect(code).toBe(1);
    expect(json).toMatchObject({
      ok: false,
      error: { code: 'DATABASE_UNREACHABLE', remedy: expect.any(String) },
    });
  });

  it('begin with nothing at all: it says what is missing', async () => {
    const empty = await createEmptyDatabase();
    try {
      const { code, stderr } = await status([], { DATABASE_URL: empty.url, SPARKHIRE_API_KEY: undefined });
      expect([code, stderr.includes('SPARKHIRE_API_KEY')]).toEqual([2, true]);
    } finally {
      await empty.drop();
    }
  });
});
