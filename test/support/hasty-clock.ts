/** Time for what does not wait. */
import { type Clock, systemClock } from '../../src/clock.js';

/**
 * For a client of Spark Hire: nobody waits before a request is repeated, and none is too late to leave.
 * @param timeoutMs after how many milliseconds a request times out; that time is real
 */
export function hastyClock(timeoutMs: number): Clock {
  return {
    ...systemClock,
    monotonic: () => 1,
    after: (ms, fn, options) => systemClock.after(ms === timeoutMs ? ms : 0, fn, options),
  };
}

/** For a client of an ATS: its limit allows as much in a hundredth of the time. How long an answer may take is real. */
export const generousClock: Clock = {
  ...systemClock,
  monotonic: () => systemClock.monotonic() * 100,
  after: (ms, fn, options) => systemClock.after(options?.background ? ms / 100 : ms, fn, options),
};

/** For a receiver: a pause of up to a second ends at once. How long a body or a statement may take is real, and longer. */
export const briskClock: Clock = {
  ...systemClock,
  after: (ms, fn, options) => systemClock.after(ms > 1000 || options?.background ? ms : 0, fn, options),
};
