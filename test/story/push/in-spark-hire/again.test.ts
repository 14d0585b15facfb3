/**
 * An invitation was deleted in Spark Hire, and a person decides that the candidate is invited again.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import { anInterview, invite, openPushScene, type PushScene } from '../../../support/push-scene.js';

/** Row I-1 was invited, its interview deleted, and that is asked about. @returns the job and the question */
async function deleted(onTestFinished: Parameters<typeof openPushScene>[0]) {
  const scene = await openPushScene(onTestFinished);
  await invite(scene, 5);
  expect((await scene.run(['apply'])).code).toBe(0);
  const uuid = (await scene.view('interview'))['I-1']!.sparkhire_uuid!;
  scene.emulator.act.deleteInterview(uuid);
  expect((await scene.run(['backfill'])).code).toBe(0);
  expect((await scene.run(['apply'])).code).toBe(3);
  const jobUuid = (await scene.view('job'))['J-1']!.sparkhire_uuid!;
  const [asked] = await scene.rows<{ id: string }>(
    `select id from sync.conflicts where kind = 'remote_deleted' and resolved_at is null`,
  );
  scene.writes();
  return { scene, jobUuid, question: asked!.id };
}

const open = (scene: PushScene) =>
  scene.rows('select kind, ats_id from sync.conflicts where resolved_at is null or acted_at is null');

describe('a deleted invitation that is wanted again', () => {
  it('a deleted invitation that is wanted again takes the one that somebody has sent by hand since', async ({
    onTestFinished,
  }) => {
    const { scene, jobUuid, question } = await deleted(onTestFinished);
    const [{ deadline }] = (await scene.rows(
      `select deadline_at as deadline from ats.interviews where ats_id = 'I-1'`,
    )) as [{ deadline: Date }];
    const scheduledAt = deadline.getTime();
    const byHand = { jobUuid, email: 'C1@example.org', name: 'Candidate I-1', scheduledAt };
    const made = scene.emulator.act.addInterview(byHand);
    await scene.resolve(question, 'ats');
    const plan = await scene.run(['plan']);
    expect(plan.json).toMatchObject({ actions: [{ ats_id: 'I-1', action: 'adopt', uuid: made.uuid }] });
    const applied = await scene.run(['sync']);
    expect([applied.code, applied.json]).toMatchObject([0, { pushed: { adopted: 1, created: 0 } }]);
    expect((await scene.run(['sync'])).code).toBe(0);
    expect((await scene.view('interview'))['I-1']).toMatchObject({
      state: 'synced',
      sparkhire_uuid: made.uuid,
    });
    expect(scene.writes().filter(({ method }) => method === 'POST')).toEqual([]);
    expect(await open(scene)).toEqual([]);
  });

  it('a deleted invitation that is wanted again waits for the package it names', async ({
    onTestFinished,
  }) => {
    const { scene, question } = await deleted(onTestFinished);
    await scene.put('packages', { package: 'P', type: 'live', deadline_days: 10 });
    await scene.put('interviews', {
      ats_id: 'I-1',
      package: 'P',
      type: null,
      deadline_at: null,
      questions: null,
    });
    await scene.rows('delete from ats.packages');
    await scene.resolve(question, 'ats');
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(scene.writes()).toEqual([]);
    expect((await scene.view('interview'))['I-1']).toMatchObject({
      state: 'held',
      issues: [{ code: 'UNKNOWN_REFERENCE', field: 'package' }],
    });
    // The decision stands, and is carried out once the row says all of it.
    await scene.put('packages', { package: 'P', type: 'live', deadline_days: 10 });
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(scene.writes()).toMatchObject([{ method: 'POST', body: { type: 'live' } }]);
    expect((await scene.run(['apply'])).code).toBe(0);
    expect([scene.writes(), await open(scene)]).toEqual([[], []]);
  });

  it('a deleted invitation that is wanted again is not sent where another row has invited the candidate since', async ({
    onTestFinished,
  }) => {
    const { scene, question } = await deleted(onTestFinished);
    await scene.put('interviews', anInterview('I-9', 'J-1', 'c1@example.org'));
    expect((await scene.run(['apply'])).json).toMatchObject({ pushed: { created: 1 } });
    await scene.resolve(question, 'ats');
    const applied = await scene.run(['apply']);
    expect([applied.code, applied.json]).toMatchObject([3, { pushed: { created: 0 } }]);
    expect((await scene.view('interview'))['I-1']).toMatchObject({
      state: 'rejected',
      issues: [{ code: 'DUPLICATE', field: 'candidate_email' }],
    });
    expect(scene.invitations()).toEqual({ 1: 4, 2: 1 });
    // Once the other one is over there is nobody to stand back for.
    const other = (await scene.view('interview'))['I-9']!.sparkhire_uuid!;
    scene.emulator.act.expireInterview(other);
    expect((await scene.run(['sync'])).json).toMatchObject({ pushed: { created: 1 } });
    expect((await scene.view('interview'))['I-1']).toMatchObject({ state: 'synced', issues: [] });
    expect(scene.invitations()).toEqual({ 1: 4, 3: 1 });
    expect((await scene.run(['sync'])).code).toBe(0);
    expect(await open(scene)).toEqual([]);
  });
});
