/** Times of a cron expression: one call each, and one for all that were slept through. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/clock.js';
import { type Cron, startCron } from '../../../src/service/cron.js';

let started: Cron | undefined;
beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-03-02T09:00:00.500Z') });
});
afterEach(() => {
  started?.stop();
  vi.useRealTimers();
});

function counted(expression: string): { calls: number } {
  const counter = { calls: 0 };
  started = startCron(expression, 'UTC', systemClock, () => counter.calls++);
  return counter;
}

describe('a cron expression', () => {
  it('calls once at each of its times', async () => {
    const counter = counted('* * * * *');
    await vi.advanceTimersByTimeAsync(59_400);
    expect(counter.calls).toBe(0);
    await vi.advanceTimersByTimeAsync(200);
    expect(counter.calls).toBe(1);
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(counter.calls).toBe(11);
  });

  it('may have seconds', async () => {
    const counter = counted('*/10 * * * * *');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(counter.calls).toBe(6);
  });

  it('tells its next time and how far apart its times are', () => {
    counted('*/15 * * * *');
    expect(new Date(started!.next()).toISOString()).toBe('2026-03-02T09:15:00.000Z');
    expect(started!.periodMs()).toBe(15 * 60_000);
  });

  it('calls once for all the times that a machine slept through', async () => {
    const counter = counted('* * * * *');
    // The clock goes on while the machine sleeps, its timers do not.
    vi.setSystemTime(new Date('2026-03-02T17:00:20Z'));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(counter.calls).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(counter.calls).toBe(2);
  });

  it('comes later where the clocks leave its time out, though it looks at them again meanwhile', async () => {
    vi.setSystemTime(new Date('2026-03-29T00:50:00Z'));
    let calls = 0;
    started = startCron('30 2 * * *', 'Europe/Berlin', systemClock, () => calls++);
    await vi.advanceTimersByTimeAsync(39 * 60_000);
    expect(calls).toBe(0);
    await vi.advanceTimersByTimeAsync(2 * 60_000);
    expect(calls).toBe(1);
  });

  it('goes on by the clock as it is when it was set back', async () => {
    const counter = counted('* * * * *');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(counter.calls).toBe(1);
    vi.setSystemTime(new Date('2026-03-02T03:00:30Z'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(counter.calls).toBe(2);
  });

  it('calls no more once it is stopped', async () => {
    const counter = counted('* * * * *');
    started!.stop();
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(counter.calls).toBe(0);
  });
});
