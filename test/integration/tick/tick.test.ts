/** Incremental ticks: what they cost, what they find, what they leave alone. */
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '#emulators/emulator/index';
import { hasDue } from '../../../src/tick/details.js';
import { openTestMirror, type TestMirror } from '../../support/backfill-in-process.js';
import {
  openTicking,
  rowVersions,
  type Ticking,
  type TickingOptions,
} from '../../support/tick-in-process.js';

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
    users: 6,
    jobs: 10,
    interviews: 60,
    questionSets: 3,
    shareLinks: 3,
    rateLimit: 1_000_000,
    ...options,
  });
  ticking = await openTicking(mirror, emulator, tickOptions);
}

/** A backfill, and long enough after it that its watermark is settled. */
async function mirrored(details = true): Promise<void> {
  expect(await mirror.pull(emulator, { details })).toMatchObject({ ok: true, complete: true });
  await ticking.age(61);
  expect(await ticking.tick()).toMatchObject({ ok: true, complete: true });
  emulator.requests.length = 0;
}

const asked = () =>
  emulator.requests.map(({ path, query }) => `${path.slice(5)}${query && `?${decodeURIComponent(query)}`}`);
const askedOf = (path: string) => asked().filter((one) => one.startsWith(path));
const interviews = () => [...emulator.state.interviews.values()];
const watermarks = async () => {
  const rows = await mirror.rows<{ resource: string; watermark: Date | null }>(
    `select resource, watermark from sync.checkpoints where kind = 'incremental' and resource in ('jobs', 'interviews')`,
  );
  return Object.fromEntries(rows.map(({ resource, watermark }) => [resource, watermark?.getTime() ?? null]));
};
const newest = (records: Iterable<{ updatedAt: number }>) =>
  Math.max(...[...records].map(({ updatedAt }) => Math.floor(updatedAt / 1000) * 1000));

describe('an idle tick', () => {
  it('asks for each listing once, right after a backfill too, and writes no row', async () => {
    await start();
    await mirror.pull(emulator);
    const before = await rowVersions(mirror);
    expect(before.length).toBeGreaterThan(80);
    const [changes] = await mirror.rows<{ seq: string }>('select max(seq) as seq from sync.changes');
    for (let i = 0; i < 3; i++) {
      emulator.requests.length = 0;
      const result = await ticking.sync();
      expect(result).toMatchObject({ ok: true, complete: true, requests: 3, notes: [], unordered: [] });
      expect(asked()).toEqual([
        '/users',
        '/jobs?orderby=updated_desc&range=1-100',
        '/interviews?orderby=updated_desc&range=1-100',
      ]);
      for (const counts of Object.values(result.resources)) {
        expect(counts).toMatchObject({ created: 0, updated: 0, deleted: 0 });
      }
      await ticking.age(61);
    }
    expect(await rowVersions(mirror)).toEqual(before);
    expect(await mirror.rows(`select seq from sync.changes where seq > $1`, [changes!.seq])).toEqual([]);
  });

  it('asks once also where everything was updated in the same minute', async () => {
    await start({ jobs: 0, interviews: 0, shareLinks: 0 });
    emulator.clock.freeze();
    const job = emulator.act.addJob({});
    emulator.act.addJob({});
    for (let i = 0; i < 5; i++) emulator.act.addInterview({ jobUuid: job.uuid });
    await mirror.pull(emulator);
    expect(await ticking.sync()).toMatchObject({ ok: true, complete: true, requests: 3, unordered: [] });
    emulator.act.addInterview({ jobUuid: job.uuid });
    expect(await ticking.sync()).toMatchObject({ ok: true, resources: { interviews: { created: 1 } } });
    expect(await ticking.sync()).toMatchObject({ ok: true, complete: true, requests: 3 });
    expect(await mirror.wrong(emulator)).toEqual([]);
  });

  it('looks at the rest when it is its turn, and then writes nothing either', async () => {
    await start();
    await mirror.pull(emulator);
    await ticking.age(120);
    await ticking.tick();
    const before = await rowVersions(mirror);
    await ticking.age(901);
    emulator.requests.length = 0;
    expect(await ticking.tick()).toMatchObject({ ok: true, complete: true, notes: [] });
    expect(asked().length).toBeLessThanOrEqual(8);
    for (const path of ['/question_sets', '/share_links', '/companies/', '/plan']) {
      expect(askedOf(path)).toHaveLength(1);
    }
    expect(await rowVersions(mirror)).toEqual(before);
    emulator.requests.length = 0;
    await ticking.tick();
    expect(asked()).toHaveLength(3);
  });

  it('takes nine statements, and one more for each ten requests', async () => {
    await start();
    await mirrored();
    const sent = vi.spyOn(pg.Client.prototype, 'query');
    await ticking.tick();
    const { length } = sent.mock.calls;
    sent.mockRestore();
    expect(length).toBeLessThanOrEqual(10);
  });

  it('is recorded as one run', async () => {
    await start();
    await mirrored();
    await ticking.tick();
    const [run] = await mirror.rows('select * from sync.runs order by id desc limit 1');
    expect(run).toMatchObject({ kind: 'tick', resource: null, outcome: 'succeeded', requests: 3 });
  });
});

describe('what has changed', () => {
  it('costs as many pages as it fills, however many rows there are', async () => {
    await start({ interviews: 1500 });
    await mirrored(false);
    const rows = interviews();
    for (const { uuid } of rows.slice(0, 10)) emulator.act.touchInterview(uuid);
    expect(await ticking.tick()).toMatchObject({ resources: { interviews: { updated: 10 } } });
    expect(askedOf('/interviews')).toHaveLength(1);

    await ticking.age(61);
    await ticking.tick();
    emulator.clock.advance(60_000);
    emulator.requests.length = 0;
    for (const { uuid } of rows.slice(0, 250)) emulator.act.touchInterview(uuid);
    expect(await ticking.tick()).toMatchObject({
      complete: true,
      resources: { interviews: { updated: 250 } },
    });
    expect(askedOf('/interviews').length).toBeLessThanOrEqual(4);
    expect(await mirror.wrong(emulator, { details: false })).toEqual([]);
  });

  it('is read with its details, and the watermark moves to the newest timestamp of the server', async () => {
    await start();
    await mirrored();
    emulator.clock.advance(3_600_000);
    const job = emulator.act.addJob({ status: 'inactive' });
    const interview = emulator.act.addInterview({ name: 'Ada' });
    const [user] = [...emulator.state.users.values()].slice(1);
    emulator.act.editUser(user!.uuid, { name: 'Somebody Else' });
    const result = await ticking.sync();
    expect(result).toMatchObject({
      ok: true,
      resources: {
        users: { updated: 1 },
        jobs: { created: 1, details: 1 },
        interviews: { created: 1, details: 1 },
      },
    });
    expect(await mirror.wrong(emulator)).toEqual([]);
    expect(askedOf('/jobs/')).toEqual([`/jobs/${job.uuid}`]);
    expect(askedOf('/interviews/')).toEqual([`/interviews/${interview.uuid}`]);
    expect(await watermarks()).toEqual({
      jobs: newest(emulator.state.jobs.values()),
      interviews: newest(interviews()),
    });
  });

  it('in the second of the watermark is found, before and after', async () => {
    await start();
    await mirrored();
    emulator.clock.advance(3_600_000);
    emulator.clock.freeze();
    const [one, other, third] = [...emulator.state.jobs.values()];
    emulator.act.editJob(one!.uuid, { title: 'One' });
    await ticking.tick();
    emulator.act.editJob(other!.uuid, { title: 'Other' });
    emulator.act.editJob(one!.uuid, { title: 'One again' });
    await ticking.tick();
    const job = async (uuid: string) => (await mirror.stored()).jobs.get(uuid)!.title;
    expect([await job(one!.uuid), await job(other!.uuid)]).toEqual(['One again', 'Other']);
    // A tick that begins a minute later sees the last of them; from then on only what is newer is read.
    emulator.act.editJob(third!.uuid, { title: 'Third' });
    await ticking.age(61);
    await ticking.tick();
    expect(await job(third!.uuid)).toBe('Third');
    expect(
      await mirror.rows(`select position ->> 'settled' as settled from sync.checkpoints
      where resource = 'jobs' and kind = 'incremental'`),
    ).toEqual([{ settled: 'true' }]);
  });

  it('and becomes visible up to a minute late is found', async () => {
    await start({ interviews: 300 }, { pageSize: 20 });
    await mirrored(false);
    emulator.clock.advance(3_600_000);
    const rows = interviews();
    const late = rows[100]!.uuid;
    emulator.act.rateInterview(late, { rating: 1.5 });
    emulator.act.hide(late);
    emulator.clock.advance(55_000);
    for (const { uuid } of rows.slice(0, 30)) emulator.act.touchInterview(uuid);
    await ticking.tick();
    emulator.act.show(late);
    await ticking.tick();
    expect((await mirror.stored()).interviews.get(late)!.rating).toBe(1.5);
    expect(await mirror.wrong(emulator, { details: false })).toEqual([]);
  });

  it('is found in capped pages, with ties in any order', async () => {
    await start({ interviews: 200, switches: { pageCap: 7, ties: 'shuffled' } });
    await mirrored(false);
    for (let i = 0; i < 45; i++) {
      if (i % 9 === 0) emulator.clock.advance(1000);
      emulator.act.touchInterview(interviews()[i * 2]!.uuid);
    }
    expect(await ticking.tick()).toMatchObject({ complete: true, unordered: [] });
    expect(await mirror.wrong(emulator, { details: false })).toEqual([]);
  });

  it('is found where rows are deleted, touched and added between the pages', async () => {
    await start({ interviews: 300 }, { pageSize: 10 });
    await mirrored(false);
    emulator.clock.advance(3_600_000);
    const rows = interviews();
    for (const { uuid } of rows.slice(0, 80)) {
      emulator.clock.advance(1000);
      emulator.act.rateInterview(uuid, { rating: 2.5 });
    }
    const gone = new Set<string>();
    let turn = 0;
    const off = emulator.onRequest(({ path }) => {
      if (path !== '/v1.0/interviews' || ++turn > 6) return;
      emulator.clock.advance(1000);
      for (const { uuid } of rows.slice(80 - 3 * turn, 83 - 3 * turn)) {
        emulator.act.deleteInterview(uuid);
        gone.add(uuid);
      }
      emulator.act.touchInterview(rows[turn]!.uuid);
      emulator.act.addInterview();
    });
    await ticking.tick();
    off();
    expect(await ticking.tick()).toMatchObject({ ok: true, complete: true });
    const wrong = await mirror.wrong(emulator, { details: false });
    expect(wrong.filter((line) => !gone.has(line.split(' ')[1]!.replace(':', '')))).toEqual([]);
    // A tick deletes nothing.
    expect((await mirror.stored()).deleted.interviews.size).toBe(0);
  });

  it('comes back from being deleted', async () => {
    await start();
    await mirrored();
    const [interview] = interviews();
    await mirror.rows('update sparkhire.interviews set deleted_at = now() where uuid = $1', [
      interview!.uuid,
    ]);
    emulator.act.touchInterview(interview!.uuid);
    await ticking.sync();
    expect(await mirror.wrong(emulator)).toEqual([]);
    const [change] = await mirror.rows(
      `select change from sync.changes where uuid = $1 order by seq desc limit 1`,
      [interview!.uuid],
    );
    expect(change).toEqual({ change: 'restored' });
  });
});

describe('details', () => {
  it('that cannot be read are asked for once, until the listing shows a change', async () => {
    await start();
    await mirrored();
    const [interview] = interviews();
    const rule = emulator.faults.add({
      path: `/interviews/${interview!.uuid}`,
      effect: { kind: 'status', status: 403 },
    });
    emulator.act.touchInterview(interview!.uuid);
    await ticking.tick();
    expect(await hasDue(mirror.db, 'default')).toBe(true);
    await ticking.details();
    expect(await hasDue(mirror.db, 'default')).toBe(false);
    await ticking.sync();
    expect(askedOf(`/interviews/${interview!.uuid}`)).toHaveLength(1);
    emulator.faults.remove(rule);
    emulator.clock.advance(5000);
    emulator.act.touchInterview(interview!.uuid);
    await ticking.sync();
    expect(askedOf(`/interviews/${interview!.uuid}`)).toHaveLength(2);
    expect(await mirror.wrong(emulator)).toEqual([]);
  });

  it('that were read in the second of their change are read once more, when that second is over', async () => {
    await start();
    await mirrored();
    const [job] = emulator.state.jobs.values();
    emulator.clock.freeze();
    emulator.act.editJob(job!.uuid, { description: 'First wording.' });
    await ticking.sync();
    emulator.act.editJob(job!.uuid, { description: 'Second wording.' });
    await ticking.age(901);
    await ticking.sync();
    expect(askedOf('/jobs/')).toHaveLength(1);
    await mirror.rows(`update sparkhire.jobs set details_at = details_at - interval '31 s' where uuid = $1`, [
      job!.uuid,
    ]);
    await ticking.age(901);
    await ticking.sync();
    expect(askedOf('/jobs/')).toHaveLength(2);
    expect(await mirror.wrong(emulator)).toEqual([]);
    await ticking.age(901);
    await ticking.sync();
    expect(askedOf('/jobs/')).toHaveLength(2);
  });
});
