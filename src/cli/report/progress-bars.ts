/** Progress on a terminal: a bar for each part of the work. */
import { Writable } from 'node:stream';
import { MultiBar, type SingleBar } from 'cli-progress';
import type { Progress } from '../../backfill/progress.js';
import type { WindowBudget } from '../../status/render/time-left.js';
import { count } from '../../status/render/words.js';
import { aheadWords, type Shown } from '../../work/progress-words.js';
import { type Budget, label } from './progress-lines.js';

export interface BarProgress extends Progress {
  /** Where log lines go while bars are drawn. */
  destination: Writable;
  stop(): void;
}

const widest = 24;
const narrowest = 4;

export interface BarLine extends Shown {
  startedAt: number;
  outcome: string | null;
  endedAt: number | null;
}

/** One line of at most `columns`: what says least gives way first, the name and the count never. */
export function barLine(line: BarLine, budget: WindowBudget | null, now: number, columns: number): string {
  const seconds = Math.max(0.001, ((line.endedAt ?? now) - line.startedAt) / 1000);
  const name = label(line.resource, line.phase);
  const amount = line.total === null ? count(line.done) : `${count(line.done)} of ${count(line.total)}`;
  const more = line.outcome === null ? ahead(line, budget, seconds) : [line.outcome];
  const padded = [name.padEnd(22), amount.padStart(16)] as const;
  for (let kept = more.length; kept >= 0; kept--) {
    const rest = more.slice(0, kept);
    const used = [...padded, ...rest].join('  ').length + 1;
    if (columns - used >= narrowest)
      return [`${padded[0]} ${bar(line, Math.min(widest, columns - used - 1))} ${padded[1]}`, ...rest].join(
        '  ',
      );
  }
  return `${name} ${amount}`.slice(0, columns);
}

/** The most important first. */
function ahead(line: BarLine, budget: WindowBudget | null, seconds: number): string[] {
  const rate = (line.done - line.from) / seconds;
  const requests = budget === null ? [] : [`requests ${count(budget.used)}/${count(budget.limit)}`];
  return [
    ...aheadWords(line, seconds, budget),
    ...requests,
    `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`,
  ];
}

function bar({ total, done, outcome }: BarLine, width: number): string {
  const share = total ? Math.min(1, done / total) : outcome === null ? 0 : 1;
  const filled = Math.round(share * width);
  return `${'━'.repeat(filled)}${'─'.repeat(width - filled)}`;
}

export function barProgress(
  stream: NodeJS.WritableStream & { columns?: number },
  budget: Budget,
): BarProgress {
  const bars = new MultiBar({
    stream,
    hideCursor: true,
    clearOnComplete: false,
    fps: 8,
    forceRedraw: true,
    emptyOnZero: true,
    gracefulExit: false,
    // Bars fit; lines of log between them are as long as they are.
    linewrap: true,
    format: (_options, _params, payload: { line: BarLine }) =>
      barLine(payload.line, budget(), performance.now(), (stream.columns ?? 80) - 1),
  });
  const lines = new Map<string, { line: BarLine; bar: SingleBar }>();
  return {
    destination: new Writable({
      write(chunk, _encoding, done) {
        // What the bars drew there before is wiped.
        bars.log(String(chunk).replaceAll('\n', '\x1b[K\n'));
        done();
      },
    }),
    begin(resource, phase, total, done) {
      const line: BarLine = {
        resource,
        phase,
        total,
        startedAt: performance.now(),
        from: done,
        done,
        outcome: null,
        endedAt: null,
      };
      lines.set(label(resource, phase), { line, bar: bars.create(total ?? 1, done, { line }) });
    },
    advance(resource, phase, done, total, requests) {
      const entry = lines.get(label(resource, phase));
      if (!entry) return;
      Object.assign(entry.line, { done, total: total ?? entry.line.total, requests });
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
