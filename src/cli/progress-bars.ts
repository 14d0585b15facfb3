/** Progress on a terminal: a bar for each part of the work. */
import { Writable } from 'node:stream';
import { MultiBar, type SingleBar } from 'cli-progress';
import type { Progress } from '../backfill/progress.js';
import { count } from '../status/words.js';
import { type Budget, duration, label } from './progress-lines.js';

export interface BarProgress extends Progress {
  /** Where log lines go while bars are drawn. */
  destination: Writable;
  stop(): void;
}

const width = 24;

interface Line {
  resource: string;
  total: number | null;
  startedAt: number;
  startedWith: number;
  done: number;
  outcome: string | null;
  endedAt: number | null;
}

function drawn(line: Line, budget: Budget): string {
  const now = line.endedAt ?? performance.now();
  const elapsed = Math.max(0.001, (now - line.startedAt) / 1000);
  const rate = (line.done - line.startedWith) / elapsed;
  const share = line.total ? Math.min(1, line.done / line.total) : line.outcome === null ? 0 : 1;
  const filled = Math.round(share * width);
  const bar = `${'━'.repeat(filled)}${'─'.repeat(width - filled)}`;
  const amount = line.total === null ? count(line.done) : `${count(line.done)} of ${count(line.total)}`;
  const parts = [`${line.resource.padEnd(22)} ${bar} ${amount.padStart(16)}`];
  if (line.outcome !== null) {
    parts.push(line.outcome);
  } else {
    parts.push(`${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`);
    const spent = budget();
    if (line.total !== null && rate > 0)
      parts.push(`${duration(timeLeft(line.total - line.done, rate, spent))} left`);
    if (spent) parts.push(`requests ${spent.used}/${spent.limit}`);
  }
  return parts.join('  ');
}

/** Seconds for so many objects, one request each: the rate so far, but never faster than the budget allows. */
function timeLeft(objects: number, rate: number, budget: ReturnType<Budget>): number {
  if (budget === null) return objects / rate;
  const overBudget = Math.max(0, objects - (budget.limit - budget.used));
  return Math.max(objects / rate, (overBudget * budget.windowMs) / 1000 / budget.limit);
}

export function barProgress(stream: NodeJS.WritableStream, budget: Budget): BarProgress {
  const bars = new MultiBar({
    stream,
    hideCursor: true,
    clearOnComplete: false,
    fps: 8,
    forceRedraw: true,
    emptyOnZero: true,
    gracefulExit: false,
    format: (_options, _params, payload: { line: Line }) => drawn(payload.line, budget),
  });
  const lines = new Map<string, { line: Line; bar: SingleBar }>();
  return {
    destination: new Writable({
      write(chunk, _encoding, done) {
        bars.log(String(chunk));
        done();
      },
    }),
    begin(resource, phase, total, done) {
      const line: Line = {
        resource: label(resource, phase),
        total,
        startedAt: performance.now(),
        startedWith: done,
        done,
        outcome: null,
        endedAt: null,
      };
      lines.set(line.resource, { line, bar: bars.create(total ?? 1, done, { line }) });
    },
    advance(resource, phase, done, total) {
      const entry = lines.get(label(resource, phase));
      if (!entry) return;
      entry.line.done = done;
      entry.line.total = total ?? entry.line.total;
      entry.bar.update({ line: entry.line });
    },
    end(resource, phase, outcome) {
      const entry = lines.get(label(resource, phase));
      if (!entry) return;
      entry.line.outcome = outcome;
      entry.line.endedAt = performance.now();
      entry.bar.update({ line: entry.line });
    },
    stop() {
      bars.update();
      bars.stop();
    },
  };
}
