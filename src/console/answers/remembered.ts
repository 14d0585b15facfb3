/** What takes long to find out, and may be a little old: whoever asks gets what is known, and has it looked up again. */
import type { Clock } from '../../clock.js';

/**
 * @param read looked up at most once at a time; if it fails, what is known goes on being told
 * @param ms so old it may be before it is looked up again
 */
export function remembered<T>(
  clock: Pick<Clock, 'monotonic'>,
  ms: number,
  read: () => Promise<T>,
): () => Promise<T> {
  let known: { at: number; value: T } | undefined;
  let underWay: Promise<T> | undefined;
  return () => {
    if (known !== undefined && clock.monotonic() - known.at < ms) return Promise.resolve(known.value);
    if (underWay === undefined) {
      underWay = read();
      underWay
        .then((value) => {
          known = { at: clock.monotonic(), value };
        })
        .catch(() => {})
        .finally(() => {
          underWay = undefined;
        });
    }
    return known === undefined ? underWay : Promise.resolve(known.value);
  };
}

/** What takes long and should not be old: whoever asks meanwhile, or within `ms` milliseconds of its end, gets the same; a failure too. */
export function shared<T>(clock: Pick<Clock, 'after'>, ms: number, read: () => Promise<T>): () => Promise<T> {
  let last: Promise<T> | undefined;
  const forget = () => {
    last = undefined;
  };
  return () => {
    if (last === undefined) {
      last = read();
      const ended = () => void clock.after(ms, forget, { background: true });
      last.then(ended, ended);
    }
    return last;
  };
}
