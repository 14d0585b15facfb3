/** What the requests of the current window were made for. */
import type { Clock } from '../clock.js';

export interface Usage {
  /** One request was made for it. */
  note(purpose: string): void;
  /** Requests of the last window by their purpose; only those that are not 0. */
  inWindow(): ReadonlyMap<string, number>;
}

export function createUsage(windowMs: number, clock: Pick<Clock, 'monotonic'>): Usage {
  /** The oldest first. */
  let sent: Array<{ at: number; purpose: string }> = [];
  return {
    note(purpose) {
      sent.push({ at: clock.monotonic(), purpose });
      // So that nobody has to ask for it to be forgotten.
      if (sent.length % 1000 === 0) sent = sent.filter(({ at }) => clock.monotonic() - at <= windowMs);
    },
    inWindow() {
      const now = clock.monotonic();
      sent = sent.filter(({ at }) => now - at <= windowMs);
      const counts = new Map<string, number>();
      for (const { purpose } of sent) counts.set(purpose, (counts.get(purpose) ?? 0) + 1);
      return counts;
    },
  };
}
