/** Time for a client of Spark Hire that does not wait. */
import { type Clock, systemClock } from '../../src/clock.js';

/**
 * Nobody waits before a request is repeated, and none is too late to leave.
 * @param timeoutMs after how many milliseconds a request times out; that time is real
 */
export function hastyClock(timeoutMs: number): Clock {
  return {
    ...systemClock,
    monotonic: () => 1,
    after: (ms, fn, options) => systemClock.after(ms === timeoutMs ? ms : 0, fn, options),
  };
}
