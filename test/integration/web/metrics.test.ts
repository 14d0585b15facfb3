/** Metrics as a Prometheus reads them, with gauges from a real PostgreSQL. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.js';
import { openDatabase } from '../../../src/db/database.js';
import { createLimiter, type RequestEvent } from '../../../src/sparkhire/client.js';
import { createUsage } from '../../../src/sparkhire/usage.js';
import { createMetrics } from '../../../src/web/metrics.js';
import { createTestDatabase } from '../../support/database.js';
import { fileDatabase } from '../../support/file-database.js';

const shared = fileDatabase();

function request(more: Partial<RequestEvent> = {}): RequestEvent {
  return {
    route: 'GET /jobs/:uuid',
    method: 'GET',
    status: 200,
    code: null,
    lane: 'tick',
    durationMs: 120,
    rateLimited: false,
    attempt: 1,
    serverDate: null,
    ...more,
  };
}

/** The samples of our own metrics: `name{labels}` to value. */
async function samples(metrics: { text(): Promise<string> }): Promise<Record<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('sparkhire_sync_'));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice('sparkhire_sync_'.length, at), Number(line.slice(at + 1))];
    }),
  );
}

describe('counters', () => {
  it('count what they are fed', async () => {
    const metrics = createMetrics();
    metrics.onRequest('north', request());
    metrics.onRequest('north', request());
    metrics.onRequest('north', request({ status: 429, rateLimited: true }));
    metrics.onRequest('south', request({ status: null, code: 'REMOTE_TIMEOUT' }));
    const counts = { read: 9, created: 3, updated: 0, unchanged: 6, deleted: 1 };
    metrics.onRun('north', 'tick', 'succeeded', { jobs: counts, users: { restored: 2 } });
    metrics.onRun('north', 'tick', 'failed');
    metrics.onWebhook('stored');
    metrics.onApplied('applied', 5);
    metrics.onApplied('applied');
    metrics.onApplied('unknown_event', 0);
    metrics.onWritten('north', 'created', 3);
    metrics.onWritten('north', 'canceled', 0);
    expect(await samples(metrics)).toMatchObject({
      'requests_total{account="north",route="GET /jobs/:uuid",status="200"}': 2,
      'requests_total{account="north",route="GET /jobs/:uuid",status="429"}': 1,
      'requests_total{account="south",route="GET /jobs/:uuid",status="none"}': 1,
      'rate_limited_total{account="north"}': 1,
      'request_duration_seconds_bucket{le="0.1",route="GET /jobs/:uuid"}': 0,
      'request_duration_seconds_bucket{le="0.25",route="GET /jobs/:uuid"}': 4,
      'request_duration_seconds_count{route="GET /jobs/:uuid"}': 4,
      'runs_total{account="north",kind="tick",outcome="succeeded"}': 1,
      'runs_total{account="north",kind="tick",outcome="failed"}': 1,
      'rows_total{account="north",resource="jobs",change="created"}': 3,
      'rows_total{account="north",resource="jobs",change="deleted"}': 1,
      'rows_total{account="north",resource="users",change="restored"}': 2,
      'webhook_events_received_total{outcome="stored"}': 1,
      'writes_total{account="north",outcome="created"}': 3,
      'webhook_events_applied_total{outcome="applied"}': 6,
    });
    const names = Object.keys(await samples(metrics));
    expect(names.filter((name) => /change="(read|unchanged|updated)"|unknown_event/.test(name))).toEqual([]);
  });

  it('keep their labels few, whatever they are fed', async () => {
    const metrics = createMetrics();
    for (let n = 0; n < 300; n++) {
      metrics.onRequest('north', request({ route: `GET /jobs/${n}-of-many`, status: 100 + n }));
      metrics.onRun('north', `kind_${String.fromCharCode(97 + (n % 26))}`, `a failure: ${n}`);
      metrics.onWebhook(`${n}`);
    }
    const names = Object.keys(await samples(metrics));
    const series = (metric: string) => names.filter((name) => name.startsWith(`${metric}{`));
    expect(series('requests_total').every((name) => name.includes('route="other"'))).toBe(true);
    expect(series('requests_total').length).toBeLessThan(40);
    expect(series('runs_total')).toHaveLength(21);
    expect(series('webhook_events_received_total')).toEqual([
      'webhook_events_received_total{outcome="other"}',
    ]);
  });

  it('belong to their own registry; those of the process are there too', async () => {
    const one = createMetrics();
    const other = createMetrics();
    one.onWebhook('stored');
    expect(Object.keys(await samples(other)).some((name) => name.includes('stored'))).toBe(false);
    const text = await one.text();
    expect(text).toMatch(/^process_cpu_seconds_total /m);
    expect(text).toMatch(/^# HELP sparkhire_sync_lag_seconds \S/m);
    expect(one.contentType).toMatch(/^text\/plain/);
  });
});

describe('gauges', () => {
  it('show limiters and bookkeeping as they are when asked', async () => {
    await shared.db.raw(
      `insert into sync.checkpoints (account, resource, kind, completed_at)
       values ('north', 'jobs', 'sweep', now() - interval '1 hour'), ('north', 'account', 'sweep', now())`,
    );
    await shared.db.raw(
      `insert into sync.activities (account, activity, succeeded_at, failures)
       values ('north', 'tick', now() - interval '100 s', 0), ('south', 'tick', null, 3)`,
    );
    await shared.db.raw(
      `insert into sync.webhook_events (account, body) values ('north', '{}'), ('north', '{}')`,
    );
    await shared.db.raw(
      `insert into sync.webhook_events (account, body, state) values ('north', '{}', 'done')`,
    );
    await shared.db.raw(
      `insert into sync.conflicts (account, resource, kind) values ('south', 'jobs', 'mass_disappearance')`,
    );
    const limiter = createLimiter({ limit: 50, windowMs: 60_000, maxConcurrent: 1 });
    const owned = new Map([['north', limiter]]);
    const metrics = createMetrics({ cacheMs: 0 });
    metrics.attach({ limiters: () => owned, db: shared.db });
    let finish = () => {};
    const running = limiter.schedule(
      'tick',
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    const waiting = limiter.schedule('details', async () => {});
    await expect.poll(() => limiter.stats().running).toBe(1);

    const shown = await samples(metrics);
    expect(shown).toMatchObject({
      owned_accounts: 1,
      database_up: 1,
      'budget_used{account="north"}': 1,
      'budget_limit{account="north"}': 50,
      'queue_depth{account="north",lane="details"}': 1,
      'queue_depth{account="north",lane="write"}': 0,
      'failures_in_a_row{account="south",activity="tick"}': 3,
      'webhook_events_waiting{account="north"}': 2,
      'webhook_events_waiting{account="south"}': 0,
      'open_conflicts{account="south",kind="mass_disappearance"}': 1,
    });
    // The tick is newer than the sweep.
    for (const resource of ['users', 'jobs', 'interviews']) {
      const lag = shown[`lag_seconds{account="north",resource="${resource}"}`]!;
      expect(lag).toBeGreaterThanOrEqual(100);
      expect(lag).toBeLessThan(160);
    }
    expect(Object.keys(shown).filter((name) => /resource="(account|plans)"/.test(name))).toEqual([]);

    // Another process took it over.
    owned.clear();
    finish();
    await Promise.all([running, waiting]);
    limiter.stop();
    const later = await samples(metrics);
    expect(later.owned_accounts).toBe(0);
    expect(Object.keys(later).filter((name) => /^(budget|queue)_/.test(name))).toEqual([]);
  });

  it('show rows of the ATS by state and issue, how long they wait, and what is in doubt', async () => {
    const own = await createTestDatabase();
    const pool = openDatabase(own.url);
    try {
      await pool.raw(
        `insert into sync.desired_rows (account, resource, ats_id, state, updated_at) values
           ('north', 'interviews', 'I-1', 'pending', now() - interval '5 min'),
           ('north', 'interviews', 'I-2', 'pending', now() - interval '2 min'),
           ('north', 'interviews', 'I-3', 'synced', now()),
           ('north', 'interviews', 'I-4', 'gone', now()),
           ('north', 'jobs', 'J-1', 'rejected', now() - interval '1 hour')`,
      );
      await pool.raw(
        `insert into sync.desired_queue (account, resource, ats_id) values
           ('north', 'interviews', 'I-2'), ('north', 'interviews', 'I-3'), ('north', 'interviews', 'I-3')`,
      );
      await pool.raw(
        `insert into sync.issues (account, resource, ats_id, field, code, message, resolved_at) values
           ('north', 'jobs', 'J-1', 'status', 'UNMAPPED_ENUM', 'x', null),
           ('north', 'jobs', 'J-1', 'title', 'REQUIRED_FIELD_MISSING', 'x', now())`,
      );
      await pool.raw(
        `insert into sync.intents (account, resource, ats_id, action, fingerprint, state, detail)
         values ('north', 'interviews', 'I-1', 'create', 'f', 'unknown', '{}')`,
      );
      const clock = { ...systemClock, passed: 0, monotonic: () => clock.passed };
      const metrics = createMetrics({ clock, cacheMs: 1000 });
      metrics.attach({ limiters: () => new Map(), db: pool });
      const shown = await samples(metrics);
      expect(shown).toMatchObject({
        'ats_rows{account="north",resource="interviews",state="pending"}': 2,
        'ats_rows{account="north",resource="interviews",state="synced"}': 1,
        'ats_rows{account="north",resource="interviews",state="gone"}': 1,
        'ats_rows{account="north",resource="interviews",state="held"}': 0,
        'ats_rows{account="north",resource="jobs",state="rejected"}': 1,
        'backlog_rows{account="north",resource="interviews"}': 3,
        'backlog_rows{account="north",resource="jobs"}': 0,
        'open_issues{account="north",resource="jobs",code="UNMAPPED_ENUM"}': 1,
        'unknown_writes{account="north"}': 1,
        'refused_keys{account="north"}': 0,
      });
      expect(Object.keys(shown).filter((name) => name.includes('REQUIRED_FIELD'))).toEqual([]);
      const oldest = 'oldest_waiting_seconds{account="north",resource="interviews",state="pending"}';
      expect(Math.floor(shown[oldest]! / 300)).toBe(1);
      expect(shown['oldest_waiting_seconds{account="north",resource="jobs",state="held"}']).toBe(0);

      // What is in step is counted once a minute; what waits with each look.
      await pool.raw(`update sync.desired_rows set state = 'synced' where state = 'pending'`);
      clock.passed = 30_000;
      const synced = 'ats_rows{account="north",resource="interviews",state="synced"}';
      const pending = 'ats_rows{account="north",resource="interviews",state="pending"}';
      const soon = await samples(metrics);
      expect([soon[synced], soon[pending]]).toEqual([1, 0]);
      clock.passed = 60_000;
      expect((await samples(metrics))[synced]).toBe(3);
    } finally {
      await pool.destroy();
      await own.drop();
    }
  });

  it('show what the requests of the window were made for', async () => {
    const clock = { passed: 0, monotonic: () => clock.passed };
    const usage = createUsage(60_000, clock);
    const metrics = createMetrics();
    metrics.attach({ limiters: () => new Map(), usage: () => new Map([['north', usage]]), db: shared.db });
    for (const purpose of ['tick', 'tick', 'push']) {
      usage.note(purpose);
      metrics.onPurpose('north', purpose);
    }
    clock.passed = 50_000;
    usage.note('push');
    metrics.onPurpose('north', 'push');
    expect(await samples(metrics)).toMatchObject({
      'budget_used_by_activity{account="north",activity="tick"}': 2,
      'budget_used_by_activity{account="north",activity="push"}': 2,
    });
    clock.passed = 60_001;
    const later = await samples(metrics);
    expect(later).toMatchObject({
      'budget_used_by_activity{account="north",activity="push"}': 1,
      'activity_requests_total{account="north",activity="push"}': 2,
      'activity_requests_total{account="north",activity="tick"}': 2,
    });
    expect(later['budget_used_by_activity{account="north",activity="tick"}']).toBeUndefined();
  });

  it('go on ageing while the database is away, and say that it is', async () => {
    const pool = openDatabase(shared.url, { maxConnections: 1 });
    // To connect may take longer than the 100 ms below.
    await pool.raw('select 1');
    let passed = 0;
    const clock = {
      now: () => Date.now(),
      monotonic: () => passed,
      after: (_ms: number, fn: () => void) => {
        const timer = setTimeout(fn, 100);
        return () => clearTimeout(timer);
      },
    };
    const metrics = createMetrics({ clock, cacheMs: 1000 });
    metrics.attach({ limiters: () => new Map(), db: pool, accounts: () => ['north'] });
    const name = 'lag_seconds{account="north",resource="jobs"}';
    const before = await samples(metrics);
    expect(before.database_up).toBe(1);
    expect(Object.keys(before).filter((one) => one.includes('south'))).toEqual([]);
    const held = await pool.client.acquireConnection();
    passed = 500_000;
    const after = await samples(metrics);
    expect(after.database_up).toBe(0);
    expect(after[name]! - before[name]!).toBeCloseTo(500, 3);
    await pool.client.releaseConnection(held);
    await pool.destroy();
  });

  it('of 500 accounts are told in well under a second', async () => {
    const own = await createTestDatabase();
    const pool = openDatabase(own.url);
    try {
      await pool.raw(
        `insert into sync.activities (account, activity, succeeded_at)
         select 'account-' || n, a, now() from generate_series(1, 500) n, unnest(array['tick', 'sweep', 'refresh']) a`,
      );
      const limiter = createLimiter({ limit: 400, windowMs: 60_000 });
      const limiters = new Map(Array.from({ length: 500 }, (_, n) => [`account-${n + 1}`, limiter] as const));
      const metrics = createMetrics();
      metrics.attach({ limiters: () => limiters, db: pool });
      for (const account of limiters.keys()) metrics.onRequest(account, request());
      await metrics.text();
      const started = performance.now();
      const text = await metrics.text();
      // Measured at about 50 ms.
      expect(performance.now() - started).toBeLessThan(10_000);
      expect(text.match(/^sparkhire_sync_lag_seconds\{/gm)).toHaveLength(3500);
      limiter.stop();
    } finally {
      await pool.destroy();
      await own.drop();
    }
  });
});
