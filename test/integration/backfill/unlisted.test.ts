/**
 * Rows that no listing shows although they are there: asked for once, not counted as missing again.
 * @module-tag rare
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '#emulators/emulator/index';
import { openTestMirror, type TestMirror } from '../../support/backfill-in-process.js';

let mirror: TestMirror;
let emulator: Emulator;
beforeEach(async () => {
  mirror = await openTestMirror();
});
afterEach(async () => {
  await emulator?.close();
  await mirror?.close();
});

async function start(options: EmulatorOptions = {}): Promise<void> {
  emulator = await startEmulator({
    users: 5,
    jobs: 12,
    interviews: 40,
    questionSets: 2,
    shareLinks: 0,
    rateLimit: 1_000_000,
    ...options,
  });
  expect(await mirror.pull(emulator)).toMatchObject({ ok: true, complete: true, openConflicts: 0 });
}

const asked = (uuid: string) =>
  emulator.requests.filter(({ path }) => path.endsWith(`/${uuid}`)).map(({ status }) => status);
const unlisted = async () =>
  (await mirror.rows<{ uuid: string }>('select uuid from sync.unlisted order by uuid')).map(
    ({ uuid }) => uuid,
  );
const deleted = async (table: string) =>
  (
    await mirror.rows<{ uuid: string }>(`select uuid from sparkhire.${table} where deleted_at is not null`)
  ).map(({ uuid }) => uuid);
/** As if so many days had passed since they were asked for. */
const age = async (days: number) => {
  for (const table of ['jobs', 'interviews']) {
    await mirror.rows(`update sparkhire.${table} set mirrored_at = mirrored_at - $1 * interval '1 day'`, [
      days,
    ]);
  }
  await mirror.rows(`update sync.unlisted set asked_at = asked_at - $1 * interval '1 day'`, [days]);
};

function relist(uuid: string): void {
  const job = emulator.state.deleted.jobs.get(uuid)!;
  emulator.state.deleted.jobs.delete(uuid);
  emulator.state.jobs.set(uuid, job);
}

async function pull(): Promise<{ open: number }> {
  emulator.requests.length = 0;
  const result = await mirror.pull(emulator);
  expect(result).toMatchObject({ ok: true, complete: true });
  return { open: result.openConflicts };
}

describe('rows that can be read but are not listed', () => {
  /** The server leaves these jobs out of its list from now on. */
  async function unlist(count: number): Promise<string[]> {
    const uuids = [...emulator.state.jobs.keys()].slice(0, count).sort();
    for (const uuid of uuids) emulator.act.deleteJob(uuid);
    return uuids;
  }

  it('are asked for once, and again after six days or when they changed', async () => {
    await start({ switches: { deletedJob: 'inactive' } });
    const [first, second] = (await unlist(2)) as [string, string];
    await pull();
    expect(asked(first)).toEqual([200]);
    expect(await unlisted()).toEqual([first, second]);
    expect(await deleted('jobs')).toEqual([]);

    await pull();
    expect([...asked(first), ...asked(second)]).toEqual([]);
    await age(5.9);
    await pull();
    expect([...asked(first), ...asked(second)]).toEqual([]);
    await mirror.rows(`update sparkhire.jobs set mirrored_at = now() - interval '1 hour' where uuid = $1`, [
      first,
    ]);
    await pull();
    expect([asked(first), asked(second)]).toEqual([[200], []]);
    await age(6.1);
    await pull();
    expect([asked(first), asked(second)]).toEqual([[200], [200]]);
    expect(await deleted('jobs')).toEqual([]);
    expect(await mirror.rows("select from sync.unlisted where asked_at < now() - interval '1 hour'")).toEqual(
      [],
    );
  });

  it('do not count as missing again: few more are within the limits', async () => {
    await start({ jobs: 50, switches: { deletedJob: 'inactive' } });
    for (let day = 0; day < 5; day++) {
      await unlist(3);
      expect(await pull()).toEqual({ open: 0 });
    }
    expect(await unlisted()).toHaveLength(15);
  });

  it('all of them, and an empty listing: nothing new is missing', async () => {
    await start({ jobs: 2, interviews: 0, switches: { deletedJob: 'inactive' } });
    await unlist(1);
    expect(await pull()).toEqual({ open: 0 });
    await unlist(1);
    // The listing is empty where it was not.
    expect(await pull()).toEqual({ open: 1 });
    await mirror.rows(`insert into sync.unlisted (resource, uuid) select 'jobs', uuid from sparkhire.jobs
      on conflict do nothing`);
    expect(await pull()).toEqual({ open: 0 });
    expect(await deleted('jobs')).toEqual([]);
  });

  it('leave the list of the unlisted when they are listed again, and when they are gone', async () => {
    await start({ switches: { deletedJob: 'inactive' } });
    const [back, gone] = (await unlist(2)) as [string, string];
    await pull();
    relist(back);
    await pull();
    expect(await unlisted()).toEqual([gone]);

    emulator.switches.deletedJob = '404';
    await pull();
    expect(await deleted('jobs')).toEqual([]);
    await age(7);
    expect(await pull()).toEqual({ open: 0 });
    expect(asked(gone)).toEqual([404]);
    expect(await deleted('jobs')).toEqual([gone]);
    expect(await unlisted()).toEqual([]);
  });

  it('too many of them gone at once: a person has to look, and they are missing from then on', async () => {
    await start({ jobs: 40, switches: { deletedJob: 'inactive' } });
    for (let day = 0; day < 4; day++) {
      await unlist(2);
      await pull();
    }
    emulator.switches.deletedJob = '404';
    await age(7);
    expect(await pull()).toEqual({ open: 1 });
    expect(await deleted('jobs')).toEqual([]);
    expect(await pull()).toEqual({ open: 1 });
    for (const uuid of [...emulator.state.deleted.jobs.keys()]) relist(uuid);
    expect(await pull()).toEqual({ open: 0 });
    expect(await deleted('jobs')).toEqual([]);
  });

  it('are all asked for again by a fresh backfill', async () => {
    await start({ switches: { deletedJob: 'inactive' } });
    const [job] = (await unlist(1)) as [string];
    await pull();
    emulator.requests.length = 0;
    expect(await mirror.pull(emulator, { fresh: true })).toMatchObject({ ok: true, openConflicts: 0 });
    expect(asked(job)).toEqual([200]);
  });
});

describe('rows this key may not read', () => {
  it('are asked for once, also for their details', async () => {
    await start({ switches: { invisible: '403' } });
    const uuids = [...emulator.state.interviews.keys()].slice(0, 2).sort();
    for (const uuid of uuids) emulator.act.hide(uuid);
    await mirror.rows('update sparkhire.interviews set details_due = true where uuid = any($1)', [uuids]);
    await pull();
    expect(uuids.map(asked)).toEqual([[403], [403]]);
    expect(await unlisted()).toEqual(uuids);
    await pull();
    expect(uuids.flatMap(asked)).toEqual([]);
    for (const uuid of uuids) emulator.act.show(uuid);
    await pull();
    expect(await unlisted()).toEqual([]);
    expect(uuids.map(asked)).toEqual([[200], [200]]);
    expect(await mirror.wrong(emulator)).toEqual([]);
  });

  it("with another user's key nothing is taken for known, with the old one it still is", async () => {
    await start({ switches: { invisible: '403' } });
    const [hidden] = [...emulator.state.interviews.keys()] as [string];
    emulator.act.hide(hidden);
    await pull();
    expect(await unlisted()).toEqual([hidden]);
    const { uuid } = emulator.act.addUser({ role: 'administrator' });
    const held = await mirror.pull(emulator, { key: emulator.act.makeKey(uuid) });
    expect(held.openConflicts).toBe(1);
    const [conflict] = await mirror.rows<{ reason: string }>(
      'select reason from sync.conflicts where resolved_at is null',
    );
    expect(conflict!.reason).toMatch(/sees something else/);
    expect(await pull()).toEqual({ open: 0 });
    expect(asked(hidden)).toEqual([]);
  });
});
