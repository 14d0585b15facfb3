/** The probe behind /readyz, on a real PostgreSQL. */
import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/clock.js';
import { type Database, openDatabase } from '../../../src/db/database.js';
import { createLogger } from '../../../src/log.js';
import { type AccountRole, createReadinessProbe, type Role } from '../../../src/web/readiness.js';
import { createTestDatabase } from '../../support/database.js';
import { fileDatabase } from '../../support/file-database.js';

const shared = fileDatabase();
afterEach(async () => {
  await shared.db.raw('truncate sync.activities, sync.runs, sync.checkpoints');
  await shared.db.raw('delete from sync.migrations where version = 9999');
});

const log = createLogger({ level: 'silent' });

/** Time that passes when told to; the database keeps its own. */
function testClock(): Clock & { pass(seconds: number): void } {
  let passed = 0;
  return {
    now: () => Date.now() + passed,
    monotonic: () => passed,
    after: systemClock.after,
    pass(seconds) {
      passed += seconds * 1000;
    },
  };
}

function setUp(roles: Record<string, Role> = { north: 'owner' }, more: { database?: Database } = {}) {
  const clock = testClock();
  const busy = new Set<string>();
  const state = (): AccountRole[] =>
    Object.entries(roles).map(([account, role]) => ({ account, role, isBusy: busy.has(account) }));
  const probe = createReadinessProbe({
    db: more.database ?? shared.db,
    state,
    staleSeconds: 900,
    log,
    clock,
    timeoutMs: 5000,
  });
  return { probe, clock, roles, busy };
}

const activity = (name: string, ageSeconds: number, more = {}) =>
  shared.db('sync.activities').insert({
    account: 'north',
    activity: name,
    succeeded_at: shared.db.raw(`now() - ? * interval '1 s'`, [ageSeconds]),
    ...more,
  });

describe('the probe', () => {
  it('finds an account that ticks ready', async () => {
    await activity('tick', 30);
    const { probe, clock } = setUp();
    clock.pass(5000);
    const state = await probe();
    expect(state).toMatchObject({
      ready: true,
      accounts: [{ account: 'north', role: 'owner', state: 'up to date' }],
    });
    expect(state.accounts[0]!.lastSuccessSeconds).toBeGreaterThanOrEqual(30);
  });

  it('gives a restarted process the time to catch up, and no longer', async () => {
    await activity('tick', 7300, {
      failures: 2,
      failing_since: shared.db.raw("now() - interval '2 hours'"),
      error_code: 'KEY_REFUSED',
    });
    const { probe, clock } = setUp();
    expect(await probe()).toMatchObject({
      ready: true,
      accounts: [{ state: expect.stringContaining('catching up') }],
    });
    clock.pass(901);
    expect(await probe()).toMatchObject({
      ready: false,
      reasons: [
        'Account north: no successful tick for 2 h, and at most 15 min are allowed; it has been failing for 2 h (KEY_REFUSED).',
      ],
    });
  });

  it('counts from the take-over where a standby becomes the owner', async () => {
    await activity('tick', 7300);
    const { probe, clock, roles } = setUp({ north: 'standby' });
    clock.pass(5000);
    expect(await probe()).toMatchObject({
      ready: true,
      accounts: [{ state: 'stands by: no process works on it yet' }],
    });
    roles.north = 'owner';
    clock.pass(2);
    expect(await probe()).toMatchObject({
      ready: true,
      accounts: [{ state: expect.stringContaining('catching up') }],
    });
    clock.pass(901);
    expect((await probe()).ready).toBe(false);
  });

  it('lets a command take its time, and then ticks the time to catch up', async () => {
    await activity('tick', 7300);
    const { probe, clock, busy } = setUp();
    busy.add('north');
    for (let hours = 0; hours < 3; hours++) {
      clock.pass(3600);
      expect(await probe()).toMatchObject({ ready: true, accounts: [{ stale: false }] });
    }
    busy.clear();
    clock.pass(890);
    expect((await probe()).ready).toBe(true);
    clock.pass(20);
    expect(await probe()).toMatchObject({ ready: false, accounts: [{ stale: true }] });
  });

  it('knows a first sweep that gets on from one that does not', async () => {
    await shared.db('sync.runs').insert({
      account: 'north',
      kind: 'backfill',
      started_at: shared.db.raw("now() - interval '5 hours'"),
    });
    const { probe, clock } = setUp();
    clock.pass(18_000);
    expect((await probe()).ready).toBe(false);
    await shared.db('sync.checkpoints').insert({
      account: 'north',
      resource: 'interviews',
      kind: 'sweep',
      position: '{}',
    });
    clock.pass(2);
    expect(await probe()).toMatchObject({
      ready: true,
      accounts: [{ state: 'its first full sweep is running' }],
    });
    await shared.db('sync.runs').update({ outcome: 'succeeded', finished_at: shared.db.fn.now() });
    clock.pass(2);
    expect(await probe()).toMatchObject({ ready: true, accounts: [{ state: 'up to date' }] });
  });

  it('asks the database once a second, also for many at once', async () => {
    await activity('tick', 30);
    const { probe, clock } = setUp();
    const answers = await Promise.all([probe(), probe(), probe()]);
    expect(new Set(answers.map((state) => state.ready))).toEqual(new Set([true]));
    await shared.db.raw(`update sync.activities set succeeded_at = now() - interval '1 day'`);

    expect((await probe()).accounts[0]!.state).toBe('up to date');
    clock.pass(1.1);
    expect((await probe()).accounts[0]!.state).toContain('catching up');
  });

  it('sees a database that a newer program migrated', async () => {
    await shared.db('sync.migrations').insert({ version: 9999, name: 'tomorrow' });
    const { probe } = setUp();
    expect(await probe()).toMatchObject({
      ready: false,
      reasons: [expect.stringContaining('newer program')],
    });
  });

  it('says only that the database is away, and notices when it is back', async () => {
    const passing = await createTestDatabase();
    const pool = openDatabase(passing.url);
    try {
      const { probe, clock } = setUp({}, { database: pool });
      expect(await probe()).toEqual({ ready: true, troubles: [], accounts: [] });
      const name = new URL(passing.url).pathname.slice(1);
      await shared.db.raw(`alter database ${name} allow_connections false`);
      await shared.db.raw('select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = ?', [
        name,
      ]);
      clock.pass(2);
      expect(await probe()).toEqual({
        ready: false,
        reasons: ['The database does not answer.'],
        accounts: [],
      });
      await shared.db.raw(`alter database ${name} allow_connections true`);
      clock.pass(2);
      expect(await probe()).toEqual({ ready: true, troubles: [], accounts: [] });
    } finally {
      await pool.destroy();
      await passing.drop();
    }
  });

  it('does not wait for a database that hangs', async () => {
    const pool = openDatabase(shared.url, { maxConnections: 1 });
    const held = await pool.client.acquireConnection();
    try {
      const probe = createReadinessProbe({
        db: pool,
        state: () => [],
        staleSeconds: 900,
        log,
        timeoutMs: 50,
        cacheMs: 0,
      });
      expect(await probe()).toMatchObject({ ready: false, reasons: ['The database does not answer.'] });
      await pool.client.releaseConnection(held);
      await expect.poll(async () => (await probe()).ready).toBe(true);
    } finally {
      await pool.destroy();
    }
  });
});
