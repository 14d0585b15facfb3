/**
 * What a Prometheus reads from /metrics. Counters are fed as things happen; gauges are looked up when somebody
 * asks. Every label has few values: account names from the settings, and names that the program itself uses.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type Clock, systemClock } from '../clock.js';
import type { Database } from '../db/database.js';
import { type Limiter, lanes, type RequestEvent } from '../sparkhire/client.js';
import type { Usage } from '../sparkhire/usage.js';
import { type Backlog, backlogGauges, backlogReader } from './backlog.js';
import { inTime, Late } from './in-time.js';
import { type BookkeepingGauges, readBookkeeping } from './metrics-queries.js';
import type { Readiness } from './readiness.js';

const changeNames = ['created', 'updated', 'deleted', 'restored'] as const;

/** Rows by change, a resource each; other counts beside them are left out. */
export type ChangeCounts = Readonly<
  Record<string, Readonly<Partial<Record<(typeof changeNames)[number], number>>>>
>;

export interface MetricsSources {
  /** The limiters of the accounts this process owns now, by account. */
  limiters: () => ReadonlyMap<string, Pick<Limiter, 'stats'>>;
  /** What their current windows went into; left out unless given. */
  usage?: () => ReadonlyMap<string, Pick<Usage, 'inWindow'>>;
  db: Database;
  /** What /readyz answers; without it no account is said to be stale or not. */
  readiness?: () => Promise<Pick<Readiness, 'accounts'>>;
  /** The accounts to tell about; all that the database knows unless given. */
  accounts?: () => readonly string[];
}

export interface Metrics {
  /** One attempt to send a request. */
  onRequest(account: string, event: RequestEvent): void;
  /** What that request was made for: an activity, or the work of a command. */
  onPurpose(account: string, purpose: string): void;
  /** Writes to Spark Hire that are known to be done: `created`, `updated`, `canceled`, `adopted`. */
  onWritten(account: string, outcome: string, n: number): void;
  /** One run that ended, as sync.runs has it, and the rows it changed. */
  onRun(account: string, kind: string, outcome: string, counts?: ChangeCounts): void;
  /** One webhook event that came in, and what became of it: `stored`, `refused` … */
  onWebhook(outcome: string): void;
  /** Somebody tried to sign in to the console: `right`, `wrong`, `slowed`. */
  onSignIn(outcome: string): void;
  /** One webhook of a connected ATS, likewise. */
  onAtsWebhook(outcome: string): void;
  /** One call of an ATS that orders interviews, and what became of it: `taken`, `refused` … */
  onOrder(outcome: string): void;
  /** Results that were carried back to the ATS, and what became of them: `written`, `refused`. */
  onResults(account: string, outcome: string, n: number): void;
  /** `n` stored events that were dealt with, and how. */
  onApplied(outcome: string, n?: number): void;
  /** Where the gauges look; without it they are left out. */
  attach(sources: MetricsSources): void;
  readonly contentType: string;
  /** The answer to /metrics. Never rejects because the database is away: it says so in a gauge. */
  text(): Promise<string>;
}

export interface MetricsOptions {
  clock?: Clock;
  /** What is read from the database serves so long; 1 s unless given. */
  cacheMs?: number;
  /** The database must answer within so long; 2 s unless given. */
  timeoutMs?: number;
}

const statuses = new Set([
  ...[200, 201, 202, 204, 301, 302, 303, 304, 307, 308],
  ...[400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 415, 422, 429],
  ...[500, 501, 502, 503, 504],
]);

function statusLabel(status: number | null): string {
  if (status === null) return 'none';
  if (statuses.has(status)) return String(status);
  return status >= 100 && status < 600 ? `${Math.floor(status / 100)}xx` : 'other';
}

/** Passes on at most `most` different values of a known form: whatever is fed, the series stay few. */
function bounded(form: RegExp, most: number): (value: string) => string {
  const seen = new Set<string>();
  return (value) => {
    if (seen.has(value)) return value;
    if (seen.size >= most || !form.test(value)) return 'other';
    seen.add(value);
    return value;
  };
}

const word = /^[a-z][a-z_]{0,39}$/;

/** With a hundred thousand rows that wait, a look at them takes a fifth of a second. */
const backlogMs = 5000;

export function createMetrics(options: MetricsOptions = {}): Metrics {
  const { clock = systemClock, cacheMs = 1000, timeoutMs = 2000 } = options;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  // Sums of what is there by type, as gauges with the name of a counter.
  for (const what of ['handles', 'requests', 'resources'])
    registry.removeSingleMetric(`nodejs_active_${what}_total`);
  const registers = [registry];

  function counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]) {
    return new Counter({ name: `sparkhire_sync_${name}`, help, labelNames, registers });
  }
  function gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[]) {
    return new Gauge({ name: `sparkhire_sync_${name}`, help, labelNames, registers });
  }

  const requests = counter('requests_total', 'Requests sent to Spark Hire, each attempt counted', [
    'account',
    'route',
    'status',
  ]);
  const rateLimited = counter('rate_limited_total', 'Requests that Spark Hire answered with 429', [
    'account',
  ]);
  // Without the account: hundreds of accounts times every bucket would be too many series.
  const durations = new Histogram({
    name: 'sparkhire_sync_request_duration_seconds',
    help: 'From sending a request to the end of its answer, without the waiting for its turn',
    labelNames: ['route'] as const,
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const purposes = counter(
    'activity_requests_total',
    'Requests sent to Spark Hire by what they were made for',
    ['account', 'activity'],
  );
  const writes = counter('writes_total', 'Writes to Spark Hire that are known to be done', [
    'account',
    'outcome',
  ]);
  const runs = counter('runs_total', 'Runs that ended', ['account', 'kind', 'outcome']);
  const rows = counter('rows_total', 'Rows of the mirror that changed', ['account', 'resource', 'change']);
  const received = counter('webhook_events_received_total', 'Webhook events that came in', ['outcome']);
  const atsReceived = counter('ats_webhooks_received_total', 'Webhooks of connected ATSs that came in', [
    'outcome',
  ]);
  const ordered = counter('orders_received_total', 'Calls of ATSs that order interviews', ['outcome']);
  const signIns = counter('sign_ins_total', 'Tries to sign in to the console, by what became of them', [
    'outcome',
  ]);
  const results = counter('ats_results_total', 'Results carried back to connected ATSs', [
    'account',
    'outcome',
  ]);
  const applied = counter('webhook_events_applied_total', 'Stored webhook events that were dealt with', [
    'outcome',
  ]);

  const owned = gauge('owned_accounts', 'Accounts this process works on now', []);
  const used = gauge('budget_used', "Requests of the account's current window", ['account']);
  const limit = gauge('budget_limit', 'Requests the account may send in a window', ['account']);
  const usedFor = gauge(
    'budget_used_by_activity',
    "Requests of the account's current window by what they were made for",
    ['account', 'activity'],
  );
  const queued = gauge('queue_depth', 'Requests that wait for their turn', ['account', 'lane']);
  const database = gauge('database_up', 'Whether the database answered the last look (1) or not (0)', []);
  const lag = gauge('lag_seconds', 'Since the resource was last read with success', ['account', 'resource']);
  const failures = gauge('failures_in_a_row', 'Failures of an activity since its last success', [
    'account',
    'activity',
  ]);
  const stale = gauge(
    'account_stale',
    'Whether an account this process works on has had no successful tick for longer than allowed (1) or not (0)',
    ['account'],
  );
  const waiting = gauge('webhook_events_waiting', 'Stored webhook events not dealt with yet', ['account']);
  const moved = gauge(
    'database_moved',
    'Whether nothing is written for the account, since its database is a copy, restored or moved (1) or not (0)',
    ['account'],
  );
  const others = gauge('other_installations', 'Webhooks of other installations that work for the account', [
    'account',
  ]);
  const conflicts = gauge('open_conflicts', 'Conflicts that wait for a person', ['account', 'kind']);

  const unreadable = gauge(
    'unreadable_fields',
    'Fields of Spark Hire that come in a form that cannot be read',
    ['account'],
  );

  const setBacklog = backlogGauges(gauge);

  const routeLabel = bounded(/^(GET|POST|PUT|DELETE) (\/:?[a-z_]+)+$/, 100);
  const kindLabel = bounded(word, 20);
  const outcomeLabel = bounded(word, 20);
  const resourceLabel = bounded(word, 20);
  const activityLabel = bounded(word, 30);
  const conflictLabel = bounded(word, 20);
  const receivedLabel = bounded(word, 30);
  const appliedLabel = bounded(word, 30);

  let sources: MetricsSources | undefined;
  const readBacklog = backlogReader(clock);
  let latest: { at: number; values: BookkeepingGauges } | undefined;
  let backlog: { at: number; found: Backlog } | undefined;

  function setUsage(usage: ReturnType<NonNullable<MetricsSources['usage']>>): void {
    usedFor.reset();
    for (const [account, one] of usage) {
      for (const [purpose, requests] of one.inWindow())
        usedFor.inc({ account, activity: activityLabel(purpose) }, requests);
    }
  }

  function setLimiters(limiters: ReturnType<MetricsSources['limiters']>): void {
    owned.set(limiters.size);
    for (const one of [used, limit, queued]) one.reset();
    for (const [account, limiter] of limiters) {
      const stats = limiter.stats();
      used.set({ account }, stats.used);
      limit.set({ account }, stats.limit);
      for (const lane of lanes) queued.set({ account, lane }, stats.queued[lane]);
    }
  }

  const readAgain = inTime({ clock, timeoutMs }, async () => {
    const { db, accounts } = sources!;
    const began = clock.monotonic();
    const values = await readBookkeeping(db, accounts?.() ?? null);
    latest = { at: clock.monotonic(), values };
    // Where many rows wait this takes longer, and says nothing of whether the database is there.
    if (backlog !== undefined && began - backlog.at < backlogMs) return;
    backlog = { found: await readBacklog(db), at: clock.monotonic() };
  });

  /** Reads again what is too old; where that fails, what was read before goes on ageing. @returns whether the database answers */
  async function look(): Promise<boolean> {
    const now = clock.monotonic();
    if (latest !== undefined && now - latest.at < cacheMs) return true;
    return readAgain().then(
      () => true,
      // The backlog alone may be what takes its time.
      (error: unknown) => error instanceof Late && latest !== undefined && latest.at >= now,
    );
  }

  function setBookkeeping(): void {
    for (const one of [lag, failures, waiting, conflicts, unreadable, moved, others]) one.reset();
    setBacklog(backlog?.found, {
      since: backlog === undefined ? 0 : (clock.monotonic() - backlog.at) / 1000,
      accounts: sources?.accounts?.(),
    });
    if (latest === undefined) return;
    const { at, values } = latest;
    const since = (clock.monotonic() - at) / 1000;
    for (const { account, resource, seconds } of values.lags) {
      lag.set({ account, resource: resourceLabel(resource) }, seconds + since);
    }
    for (const { account, activity, failures: inARow } of values.activities) {
      failures.set({ account, activity: activityLabel(activity) }, inARow);
    }
    for (const { account, events } of values.waiting) waiting.set({ account }, events);
    for (const { account, fields } of values.unreadable) unreadable.set({ account }, fields);
    for (const { account, moved: hasMoved, others: many } of values.places) {
      moved.set({ account }, hasMoved ? 1 : 0);
      others.set({ account }, many);
    }
    for (const { account, kind, open } of values.conflicts) {
      conflicts.inc({ account, kind: conflictLabel(kind) }, open);
    }
  }

  return {
    contentType: registry.contentType,

    onRequest(account, event) {
      const route = routeLabel(event.route);
      requests.inc({ account, route, status: statusLabel(event.status) });
      durations.observe({ route }, event.durationMs / 1000);
      if (event.rateLimited) rateLimited.inc({ account });
    },

    onPurpose(account, purpose) {
      purposes.inc({ account, activity: activityLabel(purpose) });
    },

    onWritten(account, outcome, n) {
      if (n > 0) writes.inc({ account, outcome: outcomeLabel(outcome) }, n);
    },

    onRun(account, kind, outcome, counts = {}) {
      runs.inc({ account, kind: kindLabel(kind), outcome: outcomeLabel(outcome) });
      for (const [name, changes] of Object.entries(counts)) {
        const resource = resourceLabel(name);
        for (const change of changeNames) {
          const changed = changes[change] ?? 0;
          if (changed > 0) rows.inc({ account, resource, change }, changed);
        }
      }
    },

    onWebhook(outcome) {
      received.inc({ outcome: receivedLabel(outcome) });
    },

    onSignIn(outcome) {
      signIns.inc({ outcome: receivedLabel(outcome) });
    },

    onAtsWebhook(outcome) {
      atsReceived.inc({ outcome: receivedLabel(outcome) });
    },

    onOrder(outcome) {
      ordered.inc({ outcome: receivedLabel(outcome) });
    },

    onResults(account, outcome, n) {
      if (n > 0) results.inc({ account, outcome: appliedLabel(outcome) }, n);
    },

    onApplied(outcome, n = 1) {
      if (n > 0) applied.inc({ outcome: appliedLabel(outcome) }, n);
    },

    attach(given) {
      sources = given;
    },

    async text() {
      if (sources !== undefined) {
        const [isUp, readiness] = await Promise.all([look(), sources.readiness?.()]);
        database.set(isUp ? 1 : 0);
        // Two that ask at the same time: from here on nothing else comes in between.
        setLimiters(sources.limiters());
        setUsage(sources.usage?.() ?? new Map());
        setBookkeeping();
        stale.reset();
        for (const { account, role, stale: isStale } of readiness?.accounts ?? []) {
          if (role === 'owner') stale.set({ account }, isStale ? 1 : 0);
        }
      }
      return registry.metrics();
    },
  };
}
