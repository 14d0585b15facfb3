/**
 * Calls back at the times of a cron expression. Expressions are node-cron's; the waiting is done here, since a
 * timer alone sleeps through a suspended machine and a changed clock: the time is looked at every few seconds,
 * and however many times were passed meanwhile, there is one call.
 */
import cron from 'node-cron';
import type { Clock } from '../clock.js';

export interface Cron {
  /** The next time, in milliseconds since the epoch. */
  next(): number;
  /** Milliseconds between the next two times. */
  periodMs(): number;
  stop(): void;
}

const longestWaitMs = 5_000;

export function startCron(expression: string, clock: Clock, onDue: () => void): Cron {
  const task = cron.createTask(expression, () => {});
  const upcoming = (count: number) => task.getNextRuns(count).map((date) => date.getTime());
  let due = upcoming(1)[0]!;
  let cancel: (() => void) | null = null;

  function arm(): void {
    const wait = Math.min(longestWaitMs, Math.max(1, due - clock.now()));
    cancel = clock.after(wait, beat, { background: true });
  }

  function beat(): void {
    const isDue = clock.now() >= due;
    // Asked for anew each time: a clock that was set back has its next time earlier than the one known.
    due = upcoming(1)[0]!;
    arm();
    if (isDue) onDue();
  }

  arm();
  return {
    next: () => due,
    periodMs() {
      const [one, other] = upcoming(2) as [number, number];
      return other - one;
    },
    stop() {
      cancel?.();
      void task.destroy();
    },
  };
}
