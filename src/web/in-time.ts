/** Questions to the database that whoever asks must not be held up by. */
import type { Clock } from '../clock.js';

/** No answer came in time; one may come yet. */
export class Late extends Error {}

/**
 * Asks once for all who want to know, and waits for no answer longer than that: a question that hangs is waited for by nobody,
 * and others are not put behind it one after the other.
 * @returns a function that rejects with Late where no answer comes in time; the question goes on
 */
export function inTime<T>(
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
  ask: () => Promise<T>,
): () => Promise<T> {
  let underWay: { since: number; answer: Promise<T> } | undefined;
  return async () => {
    const now = clock.monotonic();
    // On a connection that leads nowhere any more it may hang for very long: then another one is tried.
    if (underWay === undefined || now - underWay.since > 5 * timeoutMs) {
      const started = { since: now, answer: ask() };
      underWay = started;
      const ended = () => {
        if (underWay === started) underWay = undefined;
      };
      started.answer.then(ended, ended);
    }
    const { answer } = underWay;
    return new Promise((resolve, reject) => {
      const late = () => reject(new Late(`no answer within ${timeoutMs} ms`));
      const cancel = clock.after(timeoutMs, late, { background: true });
      answer.then(resolve, reject).finally(cancel);
    });
  };
}
