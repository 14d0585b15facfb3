/** Progress where there is no terminal: lines of log. */
import type { Phase, Progress } from '../../backfill/progress.js';
import type { Logger } from '../../log.js';
import type { WindowBudget } from '../../status/render/time-left.js';
import { count } from '../../status/render/words.js';
import { aheadWords, doneWords, type Shown } from '../../work/progress-words.js';

/** Requests used of the budget; asked for whenever something is drawn. */
export type Budget = () => WindowBudget | null;

export function label(resource: string, phase: Phase): string {
  return phase === 'sweep' ? resource : `${resource} ${phase}`;
}

export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '';
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

interface Line extends Shown {
  startedAt: number;
  loggedAt: number;
}

export interface LogProgress extends Progress {
  stop(): void;
}

/** One line when a part begins and ends, and one every five seconds between, also while the limit is waited for. */
export function logProgress(log: Logger, budget: Budget): LogProgress {
  const lines = new Map<string, Line>();
  const tick = setInterval(() => {
    const now = performance.now();
    for (const line of lines.values()) {
      if (now - line.loggedAt < 4900) continue;
      line.loggedAt = now;
      const spent = budget();
      log.info(
        {
          event: 'progress',
          resource: line.resource,
          phase: line.phase,
          done: line.done,
          total: line.total,
          requests_used: spent?.used,
          requests_limit: spent?.limit,
        },
        [doneWords(line), ...aheadWords(line, (now - line.startedAt) / 1000, spent)].join(', '),
      );
    }
  }, 1000);
  tick.unref();
  return {
    begin(resource, phase, total, done) {
      const now = performance.now();
      lines.set(label(resource, phase), {
        resource,
        phase,
        total,
        from: done,
        done,
        startedAt: now,
        loggedAt: now,
      });
      log.info(
        { event: 'progress_begin', resource, phase, total, done },
        phase === 'writes' ? `${resource}: writing` : `${label(resource, phase)}: reading`,
      );
    },
    advance(resource, phase, done, total, requests) {
      const line = lines.get(label(resource, phase));
      if (line) Object.assign(line, { done, total: total ?? line.total, requests });
    },
    end(resource, phase, outcome) {
      const line = lines.get(label(resource, phase));
      lines.delete(label(resource, phase));
      const seconds = line ? Math.round(performance.now() - line.startedAt) / 1000 : null;
      log.info(
        { event: 'progress_end', resource, phase, done: line?.done, seconds, outcome },
        `${label(resource, phase)}: ${count(line?.done ?? 0)}, ${outcome}`,
      );
    },
    stop() {
      clearInterval(tick);
    },
  };
}
