/** What is looked up for several who ask. */
import { expect, it } from 'vitest';
import { shared } from '../../../src/console/answers/remembered.js';

it('what is shared is read once for all who ask meanwhile or soon after, failures too, and then anew', async () => {
  const timers: Array<() => void> = [];
  const clock = {
    after(ms: number, fn: () => void) {
      expect(ms).toBe(10);
      timers.push(fn);
      return () => {};
    },
  };
  let reads = 0;
  const ask = shared(clock, 10, async () => {
    reads += 1;
    if (reads === 2) throw new Error('no');
    return reads;
  });
  expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
  expect([await ask(), timers.length]).toEqual([1, 1]);
  timers.pop()!();
  await expect(ask()).rejects.toThrow('no');
  await expect(ask()).rejects.toThrow('no');
  timers.pop()!();
  expect([await ask(), reads]).toEqual([3, 3]);
});
