/** When a long run is done: from what is left, the pace so far, and the budget. */
import { describe, expect, it } from 'vitest';
import { leftWords, secondsLeft } from '../../../src/status/render/time-left.js';

const budget = (used: number) => ({ used, limit: 400, windowMs: 60_000 });

describe('the time that is left', () => {
  it('goes by the budget while the first window is sent at the speed of the network', () => {
    // 381 in 8 s would be 50 s for the rest.
    const seconds = secondsLeft({ left: 2369, done: 381, seconds: 8, requests: 2369, budget: budget(400) });
    expect(Math.round(seconds!)).toBe(355);
    expect(leftWords(seconds)).toBe('about 6 min left');
  });

  it('counts what is free in the window', () => {
    expect(secondsLeft({ left: 100, done: 100, seconds: 2, requests: 100, budget: budget(100) })).toBe(2);
    expect(secondsLeft({ left: 500, done: 100, seconds: 2, requests: 500, budget: budget(100) })).toBe(30);
  });

  it('doubles with rows that take two requests each', () => {
    const one = secondsLeft({ left: 1000, done: 400, seconds: 10, requests: 1000, budget: budget(400) });
    const two = secondsLeft({ left: 1000, done: 400, seconds: 10, requests: 2000, budget: budget(400) });
    expect([one, two]).toEqual([150, 300]);
  });

  it('goes by the pace where something else is slower than the budget', () => {
    expect(secondsLeft({ left: 100, done: 100, seconds: 300, requests: 100, budget: budget(5) })).toBe(300);
  });

  it('goes by the pace alone where the budget is not known, or nobody knows what it takes', () => {
    expect(secondsLeft({ left: 50, done: 100, seconds: 10, requests: 50, budget: null })).toBe(5);
    expect(secondsLeft({ left: 50, done: 100, seconds: 10, requests: null, budget: budget(400) })).toBe(5);
  });

  it('is not known before anything is done, unless the budget alone takes its time', () => {
    expect(secondsLeft({ left: 50, done: 0, seconds: 3, requests: 50, budget: budget(0) })).toBeNull();
    expect(secondsLeft({ left: 50, done: 0, seconds: 3, requests: 50, budget: null })).toBeNull();
    expect(secondsLeft({ left: 500, done: 0, seconds: 0, requests: 500, budget: budget(400) })).toBe(75);
  });

  it('is nothing once all is done', () => {
    expect(secondsLeft({ left: 0, done: 10, seconds: 3, requests: 0, budget: budget(400) })).toBe(0);
  });

  it.each([
    [0, 'about 5 s left'],
    [12, 'about 15 s left'],
    [58, 'about 1 min left'],
    [100, 'about 2 min left'],
    [3540, 'about 59 min left'],
    [3599, 'about 1 h left'],
    [5400, 'about 1 h 30 min left'],
    [7190, 'about 2 h left'],
    [90_000, 'about 25 h left'],
    [null, null],
    [Number.POSITIVE_INFINITY, null],
  ])('of %s s is told as %s', (seconds, words) => {
    expect(leftWords(seconds)).toBe(words);
  });
});
