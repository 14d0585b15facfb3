/**
 * The limit of an account, shared by all that asks Spark Hire, or of an ATS, shared by all that asks that.
 *
 * The room http/ is the way out. In come requests that are to leave; out go their answers, or that they surely did not leave.
 * It knows neither Spark Hire nor any ATS, repeats nothing, and keeps nothing: who wants requests booked durably gives it a
 * ledger.
 *
 * The property: in any window of `windowMs`, wherever it begins, at most `limit` requests arrive. A server that counts in
 * windows of its own is satisfied by that as well.
 *
 * Why it holds. There are `limit` units. A request takes one before it is sent and the unit comes back
 * `windowMs` plus a margin after the request was *completed*. Take two requests that used the same unit one
 * after the other. The first arrived before it was completed; the second was sent after the unit came back,
 * and arrived later still. So their arrivals lie more than a window apart, whatever the network did to either.
 * Any window therefore holds at most one request of each unit, that is `limit` in all. (Counting from the
 * sending instead breaks the property by as much as the latency varies.) The margin covers clocks that run at
 * different speeds. A request that ended without an answer may still be on its way: its unit stays out longer.
 *
 * Restarts. With a `ledger`, units are booked durably before they are used, and a booked unit is used within
 * half of `holdMs` after the booking began, or not at all. So what a dead predecessor sent arrived no later than
 * `holdMs` after it was booked, half of that left for connecting and for the way there. (One that merely lost
 * the account must close its client, which ends what it has under way.) The successor counts every unit in `spent`
 * as arrived at that latest moment and keeps it out for a window after it, which is the argument above again.
 *
 * Bottleneck guards the units (its reservoir) and the concurrency. What it schedules is an anonymous ticket:
 * the ticket takes the most urgent job at the moment it may start. So a write overtakes everything that has
 * not started yet, an aborted job is gone at once, and a pause holds back all that has not been sent.
 */
import { setMaxListeners } from 'node:events';
import Bottleneck from 'bottleneck';
import { type Clock, systemClock } from '../clock.js';
import { SyncError } from '../errors.js';
import { createBooking, inheritedReleases, type Ledger } from './booking.js';

export type { Ledger } from './booking.js';

/** Most urgent first: a write goes before everything, reading details comes last. */
export const lanes = ['write', 'interactive', 'tick', 'sweep', 'details'] as const;
export type Lane = (typeof lanes)[number];

export interface LimiterOptions {
  /** Requests per window, a positive integer. */
  limit: number;
  windowMs: number;
  clock?: Clock;
  /** Requests that run at the same time; 12 unless given. */
  maxConcurrent?: number;
  /** Where units are booked durably before they are used; without one a restart forgets the window. */
  ledger?: Ledger;
  /** What a predecessor booked lately, as the ledger tells it. */
  spent?: ReadonlyArray<{ units: number; agoMs: number }>;
  /** How long after its booking a unit's request may still arrive; 10 s unless given. */
  holdMs?: number;
}

export interface LimiterStats {
  limit: number;
  windowMs: number;
  /** Units that are out: requests of the current window, a predecessor's included. */
  used: number;
  queued: Record<Lane, number>;
  running: number;
  /** Milliseconds since the epoch; null if nothing is paused. */
  pausedUntil: number | null;
  /** Requests started since the limiter was made. */
  total: number;
  /** Pauses asked for, one for each 429. */
  rateLimited: number;
}

/** What an answer says of the limit; null: nothing. */
export interface SaidOfLimit {
  limit: number | null;
  remaining: number | null;
  /** In how many milliseconds all are there again. */
  resetMs: number | null;
}

export interface Limiter {
  /**
   * Runs `fn` (one HTTP request, which must end by itself: it needs a timeout) when it is its turn, and settles
   * as it does. `fn` is to reject only if no answer came. When `signal` aborts before the start, `fn` never
   * runs and the promise rejects at once with ABORTED. A failed booking rejects with the ledger's error.
   */
  schedule<T>(lane: Lane, fn: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Nothing starts before this moment (milliseconds since the epoch); the longest pause asked for wins. */
  pause(untilMs: number): void;
  /** What an answer says of the limit goes over what is known of it: somebody else may use it up. */
  heed(said: SaidOfLimit): void;
  /**
   * Requests of this lane do not start until the function it answers is called; what runs finishes. A lane is passed
   * by more urgent ones only while they wait for units: where they pause between requests, to record what they did,
   * it would take the units they need next.
   */
  holdBack(lane: Lane): () => void;
  stats(): LimiterStats;
  /** Rejects what waits with ABORTED and clears the timers. What runs finishes. May be called again. */
  stop(): void;
}

interface Job {
  lane: Lane;
  run(): Promise<void>;
  fail(error: unknown): void;
}

export function createLimiter(options: LimiterOptions): Limiter {
  const { limit, windowMs, clock = systemClock, maxConcurrent = 12, holdMs = 10_000 } = options;
  if (!Number.isInteger(limit) || limit < 1 || !(windowMs > 0)) {
    throw new SyncError('SETTINGS_INVALID', `A rate limit of ${limit} per ${windowMs} ms is not usable.`, {
      remedy: 'Set a whole number of requests and a window longer than zero.',
    });
  }
  // 50 ms at the usual minute; in proportion where the window is short, so that the limit is still used.
  const marginMs = Math.min(50, Math.max(3, windowMs / 200));
  const unansweredMs = Math.min(windowMs, 10_000);

  const queues = ofEachLane(() => new Set<Job>());
  const inherited = inheritedReleases(options.spent ?? [], limit, windowMs + 50 + holdMs, clock.monotonic());
  const gate = new Bottleneck({ maxConcurrent, reservoir: limit - inherited.length });
  const booking = options.ledger
    ? createBooking({
        ledger: options.ledger,
        clock,
        units: Math.min(10, Math.max(1, Math.floor(limit / 10))),
        usableMs: holdMs / 2,
      })
    : null;

  /** How many hold each lane back. */
  const holds = ofEachLane(() => 0);

  /** When each unit that is out comes back, by the monotonic clock, soonest first. */
  const releases: number[] = inherited;
  let cancelRelease: (() => void) | null = null;
  /** The limit, as the answers have it. */
  let allowed = limit;
  let resumeAt: number | null = null;
  let cancelResume: (() => void) | null = null;
  let keepAlive: NodeJS.Timeout | null = null;
  let tickets = 0;
  let running = 0;
  let total = 0;
  let rateLimited = 0;
  let stopped = false;

  // Bottleneck keeps the time of its next start by the wall clock. Without a minTime that is never in the future, but
  // for a clock that was set back: by hours, it would hold everything for hours. The units alone keep the limit.
  Object.defineProperty((gate as unknown as { _store: object })._store, '_nextRequest', {
    get: () => 0,
    set: () => {},
  });

  const queuedCount = () => lanes.reduce((sum, lane) => sum + queues[lane].size, 0);
  /** Of those that wait, what may start once a unit is there. */
  const readyCount = () => lanes.reduce((sum, lane) => sum + (holds[lane] > 0 ? 0 : queues[lane].size), 0);
  const isPaused = () => resumeAt !== null && clock.monotonic() < resumeAt;

  function nextJob(): Job | undefined {
    for (const lane of lanes) {
      if (holds[lane] > 0) continue;
      for (const job of queues[lane]) {
        queues[lane].delete(job);
        queueChanged();
        return job;
      }
    }
    return undefined;
  }

  /** Waiting work keeps the process alive, and nothing else here does: all timers are in the background. */
  function queueChanged(): void {
    if (queuedCount() > 0) {
      keepAlive ??= setInterval(() => {}, 0x7fffffff);
    } else if (keepAlive !== null) {
      clearInterval(keepAlive);
      keepAlive = null;
    }
  }

  function pump(): void {
    if (stopped || isPaused()) return;
    const wanted = Math.min(readyCount(), maxConcurrent);
    while (tickets < wanted) {
      tickets += 1;
      void gate.schedule(useTicket);
    }
  }

  /** Holds one unit and one place of `maxConcurrent`. */
  async function useTicket(): Promise<void> {
    const job = await jobForTicket();
    tickets -= 1;
    if (job === undefined) {
      void gate.incrementReservoir(1);
      pump();
      return;
    }
    running += 1;
    total += 1;
    booking?.note(job.lane);
    const finished = job.run();
    pump();
    await finished;
  }

  async function jobForTicket(): Promise<Job | undefined> {
    while (!stopped && !isPaused() && readyCount() > 0) {
      if (booking === null || booking.use()) {
        const job = nextJob();
        if (readyCount() > 0 && unitComesSoon()) booking?.prepare();
        return job;
      }
      try {
        await booking.more();
      } catch (error) {
        nextJob()?.fail(error);
        return undefined;
      }
    }
    return undefined;
  }

  /** Whether a unit booked ahead would be used before its booking runs out. */
  function unitComesSoon(): boolean {
    if (releases.length + running + 1 < allowed) return true;
    const next = releases[0];
    return next !== undefined && next - clock.monotonic() < holdMs / 4;
  }

  function takeBackAfter(ms: number, units = 1): void {
    const at = clock.monotonic() + ms;
    let index = releases.length;
    while (index > 0 && releases[index - 1]! > at) index -= 1;
    releases.splice(index, 0, ...new Array<number>(units).fill(at));
    if (index === 0) armRelease();
    // Where windows are short, the booking would cost a part of each.
    if (readyCount() > 0 && ms < holdMs / 4) booking?.prepare();
  }

  function armRelease(): void {
    cancelRelease?.();
    cancelRelease = null;
    const next = releases[0];
    if (next === undefined || stopped) return;
    const wait = Math.max(0, Math.ceil(next - clock.monotonic()));
    cancelRelease = clock.after(wait, releaseDue, { background: true });
  }

  function releaseDue(): void {
    const now = clock.monotonic();
    let due = 0;
    // A timer may fire a little early: what is not due yet waits for the next one.
    while (due < releases.length && releases[due]! <= now) due += 1;
    if (due > 0) {
      releases.splice(0, due);
      void gate.incrementReservoir(due);
    }
    armRelease();
  }

  function armResume(): void {
    cancelResume?.();
    cancelResume = null;
    if (resumeAt === null || stopped) return;
    // Node takes no longer timer than this; a longer pause is armed again.
    const wait = Math.min(0x7fffffff, Math.max(0, Math.ceil(resumeAt - clock.monotonic())));
    cancelResume = clock.after(
      wait,
      () => {
        if (isPaused()) return armResume();
        resumeAt = null;
        pump();
      },
      { background: true },
    );
  }

  if (releases.length > 0) armRelease();

  return {
    schedule(lane, fn, signal) {
      return new Promise((resolve, reject) => {
        if (stopped || signal?.aborted) {
          reject(aborted(stopped ? undefined : signal?.reason));
          return;
        }
        const leave = () => signal?.removeEventListener('abort', onAbort);
        const job: Job = {
          lane,
          async run() {
            leave();
            let hold = windowMs + marginMs;
            try {
              resolve(await fn());
            } catch (error) {
              hold += unansweredMs;
              reject(error);
            } finally {
              running -= 1;
              takeBackAfter(hold);
            }
          },
          fail(error) {
            leave();
            reject(error);
          },
        };
        function onAbort() {
          if (queues[lane].delete(job)) queueChanged();
          job.fail(aborted(signal?.reason));
        }
        if (signal !== undefined) {
          // One signal ends the waiting of many requests; node would warn of a leak from the eleventh on.
          setMaxListeners(0, signal);
          signal.addEventListener('abort', onAbort, { once: true });
        }
        queues[lane].add(job);
        queueChanged();
        pump();
      });
    },

    pause(untilMs) {
      rateLimited += 1;
      booking?.note('rate_limited');
      const until = clock.monotonic() + (untilMs - clock.now());
      if (!(until > (resumeAt ?? clock.monotonic()))) return;
      resumeAt = until;
      armResume();
    },

    heed({ limit: said, remaining, resetMs }) {
      // What is out is kept unit by unit: no number of an answer may make a list of millions.
      const now = said === null || said === 0 ? allowed : Math.min(said, Math.max(limit, mostAllowed));
      const free = now - releases.length - running;
      const taken = remaining === null ? 0 : Math.max(0, free - remaining);
      if (taken > 0)
        takeBackAfter((resetMs !== null && resetMs < windowMs * 2 ? resetMs : windowMs) + marginMs, taken);
      if (now !== allowed + taken) void gate.incrementReservoir(now - allowed - taken);
      allowed = now;
    },

    holdBack(lane) {
      holds[lane] += 1;
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        holds[lane] -= 1;
        pump();
      };
    },

    stats() {
      return {
        limit: allowed,
        windowMs,
        used: releases.length + running,
        queued: ofEachLane((lane) => queues[lane].size),
        running,
        pausedUntil: isPaused() ? Math.round(clock.now() + resumeAt! - clock.monotonic()) : null,
        total,
        rateLimited,
      };
    },

    stop() {
      if (stopped) return;
      stopped = true;
      cancelRelease?.();
      cancelResume?.();
      for (const lane of lanes) {
        for (const job of queues[lane]) job.fail(aborted(undefined));
        queues[lane].clear();
      }
      queueChanged();
    },
  };
}

function ofEachLane<T>(make: (lane: Lane) => T): Record<Lane, T> {
  return Object.fromEntries(lanes.map((lane) => [lane, make(lane)])) as Record<Lane, T>;
}

/** The highest limit that is taken from an answer. */
const mostAllowed = 10_000;

function aborted(cause: unknown): SyncError {
  return new SyncError('ABORTED', 'The request was given up before it was sent.', { cause });
}
