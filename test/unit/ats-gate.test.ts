/** The limit of an ATS, by requests that take their time on the way. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { createGate, type Gate, type LimitPolicy } from '../../src/connectors/gate.js';

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
function send(gate: Gate, latencies: readonly number[], arrivals: number[]): Promise<unknown>[] {
  return latencies.map((latency) =>
    gate.run(
      'read',
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
  const policies: Array<[string, LimitPolicy]> = [
    ['Ashby', { requests: 100, windowMs: 10_000, concurrent: 4 }],
    ['Lever', { requests: 10, windowMs: 1_000, concurrent: 4 }],
    ['Workable', { requests: 10, windowMs: 10_000, concurrent: 2 }],
  ];
  it.each(policies)('is held in any window of its length, after a pause too: %s', async (_, policy) => {
    const gate = createGate(policy, systemClock);
    const arrivals: number[] = [];
    await untilAllSettle(send(gate, new Array<number>(policy.requests - 1).fill(20), arrivals));
    await vi.advanceTimersByTimeAsync(policy.windowMs * 0.95);
    const began = performance.now();
    await untilAllSettle(send(gate, new Array<number>(policy.requests * 2).fill(20), arrivals));
    expect(mostInAnyWindow(arrivals, policy.windowMs)).toBe(policy.requests);
    // And it is used: a window for each limit, and little more.
    expect(performance.now() - began).toBeLessThan(policy.windowMs * 2.5);
  });

  it('holds whatever each request takes, and where answers say how many are left of windows of the ATS', async () => {
    const latencies = fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(latencies, fc.boolean(), async (some, isSaid) => {
        const gate = createGate({ requests: 10, windowMs: 2_000, concurrent: 4 }, systemClock);
        const arrivals: number[] = [];
        const work = some.map((latency) =>
          gate.run(
            'read',
            async () => {
              await wait(latency);
              const now = performance.now();
              arrivals.push(now);
              if (!isSaid) return;
              const inWindow = arrivals.filter((at) => Math.floor(at / 2_000) === Math.floor(now / 2_000));
              gate.heed({ limit: 10, remaining: 10 - inWindow.length, resetMs: 2_000 - (now % 2_000) });
            },
            signal,
          ),
        );
        await untilAllSettle(work);
        expect(mostInAnyWindow(arrivals, 2_000)).toBeLessThanOrEqual(10);
      }),
      { numRuns: 30 },
    );
  });

  it('that others use up too is waited for until the ATS says that it is there again', async () => {
    const gate = createGate({ requests: 10, windowMs: 10_000, concurrent: 2 }, systemClock);
    const arrivals: number[] = [];
    gate.heed({ limit: 10, remaining: 1, resetMs: 4_000 });
    const work = send(gate, [2, 2, 2], arrivals);
    await vi.advanceTimersByTimeAsync(3_900);
    expect(arrivals).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(arrivals).toHaveLength(3);
    await Promise.all(work);
  });

  it('lets a write go before reads that wait, and what is given up takes nothing of it', async () => {
    const gate = createGate({ requests: 2, windowMs: 1_000, concurrent: 1 }, systemClock);
    const begun: string[] = [];
    const run = (lane: 'read' | 'write', name: string, by = signal) =>
      gate.run(lane, async () => void begun.push(name), by).catch(() => begun.push(`${name} given up`));
    const stop = new AbortController();
    const work = [run('read', 'a'), run('read', 'b'), run('read', 'c', stop.signal), run('read', 'd')];
    await vi.advanceTimersByTimeAsync(10);
    work.push(run('write', 'w'));
    stop.abort();
    await vi.advanceTimersByTimeAsync(1_100);
    expect(begun).toEqual(['a', 'b', 'c given up', 'w', 'd']);
    await Promise.all(work);
  });
});
