/** The limit of an ATS, by requests that take their time on the way. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLimiter, type Limiter, type LimiterOptions } from '../../../src/http/limiter.js';
import { runsOf } from '../../support/rotation.js';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_900_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const { signal } = new AbortController();
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The most arrivals in any window, both of its ends included. */
function mostInAnyWindow(arrivals: readonly number[], windowMs: number): number {
  const sorted = [...arrivals].sort((a, b) => a - b);
  let first = 0;
  return sorted.reduce((most, at, last) => {
    while (at - sorted[first]! > windowMs) first += 1;
    return Math.max(most, last - first + 1);
  }, 0);
}

async function untilAllSettle(work: Promise<unknown>[]): Promise<void> {
  let settled = false;
  void Promise.allSettled(work).then(() => {
    settled = true;
  });
  while (!settled) await vi.advanceTimersByTimeAsync(200);
}

/** As many at once as there are latencies, in milliseconds; half of each is the way there. */
function send(limiter: Limiter, latencies: readonly number[], arrivals: number[]): Promise<unknown>[] {
  return latencies.map((latency) =>
    limiter.schedule(
      'sweep',
      async () => {
        await wait(latency / 2);
        arrivals.push(performance.now());
        await wait(latency / 2);
      },
      signal,
    ),
  );
}

describe('the limit of an ATS', () => {
  const policies: Array<[string, LimiterOptions]> = [
    ['Ashby', { limit: 100, windowMs: 10_000, maxConcurrent: 4 }],
    ['Lever', { limit: 10, windowMs: 1_000, maxConcurrent: 4 }],
    ['Workable', { limit: 10, windowMs: 10_000, maxConcurrent: 2 }],
  ];
  it.each(policies)('is held in any window of its length, after a pause too: %s', async (_, policy) => {
    const limiter = createLimiter(policy);
    const arrivals: number[] = [];
    await untilAllSettle(send(limiter, new Array<number>(policy.limit - 1).fill(20), arrivals));
    await vi.advanceTimersByTimeAsync(policy.windowMs * 0.95);
    const began = performance.now();
    await untilAllSettle(send(limiter, new Array<number>(policy.limit * 2).fill(20), arrivals));
    expect(mostInAnyWindow(arrivals, policy.windowMs)).toBe(policy.limit);
    // And it is used: a window for each limit, and little more.
    expect(performance.now() - began).toBeLessThan(policy.windowMs * 2.5);
  });

  it('holds whatever each request takes, and where answers say how many are left of windows of the ATS', async () => {
    const latencies = fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(latencies, fc.boolean(), async (some, isSaid) => {
        const limiter = createLimiter({ limit: 10, windowMs: 2_000, maxConcurrent: 4 });
        const arrivals: number[] = [];
        const work = some.map((latency) =>
          limiter.schedule(
            'sweep',
            async () => {
              await wait(latency);
              const now = performance.now();
              arrivals.push(now);
              if (!isSaid) return;
              const inWindow = arrivals.filter((at) => Math.floor(at / 2_000) === Math.floor(now / 2_000));
              limiter.heed({ limit: 10, remaining: 10 - inWindow.length, resetMs: 2_000 - (now % 2_000) });
            },
            signal,
          ),
        );
        await untilAllSettle(work);
        expect(mostInAnyWindow(arrivals, 2_000)).toBeLessThanOrEqual(10);
      }),
      { numRuns: runsOf(30) },
    );
  });

  it('that others use up too is waited for until the ATS says that it is there again', async () => {
    const limiter = createLimiter({ limit: 10, windowMs: 10_000, maxConcurrent: 2 });
    const arrivals: number[] = [];
    limiter.heed({ limit: 10, remaining: 1, resetMs: 4_000 });
    const work = send(limiter, [2, 2, 2], arrivals);
    await vi.advanceTimersByTimeAsync(3_900);
    expect(arrivals).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(arrivals).toHaveLength(3);
    await Promise.all(work);
  });

  it('lets a write go before reads that wait, and what is given up takes nothing of it', async () => {
    const limiter = createLimiter({ limit: 2, windowMs: 1_000, maxConcurrent: 1 });
    const begun: string[] = [];
    const run = (lane: 'sweep' | 'write', name: string, by = signal) =>
      limiter
        .schedule(lane, async () => void begun.push(name), by)
        .catch(() => begun.push(`${name} given up`));
    const stop = new AbortController();
    const work = [run('sweep', 'a'), run('sweep', 'b'), run('sweep', 'c', stop.signal), run('sweep', 'd')];
    await vi.advanceTimersByTimeAsync(10);
    work.push(run('write', 'w'));
    stop.abort();
    await vi.advanceTimersByTimeAsync(1_100);
    expect(begun).toEqual(['a', 'b', 'c given up', 'w', 'd']);
    await Promise.all(work);
  });
});
