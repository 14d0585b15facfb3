/** When a failed activity is tried again. Pure. */
const firstMs = 2_000;
const longestMs = 5 * 60_000;

/**
 * @param failures how many times in a row it failed, 1 for the first
 * @param random 0 to 1: accounts that failed together are not to try again together
 * @returns milliseconds to wait: doubled each time, at most five minutes, and up to a fifth less
 */
export function backoffMs(failures: number, random: number): number {
  const whole = Math.min(longestMs, firstMs * 2 ** Math.min(20, Math.max(0, failures - 1)));
  return Math.round(whole * (1 - 0.2 * random));
}
