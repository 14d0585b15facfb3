/** The checks of doctor against a real PostgreSQL, with and without a pooler in between, and the emulator. */
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '#emulators/emulator/index';
import { type OwnedAccount, openOwnedAccount } from '../../src/account-session.js';
import { systemClock } from '../../src/clock.js';
import type { Account, Settings } from '../../src/config.js';
import { query } from '../../src/db/database.js';
import { inspectServer } from '../../src/db/diagnosis.js';
import { findPooler } from '../../src/db/locks/pooler.js';
import { migrate } from '../../src/db/migrate.js';
import { createLogger } from '../../src/log.js';
import { checkAccount } from '../../src/status/checks/account-checks.js';
import type { Check } from '../../src/status/checks/check.js';
import { checkDatabase, examine } from '../../src/status/doctor.js';
import { createEmptyDatabase, createTestDatabase } from '../support/database.js';
import { fileDatabase } from '../support/file-database.js';
import { startPooler } from '../support/pooler.js';
import { policies } from '../support/reconcile-rows.js';

const shared = fileDatabase();

const nowhere = 'postgres://nobody:hidden@127.0.0.1:1/none';
const level = (checks: Check[]) => Object.fromEntries(checks.map((check) => [check.check, check.level]));
const named = (checks: Check[], name: string) => checks.find(({ check }) => check === name)!;

describe('the database', () => {
  it('that is as it should be', async () => {
    const checks = await checkDatabase(shared.url, false);
    expect(level(checks)).toEqual({
      database: 'ok',
      pooler: 'ok',
      migrations: 'ok',
      roles: 'ok',
      ats: 'ok',
      database_clock: 'ok',
    });
  });

  it('whose clock is elsewhere', async () => {
    const clock = { ...systemClock, now: () => Date.now() + 3_600_000 };
    const { aheadMs } = await inspectServer(shared.url, clock);
    expect(Math.round(aheadMs / 60_000)).toBe(-60);
    expect(named(await checkDatabase(shared.url, false, clock), 'database_clock')).toMatchObject({
      level: 'warning',
      detail: expect.stringMatching(/(59|60) min behind/),
    });
  });

  it('that is not there: one check says why, the others that they need it', async () => {
    const checks = await checkDatabase(nowhere, true);
    expect(checks[0]).toMatchObject({ check: 'database', ok: false, level: 'failed' });
    expect(checks[0]!.detail).toContain('DATABASE_UNREACHABLE');
    expect(checks.slice(1).every(({ ok, level }) => !ok && level === 'skipped')).toBe(true);
    expect(JSON.stringify(checks)).not.toContain('hidden');
  });

  it('that is empty is given its tables only where that is wanted', async () => {
    const empty = await createEmptyDatabase();
    try {
      const before = await checkDatabase(empty.url, false);
      expect(named(before, 'migrations')).toMatchObject({
        ok: false,
        remedy: expect.stringContaining('migrate'),
      });
      expect(named(await checkDatabase(empty.url, true), 'migrations').detail).toContain('were applied now');
      expect(level(await checkDatabase(empty.url, false))).toMatchObject({ migrations: 'ok', roles: 'ok' });
    } finally {
      await empty.drop();
    }
  });

  it('without a table or a function of its own is told with their names', async () => {
    const part = await createTestDatabase();
    const client = new pg.Client({ connectionString: part.url });
    await client.connect();
    try {
      await client.query(
        'drop table sync.conflicts, sync.checkpoints, sparkhire.users cascade; drop function sync.queue_desired cascade',
      );
      expect(named(await checkDatabase(part.url, true), 'migrations')).toMatchObject({
        level: 'failed',
        detail:
          'there is no table sparkhire.users, no table sync.checkpoints, no table sync.conflicts, no function sync.queue_desired',
        remedy: expect.stringContaining('backup'),
      });
      await client.query('drop table sync.migrations');
      expect(named(await checkDatabase(part.url, true), 'migrations').detail).toContain('sync.migrations');
    } finally {
      await client.end();
      await part.drop();
    }
  });

  it('whose reader lost the right on a table is told so, until migrate has given it back', async () => {
    const bare = await createTestDatabase();
    const client = new pg.Client({ connectionString: bare.url });
    await client.connect();
    try {
      await client.query('revoke select on sparkhire.jobs, sync.conflicts from sparkhire_reader');
      expect(named(await checkDatabase(bare.url, false), 'roles')).toMatchObject({
        level: 'warning',
        detail: 'sparkhire_reader may not read sparkhire.jobs, read sync.conflicts',
      });
      expect(await migrate(bare.url)).toMatchObject({ granted: ['sparkhire_reader'] });
      expect(named(await checkDatabase(bare.url, false), 'roles').level).toBe('ok');
    } finally {
      await client.end();
      await bare.drop();
    }
  });

  it('that may not be written', async () => {
    const url = new URL(shared.url);
    url.searchParams.set('options', '-c default_transaction_read_only=on');
    expect((await checkDatabase(url.href, true))[0]).toMatchObject({
      level: 'failed',
      detail: expect.stringContaining('read only'),
    });
  });
});

describe('a pooler in transaction mode', () => {
  it('is found, and nothing is left behind', async () => {
    const pooler = await startPooler(shared.url, 'transaction');
    try {
      // What it is taken for otherwise: a server.
      const client = new pg.Client({ connectionString: pooler.url });
      await client.connect();
      expect((await client.query('select $1::int + 1 as two', [1])).rows).toEqual([{ two: 2 }]);
      await client.end();

      expect(await findPooler(pooler.url)).toBe('two connections were given the same server process');
      const check = named(await checkDatabase(pooler.url, false), 'pooler');
      expect(check).toMatchObject({ ok: false, level: 'failed' });
      expect(check.remedy).toMatch(/session mode/);
      const locks = await shared.db.raw(
        `select * from pg_locks where locktype = 'advisory'
         and database = (select oid from pg_database where datname = current_database())`,
      );
      expect(locks.rows).toEqual([]);
    } finally {
      await pooler.close();
    }
  });

  it('is not suspected where there is none', async () => {
    expect(await findPooler(shared.url)).toBeNull();
  });
});

describe('an account', () => {
  let emulator: Emulator;
  let owned: OwnedAccount | undefined;
  afterEach(async () => {
    await owned?.close();
    owned = undefined;
    await emulator?.close();
  });

  function account(name: string, more: Partial<Account> = {}): Account {
    return {
      name,
      apiKey: emulator.adminKey,
      baseUrl: emulator.url,
      rateLimit: 1_000_000,
      rateWindowMs: 1000,
      pageSize: 100,
      requestTimeoutMs: 2000,
      ...more,
    };
  }

  async function check(
    options: EmulatorOptions = {},
    {
      publicUrl = null as string | null,
      timeoutMs = 5000,
      key = undefined as string | undefined,
      path = '',
    } = {},
    prepare: (emulator: Emulator) => Promise<void> | void = () => {},
  ): Promise<Check[]> {
    emulator = await startEmulator({ users: 3, jobs: 2, interviews: 2, rateLimit: 1_000_000, ...options });
    await prepare(emulator);
    owned = await openOwnedAccount({
      account: account('default', {
        ...(key === undefined ? {} : { apiKey: key }),
        baseUrl: `${emulator.url}${path}`,
      }),
      db: shared.db,
      log: createLogger({ level: 'silent' }),
      signal: new AbortController().signal,
      // Nobody else works on this database.
      fence: async () => {},
    });
    const http = { host: '127.0.0.1', port: 0, publicUrl, trustedProxies: [], staleSeconds: 900 };
    return checkAccount(
      owned.session(),
      { http, secrets: {}, policies: policies as Settings['policies'] },
      { timeoutMs },
    );
  }

  it('that is as it should be takes four requests', async () => {
    const checks = await check();
    expect(level(checks)).toEqual({
      base_url: 'ok',
      key: 'ok',
      administrator: 'ok',
      plan: 'ok',
      webhooks: 'skipped',
      clock: 'ok',
    });
    expect(checks.every(({ ok, account }) => ok && account === 'default')).toBe(true);
    expect(emulator.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET', 'GET']);
  });

  it('of a company for which another account of the database works, too, is told so', async ({
    onTestFinished,
  }) => {
    const companyOf = async (uuid: string) =>
      void (await query(
        shared.db,
        `insert into sparkhire.companies (account, uuid, raw) values ('north', $1, '{}')`,
        [uuid],
      ));
    onTestFinished(async () => void (await query(shared.db, 'delete from sparkhire.companies')));
    const ofAnother = await check({}, {}, () => companyOf('99999999-0000-4000-8000-000000000000'));
    expect(named(ofAnother, 'same_company')).toBeUndefined();
    await owned!.close();
    await emulator.close();
    const checks = await check({}, {}, ({ state }) => companyOf(state.company.uuid));
    expect(named(checks, 'same_company')).toMatchObject({
      ok: true,
      level: 'warning',
      detail: expect.stringMatching(/^account "north" is of the same company in Spark Hire, ./),
      remedy: expect.stringContaining('twice'),
    });
  });

  it('with a key that is not accepted', async () => {
    const checks = await check({}, { key: 'some-wrong-key' });
    expect(level(checks)).toMatchObject({ base_url: 'ok', key: 'failed', plan: 'skipped', clock: 'ok' });
    expect(named(checks, 'key').detail).toContain('KEY_REFUSED');
    expect(JSON.stringify(checks)).not.toContain('some-wrong-key');
  });

  it('at an address that is no API', async () => {
    const checks = await check({}, { path: '/elsewhere' });
    expect(level(checks)).toMatchObject({ base_url: 'failed', key: 'skipped' });
    expect(named(checks, 'base_url').remedy).toContain('https://api.sparkhire.com/v1.0');
  });

  it('whose server does not answer: no check waits for long', async () => {
    const checks = await check({}, { timeoutMs: 300 }, ({ faults }) => {
      faults.add({ effect: { kind: 'hang', when: 'before' } });
    });
    expect(named(checks, 'base_url')).toMatchObject({ ok: false, level: 'failed' });
    expect(named(checks, 'base_url').detail).toContain('REMOTE_TIMEOUT');
  });

  it('whose key may not read keys: whether it is an administrator is not known', async () => {
    const checks = await check({}, {}, ({ faults }) => {
      faults.add({ path: '/integration_key$', effect: { kind: 'status', status: 403 } });
    });
    expect(named(checks, 'administrator')).toMatchObject({ ok: true, level: 'warning' });
  });

  it('whose plan is used up, or cannot be read', async () => {
    expect(named(await check({ jobSlots: 1, jobs: 8 }), 'plan')).toMatchObject({
      ok: true,
      level: 'warning',
    });
    await owned!.close();
    await emulator.close();
    const broken = await check({}, { timeoutMs: 300 }, ({ faults }) => {
      faults.add({ path: '/plan$', effect: { kind: 'wrong-shape' } });
    });
    expect(named(broken, 'plan')).toMatchObject({ ok: false, level: 'failed' });
    expect(named(broken, 'clock').ok).toBe(true);
  });

  it('whose plan does not tell what another user costs', async () => {
    const checks = await check({}, {}, ({ state }) => {
      // As null in JSON.
      state.plan.userLimit = Number.NaN;
    });
    expect(named(checks, 'plan')).toMatchObject({
      ok: true,
      level: 'warning',
      detail: expect.stringContaining('user seats not known'),
      remedy: expect.stringMatching(/new users of the ATS wait\. If it may, set policies\.users\.paid/),
    });
  });

  it('whose server keeps another time', async () => {
    const checks = await check({}, {}, ({ faults }) => {
      const date = new Date(Date.now() - 120_000).toUTCString();
      faults.add({ path: '/plan$', effect: { kind: 'status', status: 403, headers: { date } } });
    });
    expect(named(checks, 'plan')).toMatchObject({ ok: true, level: 'warning' });
    expect(named(checks, 'clock')).toMatchObject({
      level: 'warning',
      detail: expect.stringContaining('behind'),
    });
  });

  it('and its webhooks', async () => {
    const publicUrl = 'https://sync.example.com';
    const register = async (one: Emulator, url: string, auth: string | null) => {
      const response = await fetch(`${one.url}/webhooks`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${one.adminKey}:x`).toString('base64')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ description: 'ours', url, ...(auth === null ? {} : { http_auth: auth }) }),
      });
      expect(response.status).toBeLessThan(300);
      return ((await response.json()) as { uuid: string }).uuid;
    };
    const remember = (uuid: string, url: string) =>
      shared.db.raw(
        `insert into sync.webhooks (token, url, uuid, auth_hash, registered_at)
         values (gen_random_uuid(), ?, ?, 'hash', now())`,
        [url, uuid],
      );
    const look = async (prepare: (one: Emulator) => Promise<void>) => {
      await shared.db.raw('delete from sync.webhooks');
      const checks = await check({}, { publicUrl }, prepare);
      await owned!.close();
      await emulator.close();
      return named(checks, 'webhooks');
    };
    const ours = `${publicUrl}/webhooks/default`;
    expect(await look(async () => {})).toMatchObject({
      level: 'warning',
      remedy: expect.stringContaining('run'),
    });
    expect(
      await look(async (one) => void (await remember(await register(one, ours, 'a:b'), ours))),
    ).toMatchObject({
      level: 'ok',
      detail: `registered at ${ours}`,
    });
    expect(await look(async () => void (await remember('gone', ours)))).toMatchObject({
      level: 'failed',
      detail: expect.stringContaining('gone'),
    });
    const other = 'https://old.example.com/webhooks/default';
    expect(
      await look(async (one) => void (await remember(await register(one, other, 'a:b'), other))),
    ).toMatchObject({
      level: 'failed',
      detail: expect.stringContaining(other),
    });
    expect(
      await look(async (one) => void (await remember(await register(one, ours, null), ours))),
    ).toMatchObject({
      level: 'failed',
      detail: expect.stringContaining('without credentials'),
    });
  });

  it('is not asked for where there is no database to book requests in; a failure of the asking is a check', async () => {
    emulator = await startEmulator({ users: 1, jobs: 1, interviews: 1 });
    let asked = 0;
    const options = { migrateEmpty: false, accounts: [account('north'), account('south')] };
    const away = await examine({
      ...options,
      databaseUrl: nowhere,
      runAccountChecks: async () => {
        asked++;
        return [];
      },
    });
    expect(asked).toBe(0);
    expect(away.slice(-2)).toEqual([
      expect.objectContaining({ check: 'spark_hire', account: 'north', ok: false, level: 'skipped' }),
      expect.objectContaining({ check: 'spark_hire', account: 'south', ok: false, level: 'skipped' }),
    ]);
    const broken = await examine({
      ...options,
      databaseUrl: shared.url,
      runAccountChecks: async ({ name }) => {
        throw new Error(`no luck with ${name}`);
      },
    });
    expect(broken.slice(-2).map(({ detail }) => detail)).toEqual([
      'no luck with north',
      'no luck with south',
    ]);
  });

  it("shows what fails of the service's own work", async () => {
    emulator = await startEmulator({ users: 1, jobs: 1, interviews: 1 });
    await shared.db.raw(
      `insert into sync.activities (account, activity, succeeded_at, failures, error_code, error)
       values ('east', 'tick', now(), 0, null, null), ('east', 'sweep', null, 4, 'REMOTE_FAILED', 'it said 503')`,
    );
    const checks = await examine({
      databaseUrl: shared.url,
      migrateEmpty: false,
      accounts: [account('east')],
      runAccountChecks: async () => [],
    });
    expect(checks.at(-1)).toMatchObject({
      check: 'activities',
      account: 'east',
      level: 'warning',
      detail: 'sweep failed 4 times in a row: REMOTE_FAILED: it said 503',
    });
  });
});
