import type { Clock } from './clock.js';

/** Lets something happen every so many seconds, until it is told to stop. */
export function startLiving(clock: Clock, seconds: number, happen: () => void): () => void {
  let cancel = clock.after(seconds * 1000, tick, { background: true });
  function tick() {
    happen();
    cancel = clock.after(seconds * 1000, tick, { background: true });
  }
  return () => cancel();
}
