/** What counts as deleted, what as hidden, and when a person has to look. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '#emulators/emulator/index';
import { defaultRetryPolicy } from '../../../src/sparkhire/retry.js';
import { openTestMirror, type TestMirror } from '../../support/backfill-in-process.js';
import { firstPull } from '../../support/first-pull.js';

// A request that failed is repeated at once: none of this is about the time between.
const policy = { ...defaultRetryPolicy };
beforeAll(() => void Object.assign(defaultRetryPolicy, { baseMs: 1 }));
afterAll(() => void Object.assign(defaultRetryPolicy, policy));

let mirror: TestMirror;
let emulator: Emulator;
beforeEach(async () => {
  mirror = await openTestMirror();
});
afterEach(async () => {
  await emulator?.close();
  await mirror?.close();
});

/** @param differing its switches are how the API speaks of what is gone or hidden: nothing is as yet */
async function start({ switches, ...differing }: EmulatorOptions = {}): Promise<void> {
  const options = {
    users: 12,
    jobs: 12,
    interviews: 60,
    questionSets: 4,
    shareLinks: 4,
    rateLimit: 1_000_000,
    ...differing,
  };
  emulator = await startEmulator(options);
  await firstPull(mirror, emulator, options);
  Object.assign(emulator.switches, switches);
}

const one = <T>(items: Iterable<T>, wanted: (item: T) => boolean = () => true): T => [...items].find(wanted)!;
const conflicts = () =>
  mirror.rows<{ resource: string; kind: string; resolved: boolean; reason: string }>(
    `select resource, kind, reason, resolved_at is not null as resolved from sync.conflicts order by id`,
  );
const asked = (path: string) => emulator.requests.filter((request) => request.path === `/v1.0${path}`);

describe('a row that is gone', () => {
  it('point 10: is marked only after it was asked for by itself', async () => {
    await start();
    const interview = one(emulator.state.interviews.values());
    emulator.act.deleteInterview(interview.uuid);
    emulator.requests.length = 0;
    const result = await mirror.pull(emulator);
    expect(result.resources.interviews).toMatchObject({ read: 59, deleted: 1 });
    expect(asked(`/interviews/${interview.uuid}`)).toMatchObject([{ status: 404 }]);
    expect(await mirror.wrong(emulator)).toEqual([]);
    const changes = await mirror.rows(
      `select resource, change, changed_fields from sync.changes where uuid = $1 order by seq desc limit 1`,
      [interview.uuid],
    );
    expect(changes).toEqual([{ resource: 'interviews', change: 'deleted', changed_fields: ['deleted_at'] }]);
    const [row] = await mirror.rows<{ candidate_name: string }>(
      'select candidate_name from sparkhire.interviews where uuid = $1 and deleted_at is not null',
      [interview.uuid],
    );
    expect(row!.candidate_name).toBe(interview.candidate.name);
  });

  it('takes its questions with it, and brings them back', async () => {
    await start();
    const shown = [...emulator.state.shareLinks.values()].flatMap((link) => link.items);
    const interview = one(
      emulator.state.interviews.values(),
      (i) => i.questions.length > 0 && shown.every((item) => item.interviewUuid !== i.uuid),
    );
    emulator.act.deleteInterview(interview.uuid);
    await mirror.pull(emulator);
    expect((await mirror.stored()).deleted.interview_questions).toEqual(
      new Set(interview.questions.map(({ uuid }) => uuid)),
    );
    emulator.state.deleted.interviews.delete(interview.uuid);
    emulator.state.addInterview(interview);
    await mirror.pull(emulator);
    expect(await mirror.wrong(emulator)).toEqual([]);
    expect(
      await mirror.rows('select change from sync.changes where uuid = $1 order by seq desc limit 1', [
        interview.questions[0]!.uuid,
      ]),
    ).toEqual([{ change: 'restored' }]);
  });

  it('makes the share links that show it be read again', async () => {
    await start();
    const link = one(emulator.state.shareLinks.values());
    emulator.act.deleteInterview(link.items[0]!.interviewUuid);
    await mirror.pull(emulator);
    expect(await mirror.wrong(emulator)).toEqual([]);
    emulator.requests.length = 0;
    await mirror.pull(emulator);
    expect(emulator.requests.filter(({ path }) => /share_links\/./.test(path))).toEqual([]);
  });

  it.each(['404', 'inactive'] as const)('a deleted user, where the API says %s', async (deletedUser) => {
    await start({ switches: { deletedUser } });
    const user = one(emulator.state.users.values(), (u) => u.role === 'standard' && u.active);
    emulator.act.deleteUser(user.uuid);
    expect(await mirror.pull(emulator)).toMatchObject({ ok: true, resources: { users: { deleted: 1 } } });
    expect(await mirror.wrong(emulator)).toEqual([]);
    const [row] = await mirror.rows<{ active: boolean }>(
      'select active from sparkhire.users where uuid = $1 and deleted_at is not null',
      [user.uuid],
    );
    // What was observed last: somebody who is gone without a word was active.
    expect(row).toEqual({ active: deletedUser === '404' });
  });

  it('a user who is listed is there, active or not', async () => {
    await start({ switches: { deletedUser: 'inactive-and-listed' } });
    const user = one(emulator.state.users.values(), (u) => u.role === 'standard' && u.active);
    emulator.act.deleteUser(user.uuid);
    expect(await mirror.pull(emulator)).toMatchObject({ resources: { users: { updated: 1, deleted: 0 } } });
    expect((await mirror.stored()).users.get(user.uuid)).toMatchObject({ active: false });
  });

  it('a deleted job, where the API says 404', async () => {
    await start({ switches: { deletedJob: '404' } });
    const job = one(emulator.state.jobs.values(), (j) => j.status === 'active');
    emulator.act.deleteJob(job.uuid);
    expect(await mirror.pull(emulator)).toMatchObject({ ok: true, resources: { jobs: { deleted: 1 } } });
    expect(await mirror.wrong(emulator)).toEqual([]);
    emulator.requests.length = 0;
    await mirror.pull(emulator);
    expect(asked(`/jobs/${job.uuid}`)).toEqual([]);
  });

  it('a job that is not listed but can be read is inactive, not gone', async () => {
    await start({ switches: { deletedJob: 'inactive' } });
    const job = one(emulator.state.jobs.values(), (j) => j.status === 'active');
    emulator.act.deleteJob(job.uuid);
    expect(await mirror.pull(emulator)).toMatchObject({ ok: true, resources: { jobs: { deleted: 0 } } });
    expect(
      await mirror.rows('select status, deleted_at from sparkhire.jobs where uuid = $1', [job.uuid]),
    ).toEqual([{ status: 'inactive', deleted_at: null }]);
  });
});

describe('a row that is hidden', () => {
  it('stays where the API refuses it', async () => {
    await start({ switches: { invisible: '403' } });
    const interview = one(emulator.state.interviews.values());
    emulator.act.hide(interview.uuid);
    expect(await mirror.pull(emulator)).toMatchObject({
      ok: true,
      openConflicts: 0,
      resources: { interviews: { deleted: 0 } },
    });
    expect((await mirror.stored()).interviews.has(interview.uuid)).toBe(true);
  });

  it('comes back where the API calls it gone', async () => {
    await start({ switches: { invisible: '404' } });
    const interview = one(emulator.state.interviews.values());
    emulator.act.hide(interview.uuid);
    expect(await mirror.pull(emulator)).toMatchObject({ resources: { interviews: { deleted: 1 } } });
    emulator.act.show(interview.uuid);
    expect(await mirror.pull(emulator)).toMatchObject({ resources: { interviews: { deleted: 0 } } });
    expect(await mirror.wrong(emulator)).toEqual([]);
  });
});

describe('too much missing at once', () => {
  it('opens one conflict, deletes nothing, and closes when the rows are back', async () => {
    await start();
    const victims = [...emulator.state.interviews.keys()].slice(0, 10);
    for (const uuid of victims) emulator.act.hide(uuid);
    emulator.requests.length = 0;
    for (let i = 0; i < 2; i++) {
      expect(await mirror.pull(emulator)).toMatchObject({ ok: true, openConflicts: 1 });
      expect((await mirror.stored()).deleted.interviews.size).toBe(0);
      expect(await conflicts()).toMatchObject([
        { resource: 'interviews', kind: 'mass_disappearance', resolved: false },
      ]);
    }
    for (const uuid of victims) expect(asked(`/interviews/${uuid}`)).toEqual([]);
    for (const uuid of victims) emulator.act.show(uuid);
    expect(await mirror.pull(emulator)).toMatchObject({ ok: true, openConflicts: 0 });
    expect(await conflicts()).toMatchObject([{ resolved: true }]);
    expect(await mirror.wrong(emulator)).toEqual([]);
  });

  it('missing rows whose details are due are not asked for either, until they are back', async () => {
    await start();
    await mirror.rows('update sparkhire.interviews set details_due = true');
    const touched = one(emulator.state.interviews.values(), ({ status }) => status === 'requested').uuid;
    const victims = [...emulator.state.interviews.keys()].filter((uuid) => uuid !== touched).slice(0, 10);
    for (const uuid of victims) emulator.act.hide(uuid);
    emulator.clock.advance(1000);
    emulator.act.acceptInterview(touched);
    emulator.requests.length = 0;
    expect(await mirror.pull(emulator)).toMatchObject({ ok: true, openConflicts: 1 });
    for (const uuid of victims) expect(asked(`/interviews/${uuid}`)).toEqual([]);
    expect(asked(`/interviews/${touched}`)).toHaveLength(1);
    for (const uuid of victims) emulator.act.show(uuid);
    expect(await mirror.pull(emulator)).toMatchObject({ ok: true, openConflicts: 0 });
    for (const uuid of victims) expect(asked(`/interviews/${uuid}`)).toHaveLength(1);
  });

  it('the rows that are there get their details, the missing ones are not asked for in vain', async () => {
    await start();
    const victims = [...emulator.state.interviews.keys()].slice(0, 10);
    const there = [...emulator.state.interviews.keys()].at(-1)!;
    for (const uuid of victims) emulator.act.hide(uuid);
    // Fresh: all details are due, but a listing that lacks many rows speaks for those it holds only.
    emulator.requests.length = 0;
    expect(await mirror.pull(emulator, { fresh: true })).toMatchObject({ ok: true, openConflicts: 1 });
    expect(asked(`/interviews/${there}`)).toMatchObject([{ status: 200 }]);
    for (const uuid of victims) expect(asked(`/interviews/${uuid}`)).toEqual([]);
    for (const uuid of victims) emulator.act.show(uuid);
    expect(await mirror.pull(emulator)).toMatchObject({ ok: true, openConflicts: 0 });
    for (const uuid of victims) expect(asked(`/interviews/${uuid}`)).toMatchObject([{ status: 200 }]);
    expect(await mirror.wrong(emulator)).toEqual([]);
  });

  it('a listing that is suddenly empty deletes nothing', async () => {
    await start({ questionSets: 2 });
    const sets = [...emulator.state.questionSets.values()];
    emulator.state.questionSets.clear();
    for (const { uuid } of sets) emulator.state.deleted.questionSets.add(uuid);
    expect(await mirror.pull(emulator)).toMatchObject({ ok: true, openConflicts: 1 });
    expect((await mirror.stored()).question_sets.size).toBe(2);
    for (const set of sets) emulator.state.questionSets.set(set.uuid, set);
    expect(await mirror.pull(emulator)).toMatchObject({ ok: true, openConflicts: 0 });
  });

  it('a listing that was always empty is no matter', async () => {
    await start({ questionSets: 0, shareLinks: 0, interviews: 0, jobs: 0 });
    expect(await mirror.pull(emulator)).toMatchObject({ ok: true, complete: true, openConflicts: 0 });
    expect(await mirror.wrong(emulator)).toEqual([]);
  });
});

describe('a key that sees less than before', () => {
  /** Makes the first user a standard one who misses a single interview: below every limit of numbers. */
  async function demotedWithOneHidden(): Promise<string> {
    const [owner] = emulator.state.users.values();
    for (const job of emulator.state.jobs.values()) job.members.add(owner!.uuid);
    const [job] = emulator.state.jobs.values();
    const lost = one(emulator.state.interviews.values(), (i) => i.createdBy !== owner!.uuid);
    emulator.state.interviews.change(lost, () => {
      lost.jobUuid = job!.uuid;
    });
    await mirror.pull(emulator);
    job!.members.delete(owner!.uuid);
    emulator.state.jobs.change(job!, () => {
      job!.createdBy = owner!.uuid;
    });
    emulator.act.demoteUser(owner!.uuid);
    emulator.act.hide(lost.uuid);
    return lost.uuid;
  }

  it('a demoted user: most rows vanish, none is deleted, all is well once he is back', async () => {
    await start();
    const [owner] = emulator.state.users.values();
    emulator.act.demoteUser(owner!.uuid);
    const before = await mirror.stored();
    const demoted = await mirror.pull(emulator);
    expect(demoted.ok).toBe(true);
    expect(demoted.openConflicts).toBeGreaterThan(0);
    const after = await mirror.stored();
    expect(after.deleted).toEqual(before.deleted);
    expect(after.interviews.size).toBe(60);
    expect(after.jobs.size).toBe(12);
    emulator.act.setRole(owner!.uuid, { role: 'administrator' });
    expect(await mirror.pull(emulator)).toMatchObject({ ok: true, complete: true, openConflicts: 0 });
    expect(await mirror.wrong(emulator)).toEqual([]);
  });

  it('one row that vanishes with the right is not taken for deleted', async () => {
    await start();
    const lost = await demotedWithOneHidden();
    await mirror.pull(emulator);
    expect((await mirror.stored()).deleted.interviews.has(lost)).toBe(false);
  });

  it('neither on a plan without advanced share links', async () => {
    await start();
    emulator.act.setPlan({ features: { advanced_share_links: false } });
    await mirror.rows('delete from sparkhire.share_links');
    await mirror.rows('delete from sync.accounts');
    const lost = await demotedWithOneHidden();
    await mirror.pull(emulator);
    expect((await mirror.stored()).deleted.interviews.has(lost)).toBe(false);
  });

  it("another user's key is no reason to delete either", async () => {
    await start();
    const other = one(emulator.state.users.values(), (u) => u.role === 'standard' && u.active);
    const key = emulator.act.makeKey(other.uuid);
    const result = await mirror.pull(emulator, { key });
    expect(result.openConflicts).toBeGreaterThan(0);
    expect((await mirror.stored()).deleted.interviews.size).toBe(0);
    expect(await mirror.pull(emulator)).toMatchObject({ ok: true, openConflicts: 0 });
  });
});

describe('when asking for a missing row fails', () => {
  it('the others are judged, the run has failed, and the next one sweeps again', async () => {
    await start();
    const [broken, gone] = [...emulator.state.interviews.keys()].sort();
    emulator.act.deleteInterview(broken!);
    emulator.act.deleteInterview(gone!);
    const fault = emulator.faults.add({
      path: `/interviews/${broken}`,
      effect: { kind: 'status', status: 500 },
    });
    const failed = await mirror.pull(emulator);
    expect(failed).toMatchObject({ ok: false, error: { code: 'REMOTE_FAILED' } });
    const stored = await mirror.stored();
    expect(stored.deleted.interviews.has(gone!)).toBe(true);
    expect(stored.deleted.interviews.has(broken!)).toBe(false);

    emulator.act.addInterview();
    emulator.faults.remove(fault);
    expect(await mirror.pull(emulator)).toMatchObject({ ok: true, complete: true });
    expect(await mirror.wrong(emulator)).toEqual([]);
  });
});
