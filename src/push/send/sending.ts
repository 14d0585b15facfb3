/** A write on its way: what must hold at the moment it leaves, and what stops it before. */
import type { AccountSession } from '../../account-session.js';
import { contentHash, tableOf } from '../../desired/ats-rows.js';
import { SyncError } from '../../errors.js';
import { fenceMs, type Intent, markSent } from '../../ledger/intents.js';
import type { PlannedAction } from '../../reconcile/types.js';
import {
  ApiError,
  type CallOptions,
  type Client,
  type Interview,
  type Limiter,
  type Read,
} from '../../sparkhire/client.js';
import type { PushBasis } from '../acting.js';
import type { Slots } from '../slots.js';

/** Steps of a write, in their order. A test that throws at one of them plays a process that dies there. */
export type Step = 'prepared' | 'leaving' | 'marked' | 'answered' | 'recorded';

/** What the writes of a round share. */
export interface Means extends PushBasis {
  /** What the plan of Spark Hire has left, as it was last asked. */
  slots: Slots;
  /** Told of the steps of each write, and waited for. */
  onStep: (step: Step, intent: Intent) => void | Promise<void>;
}

/** Spark Hire's clock less the database's, as the last answer told it. */
export class ServerClock {
  skewMs: number | null = null;
  #database: { at: number; monotonic: number } | null = null;

  /** @param at the database's time in milliseconds, just read */
  databaseSays(at: number, monotonic: number): void {
    this.#database = { at, monotonic };
  }

  serverSays(date: Date | null, monotonic: number): void {
    if (date === null || this.#database === null) return;
    this.skewMs = date.getTime() - (this.#database.at + monotonic - this.#database.monotonic);
  }
}

const clocks = new WeakMap<Limiter, ServerClock>();

/** The one of the account: its limiter lives as long as the account is owned. */
export function serverClockOf({ limiter }: Pick<AccountSession, 'limiter'>): ServerClock {
  let clock = clocks.get(limiter);
  if (clock === undefined) {
    clock = new ServerClock();
    clocks.set(limiter, clock);
  }
  return clock;
}

/**
 * Why a write did not leave: the row changed since, the process stood still for too long or is to stop, or whether the plan has
 * room was asked too long ago.
 */
export class Withheld extends Error {
  constructor(readonly why: 'changed' | 'late' | 'stopped' | 'unasked') {
    super(`not sent: ${why}`);
  }
}

/** What it was to change is not any more as it was when that was decided, as a look before it left shows, or after it was refused. */
export class MovedOn extends Withheld {
  /** @param refusal what Spark Hire said to it; null if it was not sent */
  constructor(
    readonly read: Read<Interview>,
    readonly refusal: ApiError | null,
  ) {
    super('changed');
  }
}

/** A step threw: as if the process had ended there, nothing is put in order. */
export class Died extends Error {}

/** Codes of attempts that may have been carried out all the same. */
const unclear: ReadonlySet<string> = new Set([
  'REMOTE_FAILED',
  'REMOTE_TIMEOUT',
  'REMOTE_UNREACHABLE',
  'ANSWER_UNREADABLE',
]);

const attemptsWhenLate = 3;

/**
 * Sends one write for a prepared intent. Each attempt is marked as sent just before it leaves, and leaves only a
 * moment after that, while the account's lock is held. An abort of the session stops what has not left; what has left
 * is waited for.
 * @throws Withheld if nothing was sent for one of its reasons; else what the call throws
 */
export async function sendOnce<T>(
  means: Means,
  intent: Intent,
  client: Client,
  action: PlannedAction,
  call: (client: Client, options: CallOptions) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sendGuarded(means, intent, client, action, call);
    } catch (error) {
      if (!(error instanceof Withheld) || attempt >= attemptsWhenLate) throw error;
      const again = error.why === 'late' || (error.why === 'unasked' && (await means.slots.retake(action)));
      if (!again) throw error;
    }
  }
}

async function sendGuarded<T>(
  { session, clock, slots, onStep }: Means,
  intent: Intent,
  client: Client,
  action: PlannedAction,
  call: (client: Client, options: CallOptions) => Promise<T>,
): Promise<T> {
  const { signal, db } = session;
  const contentNow = contentHash(tableOf[intent.resource], 'a');
  const serverClock = serverClockOf(session);
  const giveUp = new AbortController();
  let onItsWay = false;
  let began = { monotonic: 0, now: 0 };
  let withheld: Withheld | null = null;
  let failure: { error: unknown } | null = null;
  let perhapsDone = false;

  const isFresh = () => {
    // A machine that was suspended shows it in one of its clocks only.
    const elapsed = [clock.monotonic() - began.monotonic, Math.abs(clock.now() - began.now)];
    return Math.max(...elapsed) <= fenceMs;
  };
  const onAbort = () => {
    if (!onItsWay) giveUp.abort(signal.reason);
  };
  const withhold = (why: Withheld['why']) => {
    withheld = new Withheld(why);
    return withheld;
  };

  async function beforeSend(): Promise<void> {
    withheld = null;
    try {
      if (signal.aborted) throw withhold('stopped');
      if (!slots.isAllowed(action)) throw withhold('unasked');
      await onStep('leaving', intent);
      await session.fence();
      began = { monotonic: clock.monotonic(), now: clock.now() };
      const at = await markSent(db, intent, serverClock.skewMs, contentNow);
      if (at === null) throw withhold('changed');
      serverClock.databaseSays(at, clock.monotonic());
      await onStep('marked', intent);
      if (signal.aborted) throw withhold('stopped');
      if (!isFresh()) throw withhold('late');
      onItsWay = true;
    } catch (error) {
      if (error !== withheld) failure = { error };
      throw error;
    }
  }
  function mayLeave(): boolean {
    if (signal.aborted) withhold('stopped');
    else if (!isFresh()) withhold('late');
    return withheld === null;
  }

  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    const observed = client.observed((event) => {
      onItsWay = false;
      perhapsDone ||= event.method !== 'GET' && unclear.has(event.code ?? '');
      serverClock.serverSays(event.serverDate, clock.monotonic());
      // Whatever comes next would be another attempt.
      if (signal.aborted) giveUp.abort(signal.reason);
    });
    return await call(observed, { lane: 'write', signal: giveUp.signal, beforeSend, mayLeave });
  } catch (error) {
    // What an earlier attempt may have done weighs more than why a later one was withheld.
    if (error instanceof ApiError && error.outcome === 'not_sent') {
      if (withheld !== null) throw withheld;
      if (failure !== null) throw (failure as { error: unknown }).error;
      if (signal.aborted) throw new Withheld('stopped');
    }
    // A no to the repetition may just say that the first attempt was a yes.
    if (error instanceof ApiError && error.outcome === 'refused' && perhapsDone)
      throw error.withOutcome('unknown');
    if (error instanceof MovedOn && error.refusal !== null && perhapsDone)
      throw error.refusal.withOutcome('unknown');
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

export function stoppedBy(signal: AbortSignal): unknown {
  return signal.reason ?? new SyncError('ABORTED', 'The work was stopped before it was done.');
}
