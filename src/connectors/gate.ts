/**
 * What an ATS allows, held in any window of its length, wherever it begins. A request takes a unit, and the unit comes back one window
 * after the request was completed: two requests of one unit arrive more than a window apart, however long each is on its way.
 * An ATS that counts in windows of its own is satisfied by that as well.
 */
import { setMaxListeners } from 'node:events';
import type { Clock } from '../clock.js';

/** What an ATS allows, as far as its answers do not say otherwise. */
export interface LimitPolicy {
  requests: number;
  windowMs: number;
  concurrent: number;
}

/** What an answer says of the limit; null: nothing. */
export interface SaidOfLimit {
  limit: number | null;
  remaining: number | null;
  /** In how many milliseconds all are there again. */
  resetMs: number | null;
}

export interface Gate {
  /** Runs a request, which ends by itself, when it is its turn: writes first. It rejects only where it was not answered. */
  run<T>(lane: 'write' | 'read', request: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** What the ATS says of its limit goes over what is known of it: somebody else may use it up. */
  heed(said: SaidOfLimit): void;
  /** What waits is rejected. */
  close(): void;
}

interface Job {
  begin(): Promise<void>;
  drop(reason: unknown): void;
}

/** One that was not answered may be on its way still. */
const unansweredMs = 10_000;

export function createGate({ requests, windowMs, concurrent }: LimitPolicy, clock: Clock): Gate {
  // For clocks that differ in speed; in proportion where the window is short, so that the limit is used.
  const marginMs = Math.min(50, Math.max(3, windowMs / 200));
  const waiting: Record<'write' | 'read', Set<Job>> = { write: new Set(), read: new Set() };
  /** When units come back, by the monotonic clock, soonest first. */
  const returns: Array<{ at: number; units: number }> = [];
  let allowed = requests;
  /** Below zero where the ATS allows fewer than are out. */
  let free = requests;
  let running = 0;
  let cancelTimer: (() => void) | null = null;

  function comesBack(units: number, afterMs: number): void {
    const at = clock.monotonic() + afterMs + marginMs;
    let index = returns.length;
    while (index > 0 && returns[index - 1]!.at > at) index -= 1;
    returns.splice(index, 0, { at, units });
  }

  function takeBack(): void {
    const now = clock.monotonic();
    let due = 0;
    while (due < returns.length && returns[due]!.at <= now) due += 1;
    for (const { units } of returns.splice(0, due)) free += units;
  }

  function nextJob(): Job | undefined {
    for (const jobs of [waiting.write, waiting.read])
      for (const job of jobs) {
        jobs.delete(job);
        return job;
      }
    return undefined;
  }

  function pump(): void {
    takeBack();
    while (running < concurrent && free > 0) {
      const job = nextJob();
      if (job === undefined) break;
      free -= 1;
      running += 1;
      void job.begin();
    }
    cancelTimer?.();
    cancelTimer = null;
    const [soonest] = returns;
    if (soonest === undefined || free > 0 || waiting.write.size + waiting.read.size === 0) return;
    cancelTimer = clock.after(Math.max(1, Math.ceil(soonest.at - clock.monotonic())), pump);
  }

  return {
    run(lane, request, signal) {
      return new Promise((resolve, reject) => {
        const leave = () => signal.removeEventListener('abort', onAbort);
        const job: Job = {
          async begin() {
            leave();
            let holdMs = windowMs;
            try {
              resolve(await request());
            } catch (error) {
              holdMs += Math.min(windowMs, unansweredMs);
              reject(error);
            } finally {
              running -= 1;
              comesBack(1, holdMs);
              pump();
            }
          },
          drop(reason) {
            leave();
            waiting[lane].delete(job);
            reject(reason);
          },
        };
        const onAbort = () => job.drop(signal.reason);
        // One signal ends the waiting of many requests.
        setMaxListeners(0, signal);
        signal.addEventListener('abort', onAbort, { once: true });
        waiting[lane].add(job);
        pump();
      });
    },

    heed({ limit, remaining, resetMs }) {
      if (limit !== null && limit > 0) {
        free += limit - allowed;
        allowed = limit;
      }
      if (remaining !== null && free > remaining) {
        comesBack(free - remaining, resetMs !== null && resetMs < windowMs * 2 ? resetMs : windowMs);
        free = remaining;
      }
      pump();
    },

    close() {
      for (const jobs of [waiting.write, waiting.read])
        for (const job of jobs) job.drop(new Error('The connection to the ATS is closed.'));
      cancelTimer?.();
      cancelTimer = null;
    },
  };
}
