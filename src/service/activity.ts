/**
 * An activity of an account, such as its ticks: never twice at the same time, and after a failure not before its
 * backoff has passed. What it met is kept in PostgreSQL, so that a restart does not forget it.
 */
import type { Clock } from '../clock.js';
import { messageOf, SyncError } from '../errors.js';
import type { ActivityRecord, ActivityRecords } from '../ledger/activity-records.js';
import { type LinkedAbort, linkedAbort } from '../linked-abort.js';
import type { Logger } from '../log.js';
import { backoffMs } from './backoff.js';

export const activityNames = [
  'tick',
  'refresh',
  'sweep',
  'details',
  'events',
  'ats',
  'push',
  'results',
  'webhooks',
  'housekeeping',
] as const;
export type ActivityName = (typeof activityNames)[number];

/** Nothing was done, since something else has to succeed first: that is neither a success nor a failure. */
export type RoundOutcome = 'done' | 'not_done';

export interface ActivityOptions {
  name: ActivityName;
  /** Does the work once. A failure is thrown. Stops soon after `signal` aborts. */
  runOnce(signal: AbortSignal): Promise<RoundOutcome>;
  /**
   * Whether a round would find nothing to do: then none is made, and nothing is recorded. It is not asked after a failure,
   * and once in a while a round is made all the same, so that a recent success is on record.
   */
  rests?: () => Promise<boolean>;
  records: ActivityRecords;
  known: ActivityRecord | undefined;
  clock: Clock;
  log: Logger;
  random?: () => number;
  /** Whether a call while it is at work means one more round afterwards. */
  repeats: boolean;
  /** Called when a round has succeeded and that is recorded. */
  onSuccess?: () => void;
  /** Aborts when the account's work ends. */
  signal: AbortSignal;
}

export interface Activity {
  name: ActivityName;
  /** Asks for a round: now, or when the backoff has passed. */
  trigger(): void;
  /** Runs `work` while no round of this activity is under way; one that is can be interrupted. */
  exclusively<T>(interrupt: boolean, work: () => Promise<T>): Promise<T>;
  isRunning(): boolean;
  failures(): number;
  lastSuccess(): Date | null;
  /** Records a success that was brought about otherwise. */
  succeeded(): Promise<void>;
  /** Resolves once nothing is under way; nothing begins any more. */
  settle(): Promise<void>;
}

/** A success that is older is renewed by a whole round. */
const recentMs = 10 * 60_000;

const interrupted = new SyncError('ABORTED', 'Other work goes first.');

export function createActivity(options: ActivityOptions): Activity {
  const { name, records, clock, log, signal } = options;
  let failures = options.known?.failures ?? 0;
  /** What has been said of the failures since the last success. */
  const said = new Set(options.known?.errorCode ? [options.known.errorCode] : []);
  let failingSince = options.known?.failingSince?.getTime() ?? null;
  let lastSuccess = options.known?.succeededAt ?? null;
  let retryAt = options.known?.retryInMs ? clock.monotonic() + options.known.retryInMs : 0;
  let running: Promise<void> | null = null;
  let underWay: LinkedAbort | null = null;
  let again = false;
  let wanted = false;
  let guests = 0;
  let cancelRetry: (() => void) | null = null;

  function trigger(): void {
    if (signal.aborted) return;
    if (running !== null || guests > 0) {
      if (options.repeats || guests > 0) again = true;
      return;
    }
    const wait = retryAt - clock.monotonic();
    if (wait > 0) {
      wanted = true;
      armRetry(wait);
      return;
    }
    begin();
  }

  function armRetry(wait: number): void {
    if (cancelRetry !== null || signal.aborted) return;
    cancelRetry = clock.after(
      Math.ceil(wait),
      () => {
        cancelRetry = null;
        if (wanted) trigger();
      },
      { background: true },
    );
  }

  function begin(): void {
    wanted = false;
    again = false;
    const linked = linkedAbort(signal);
    underWay = linked;
    running = round(linked.signal).finally(() => {
      linked.unlink();
      running = null;
      if (again && guests === 0) trigger();
    });
  }

  async function round(roundSignal: AbortSignal): Promise<void> {
    try {
      if (failures === 0 && isRecent() && (await options.rests?.())) return;
      await records.started(name);
      if ((await options.runOnce(roundSignal)) === 'not_done') return;
      await succeeded();
      options.onSuccess?.();
    } catch (error) {
      if (roundSignal.aborted) {
        if (!signal.aborted) again = true;
        return;
      }
      await failed(error);
    }
  }

  function isRecent(): boolean {
    return lastSuccess !== null && Math.abs(clock.now() - lastSuccess.getTime()) < recentMs;
  }

  async function succeeded(): Promise<void> {
    // Known from before a restart, or said since.
    if (failures > 0 && said.size > 0) {
      const seconds = failingSince === null ? null : Math.round((clock.now() - failingSince) / 1000);
      log.info(
        { event: 'activity_recovered', activity: name, failures, seconds },
        `${name}: works again after ${failures} failed ${failures === 1 ? 'try' : 'tries'}`,
      );
    }
    failures = 0;
    said.clear();
    failingSince = null;
    retryAt = 0;
    lastSuccess = new Date(clock.now());
    await records.succeeded(name).catch(() => {});
  }

  async function failed(error: unknown): Promise<void> {
    failures++;
    failingSince ??= clock.now();
    const code = error instanceof SyncError ? error.code : 'INTERNAL';
    const wait = backoffMs(failures, (options.random ?? Math.random)());
    retryAt = clock.monotonic() + wait;
    wanted = true;
    armRetry(wait);
    const line = {
      event: 'activity_failed',
      activity: name,
      code,
      failures,
      retry_seconds: Math.round(wait / 1000),
      ...(code === 'INTERNAL' ? { err: error } : {}),
    };
    // A line when it begins to fail and when it fails otherwise than before, not one a try. That the database is away is the
    // service's own line, once for all accounts and activities; here it is said only if it does not stay at that.
    const isSaid = said.has(code) || (code === 'DATABASE_UNREACHABLE' && failures === 1);
    const level = isSaid ? 'debug' : code === 'INTERNAL' ? 'error' : 'warn';
    if (!isSaid) said.add(code);
    const message = messageOf(error);
    const remedy = (error instanceof SyncError && error.remedy) || null;
    log[level](line, `${name}: ${message}${remedy === null ? '' : ` ${remedy}`}`);
    await records.failed(name, { code, message, remedy, retryInMs: wait }).catch(() => {});
  }

  return {
    name,
    trigger,
    async exclusively(interrupt, work) {
      guests++;
      try {
        if (interrupt) underWay?.abort(interrupted);
        while (running !== null) await running;
        return await work();
      } finally {
        guests--;
        if (guests === 0 && again) trigger();
      }
    },
    isRunning: () => running !== null,
    failures: () => failures,
    lastSuccess: () => lastSuccess,
    succeeded() {
      again = false;
      wanted = false;
      return succeeded();
    },
    async settle() {
      cancelRetry?.();
      cancelRetry = null;
      while (running !== null) await running;
    },
  };
}
