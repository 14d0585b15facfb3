/** What is said while outcomes are looked for. */
import { expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/clock.js';
import { SpokenWait } from '../../../src/push/lost/lost-answers.js';

it('a wait is silent for three seconds, then says every half minute what it is for, over many sleeps', async () => {
  let now = 0;
  const clock: Clock = {
    ...systemClock,
    after(ms, fn) {
      now += ms;
      queueMicrotask(fn);
      return () => {};
    },
  };
  const said: number[] = [];
  const wait = new SpokenWait(clock, new AbortController().signal, async () => void said.push(now));
  for (const ms of [2_000, 500]) await wait.sleep(ms);
  expect(said).toEqual([]);
  for (const ms of [10_000, 25_000, 40_000]) await wait.sleep(ms);
  expect(said).toEqual([3_000, 33_000, 63_000]);
  expect(now).toBe(77_500);
});
