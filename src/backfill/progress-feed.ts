/**
 * A piece of work's progress as data, so that it can be written where another process reads it, and told again
 * there as if it happened there.
 */
import type { Phase, Progress } from './progress.js';

export interface ProgressLine {
  resource: string;
  phase: Phase;
  total: number | null;
  /** What was done before it began here. */
  from: number;
  done: number;
  /** What is left asks of the budget; one for each object unless given. */
  requests?: number;
  /** null while it is under way. */
  outcome: string | null;
}

export interface ProgressState {
  lines: ProgressLine[];
  /** Requests of the current window. */
  used: number;
  limit: number;
  windowMs: number;
}

/** Requests of the budget. */
export type Budget = Pick<ProgressState, 'used' | 'limit' | 'windowMs'>;

export interface ProgressFeed extends Progress {
  lines: ProgressLine[];
}

/** Collects progress; `changed` is called after each piece of news. */
export function progressFeed(changed: () => void): ProgressFeed {
  const lines: ProgressLine[] = [];
  const find = (resource: string, phase: Phase) =>
    lines.find((line) => line.resource === resource && line.phase === phase);
  return {
    lines,
    begin(resource, phase, total, done) {
      const known = find(resource, phase);
      const line: ProgressLine = { resource, phase, total, from: done, done, outcome: null };
      if (known) Object.assign(known, line);
      else lines.push(line);
      changed();
    },
    advance(resource, phase, done, total, requests) {
      const line = find(resource, phase);
      if (line) Object.assign(line, { done, total: total ?? line.total, requests });
      changed();
    },
    end(resource, phase, outcome) {
      const line = find(resource, phase);
      if (line) line.outcome = outcome;
      changed();
    },
  };
}

/** Tells `progress` what is new in one state after another. */
export function progressReplay(progress: Progress): (state: ProgressState) => void {
  const told = new Map<string, ProgressLine>();
  return (state) => {
    for (const line of state.lines) {
      const key = `${line.resource} ${line.phase}`;
      const before = told.get(key);
      const begun = before !== undefined && !(before.outcome !== null && line.outcome === null);
      if (!begun) progress.begin(line.resource, line.phase, line.total, line.from);
      if (line.done !== before?.done)
        progress.advance(line.resource, line.phase, line.done, line.total ?? undefined, line.requests);
      if (line.outcome !== null && before?.outcome !== line.outcome) {
        progress.end(line.resource, line.phase, line.outcome);
      }
      told.set(key, { ...line });
    }
  };
}
