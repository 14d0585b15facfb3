/** How far a long run of writes is, in the service's log: a line each half minute. A short one has no line. */
import { noProgress, type Progress } from '../backfill/progress.js';
import type { Clock } from '../clock.js';
import type { Logger } from '../log.js';

const everyMs = 30_000;

export function writesLog(log: Logger, clock: Pick<Clock, 'monotonic'>): Progress {
  let toldAt = clock.monotonic();
  const told = new Set<string>();
  const latest = new Map<string, { done: number; total: number | null }>();

  function tell(resource: string, outcome: string): void {
    const { done, total } = latest.get(resource) ?? { done: 0, total: null };
    const event = { event: 'writes_progress', resource, done, total };
    log.info(event, `${resource} writes: ${done}${total === null ? '' : ` of ${total}`}, ${outcome}`);
  }

  return {
    ...noProgress,
    advance(resource, _phase, done, total) {
      latest.set(resource, { done, total: total ?? null });
      const now = clock.monotonic();
      if (now - toldAt < everyMs) return;
      toldAt = now;
      told.add(resource);
      tell(resource, 'going on');
    },
    end(resource, _phase, outcome) {
      if (told.has(resource)) tell(resource, outcome);
    },
  };
}
