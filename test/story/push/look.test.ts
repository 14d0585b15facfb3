/**
 * What must have been read before anything is written: users, jobs and interviews, and nothing else.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import { aJob, anInterview, openPushScene, type PushScene } from '../../support/push-scene.js';

const minor = /^\/v1\.0\/(question_sets|interview_question_sets|share_links|companies)/;
const fails = (scene: PushScene, path: RegExp) =>
  scene.emulator.faults.add({ method: 'GET', path, effect: { kind: 'status', status: 400 } });

describe('listings that nothing is written by', () => {
  it('the service carries rows over though listings fail that nothing is written by, and says what fails', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    fails(scene, minor);
    await scene.put('jobs', aJob('J-1'));
    await scene.put('interviews', anInterview('I-1', 'J-1', 'one@example.org'));
    const service = await scene.start({ SYNC_SCHEDULE: '* * * * * *' }, 'schedule:\n  refreshSeconds: 1\n');
    const synced = (atsId: string) =>
      scene.until(async () => expect((await scene.states('interview'))[atsId]).toBe('synced'));
    await synced('I-1');
    const activity = (name: string) =>
      scene.rows<{ failures: number; error_code: string | null }>(
        'select failures, error_code from sync.activities where activity = $1',
        [name],
      );
    await scene.until(async () =>
      expect(await activity('refresh')).toMatchObject([{ error_code: 'REQUEST_REFUSED' }]),
    );
    await scene.put('interviews', anInterview('I-2', 'J-1', 'two@example.org'));
    await synced('I-2');
    expect(await activity('tick')).toMatchObject([{ failures: 0 }]);
    expect(scene.invitations()).toEqual({ 1: 2 });
    scene.emulator.faults.clear();
    await scene.until(async () =>
      expect(await activity('refresh')).toMatchObject([{ failures: 0, error_code: null }]),
    );
    expect((await service.stop()).code).toBe(0);
  });

  it('commands write though listings fail that nothing is written by, and fail all the same', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    fails(scene, minor);
    await scene.put('jobs', aJob('J-1'));
    await scene.put('interviews', anInterview('I-1', 'J-1', 'one@example.org'));
    const first = await scene.run(['apply']);
    expect([first.code, first.json]).toMatchObject([1, { ok: false, pushed: { created: 2 } }]);
    await scene.put('interviews', anInterview('I-2', 'J-1', 'two@example.org'));
    const plan = await scene.run(['plan']);
    expect([plan.code, plan.json]).toMatchObject([0, { actions: [{ ats_id: 'I-2', action: 'create' }] }]);
    const second = await scene.run(['sync']);
    expect([second.code, second.json]).toMatchObject([1, { ok: false, pushed: { created: 1 } }]);
    expect(scene.invitations()).toEqual({ 1: 2 });
  });

  it.for(['users', 'interviews'])(
    'nothing is written without the listing of %s',
    async (name, { onTestFinished }) => {
      const scene = await openPushScene(onTestFinished);
      expect((await scene.run(['apply'])).code).toBe(0);
      fails(scene, new RegExp(`^/v1\\.0/${name}(\\?|$)`));
      await scene.put('jobs', aJob('J-1'));
      scene.writes();
      expect(await scene.run(['apply'])).toMatchObject({ code: 1, json: { ok: false } });
      expect(await scene.run(['plan'])).toMatchObject({ code: 1 });
      expect(scene.writes()).toEqual([]);
    },
  );
});

it.for([404, 403])(
  'an edit is not sent where its object cannot be seen just before (%i): it might overwrite another',
  async (status, { onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    await scene.put('jobs', aJob('J-1'));
    await scene.run(['apply']);
    const [job] = scene.emulator.state.jobs.values();
    await scene.put('jobs', { ats_id: 'J-1', title: 'Ours' });
    scene.emulator.faults.add({
      method: 'GET',
      path: `/jobs/${job!.uuid}$`,
      count: 1,
      effect: { kind: 'status', status },
    });
    const off = scene.emulator.onRequest(({ method, path }) => {
      // Somebody edits it after the listings were read.
      if (method === 'GET' && path.endsWith(job!.uuid))
        scene.emulator.act.editJob(job!.uuid, { title: 'Theirs' });
    });
    expect((await scene.run(['apply'])).code).toBe(3);
    off();
    expect([job!.title, (await scene.view('job'))['J-1']]).toMatchObject([
      'Theirs',
      { state: 'rejected', issues: [{ code: 'REMOTE_REJECTED' }] },
    ]);
    await scene.run(['sync']);
    expect([job!.title, (await scene.view('job'))['J-1']]).toMatchObject([
      'Theirs',
      { state: 'conflict', issues: [{ code: 'DECISION_NEEDED' }] },
    ]);
  },
);
