import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../../src/service/backoff.js';

describe('the wait after failures in a row', () => {
  it('doubles up to five minutes', () => {
    expect([1, 2, 3, 4, 7, 8, 9, 50, 5000].map((failures) => backoffMs(failures, 0) / 1000)).toEqual([
      2, 4, 8, 16, 128, 256, 300, 300, 300,
    ]);
  });

  it('is up to a fifth shorter, so that accounts that failed together do not try again together', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, random) => {
          const whole = backoffMs(n, 0);
          const wait = backoffMs(n, random);
          expect(wait).toBeLessThanOrEqual(whole);
          expect(wait).toBeGreaterThanOrEqual(Math.floor(whole * 0.8));
        },
      ),
    );
  });
});
