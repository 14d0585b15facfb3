/** All the service does for one account while this process owns it. */
import type { AccountSession, OwnedAccount } from '../account-session.js';
import { noProgress } from '../backfill/progress.js';
import { resourceNames } from '../backfill/resources.js';
import type { BackfillResult } from '../backfill/result.js';
import type { Clock } from '../clock.js';
import type { Settings } from '../config.js';
import type { WroteBack } from '../connectors/write-back/write-back.js';
import { prune } from '../db/retention.js';
import { scanByHash } from '../desired/queue.js';
import { type ErrorCode, SyncError } from '../errors.js';
import { activityRecords } from '../ledger/activity-records.js';
import type { Logger } from '../log.js';
import type { PushResult } from '../push/push.js';
import { hasDue, runDetails } from '../tick/details.js';
import { isBootstrapped, sinceSweepMs, tickStart } from '../tick/start.js';
import { runRefresh, runTick } from '../tick/tick.js';
import type { ApplyResult } from '../webhooks/events.js';
import { lookForOthers } from '../webhooks/others.js';
import { budgetOf } from '../work/hand-over.js';
import { fullPass } from '../work/observe.js';
import { carryOver } from '../work/push-work.js';
import type { WorkArguments, WorkKind } from '../work/work.js';
import {
  type Activity,
  type ActivityName,
  activityNames,
  createActivity,
  type RoundOutcome,
} from './activity.js';
import { createCommandServer } from './command-server.js';
import { atsRound, eventsRound, resultsRound } from './long-rounds.js';
import { restsOf } from './rests.js';
import type { Slots } from './slots.js';
import { sweepLog } from './sweep-log.js';
import { watchAtsWebhooks, watchWebhook } from './webhook-watch.js';
import { writesLog } from './writes-log.js';

export interface ServiceObserver {
  onRun?(account: string, kind: 'tick' | 'refresh' | 'sweep' | 'details', result: BackfillResult): void;
  onApplied?(account: string, result: ApplyResult): void;
  onPush?(account: string, result: PushResult): void;
  onResults?(account: string, result: WroteBack): void;
}

export interface WorkerOptions {
  owned: OwnedAccount;
  settings: Settings;
  clock: Clock;
  log: Logger;
  /** Aborts when the account's work ends. */
  signal: AbortSignal;
  /** What accounts of a process do one after the other, or a few at a time. */
  slots: Record<'sweep' | 'housekeeping', Slots>;
  sweepPeriodMs: number;
  observer: ServiceObserver;
}

export interface AccountWorker {
  /** The time for a tick has come. */
  tick(): void;
  sweep(): void;
  /** Webhook events or commands have arrived. */
  wakeEvents(): void;
  wakeCommands(): void;
  /** The ATS has written something. */
  wakePush(): void;
  /** A webhook of the ATS named something. */
  wakeAts(): void;
  /** Whether it does what a command asked for: ticks may have to wait for that. */
  isBusy(): boolean;
  /** Resolves once nothing is under way; to be called after the signal aborted. */
  ended(): Promise<void>;
}

const housekeepingMs = 3600_000;
/** Nothing is written on the word of a mirror that is older. */
const oldestLookMs = 10 * 60_000;
/** A listing whose order cannot be trusted hides news from ticks: it is swept so often instead. */
const sweepUnorderedMs = 3600_000;

/** What may not run while a command's work is done: it waits for that, in this order, or interrupts it. */
const aside: Record<WorkKind, Partial<Record<ActivityName, 'waits' | 'interrupts'>>> = {
  backfill: { sweep: 'interrupts', details: 'interrupts' },
  sync: { ats: 'waits', tick: 'waits', details: 'interrupts', push: 'interrupts', results: 'waits' },
  plan: { ats: 'waits', tick: 'waits', push: 'interrupts' },
  apply: { tick: 'waits', push: 'interrupts', results: 'waits' },
  forget: { ats: 'waits', push: 'interrupts', results: 'waits' },
  ats: { ats: 'waits' },
  webhooks: { webhooks: 'waits' },
  keys: {},
  doctor: {},
};

/** Makes a failed result an error, as activities know failures. */
function assertOk(result: BackfillResult): void {
  if (result.ok || result.error === undefined) return;
  const { code, message, remedy } = result.error;
  throw new SyncError(code as ErrorCode, message, { remedy });
}

export async function startAccountWorker(options: WorkerOptions): Promise<AccountWorker> {
  const { owned, settings, clock, signal, observer } = options;
  const account = owned.account.name;
  const log = options.log.child({ account });
  const records = activityRecords(owned.db, account);
  const known = new Map((await records.all()).map((record) => [record.activity, record]));
  const timers = new Set<() => void>();
  const refreshMs = settings.schedule.refreshSeconds * 1000;
  let lastTickAt = Number.NEGATIVE_INFINITY;
  /** Whether Spark Hire was looked at since the account is worked on here: what the mirror has may be hours old. */
  let hasLooked = false;
  let [hasTold, webhooksHealthy] = [false, false];

  function every(ms: number, fn: () => void): void {
    let cancel = () => {};
    const arm = () => {
      timers.delete(cancel);
      if (signal.aborted) return;
      cancel = clock.after(
        ms,
        () => {
          arm();
          fn();
        },
        { background: true },
      );
      timers.add(cancel);
    };
    arm();
  }

  const rounds: Record<ActivityName, (signal: AbortSignal) => Promise<RoundOutcome>> = {
    async tick(signal) {
      const session = sessionFor('tick', signal);
      const start = await tickStart(session);
      if (!start.isBootstrapped) {
        activities.sweep.trigger();
        return 'not_done';
      }
      lastTickAt = clock.monotonic();
      // The rest has an activity of its own: its failures keep neither ticks nor writes from their turn.
      const result = await runTick(session, { refreshMs: null, start });
      signal.throwIfAborted();
      observed('tick', result);
      if (result.unordered.length > 0 && ageMs(activities.sweep) > sweepUnorderedMs)
        activities.sweep.trigger();
      if (await hasDue(owned.db, account)) activities.details.trigger();
      if (start.seldomDue(refreshMs).length > 0) activities.refresh.trigger();
      assertOk(result);
      hasLooked = true;
      return 'done';
    },

    async refresh(signal) {
      const session = sessionFor('refresh', signal);
      const result = await runRefresh(session, refreshMs);
      if (result === null) return 'done';
      signal.throwIfAborted();
      observed('refresh', result);
      if (await hasDue(owned.db, account)) activities.details.trigger();
      assertOk(result);
      return 'done';
    },

    async sweep(signal) {
      await options.slots.sweep.use(signal, async () => {
        const result = await fullPass(
          { resources: resourceNames, details: false, fresh: false },
          { session: sessionFor('sweep', signal), settings, progress: sweepLog(log) },
        );
        signal.throwIfAborted();
        observed('sweep', result);
        activities.details.trigger();
        assertOk(result);
      });
      await lookForOthers(sessionFor('sweep', signal));
      signal.throwIfAborted();
      activities.tick.trigger();
      return 'done';
    },

    async details(signal) {
      const result = await runDetails(sessionFor('details', signal), {
        detailConcurrency: settings.mirror.detailConcurrency,
        progress: noProgress,
      });
      signal.throwIfAborted();
      observed('details', result);
      assertOk(result);
      return 'done';
    },

    async events(signal) {
      const result = await eventsRound(sessionFor('events', signal));
      signal.throwIfAborted();
      observer.onApplied?.(account, result);
      if (result.created + result.updated + result.deleted > 0) tellAts();
      if (await hasDue(owned.db, account)) activities.details.trigger();
      return 'done';
    },

    async ats(signal) {
      const { invited, canceled, skipped, readUntil } = await atsRound(sessionFor('ats', signal));
      signal.throwIfAborted();
      if (invited + canceled + skipped > 0) {
        log.info(
          { event: 'ats_read', invited, canceled, skipped, read_until: readUntil },
          `read the ATS: ${invited} to be invited, ${canceled} taken back, ${skipped} skipped`,
        );
      }
      return 'done';
    },

    async webhooks(signal) {
      const { publicUrl } = settings.http;
      if (publicUrl === null) return 'done';
      const session = sessionFor('webhooks', signal);
      webhooksHealthy = false;
      if (session.place.moved) return 'not_done';
      const { webhookAuth } = settings.secrets;
      webhooksHealthy = await watchWebhook(session, { publicUrl, webhookAuth });
      await watchAtsWebhooks(session, publicUrl);
      return 'done';
    },

    async push(signal) {
      const session = sessionFor('push', signal);
      // What was never mirrored cannot be adopted: a second job or invitation would be made.
      if (!(await isBootstrapped(session))) return 'not_done';
      // Nor what was made meanwhile: the tick comes back here.
      if (!hasLooked || activities.tick.failures() > 0 || ageMs(activities.tick) > oldestLookMs) {
        activities.tick.trigger();
        return 'not_done';
      }
      const result = await carryOver(
        { session, settings, progress: writesLog(log, clock, () => budgetOf(owned.limiter)) },
        { waitForUnknown: false },
      );
      signal.throwIfAborted();
      observer.onPush?.(account, result);
      const { created, updated, canceled, adopted } = result.pushed;
      // Who ordered is told of refusals too.
      if (created + updated + canceled + adopted > 0 || owned.account.partner !== undefined) tellAts();
      if (result.lookInMs !== null) later(Math.max(200, result.lookInMs), () => activities.push.trigger());
      if (await hasDue(owned.db, account)) activities.details.trigger();
      if (result.error !== null) throw result.error;
      return 'done';
    },
    async results(signal) {
      const done = await resultsRound(sessionFor('results', signal), settings, !hasTold);
      hasTold = true;
      if (done === null) return 'done';
      const { written, nextMs } = done;
      observer.onResults?.(account, done);
      if (written > 0)
        log.info({ event: 'results_written', results: written }, `wrote ${written} back to the ATS`);
      if (nextMs !== null) later(Math.max(200, nextMs), () => activities.results.trigger());
      return 'done';
    },

    async housekeeping(signal) {
      // Hundreds that were taken together would keep the ticks of all others waiting.
      await options.slots.housekeeping.use(signal, async () => {
        await scanByHash(owned.db, account);
        await prune(owned.db, settings.retention, account);
      });
      return 'done';
    },
  };

  function observed(kind: 'tick' | 'refresh' | 'sweep' | 'details', result: BackfillResult): void {
    observer.onRun?.(account, kind, result);
    const { created = 0, updated = 0, deleted = 0 } = result.resources.interviews ?? {};
    if (created + updated + deleted > 0) tellAts();
  }

  /** What became of interviews is looked at only where something has changed. */
  function tellAts(): void {
    if (owned.ats?.writer !== undefined || owned.account.partner !== undefined) activities.results.trigger();
  }

  /** While an activity fails, only that is said: not every try again in all its parts. */
  function sessionFor(name: ActivityName, signal: AbortSignal): AccountSession {
    const isFailing = activities[name].failures() > 0 && !log.isLevelEnabled('debug');
    return owned.session(signal, isFailing ? log.child({}, { level: 'fatal' }) : log, name);
  }

  function ageMs(activity: Activity): number {
    const at = activity.lastSuccess();
    return at === null ? Number.POSITIVE_INFINITY : clock.now() - at.getTime();
  }

  function later(ms: number, fn: () => void): void {
    const cancel = clock.after(
      ms,
      () => {
        timers.delete(cancel);
        fn();
      },
      { background: true },
    );
    timers.add(cancel);
  }

  const rests = restsOf(owned);
  const activities = Object.fromEntries(
    activityNames.map((name) => [
      name,
      createActivity({
        name,
        runOnce: rounds[name],
        rests: rests[name],
        records,
        known: known.get(name),
        clock,
        log,
        signal,
        // A tick that is due while one runs is that one; news that comes while news is applied is not.
        repeats: ['events', 'details', 'push', 'ats', 'results'].includes(name),
        onSuccess: name === 'tick' ? () => activities.push.trigger() : undefined,
      }),
    ]),
  ) as Record<ActivityName, Activity>;

  /** What the service's own sweep has read so far, the command went on with. */
  async function sweptBy<T>(args: unknown, work: () => Promise<T>): Promise<T> {
    const result = await work();
    const { resources, details } = args as WorkArguments<'backfill'>;
    const { ok } = result as { ok: boolean };
    if (ok && resources.length === resourceNames.length) await activities.sweep.succeeded();
    if (ok && details) await activities.details.succeeded();
    return result;
  }

  const commands = createCommandServer({
    owned,
    settings,
    log,
    signal,
    around<T>(kind: WorkKind, args: unknown, work: () => Promise<T>) {
      let held = kind === 'backfill' ? () => sweptBy(args, work) : work;
      for (const [name, how] of Object.entries(aside[kind]).reverse()) {
        const inner = held;
        held = () => activities[name as ActivityName].exclusively(how === 'interrupts', inner);
      }
      return held();
    },
  });

  if (!(await isBootstrapped(owned.session()))) {
    log.info({ event: 'first_sweep' }, 'nothing is mirrored yet: reading the whole account first');
    activities.sweep.trigger();
  } else {
    if ((await sinceSweepMs(owned.db, account)) > options.sweepPeriodMs) activities.sweep.trigger();
    if (await hasDue(owned.db, account)) activities.details.trigger();
  }
  activities.events.trigger();
  if (owned.ats !== undefined) activities.ats.trigger();
  tellAts();
  if (settings.http.publicUrl !== null) {
    activities.webhooks.trigger();
    every(settings.schedule.webhookCheckSeconds * 1000, () => activities.webhooks.trigger());
  }
  later(60_000, () => activities.housekeeping.trigger());
  every(housekeepingMs, () => activities.housekeeping.trigger());
  commands.wake();

  return {
    tick() {
      const rarer = settings.schedule.tickSecondsWithWebhooks * 1000;
      const isEarly = webhooksHealthy && clock.monotonic() - lastTickAt < rarer;
      activities.events.trigger();
      if (owned.ats !== undefined) activities.ats.trigger();
      // A long run of writes is told of on its way.
      if (activities.push.isRunning()) tellAts();
      if (!isEarly) activities.tick.trigger();
    },
    sweep: () => activities.sweep.trigger(),
    wakeEvents: () => activities.events.trigger(),
    wakeCommands: () => commands.wake(),
    wakePush: () => activities.push.trigger(),
    wakeAts: () => activities.ats.trigger(),
    isBusy: () => commands.isBusy(),
    async ended() {
      for (const cancel of timers) cancel();
      await Promise.all([...Object.values(activities).map((one) => one.settle()), commands.settle()]);
    },
  };
}
