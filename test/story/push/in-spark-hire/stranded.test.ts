/**
 * What somebody changed in Spark Hire alone and rows of the ATS wait for is told, and a person can end it.
 * @module-tag rare
 */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { aJob, anInterview, invite, openPushScene, type PushScene } from '../../../support/push-scene.js';

type OnFinished = Parameters<typeof openPushScene>[0];

const open = (scene: PushScene) =>
  scene.rows<{ id: string; resource: string; kind: string; ats_id: string; field: string | null }>(
    'select id, resource, kind, ats_id, field from sync.conflicts where resolved_at is null order by resource, ats_id',
  );

const codes = async (scene: PushScene, commands: string[]) => {
  const exits: Array<number | null> = [];
  for (const command of commands) exits.push((await scene.run([command])).code);
  return exits;
};

const decide = async (scene: PushScene, id: string, take: string) => {
  const { code } = await scene.command(['conflicts', 'resolve', id, '--take', take]).ended;
  expect(code).toBe(0);
};

const theJob = (scene: PushScene) =>
  [...scene.emulator.state.jobs.values()].find(({ title }) => title === 'Job J-1')!;

describe('invitations whose job was deleted in Spark Hire', () => {
  /** Three invitations are pending on a job that was deleted, and a person had it made again. */
  async function madeAgain(onTestFinished: OnFinished): Promise<PushScene> {
    const scene = await openPushScene(onTestFinished, { jobs: 3 });
    await invite(scene, 3);
    expect(await codes(scene, ['apply'])).toEqual([0]);
    scene.emulator.act.deleteJob(theJob(scene).uuid);
    expect(await codes(scene, ['backfill', 'sync', 'plan'])).toEqual([0, 3, 3]);
    expect(await open(scene)).toMatchObject([{ resource: 'jobs', kind: 'remote_deleted', ats_id: 'J-1' }]);
    const told = await scene.view('interview');
    expect(Object.values(told).map(({ state }) => state)).toEqual(['held', 'held', 'held']);
    expect(told['I-1']!.issues).toMatchObject([
      {
        code: 'UNKNOWN_REFERENCE',
        field: 'job_ats_id',
        message: expect.stringContaining('decide about the job first'),
      },
    ]);
    expect((await scene.view('job'))['J-1']!.issues).toMatchObject([
      { code: 'DECISION_NEEDED', message: expect.stringContaining('sparkhire-sync conflicts') },
    ]);
    await decide(scene, (await open(scene))[0]!.id, 'ats');
    scene.writes();
    expect(await codes(scene, ['apply'])).toEqual([3]);
    expect(scene.writes()).toMatchObject([{ method: 'POST', path: expect.stringMatching(/\/jobs$/) }]);
    return scene;
  }

  it('each invitation on a deleted job that was made again is a question, and a decision ends it', async ({
    onTestFinished,
  }) => {
    const scene = await madeAgain(onTestFinished);
    const asked = await open(scene);
    expect(asked).toMatchObject(
      ['I-1', 'I-2', 'I-3'].map((ats_id) => ({
        resource: 'interviews',
        kind: 'field_diverged',
        field: 'job',
        ats_id,
      })),
    );
    expect((await scene.view('interview'))['I-1']).toMatchObject({
      state: 'conflict',
      issues: [{ code: 'DECISION_NEEDED', field: 'job_ats_id' }],
    });
    const shown = await scene.command(['conflicts', 'show', asked[0]!.id]).ended;
    expect(shown.stdout).toContain('--take ats');
    await decide(scene, asked[0]!.id, 'sparkhire');
    await decide(scene, asked[1]!.id, 'ats');
    await codes(scene, ['apply', 'apply']);
    expect(await scene.states('interview')).toEqual({ 'I-1': 'synced', 'I-2': 'synced', 'I-3': 'conflict' });
    expect(scene.invited().filter((to) => to === 'c2@example.org')).toHaveLength(2);
    expect(scene.invitations()).toEqual({ 1: 2, 2: 1 });
    const now = await scene.view('interview');
    const { interviews } = scene.emulator.state;
    expect(interviews.get(now['I-2']!.sparkhire_uuid!)!.jobUuid).toBe(theJob(scene).uuid);
    expect([...interviews.values()].map(({ status }) => status).sort()).toEqual([
      'canceled',
      'requested',
      'requested',
      'requested',
    ]);
    scene.writes();
    await codes(scene, ['backfill', 'sync']);
    expect(scene.writes()).toEqual([]);
    expect((await scene.states('interview'))['I-1']).toBe('synced');
  });

  it('an invitation that could not be sent again is not canceled, and says why', async ({
    onTestFinished,
  }) => {
    const scene = await madeAgain(onTestFinished);
    await scene.put('interviews', { ats_id: 'I-1', deadline_at: new Date(Date.now() - 1000).toISOString() });
    await decide(scene, (await open(scene))[0]!.id, 'ats');
    scene.writes();
    await codes(scene, ['apply', 'apply']);
    expect(scene.writes()).toEqual([]);
    expect((await scene.view('interview'))['I-1']!.issues).toMatchObject([
      { code: 'DEADLINE_OUT_OF_RANGE', field: 'deadline_at' },
    ]);
  });

  it('an upgrade finds the invitations that an earlier version left on a deleted job', async ({
    onTestFinished,
  }) => {
    const scene = await madeAgain(onTestFinished);
    await scene.rows(`update sync.desired_rows set state = 'synced'; delete from sync.conflicts`);
    expect(await codes(scene, ['plan'])).toEqual([0]);
    await scene.rows(await readFile('migrations/0019_changes_that_others_wait_for.sql', 'utf8'));
    expect(await codes(scene, ['apply'])).toEqual([3]);
    expect(await open(scene)).toMatchObject([{ ats_id: 'I-1' }, { ats_id: 'I-2' }, { ats_id: 'I-3' }]);
  });

  it('invitations that were deleted with their job are asked about as well, and are sent to the new one', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, {
      jobs: 3,
      switches: { interviewsOfDeletedJob: 'deleted' },
    });
    await invite(scene, 1);
    await scene.put('jobs', aJob('J-2'));
    await scene.put(
      'interviews',
      anInterview('I-2', 'J-2', 'c2@example.org'),
      anInterview('I-3', 'J-2', 'c3@example.org'),
    );
    expect(await codes(scene, ['apply'])).toEqual([0]);
    scene.emulator.act.deleteJob(theJob(scene).uuid);
    await codes(scene, ['backfill', 'sync']);
    const asked = await open(scene);
    expect(asked).toMatchObject([
      { resource: 'interviews', kind: 'remote_deleted', ats_id: 'I-1' },
      { resource: 'jobs', kind: 'remote_deleted', ats_id: 'J-1' },
    ]);
    for (const { id } of asked) await decide(scene, id, 'ats');
    await codes(scene, ['apply', 'apply']);
    expect(await scene.states('interview')).toEqual({ 'I-1': 'synced', 'I-2': 'synced', 'I-3': 'synced' });
    expect(scene.invitations()).toEqual({ 1: 2, 2: 1 });
  });

  /** The ATS gives these invitations new keys, I-1 becomes N-1 and so on. */
  const rekey = (scene: PushScene, from: string, to: string, where = 'true') =>
    scene.rows(`begin;
      create temp table was on commit drop as select * from ats.interviews where ats_id like '${from}-%' and ${where};
      delete from ats.interviews i using was where i.ats_id = was.ats_id;
      update was set ats_id = '${to}' || substr(ats_id, 2), job_ats_id = (select max(ats_id) from ats.jobs);
      insert into ats.interviews select * from was;
      commit`);
  const statuses = ({ emulator }: PushScene) =>
    [...emulator.state.interviews.values()].map(({ status }) => status).sort();

  it('the question about an invitation follows it to its new key, with what was decided', async ({
    onTestFinished,
  }) => {
    const scene = await madeAgain(onTestFinished);
    const asked = await open(scene);
    await decide(scene, asked[1]!.id, 'ats');
    await rekey(scene, 'I', 'N');
    scene.writes();
    expect(await codes(scene, ['apply', 'apply'])).toEqual([3, 3]);
    expect(scene.writes().map(({ method }) => method)).toEqual(['PUT', 'POST']);
    expect(await open(scene)).toMatchObject([
      { id: asked[0]!.id, ats_id: 'N-1', field: 'job' },
      { id: asked[2]!.id, ats_id: 'N-3', field: 'job' },
    ]);
    expect((await scene.states('interview'))['N-2']).toBe('synced');
    await decide(scene, asked[0]!.id, 'sparkhire');
    await codes(scene, ['apply']);
    // Decided once and for all, and one is asked about as before, even where its job has another key as well.
    await scene.rows(`update ats.jobs set ats_id = 'J-9'; update ats.interviews set job_ats_id = 'J-9'`);
    await rekey(scene, 'N', 'O');
    await codes(scene, ['sync']);
    const link = (await open(scene)).find(({ resource }) => resource === 'jobs')!;
    await decide(scene, link.id, 'link');
    const planned = (await scene.run(['plan'])).json as { actions: Array<{ action: string }> };
    expect(new Set(planned.actions.map(({ action }) => action))).toEqual(new Set(['adopt']));
    await codes(scene, ['apply', 'sync', 'sync']);
    expect(scene.writes()).toEqual([]);
    expect(await open(scene)).toMatchObject([{ ats_id: 'O-3', field: 'job' }]);
    const now = await scene.view('interview');
    expect([now['O-1'], now['O-2']]).toMatchObject([
      { state: 'synced', issues: [] },
      { state: 'synced', issues: [] },
    ]);
    expect(scene.invitations()).toEqual({ 1: 2, 2: 1 });
  });

  it('invitations that get another key while their job is made again are asked about, not canceled', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, { jobs: 3 });
    await invite(scene, 3);
    expect(await codes(scene, ['apply'])).toEqual([0]);
    scene.emulator.act.completeInterview((await scene.view('interview'))['I-2']!.sparkhire_uuid!);
    scene.emulator.act.deleteJob(theJob(scene).uuid);
    await codes(scene, ['backfill', 'sync']);
    await decide(scene, (await open(scene))[0]!.id, 'ats');
    await rekey(scene, 'I', 'N', `ats_id <> 'I-3'`);
    scene.writes();
    await codes(scene, ['apply', 'apply']);
    expect(scene.writes()).toMatchObject([{ method: 'POST', path: expect.stringMatching(/\/jobs$/) }]);
    expect(await open(scene)).toMatchObject([{ ats_id: 'I-3' }, { ats_id: 'N-1' }]);
    expect((await scene.view('interview'))['N-2']).toMatchObject({ state: 'synced', status: 'completed' });
    expect(statuses(scene)).toEqual(['completed', 'requested', 'requested']);
    // What cannot be done is not offered: nobody is invited to a job that the ATS has closed.
    await scene.put('jobs', aJob('J-1', { status: 'closed' }));
    await codes(scene, ['apply', 'apply']);
    const shown = (await scene.command(['conflicts', 'show', (await open(scene))[0]!.id]).ended).stdout;
    expect(shown).toContain('--take sparkhire');
    expect(shown).not.toContain('--take ats');
  });

  it('an invitation on a job that was given up can be left where it is, and nothing is offered that cannot be done', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, { jobs: 3 });
    await invite(scene, 2);
    expect(await codes(scene, ['apply'])).toEqual([0]);
    scene.emulator.act.deleteJob(theJob(scene).uuid);
    await codes(scene, ['backfill', 'sync']);
    await decide(scene, (await open(scene))[0]!.id, 'sparkhire');
    scene.writes();
    await codes(scene, ['apply', 'apply']);
    const asked = await open(scene);
    expect(asked).toMatchObject([{ ats_id: 'I-1' }, { ats_id: 'I-2' }]);
    const refused = await scene.command(['conflicts', 'resolve', asked[0]!.id, '--take', 'ats']).ended;
    expect(refused.code).not.toBe(0);
    await decide(scene, asked[0]!.id, 'sparkhire');
    await rekey(scene, 'I', 'N');
    await codes(scene, ['apply', 'apply']);
    expect(await open(scene)).toMatchObject([{ id: asked[1]!.id, ats_id: 'N-2' }]);
    expect((await scene.view('interview'))['N-1']).toMatchObject({ state: 'synced', issues: [] });
    expect(scene.writes()).toEqual([]);
  });

  it('an invitation whose job was deleted and has another key is asked about once, and left where it is for good', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, { jobs: 3 });
    await invite(scene, 1);
    expect(await codes(scene, ['apply'])).toEqual([0]);
    scene.emulator.act.deleteJob(theJob(scene).uuid);
    await codes(scene, ['backfill', 'sync']);
    await scene.rows(`begin; insert into ats.jobs (account, ats_id, title, description, status, city, country)
      select account, 'J-2', title, description, status, city, country from ats.jobs;
      delete from ats.jobs where ats_id = 'J-1'; update ats.interviews set job_ats_id = 'J-2'; commit`);
    await codes(scene, ['apply', 'apply']);
    const [job, ...none] = await open(scene);
    expect([job, none]).toMatchObject([{ resource: 'jobs', kind: 'remote_deleted', ats_id: 'J-2' }, []]);
    expect((await scene.view('interview'))['I-1']!.issues).toMatchObject([
      { code: 'UNKNOWN_REFERENCE', message: expect.stringContaining('decide about the job first') },
    ]);
    await decide(scene, job!.id, 'ats');
    await codes(scene, ['apply']);
    expect((await scene.view('interview'))['I-1']!.issues).toMatchObject([{ code: 'DECISION_NEEDED' }]);
    await decide(scene, (await open(scene))[0]!.id, 'sparkhire');
    expect(await codes(scene, ['apply', 'sync'])).toEqual([0, 0]);
    expect((await scene.view('interview'))['I-1']).toMatchObject({ state: 'synced', issues: [] });
    expect(scene.invitations()).toEqual({ 1: 1 });
  });

  it('an invitation on a deleted job ends with its row', async ({ onTestFinished }) => {
    const scene = await madeAgain(onTestFinished);
    await scene.put('interviews', { ats_id: 'I-1', desired: 'canceled' });
    await codes(scene, ['apply']);
    expect((await scene.states('interview'))['I-1']).toBe('gone');
    expect(await open(scene)).toMatchObject([{ ats_id: 'I-2' }, { ats_id: 'I-3' }]);
  });
});

it('a user who was disabled in Spark Hire and is active in the ATS is told', async ({ onTestFinished }) => {
  const scene = await openPushScene(onTestFinished);
  const row = { ats_id: 'U-1', name: 'Ida Moe', email: 'ida@example.org', role: 'standard', active: true };
  await scene.put('users', row);
  expect(await codes(scene, ['apply'])).toEqual([0]);
  scene.emulator.act.disableUser((await scene.view('user'))['U-1']!.sparkhire_uuid!);
  await codes(scene, ['sync']);
  expect((await scene.view('user'))['U-1']).toMatchObject({
    state: 'held',
    issues: [
      { code: 'DECISION_NEEDED', field: 'active', message: expect.stringContaining('enable the user') },
    ],
  });
  await scene.put('users', { ...row, active: false });
  await codes(scene, ['sync']);
  expect((await scene.view('user'))['U-1']).toMatchObject({ state: 'synced', issues: [] });
});

describe('a job that was made inactive in Spark Hire', () => {
  async function inactive(onTestFinished: OnFinished): Promise<PushScene> {
    const scene = await openPushScene(onTestFinished);
    await invite(scene, 1);
    expect(await codes(scene, ['apply'])).toEqual([0]);
    scene.emulator.act.editJob(theJob(scene).uuid, { status: 'inactive' });
    expect(await codes(scene, ['sync'])).toEqual([3]);
    await scene.put('interviews', anInterview('I-2', 'J-1', 'c2@example.org'));
    expect(await codes(scene, ['sync', 'plan', 'apply'])).toEqual([3, 3, 3]);
    expect((await scene.view('job'))['J-1']).toMatchObject({
      state: 'conflict',
      issues: [
        {
          code: 'DECISION_NEEDED',
          field: 'status',
          message: expect.stringContaining('invitations to it wait'),
        },
      ],
    });
    expect((await scene.view('interview'))['I-2']).toMatchObject({
      state: 'held',
      issues: [{ message: expect.stringContaining('a person has to decide') }],
    });
    expect(await open(scene)).toMatchObject([{ resource: 'jobs', field: 'status', ats_id: 'J-1' }]);
    return scene;
  }

  it('a person can have it active again, and its invitations go', async ({ onTestFinished }) => {
    const scene = await inactive(onTestFinished);
    await decide(scene, (await open(scene))[0]!.id, 'ats');
    expect(await codes(scene, ['apply'])).toEqual([0]);
    expect(theJob(scene).status).toBe('active');
    expect(await scene.states('interview')).toEqual({ 'I-1': 'synced', 'I-2': 'synced' });
    expect(scene.invitations()).toEqual({ 1: 2 });
  });

  it('a person can leave it so: the job is settled, and who waits for it says what ends that', async ({
    onTestFinished,
  }) => {
    const scene = await inactive(onTestFinished);
    await decide(scene, (await open(scene))[0]!.id, 'sparkhire');
    expect(await codes(scene, ['apply', 'apply'])).toEqual([0, 0]);
    expect(await scene.states('job')).toEqual({ 'J-1': 'synced' });
    expect((await scene.view('interview'))['I-2']!.issues).toMatchObject([
      {
        message: expect.stringContaining('close it in the ATS and, once that is done, open it again'),
      },
    ]);
    await scene.put('jobs', aJob('J-1', { status: 'closed' }));
    expect(await codes(scene, ['apply'])).toEqual([0]);
    await scene.put('jobs', aJob('J-1'));
    expect(await codes(scene, ['apply'])).toEqual([0]);
    expect(theJob(scene).status).toBe('active');
    expect(scene.invitations()).toEqual({ 1: 2 });
  });
});
