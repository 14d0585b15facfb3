/** How far a long run of writes is, in the service's log: a line each half minute. A short one has no line. */
import { noProgress, type Progress } from '../backfill/progress.js';
import type { Budget } from '../backfill/progress-feed.js';
import type { Clock } from '../clock.js';
import type { Logger } from '../log.js';
import { aheadWords, doneWords, type Shown } from '../work/progress-words.js';

const everyMs = 30_000;

interface Line extends Shown {
  beganAt: number;
}

export function writesLog(log: Logger, clock: Pick<Clock, 'monotonic'>, budget: () => Budget): Progress {
  let toldAt = clock.monotonic();
  const told = new Set<string>();
  const lines = new Map<string, Line>();

  function tell(line: Line, more: readonly string[]): void {
    const { resource, done, total } = line;
    const { used, limit } = budget();
    log.info(
      { event: 'writes_progress', resource, done, total, requests_used: used, requests_limit: limit },
      [doneWords(line), ...more].join(', '),
    );
  }

  return {
    ...noProgress,
    begin(resource, phase, total, done) {
      lines.set(resource, { resource, phase, total, from: done, done, beganAt: clock.monotonic() });
    },
    advance(resource, _phase, done, total, requests) {
      const line = lines.get(resource);
      if (line === undefined) return;
      Object.assign(line, { done, total: total ?? line.total, requests });
      const now = clock.monotonic();
      if (now - toldAt < everyMs) return;
      toldAt = now;
      told.add(resource);
      tell(line, aheadWords(line, (now - line.beganAt) / 1000, budget()));
    },
    end(resource, _phase, outcome) {
      const line = lines.get(resource);
      if (line !== undefined && told.has(resource)) tell(line, [outcome]);
    },
  };
}
