import { describe, expect, it } from 'vitest';
import type { FaultEffect } from '#emulators/emulator/index';
import { emulated, invitation, manualClock } from './api.js';

/** Resolves once the emulator has seen so many requests. */
function arrivals(emulator: Awaited<ReturnType<typeof emulated>>['emulator'], count: number): Promise<void> {
  return new Promise((resolve) => {
    const stop = emulator.onRequest(() => {
      if (emulator.requests.length < count) return;
      stop();
      resolve();
    });
  });
}

describe('which requests a fault meets', () => {
  it('looks at method, path and query', async () => {
    const { emulator, admin } = await emulated();
    emulator.faults.add({
      method: 'get',
      path: '/jobs\\?range=1-5$',
      effect: { kind: 'status', status: 503 },
    });
    expect((await admin.get('/jobs?range=1-5')).status).toBe(503);
    expect((await admin.get('/jobs?range=1-50')).status).toBe(200);
    expect((await admin.post('/jobs?range=1-5', {})).status).toBe(400);
  });

  it('counts: the nth, every nth, at most so many', async () => {
    const { emulator, admin } = await emulated();
    const statuses = async (n: number) => {
      const seen: number[] = [];
      for (let i = 0; i < n; i++) seen.push((await admin.get('/me')).status);
      return seen;
    };
    emulator.faults.add({ nth: 2, effect: { kind: 'status', status: 500 } });
    expect(await statuses(4)).toEqual([200, 500, 200, 200]);
    emulator.faults.clear();
    emulator.faults.add({ every: 2, effect: { kind: 'status', status: 500 } });
    expect(await statuses(4)).toEqual([200, 500, 200, 500]);
    emulator.faults.clear();
    const id = emulator.faults.add({ path: /me$/g, count: 2, effect: { kind: 'status', status: 500 } });
    expect(await statuses(3)).toEqual([500, 500, 200]);
    expect(emulator.faults.list()).toMatchObject([{ id, matched: 3, fired: 2 }]);
    expect(emulator.faults.remove(id)).toBe(true);
    expect(emulator.faults.remove(id)).toBe(false);
  });

  it('throws dice that fall the same way for the same seed', async () => {
    const run = async (seed: number) => {
      const { emulator, admin } = await emulated({ seed, interviews: 20 });
      emulator.faults.add({ probability: 0.5, effect: { kind: 'status', status: 500 } });
      const seen: number[] = [];
      for (let i = 0; i < 24; i++) seen.push((await admin.get('/me')).status);
      return seen;
    };
    const once = await run(7);
    expect(once).toContain(200);
    expect(once).toContain(500);
    expect(await run(7)).toEqual(once);
    expect(await run(8)).not.toEqual(once);
  });
});

describe('what happens', () => {
  it.each([
    ['json', /^\{"reason"/],
    ['html', /^<!doctype html>/],
    ['empty', /^$/],
  ] as const)('a status with a body that is %s', async (body, shape) => {
    const { emulator, admin } = await emulated();
    const effect: FaultEffect = { kind: 'status', status: 502, body, headers: { 'x-cause': 'test' } };
    emulator.faults.add({ effect });
    const reply = await admin.get('/me');
    expect(reply.status).toBe(502);
    expect(reply.text).toMatch(shape);
    expect(reply.headers.get('x-cause')).toBe('test');
    expect(emulator.requests[0]).toMatchObject({ status: 502, fault: 'status' });
  });

  it('a page of HTML with 200', async () => {
    const { emulator, admin } = await emulated();
    emulator.faults.add({ effect: { kind: 'html' } });
    const reply = await admin.get('/jobs');
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toMatch(/html/);
    expect(reply.text).toMatch(/<html>/);
  });

  it('a body that ends in the middle', async () => {
    const { emulator, admin } = await emulated();
    const whole = await admin.get('/jobs');
    emulator.faults.add({ effect: { kind: 'truncated' } });
    const reply = await admin.get('/jobs');
    expect(reply.json).toBeUndefined();
    expect(whole.text.startsWith(reply.text)).toBe(true);
    expect(reply.text.length).toBeLessThan(whole.text.length);
  });

  it('a connection that breaks in the middle of the body', async () => {
    const { emulator, admin } = await emulated();
    emulator.faults.add({ count: 1, effect: { kind: 'truncated', closes: true } });
    await expect(admin.get('/jobs')).rejects.toThrow();
    expect((await admin.get('/jobs')).status).toBe(200);
  });

  it('another shape', async () => {
    const { emulator, admin } = await emulated();
    emulator.faults.add({ effect: { kind: 'wrong-shape' } });
    expect(Array.isArray((await admin.get('/jobs')).json)).toBe(false);
    expect(Array.isArray((await admin.get('/me')).json)).toBe(true);
  });

  it('an answer that lags behind', async () => {
    const { emulator, admin } = await emulated({ jobs: 1 });
    const [job] = emulator.state.jobs.values();
    const former = job!.title;
    const titles = async () =>
      ((await admin.get('/jobs')).json as Array<{ title: string }>).map((one) => one.title);
    emulator.faults.add({ path: '/jobs$', method: 'GET', effect: { kind: 'stale', requests: 2 } });
    await admin.get('/me');
    await admin.put(`/jobs/${job!.uuid}`, { title: 'Baker' });
    expect(await titles()).toEqual([former]);
    expect(await titles()).toEqual([former]);
    expect(await titles()).toEqual(['Baker']);
    emulator.act.editJob(job!.uuid, { title: 'Cook' });
    expect((await admin.get(`/jobs/${job!.uuid}`)).json).toMatchObject({ title: 'Cook' });
    expect(await titles()).toEqual(['Baker']);
    emulator.faults.clear();
    expect(await titles()).toEqual(['Cook']);
  });

  it('a 429 out of turn', async () => {
    const { emulator, admin } = await emulated();
    emulator.faults.add({ count: 1, effect: { kind: 'rate-limited', retryAfter: 3 } });
    emulator.faults.add({ count: 1, effect: { kind: 'rate-limited' } });
    const told = await admin.get('/me');
    expect([told.status, told.headers.get('retry-after')]).toEqual([429, '3']);
    const untold = await admin.get('/me');
    expect([untold.status, untold.headers.get('retry-after')]).toEqual([429, null]);
    expect(emulator.requests.map((one) => one.rateLimited)).toEqual([true, true]);
  });

  it.each([
    ['reset before', { kind: 'reset', when: 'before' }, 0],
    ['reset after', { kind: 'reset', when: 'after' }, 1],
    ['500 before', { kind: 'status', status: 500 }, 0],
    ['500 after', { kind: 'status', status: 500, when: 'after' }, 1],
  ] as const)('a lost answer: %s handling', async (_, effect, made) => {
    const { emulator, admin } = await emulated();
    emulator.faults.add({ method: 'POST', count: 1, effect });
    const reply = await admin.post('/interviews', invitation(emulator)).catch(() => null);
    expect(reply?.status ?? 0).toBe(effect.kind === 'reset' ? 0 : 500);
    expect(emulator.outbox).toHaveLength(made);
    expect(emulator.requests[0]!.status).toBe(effect.kind === 'reset' ? 0 : 500);
  });

  it.each([
    ['before', 0],
    ['after', 1],
  ] as const)('no answer at all, the request handled or not: %s', async (when, made) => {
    const { emulator, admin } = await emulated();
    emulator.faults.add({ count: 1, effect: { kind: 'hang', when } });
    const seen = arrivals(emulator, 1);
    const hanging = admin.post('/interviews', invitation(emulator)).catch((error: Error) => error);
    await seen;
    // Handled after the first one was, whatever became of its answer.
    await admin.get('/me');
    expect(emulator.outbox).toHaveLength(made);
    await emulator.close();
    expect(await hanging).toBeInstanceOf(Error);
  });

  it('an answer that takes its time, several latencies added up', async () => {
    const clock = manualClock();
    const { emulator, admin } = await emulated({ clock });
    emulator.faults.add({ effect: { kind: 'latency', ms: 700 } });
    emulator.faults.add({ effect: { kind: 'latency', ms: 300 } });
    const seen = arrivals(emulator, 1);
    let answered = false;
    const reply = admin.get('/me').then((one) => {
      answered = true;
      return one;
    });
    await seen;
    await new Promise((resolve) => setImmediate(resolve));
    clock.tick(999);
    expect(emulator.requests[0]!.status).toBe(0);
    expect(answered).toBe(false);
    clock.tick(1);
    expect((await reply).status).toBe(200);
    expect(emulator.requests[0]!.fault).toBe('latency');
  });

  it('ends latencies when it closes', async () => {
    const { emulator, admin } = await emulated();
    emulator.faults.add({ effect: { kind: 'latency', ms: 3_600_000 } });
    const seen = arrivals(emulator, 1);
    const reply = admin.get('/me').catch((error: Error) => error);
    await seen;
    await emulator.close();
    expect(await reply).toBeInstanceOf(Error);
  });
});
