/** An activity: never twice at a time, not before its backoff, and it tells what changed and nothing else. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/clock.js';
import { SyncError } from '../../../src/errors.js';
import type { ActivityRecord, ActivityRecords } from '../../../src/ledger/activity-records.js';
import { createLogger } from '../../../src/log.js';
import {
  type Activity,
  type ActivityOptions,
  createActivity,
  type RoundOutcome,
} from '../../../src/service/activity.js';

/** Rounds that the test ends. */
class Rounds {
  begun = 0;
  #end: Array<{ resolve: (outcome: RoundOutcome) => void; reject: (error: unknown) => void }> = [];
  run = (signal: AbortSignal) =>
    new Promise<RoundOutcome>((resolve, reject) => {
      this.begun++;
      this.#end.push({ resolve, reject });
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  async succeed(outcome: RoundOutcome = 'done'): Promise<void> {
    this.#end.shift()!.resolve(outcome);
    await settled();
  }
  async fail(error: unknown = new SyncError('REMOTE_FAILED', 'Spark Hire answered 500.')): Promise<void> {
    this.#end.shift()!.reject(error);
    await settled();
  }
}

/** Lets everything run that waits for nothing but its turn. */
const settled = () => vi.advanceTimersByTimeAsync(0);

let rounds: Rounds;
let calls: string[];
let lines: Array<Record<string, unknown>>;
let stop: AbortController;
beforeEach(() => {
  vi.useFakeTimers();
  rounds = new Rounds();
  calls = [];
  lines = [];
  stop = new AbortController();
});
afterEach(() => vi.useRealTimers());

function activity(more: Partial<ActivityOptions> & { known?: ActivityRecord } = {}): Activity {
  const records: ActivityRecords = {
    all: async () => [],
    started: async () => void calls.push('started'),
    succeeded: async () => void calls.push('succeeded'),
    recovered: async () => void calls.push('recovered'),
    failed: async (_, { code, retryInMs }) => void calls.push(`failed ${code} ${retryInMs}`),
  };
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return createActivity({
    name: 'tick',
    runOnce: rounds.run,
    records,
    known: undefined,
    clock: systemClock,
    log: createLogger({ destination: destination as unknown as NodeJS.WritableStream }),
    random: () => 0,
    repeats: false,
    signal: stop.signal,
    ...more,
  });
}

describe('an activity', () => {
  it('runs when it is triggered, and not a second time meanwhile', async () => {
    const tick = activity();
    tick.trigger();
    await settled();
    tick.trigger();
    tick.trigger();
    await settled();
    expect(rounds.begun).toBe(1);
    await rounds.succeed();
    expect(rounds.begun).toBe(1);
    expect(calls).toEqual(['started', 'succeeded']);
    expect(tick.lastSuccess()).not.toBeNull();
  });

  it('goes round once more for what came meanwhile, if it is of that kind', async () => {
    const events = activity({ repeats: true });
    events.trigger();
    await settled();
    events.trigger();
    events.trigger();
    await rounds.succeed();
    expect(rounds.begun).toBe(2);
    await rounds.succeed();
    expect(rounds.begun).toBe(2);
  });

  it('makes no round where it would find nothing to do, and records nothing; after a failure and once in a while it does', async () => {
    let rests = true;
    const push = activity({ rests: async () => rests, repeats: true });
    const begun = async () => {
      push.trigger();
      await settled();
      return rounds.begun;
    };
    expect(await begun()).toBe(1);
    await rounds.succeed();
    expect(calls.splice(0)).toEqual(['started', 'succeeded']);
    expect(await begun()).toBe(1);
    expect(calls).toEqual([]);
    rests = false;
    expect(await begun()).toBe(2);
    await rounds.succeed();
    rests = true;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(await begun()).toBe(3);
    await rounds.fail();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(rounds.begun).toBe(4);
  });

  it('tries again by itself after its backoff, and not before, however often it is triggered', async () => {
    const tick = activity();
    tick.trigger();
    await settled();
    await rounds.fail();
    expect(calls.at(-1)).toBe('failed REMOTE_FAILED 2000');
    tick.trigger();
    await vi.advanceTimersByTimeAsync(1_900);
    tick.trigger();
    expect(rounds.begun).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(rounds.begun).toBe(2);
    await rounds.fail();
    expect(calls.at(-1)).toBe('failed REMOTE_FAILED 4000');
    expect(tick.failures()).toBe(2);
  });

  it('keeps to a backoff that an earlier process recorded', async () => {
    const known: ActivityRecord = {
      activity: 'tick',
      succeededAt: null,
      failures: 3,
      failingSince: new Date(),
      errorCode: 'REMOTE_FAILED',
      retryInMs: 8_000,
    };
    const tick = activity({ known });
    tick.trigger();
    await vi.advanceTimersByTimeAsync(7_900);
    expect(rounds.begun).toBe(0);
    await vi.advanceTimersByTimeAsync(200);
    expect(rounds.begun).toBe(1);
    await rounds.fail();
    expect(calls.at(-1)).toBe('failed REMOTE_FAILED 16000');
    expect(lines).toEqual([]);
  });

  it('has one line when it begins to fail, one when it fails otherwise, and one when it works again', async () => {
    const tick = activity();
    tick.trigger();
    await settled();
    for (let failure = 1; failure <= 6; failure++) {
      await rounds.fail();
      await vi.advanceTimersByTimeAsync(400_000);
    }
    await rounds.fail(new SyncError('KEY_REFUSED', 'The key is refused.', { remedy: 'Set another.' }));
    await vi.advanceTimersByTimeAsync(400_000);
    await rounds.succeed();
    expect(lines.map(({ event, code }) => [event, code])).toEqual([
      ['activity_failed', 'REMOTE_FAILED'],
      ['activity_failed', 'KEY_REFUSED'],
      ['activity_recovered', undefined],
    ]);
    expect(lines[1]!.msg).toContain('Set another.');
    expect(lines[2]!.failures).toBe(7);
  });

  it('that did nothing, since something else failed, has neither succeeded nor failed', async () => {
    const push = activity({ name: 'push' });
    push.trigger();
    await settled();
    await rounds.fail();
    const wait = Number(calls.at(-1)!.split(' ').at(-1));
    await vi.advanceTimersByTimeAsync(wait);
    expect(rounds.begun).toBe(2);
    calls.length = 0;
    await rounds.succeed('not_done');
    expect([calls, push.failures(), push.lastSuccess()]).toEqual([[], 1, null]);
    push.trigger();
    await settled();
    await rounds.succeed();
    expect([calls, push.failures()]).toEqual([['started', 'succeeded'], 0]);
    expect(lines.map(({ event }) => event)).toEqual(['activity_failed', 'activity_recovered']);
  });

  it('is interrupted by work that goes first, which is no failure, and goes on afterwards', async () => {
    const sweep = activity();
    sweep.trigger();
    await settled();
    let end = () => {};
    const guest = sweep.exclusively(
      true,
      () => new Promise<string>((resolve) => (end = () => resolve('done'))),
    );
    await settled();
    sweep.trigger();
    await settled();
    expect(rounds.begun).toBe(1);
    end();
    await expect(guest).resolves.toBe('done');
    await settled();
    expect(rounds.begun).toBe(2);
    expect(calls.filter((call) => call.startsWith('failed'))).toEqual([]);
  });

  it('does not go on where the other work did it all', async () => {
    const sweep = activity();
    sweep.trigger();
    await settled();
    await sweep.exclusively(true, () => sweep.succeeded());
    await settled();
    expect(rounds.begun).toBe(1);
    expect(calls.at(-1)).toBe('succeeded');
  });

  it('lets a round end before other work that does not interrupt', async () => {
    const tick = activity();
    tick.trigger();
    await settled();
    const order: string[] = [];
    const guest = tick.exclusively(false, async () => void order.push('guest'));
    await settled();
    expect(order).toEqual([]);
    await rounds.succeed();
    await guest;
    expect(order).toEqual(['guest']);
  });

  it('ends with its account: no failure, no further round', async () => {
    const tick = activity();
    tick.trigger();
    await settled();
    stop.abort(new Error('the account goes'));
    await tick.settle();
    tick.trigger();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(rounds.begun).toBe(1);
    expect(calls).toEqual(['started']);
  });
});
