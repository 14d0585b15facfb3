import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLimit, retryHeaders } from '#emulators/emulator/http/rate-limit';
import { defaultSwitches, type Switches } from '#emulators/emulator/switches';
import { manualClock } from '../../integration/emulators/api.js';

function limited(limit: number, seconds: number, switches: Partial<Switches> = {}) {
  const clock = manualClock();
  return { clock, rate: new RateLimit(limit, seconds, clock, { ...defaultSwitches, ...switches }) };
}

const arrivals = fc.array(fc.integer({ min: 0, max: 4000 }), { minLength: 1, maxLength: 120 });

describe('a sliding window', () => {
  it('never lets more than the limit through in any window, and refuses only at the limit', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 6 }), (gaps, limit) => {
        const { clock, rate } = limited(limit, 10);
        const accepted: number[] = [];
        for (const gap of gaps) {
          clock.tick(gap);
          const now = clock.monotonic();
          const recent = accepted.filter((at) => at > now - 10_000).length;
          const wait = rate.count('company');
          expect(wait > 0).toBe(recent === limit);
          if (wait === 0) accepted.push(now);
        }
      }),
    );
  });

  it('says exactly how long to wait', () => {
    const { clock, rate } = limited(2, 60);
    expect(rate.count('a')).toBe(0);
    clock.tick(20_000);
    expect(rate.count('a')).toBe(0);
    clock.tick(10_000);
    expect(rate.count('a')).toBe(30_000);
    clock.tick(29_999);
    expect(rate.count('a')).toBe(1);
    clock.tick(1);
    expect(rate.count('a')).toBe(0);
    expect(rate.count('a')).toBe(20_000);
  });

  it('counts scopes apart', () => {
    const { rate } = limited(1, 60);
    expect(rate.count('a')).toBe(0);
    expect(rate.count('b')).toBe(0);
    expect(rate.count('a')).toBeGreaterThan(0);
  });

  it('counts refused requests only when the switch says so', () => {
    for (const rateCountsRefused of [false, true]) {
      const { clock, rate } = limited(1, 10, { rateCountsRefused });
      rate.count('a');
      clock.tick(6000);
      expect(rate.count('a')).toBe(rateCountsRefused ? 10_000 : 4000);
      clock.tick(4000);
      expect(rate.count('a') === 0).toBe(!rateCountsRefused);
    }
  });
});

describe('a fixed window', () => {
  it('starts anew at its edge, so twice the limit passes around it', () => {
    const { clock, rate } = limited(3, 10, { rateWindow: 'fixed' });
    clock.tick(9_999);
    expect([1, 2, 3].map(() => rate.count('a'))).toEqual([0, 0, 0]);
    expect(rate.count('a')).toBe(1);
    clock.tick(1);
    expect([1, 2, 3].map(() => rate.count('a'))).toEqual([0, 0, 0]);
    expect(rate.count('a')).toBe(10_000);
  });
});

describe('the headers', () => {
  it('round up to whole seconds and give a date when asked to', () => {
    const headers = (rateHeaders: Switches['rateHeaders']) =>
      retryHeaders({ ...defaultSwitches, rateHeaders }, 1200, 400, Date.parse('2031-05-14T09:30:00Z'));
    expect(headers('try-again')).toEqual({ 'X-Rate-Limit-Try-Again-Seconds': '2' });
    expect(headers('retry-after-seconds')).toMatchObject({
      'Retry-After': '2',
      'X-RateLimit-Remaining': '0',
    });
    expect(headers('retry-after-date')).toEqual({ 'Retry-After': 'Wed, 14 May 2031 09:30:02 GMT' });
    expect(headers('none')).toEqual({});
  });
});
