import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLimiter, type Lane, type Limiter, type LimiterOptions } from '../../../src/http/limiter.js';

let limiters: Limiter[] = [];
beforeEach(() => {
  vi.useFakeTimers({ now: 1_900_000_000_000 });
});
afterEach(() => {
  for (const limiter of limiters) limiter.stop();
  limiters = [];
  vi.useRealTimers();
});

function make(options: Partial<LimiterOptions> = {}): Limiter {
  const limiter = createLimiter({ limit: 100, windowMs: 60_000, ...options });
  limiters.push(limiter);
  return limiter;
}

/** Requests that end when they are told to, and the order in which they began. */
function requests(limiter: Limiter) {
  const begun: string[] = [];
  const finish = new Map<string, () => void>();
  return {
    begun,
    finish: (name: string) => finish.get(name)?.(),
    start(lane: Lane, name: string, signal?: AbortSignal): Promise<string> {
      const run = () =>
        new Promise<string>((resolve) => {
          begun.push(name);
          finish.set(name, () => resolve(name));
        });
      const result = limiter.schedule(lane, run, signal);
      result.catch(() => {});
      return result;
    },
  };
}

const soon = () => vi.advanceTimersByTimeAsync(50);

describe('lanes', () => {
  it('the most urgent goes first, in order within a lane, whenever it came', async () => {
    const { start, begun, finish } = requests(make({ maxConcurrent: 1 }));
    start('sweep', 'first');
    await soon();
    for (const lane of ['details', 'sweep', 'tick', 'interactive', 'write'] as const) {
      start(lane, `${lane} 1`);
      start(lane, `${lane} 2`);
    }
    await soon();
    expect(begun).toEqual(['first']);
    for (let count = 1; count <= 11; count += 1) {
      finish(begun.at(-1)!);
      await soon();
    }
    expect(begun.slice(1)).toEqual(
      ['write', 'interactive', 'tick', 'sweep', 'details'].flatMap((lane) => [`${lane} 1`, `${lane} 2`]),
    );
  });

  it('a write takes the next free unit before a sweep that has waited long', async () => {
    const { start, begun, finish } = requests(make({ limit: 1, windowMs: 1000 }));
    start('sweep', 'sweep 1');
    start('sweep', 'sweep 2');
    await soon();
    finish('sweep 1');
    await soon();
    start('write', 'write');
    await vi.advanceTimersByTimeAsync(1100);
    expect(begun).toEqual(['sweep 1', 'write']);
  });

  it('no more run at a time than allowed', async () => {
    const limiter = make({ maxConcurrent: 3 });
    const { start, begun, finish } = requests(limiter);
    for (let index = 0; index < 10; index += 1) start('tick', String(index));
    await soon();
    expect(begun).toHaveLength(3);
    expect(limiter.stats()).toMatchObject({ running: 3, queued: { tick: 7 }, used: 3, total: 3 });
    finish('1');
    await soon();
    expect(begun).toHaveLength(4);
  });

  it('a lane that is held back does not start, takes no unit, and goes on once nobody holds it', async () => {
    const limiter = make({ limit: 3 });
    const { start, begun } = requests(limiter);
    const first = limiter.holdBack('details');
    const second = limiter.holdBack('details');
    start('details', 'details');
    start('sweep', 'sweep');
    await soon();
    start('write', 'write');
    await soon();
    expect(begun).toEqual(['sweep', 'write']);
    expect(limiter.stats()).toMatchObject({ used: 2, queued: { details: 1 } });
    first();
    first();
    await soon();
    expect(begun).toHaveLength(2);
    second();
    await soon();
    expect(begun).toEqual(['sweep', 'write', 'details']);
  });

  it('stop and an abort end also what is held back', async () => {
    const limiter = make();
    const { start, begun } = requests(limiter);
    const stop = new AbortController();
    limiter.holdBack('details');
    const aborted = start('details', 'aborted', stop.signal);
    const stopped = start('details', 'stopped');
    await soon();
    stop.abort(new Error('no longer wanted'));
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
    limiter.stop();
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    expect(begun).toEqual([]);
  });
});

describe('units', () => {
  it('a unit comes back one window after the request ended, not after it began', async () => {
    const { start, begun, finish } = requests(make({ limit: 1, windowMs: 1000 }));
    start('tick', 'a');
    start('tick', 'b');
    await vi.advanceTimersByTimeAsync(5000);
    expect(begun).toEqual(['a']);
    finish('a');
    await vi.advanceTimersByTimeAsync(1000);
    expect(begun).toEqual(['a']);
    await soon();
    expect(begun).toEqual(['a', 'b']);
  });

  it('after a request without an answer it stays out longer', async () => {
    const limiter = make({ limit: 1, windowMs: 1000 });
    const lost = limiter.schedule('tick', () => Promise.reject(new Error('lost')));
    await expect(Promise.all([lost, soon()])).rejects.toThrow('lost');
    const { start, begun } = requests(limiter);
    start('tick', 'next');
    await vi.advanceTimersByTimeAsync(1900);
    expect(begun).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(begun).toEqual(['next']);
  });

  it('what a predecessor spent counts until its window has passed', async () => {
    const spent = [
      { units: 3, agoMs: 69_000 },
      { units: 2, agoMs: 1000 },
      { units: 4, agoMs: 500_000 },
    ];
    const limiter = make({ limit: 6, windowMs: 60_000, spent });
    const { start, begun } = requests(limiter);
    for (let index = 0; index < 10; index += 1) start('tick', String(index));
    await soon();
    expect(begun).toHaveLength(1);
    expect(limiter.stats().used).toBe(6);
    await vi.advanceTimersByTimeAsync(1100);
    expect(begun).toHaveLength(4);
  });

  it('a predecessor that booked more than the limit leaves nothing, but not a debt', async () => {
    const spent = [
      { units: 50, agoMs: 65_000 },
      { units: 8, agoMs: 60_000 },
    ];
    const limiter = make({ limit: 10, spent });
    const { start, begun } = requests(limiter);
    for (let index = 0; index < 20; index += 1) start('tick', String(index));
    await soon();
    expect(begun).toEqual([]);
    await vi.advanceTimersByTimeAsync(5100);
    expect(begun).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(5000);
    expect(begun).toHaveLength(10);
  });

  it.each([0, -1, 1.5, Number.NaN])('a limit of %s is refused', (limit) => {
    expect(() => createLimiter({ limit, windowMs: 1000 })).toThrow(
      expect.objectContaining({ code: 'SETTINGS_INVALID' }),
    );
  });
});

describe('giving up', () => {
  it('an aborted request that waits rejects at once and never runs', async () => {
    const limiter = make({ maxConcurrent: 1 });
    const { start, begun, finish } = requests(limiter);
    start('tick', 'running');
    const controller = new AbortController();
    const waiting = start('tick', 'waiting', controller.signal);
    start('tick', 'after');
    await soon();
    controller.abort(new Error('no longer wanted'));
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', cause: { message: 'no longer wanted' } });
    expect(limiter.stats().queued.tick).toBe(1);
    finish('running');
    await soon();
    expect(begun).toEqual(['running', 'after']);
  });

  it('an aborted request costs no unit', async () => {
    const limiter = make({ limit: 2 });
    const controller = new AbortController();
    const { start, begun } = requests(limiter);
    for (let index = 0; index < 5; index += 1) start('tick', `given up ${index}`, controller.signal);
    controller.abort();
    await soon();
    start('tick', 'a');
    start('tick', 'b');
    await soon();
    expect(begun).toEqual(['a', 'b']);
  });

  it('with a signal that has aborted already nothing is queued', async () => {
    const limiter = make();
    const { start, begun } = requests(limiter);
    await expect(start('tick', 'a', AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' });
    await soon();
    expect(begun).toEqual([]);
  });

  it('stop rejects what waits, lets finish what runs, and can be called twice', async () => {
    const limiter = make({ maxConcurrent: 1 });
    const { start, finish } = requests(limiter);
    const running = start('tick', 'running');
    await soon();
    const waiting = start('write', 'waiting');
    limiter.stop();
    limiter.stop();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(start('write', 'late')).rejects.toMatchObject({ code: 'ABORTED' });
    finish('running');
    await soon();
    expect(await running).toBe('running');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a pause', () => {
  it('nothing starts before its end, what runs goes on, the longer one wins', async () => {
    const limiter = make();
    const { start, begun, finish } = requests(limiter);
    const running = start('tick', 'running');
    await soon();
    const until = Date.now() + 5000;
    limiter.pause(until);
    limiter.pause(until - 3000);
    start('write', 'next');
    expect(limiter.stats()).toMatchObject({ pausedUntil: until, rateLimited: 2 });
    finish('running');
    await vi.advanceTimersByTimeAsync(4990);
    expect(await running).toBe('running');
    expect(begun).toEqual(['running']);
    await soon();
    expect(begun).toEqual(['running', 'next']);
    expect(limiter.stats().pausedUntil).toBeNull();
  });

  it('holds back what was about to start, and does not cost units', async () => {
    const limiter = make({ limit: 2 });
    const { start, begun } = requests(limiter);
    start('tick', 'a');
    start('tick', 'b');
    limiter.pause(Date.now() + 1000);
    await vi.advanceTimersByTimeAsync(900);
    expect(begun).toEqual([]);
    start('write', 'first');
    await vi.advanceTimersByTimeAsync(200);
    expect(begun).toEqual(['first', 'a']);
  });

  it('a jump of the wall clock does not shorten it', async () => {
    const limiter = make();
    const { start, begun } = requests(limiter);
    limiter.pause(Date.now() + 10_000);
    start('tick', 'a');
    vi.setSystemTime(Date.now() + 3_600_000);
    await vi.advanceTimersByTimeAsync(9900);
    expect(begun).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(begun).toEqual(['a']);
  });
});

describe('the ledger', () => {
  function ledgerWith(delayMs = 0) {
    const booked: number[] = [];
    return {
      booked,
      fail: null as Error | null,
      async book(units: number) {
        if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
        if (this.fail) throw this.fail;
        booked.push(units);
      },
    };
  }

  it.each([
    [400, 10],
    [40, 4],
    [9, 1],
    [1, 1],
  ])('with a limit of %i blocks have %i units', async (limit, units) => {
    const ledger = ledgerWith();
    const { start } = requests(make({ limit, ledger }));
    start('tick', 'a');
    await soon();
    expect(ledger.booked).toEqual([units]);
  });

  it('a booking tells what was sent since the one before, by lane; a failed one keeps it for the next', async () => {
    const told: Array<Record<string, number>> = [];
    let fails = false;
    const ledger = {
      async book(_units: number, sent: Record<string, number>) {
        if (fails) throw new Error('away');
        told.push(sent);
      },
    };
    const limiter = make({ limit: 20, ledger });
    const { start } = requests(limiter);
    for (const lane of ['tick', 'write', 'tick'] as const) start(lane, lane);
    await soon();
    limiter.pause(Date.now());
    await vi.advanceTimersByTimeAsync(10_000);
    fails = true;
    start('sweep', 'fails');
    await soon();
    fails = false;
    start('sweep', 'goes');
    await soon();
    const sum = (what: string) => told.reduce((all, sent) => all + (sent[what] ?? 0), 0);
    expect(told[0]).toEqual({});
    expect(['write', 'tick', 'rate_limited', 'sweep'].map(sum)).toEqual([1, 2, 1, 0]);
  });

  it('nothing is sent before it is booked; those who wait share one booking', async () => {
    const ledger = ledgerWith(500);
    const { start, begun } = requests(make({ limit: 400, ledger }));
    for (let index = 0; index < 8; index += 1) start('tick', String(index));
    await vi.advanceTimersByTimeAsync(490);
    expect(begun).toEqual([]);
    await soon();
    expect(begun).toHaveLength(8);
    expect(ledger.booked).toEqual([10]);
  });

  it('never more is sent than booked', async () => {
    const ledger = ledgerWith(3);
    let most = 0;
    const limiter = make({ limit: 200, ledger });
    const work = Array.from({ length: 150 }, () =>
      limiter.schedule('tick', async () => {
        const booked = ledger.booked.reduce((sum, units) => sum + units, 0);
        most = Math.max(most, limiter.stats().total - booked);
      }),
    );
    await Promise.all([Promise.all(work), vi.advanceTimersByTimeAsync(5000)]);
    expect(most).toBe(0);
  });

  it('what was booked a while ago is not used any more', async () => {
    const ledger = ledgerWith();
    const { start, begun } = requests(make({ limit: 400, ledger }));
    start('tick', 'a');
    await vi.advanceTimersByTimeAsync(5100);
    start('tick', 'b');
    await soon();
    expect(begun).toEqual(['a', 'b']);
    expect(ledger.booked).toEqual([10, 10]);
  });

  it('a failed booking rejects those who wait for it, sends nothing, and the next one is tried anew', async () => {
    const ledger = ledgerWith();
    ledger.fail = new Error('the database is gone');
    const limiter = make({ limit: 2, ledger });
    const { start, begun } = requests(limiter);
    const failed = [start('tick', 'a'), start('tick', 'b'), start('tick', 'c')];
    await soon();
    for (const result of await Promise.allSettled(failed)) {
      expect(result).toMatchObject({ status: 'rejected', reason: ledger.fail });
    }
    ledger.fail = null;
    start('tick', 'd');
    start('tick', 'e');
    await soon();
    expect(begun).toEqual(['d', 'e']);
  });
});
