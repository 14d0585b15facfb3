/**
 * Calls back at the times of a cron expression. The waiting is done here, since a timer alone sleeps through a
 * suspended machine and a changed clock: the time is looked at every few seconds, and however many times were passed
 * meanwhile, there is one call.
 */
import type { Clock } from '../clock.js';
import { cronTimes } from './cron-times.js';

export interface Cron {
  /** The next time, in milliseconds since the epoch. */
  next(): number;
  /** Milliseconds between the next two times. */
  periodMs(): number;
  stop(): void;
}

const longestWaitMs = 5_000;

/** @param zone a name of the IANA database, in which the expression is meant */
export function startCron(expression: string, zone: string, clock: Clock, onDue: () => void): Cron {
  const times = cronTimes(expression, zone);
  let due = times.next(clock.now());
  let cancel: (() => void) | null = null;

  function arm(): void {
    const wait = Math.min(longestWaitMs, Math.max(1, due - clock.now()));
    cancel = clock.after(wait, beat, { background: true });
  }

  function beat(): void {
    const isDue = clock.now() >= due;
    // Asked for anew each time: a clock that was set back has its next time earlier than the one known.
    due = times.next(clock.now());
    arm();
    if (isDue) onDue();
  }

  arm();
  return {
    next: () => due,
    periodMs() {
      const one = times.next(clock.now());
      return times.next(one) - one;
    },
    stop() {
      cancel?.();
    },
  };
}
