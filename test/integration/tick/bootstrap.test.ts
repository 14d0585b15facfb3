/** Where ticks begin, and what stops them from going on. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '#emulators/emulator/index';
import { openTestMirror, type PullOptions, type TestMirror } from '../../support/backfill-in-process.js';
import { openTicking, type Ticking, type TickingOptions } from '../../support/tick-in-process.js';

let mirror: TestMirror;
let emulator: Emulator;
let ticking: Ticking;
beforeEach(async () => {
  mirror = await openTestMirror();
});
afterEach(async () => {
  await ticking?.close();
  await emulator?.close();
  await mirror?.close();
});

async function start(options: EmulatorOptions = {}, tickOptions: TickingOptions = {}): Promise<void> {
  emulator = await startEmulator({
    users: 5,
    jobs: 12,
    interviews: 60,
    questionSets: 2,
    shareLinks: 2,
    rateLimit: 1_000_000,
    ...options,
  });
  ticking = await openTicking(mirror, emulator, tickOptions);
}

/** A backfill that is told to stop when the nth request for `path` arrives. */
async function pullUntil(path: RegExp, nth: number, options: PullOptions = {}) {
  const stop = new AbortController();
  let met = 0;
  const off = emulator.onRequest((request) => {
    if (path.test(`${request.path}?${request.query}`) && ++met === nth) stop.abort(new Error('told to stop'));
  });
  await mirror.pull(emulator, { ...options, signal: stop.signal });
  off();
  expect(stop.signal.aborted).toBe(true);
}

const listed = (path: string) => emulator.requests.filter((request) => request.path === `/v1.0${path}`);
const checkpoint = async (resource: string) => {
  const [row] = await mirror.rows<{ watermark: Date | null; completed_at: Date | null; position: unknown }>(
    `select watermark, completed_at, position from sync.checkpoints where resource = $1 and kind = 'incremental'`,
    [resource],
  );
  return row ?? null;
};
const seconds = (ms: number) => Math.floor(ms / 1000) * 1000;
const newest = (records: Iterable<{ updatedAt: number }>) =>
  seconds(Math.max(...[...records].map(({ updatedAt }) => updatedAt)));

describe('ticks begin', () => {
  it('only after a full pass over jobs and interviews', async () => {
    await start();
    expect(await ticking.isBootstrapped()).toBe(false);
    const early = await ticking.tick();
    expect(early).toMatchObject({ ok: true, complete: false });
    expect(early.notes).toHaveLength(2);
    expect(listed('/jobs')).toEqual([]);
    await mirror.pull(emulator, { resource: ['jobs'] });
    expect(await ticking.isBootstrapped()).toBe(false);
    await mirror.pull(emulator, { resource: ['interviews'] });
    expect(await ticking.isBootstrapped()).toBe(true);
  });

  it('where the listing stood before the sweep, so that what changes behind its back is found', async () => {
    await start({}, { pageSize: 5 });
    const before = newest(emulator.state.jobs.values());
    const jobs = [...emulator.state.jobs.values()].sort((a, b) => a.createdAt - b.createdAt);
    let turn = 0;
    const off = emulator.onRequest(({ path, query }) => {
      // Jobs are swept by their creation: one that is edited after its page was read is not met again.
      if (path !== '/v1.0/jobs' || !query.includes('created') || ++turn !== 4) return;
      emulator.act.editJob(jobs[0]!.uuid, { title: 'Edited behind the sweep', description: 'And this.' });
    });
    await mirror.pull(emulator, { pageSize: 5, details: false });
    off();
    expect(turn).toBeGreaterThanOrEqual(4);
    expect((await mirror.stored()).jobs.get(jobs[0]!.uuid)!.title).not.toBe('Edited behind the sweep');
    expect((await checkpoint('jobs'))!.watermark!.getTime()).toBe(before);
    await ticking.sync();
    expect(await mirror.wrong(emulator)).toEqual([]);
    expect((await checkpoint('jobs'))!.watermark!.getTime()).toBe(newest(emulator.state.jobs.values()));
  });

  it('from the same place when the sweep was cut off and continued', async () => {
    await start({}, { pageSize: 5 });
    const before = newest(emulator.state.interviews.values());
    await pullUntil(/interviews\?/, 5, { pageSize: 5 });
    expect(await ticking.isBootstrapped()).toBe(false);
    expect(await checkpoint('interviews')).toMatchObject({ watermark: null, completed_at: null });
    // Whatever happens between is newer than the anchor.
    emulator.clock.advance(60_000);
    const [job] = emulator.state.jobs.values();
    emulator.act.editJob(job!.uuid, { title: 'Edited meanwhile' });
    emulator.act.addInterview();
    await mirror.pull(emulator, { pageSize: 5 });
    expect((await checkpoint('interviews'))!.watermark!.getTime()).toBe(before);
    const anchors = listed('/interviews').filter(({ query }) =>
      decodeURIComponent(query).includes('range=1-1'),
    );
    expect(anchors.filter(({ query }) => query.endsWith('1-1'))).toHaveLength(1);
    await ticking.sync();
    expect(await mirror.wrong(emulator)).toEqual([]);
  });

  it('not over again with each backfill: it leaves the watermark alone', async () => {
    await start();
    await mirror.pull(emulator);
    emulator.clock.advance(60_000);
    emulator.act.addInterview();
    await ticking.sync();
    const stood = await checkpoint('interviews');
    emulator.act.addInterview();
    await mirror.pull(emulator, { fresh: true });
    expect(await checkpoint('interviews')).toEqual(stood);
    await ticking.sync();
    expect(await mirror.wrong(emulator)).toEqual([]);
  });

  it('in an empty account, and read the first rows it ever has, in whatever pages', async () => {
    for (const pageSize of [100, 4]) {
      const account = `empty-${pageSize}`;
      await start({ jobs: 0, interviews: 0, shareLinks: 0 }, { pageSize, account });
      expect(emulator.state.jobs.size + emulator.state.interviews.size).toBe(0);
      await mirror.pull(emulator, { account });
      expect(await ticking.isBootstrapped()).toBe(true);
      emulator.requests.length = 0;
      expect(await ticking.tick()).toMatchObject({ ok: true, complete: true, requests: 3 });
      for (let i = 0; i < 9; i++) {
        emulator.act.addInterview();
        if (i % 2 === 0) emulator.clock.advance(1000);
      }
      // The plan has its turn too: the new job takes a slot.
      await ticking.age(901);
      expect(await ticking.sync()).toMatchObject({
        complete: true,
        resources: { jobs: { created: 1 }, interviews: { created: 9 } },
      });
      expect(await mirror.wrong(emulator, { account })).toEqual([]);
      await ticking.age(61);
      await ticking.tick();
      emulator.requests.length = 0;
      expect(await ticking.tick()).toMatchObject({ complete: true, requests: 3 });
      await ticking.close();
      await emulator.close();
    }
  });
});

describe('the watermark stays', () => {
  it('when the server fails midway, and the rest of the tick is done', async () => {
    await start({ interviews: 100 }, { pageSize: 10 });
    await mirror.pull(emulator, { details: false });
    await ticking.age(61);
    await ticking.tick();
    const stood = await checkpoint('interviews');
    for (const { uuid } of [...emulator.state.interviews.values()].slice(0, 40)) {
      emulator.clock.advance(1000);
      emulator.act.rateInterview(uuid, { rating: 4.5 });
    }
    emulator.faults.add({ path: '/interviews\\?.*range=2\\d-', effect: { kind: 'status', status: 403 } });
    await ticking.age(901);
    emulator.requests.length = 0;
    const failed = await ticking.tick();
    expect(failed).toMatchObject({ ok: false, complete: false, error: { code: 'FORBIDDEN' } });
    expect(listed('/plan')).toHaveLength(1);
    // What was read is stored; where to go on from has not moved.
    expect(failed.resources.interviews!.updated).toBeGreaterThan(10);
    expect((await checkpoint('interviews'))!.watermark).toEqual(stood!.watermark);
    const [run] = await mirror.rows(`select outcome, error from sync.runs order by id desc limit 1`);
    expect(run).toMatchObject({ outcome: 'failed', error: expect.stringContaining('403') });
    emulator.faults.clear();
    expect(await ticking.tick()).toMatchObject({ ok: true, complete: true });
    expect(await mirror.wrong(emulator, { details: false })).toEqual([]);
  });

  it('when the tick is told to stop', async () => {
    await start({ interviews: 100 }, { pageSize: 10 });
    await mirror.pull(emulator, { details: false });
    const stood = await checkpoint('interviews');
    emulator.clock.advance(3_600_000);
    for (const { uuid } of [...emulator.state.interviews.values()].slice(0, 60)) {
      emulator.act.touchInterview(uuid);
      emulator.clock.advance(1000);
    }
    const stop = new AbortController();
    let met = 0;
    const off = emulator.onRequest(({ path }) => {
      if (path === '/v1.0/interviews' && ++met === 3) stop.abort(new Error('told to stop'));
    });
    expect(await ticking.tick(stop.signal)).toMatchObject({ ok: false, error: { message: 'told to stop' } });
    off();
    expect(await checkpoint('interviews')).toEqual(stood);
    const [run] = await mirror.rows(`select outcome from sync.runs order by id desc limit 1`);
    expect(run).toEqual({ outcome: 'interrupted' });
    await ticking.tick();
    expect(await mirror.wrong(emulator, { details: false })).toEqual([]);
  });

  it('when the key is refused: that ends the tick', async () => {
    await start();
    await mirror.pull(emulator);
    emulator.act.revokeKey({ key: emulator.adminKey });
    emulator.requests.length = 0;
    expect(await ticking.tick()).toMatchObject({ ok: false, error: { code: 'KEY_REFUSED' } });
    expect(emulator.requests).toHaveLength(1);
  });

  it('when a listing comes in no order: its first page is stored and the result says so', async () => {
    await start({}, { ignoresOrder: true, pageSize: 5 });
    await mirror.pull(emulator, { details: false });
    const stood = await checkpoint('jobs');
    emulator.clock.advance(3_600_000);
    const byTitle = [...emulator.state.jobs.values()].sort((a, b) => (a.title < b.title ? -1 : 1));
    emulator.act.editJob(byTitle[1]!.uuid, {
      status: byTitle[1]!.status === 'active' ? 'inactive' : 'active',
    });
    emulator.requests.length = 0;
    const result = await ticking.tick();
    expect(result).toMatchObject({ ok: true, complete: false, unordered: ['jobs'] });
    expect(listed('/jobs')).toHaveLength(1);
    expect((await mirror.stored()).jobs.get(byTitle[1]!.uuid)!.status).toBe(byTitle[1]!.status);
    expect(await checkpoint('jobs')).toEqual(stood);
    expect((await checkpoint('interviews'))!.completed_at).not.toBeNull();
  });
});

describe('parts a plan or key may lack', () => {
  it('are no failure, and are asked for at their turn only', async () => {
    await start();
    await mirror.pull(emulator);
    emulator.faults.add({ path: '/share_links', effect: { kind: 'status', status: 403 } });
    await ticking.age(901);
    const result = await ticking.tick();
    expect(result).toMatchObject({
      ok: true,
      notes: [expect.stringContaining('share_links: not available')],
    });
    emulator.requests.length = 0;
    await ticking.tick();
    expect(listed('/share_links')).toEqual([]);
  });
});
