/** The time an emulator lives by: handed in, so that tests decide when it passes. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that only ever grow, for measuring durations. */
  monotonic(): number;
  /**
   * Calls `fn` once after `ms` milliseconds. `background` timers do not keep the process alive.
   * @returns a function that cancels the timer
   */
  after(ms: number, fn: () => void, options?: { background?: boolean }): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, fn, options) {
    const timer = setTimeout(fn, ms);
    if (options?.background) timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Waits `ms` milliseconds, or until the signal aborts: then it rejects with the signal's reason. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const ended = (end: () => void) => () => {
      cancel();
      signal.removeEventListener('abort', onAbort);
      end();
    };
    const onAbort = ended(() => reject(signal.reason));
    const cancel = clock.after(ms, ended(resolve));
    signal.addEventListener('abort', onAbort);
  });
}
