import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLimiter, type Lane, type Limiter, lanes } from '../../../src/http/limiter.js';
import { runsOf } from '../../support/rotation.js';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_900_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** The most arrivals in any window, both of its ends included. */
function mostInAnyWindow(arrivals: readonly number[], windowMs: number): number {
  const sorted = [...arrivals].sort((a, b) => a - b);
  let most = 0;
  for (let first = 0, last = 0; last < sorted.length; last += 1) {
    while (sorted[last]! - sorted[first]! > windowMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

interface Load {
  lane: Lane;
  /** When it is handed in. */
  at: number;
  latency: number;
  /** When it arrives, as a part of its latency. */
  arrives: number;
  /** It ends without an answer, and arrives only so long after that. */
  lost: number | null;
}

const load = (longest: number): fc.Arbitrary<Load> =>
  fc.record({
    lane: fc.constantFrom(...lanes),
    at: fc.integer({ min: 0, max: 3000 }),
    latency: fc.integer({ min: 0, max: longest }),
    arrives: fc.double({ min: 0, max: 1, noNaN: true }),
    lost: fc.option(fc.integer({ min: 0, max: 150 }), { freq: 8 }),
  });

/** Hands a load in on time and records when each request arrives. */
function offer(limiter: Limiter, loads: readonly Load[], arrivals: number[]): Promise<unknown>[] {
  return loads.map(async ({ lane, at, latency, arrives, lost }) => {
    await new Promise((resolve) => setTimeout(resolve, at));
    await limiter
      .schedule(lane, async () => {
        const arrival = performance.now() + latency * arrives;
        if (lost === null) arrivals.push(arrival);
        await new Promise((resolve) => setTimeout(resolve, latency));
        if (lost !== null) {
          arrivals.push(performance.now() + lost);
          throw new Error('no answer');
        }
      })
      .catch(() => {});
  });
}

async function untilAllSettle(work: Promise<unknown>[]): Promise<void> {
  let settled = false;
  const all = Promise.allSettled(work).then(() => {
    settled = true;
  });
  while (!settled) await vi.advanceTimersByTimeAsync(500);
  await all;
}

describe('in any window, wherever it begins, no more than the limit arrive', () => {
  it('point 1: whatever the load, the latencies and the failures', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 200, max: 2000 }),
        fc.array(load(400), { minLength: 1, maxLength: 60 }),
        async (limit, windowMs, loads) => {
          const limiter = createLimiter({ limit, windowMs });
          const arrivals: number[] = [];
          await untilAllSettle(offer(limiter, loads, arrivals));
          limiter.stop();
          expect(arrivals).toHaveLength(loads.length);
          expect(mostInAnyWindow(arrivals, windowMs)).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: runsOf(40) },
    );
  });

  it('across a process that dies and its successor', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 500, max: 3000 }),
        fc.integer({ min: 0, max: 4000 }),
        fc.array(load(1500), { minLength: 20, maxLength: 60 }),
        async (limit, windowMs, diesAfter, loads) => {
          const booked: { units: number; at: number }[] = [];
          const ledger = {
            async book(units: number) {
              booked.push({ units, at: performance.now() });
            },
          };
          const arrivals: number[] = [];
          const first = createLimiter({ limit, windowMs, ledger });
          offer(first, loads, arrivals);
          await vi.advanceTimersByTimeAsync(diesAfter);
          // What it has sent still arrives; nothing else is sent.
          first.stop();
          const spent = booked.map(({ units, at }) => ({ units, agoMs: performance.now() - at }));
          const second = createLimiter({ limit, windowMs, ledger, spent });
          await untilAllSettle(offer(second, loads, arrivals));
          second.stop();
          expect(mostInAnyWindow(arrivals, windowMs)).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: runsOf(25) },
    );
  });
});

describe('the limit is used', () => {
  it.each([
    [400, 60_000],
    [40, 4000],
    [5, 1000],
    [1, 500],
  ])('%i per %i ms: 97 of 100 under saturation', async (limit, windowMs) => {
    const limiter = createLimiter({ limit, windowMs });
    const started: number[] = [];
    const work = Array.from({ length: limit * 6 }, () =>
      limiter.schedule('sweep', async () => {
        started.push(performance.now());
        await new Promise((resolve) => setTimeout(resolve, 3));
      }),
    );
    await untilAllSettle(work);
    limiter.stop();
    const cycle = (started[limit * 5]! - started[0]!) / 5;
    expect(windowMs / cycle).toBeGreaterThanOrEqual(0.97);
  });
});
