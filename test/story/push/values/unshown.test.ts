/**
 * Changes that Spark Hire accepts, and what it shows afterwards: what was sent, its own form of it, or the old value.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import { aJob, anInterview, openPushScene, type PushScene } from '../../../support/push-scene.js';

/** From the next change on the job shows these values whenever it is read, whatever is written. */
function insists(scene: PushScene, values: Record<string, string>): () => void {
  const { emulator } = scene;
  const [job] = [...emulator.state.jobs.values()];
  emulator.switches.updateEcho = 'old';
  let isChanged = false;
  return emulator.onRequest(({ method, path }) => {
    isChanged ||= method === 'PUT';
    if (isChanged && method === 'GET' && /\/jobs/.test(path)) {
      emulator.state.jobs.change(job!, (one) => Object.assign(one, values));
    }
  });
}

async function openJob(onTestFinished: Parameters<typeof openPushScene>[0]): Promise<PushScene> {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1'));
  expect((await scene.run(['apply'])).code).toBe(0);
  scene.writes();
  return scene;
}

const titles = (scene: PushScene) => scene.writes().map(({ method, body }) => [method, body]);

describe('a change that Spark Hire accepts', () => {
  it('an accepted change that never shows is not called synced, and not sent again until the row changes', async ({
    onTestFinished,
  }) => {
    const scene = await openJob(onTestFinished);
    const relents = insists(scene, { title: 'Job J-1' });
    await scene.put('jobs', aJob('J-1', { title: 'Head baker' }));
    const first = await scene.run(['apply']);
    expect([first.code, first.json]).toMatchObject([3, { ok: true, pushed: { updated: 0, rejected: 1 } }]);
    expect(titles(scene)).toEqual([['PUT', { title: 'Head baker' }]]);
    const told = (await scene.view('job'))['J-1']!;
    expect(told).toMatchObject({ state: 'rejected', issues: [{ code: 'REMOTE_REJECTED' }] });
    expect(told.issues[0]!.message).toMatch(/accepted .*title.* old value/);
    expect((await scene.run(['apply'])).code).toBe(3);
    expect((await scene.run(['sync'])).code).toBe(3);
    expect(scene.writes()).toEqual([]);

    relents();
    await scene.put('jobs', aJob('J-1', { title: 'Chief baker' }));
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(titles(scene)).toEqual([['PUT', { title: 'Chief baker' }]]);
    expect((await scene.view('job'))['J-1']).toMatchObject({ state: 'synced', issues: [] });
  });

  it('an answer that shows the change beside the time of before only repeats it: what never shows otherwise is told', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    await scene.put('jobs', aJob('J-1'));
    await scene.put('interviews', anInterview('I-1', 'J-1', 'ada@example.org'));
    await scene.put('interviews', anInterview('I-2', 'J-1', 'ben@example.org'));
    const some = { SYNC_CONFIG: scene.settingsFile('policies: { massChange: { missingSeconds: 0 } }') };
    expect((await scene.run(['sync'], some)).code).toBe(0);
    scene.writes();
    // Whatever is written: whoever reads is shown what was there before, and since when.
    const { state, clock } = scene.emulator;
    const updatedAt = clock.now() + 3_600_000;
    scene.emulator.onRequest(({ method }) => {
      if (method !== 'GET') return;
      for (const job of state.jobs.values())
        state.jobs.change(job, (one) => Object.assign(one, { title: 'Job J-1', updatedAt }));
      for (const interview of state.interviews.values())
        state.interviews.change(interview, (one) => Object.assign(one, { status: 'requested', updatedAt }));
    });
    await scene.put('jobs', aJob('J-1', { title: 'Head baker' }));
    await scene.put('interviews', { ats_id: 'I-1', desired: 'canceled' });
    await scene.rows("delete from ats.interviews where ats_id = 'I-2'");
    const first = await scene.run(['sync'], some);
    expect(first.code).toBe(3);
    expect(scene.writes()).toHaveLength(3);
    expect((await scene.run(['sync'], some)).code).toBe(3);
    expect(scene.writes()).toEqual([]);
    const told = await scene.rows(
      'select ats_id, code, message from sync.issues where resolved_at is null order by 1',
    );
    expect(told).toEqual([
      { ats_id: 'I-1', code: 'REMOTE_REJECTED', message: expect.stringMatching(/accepted to cancel it/) },
      { ats_id: 'I-2', code: 'REMOTE_REJECTED', message: expect.stringMatching(/accepted to cancel it/) },
      { ats_id: 'J-1', code: 'REMOTE_REJECTED', message: expect.stringMatching(/accepted to change title/) },
    ]);
  });

  it('an accepted change that shows in part is synced in that part', async ({ onTestFinished }) => {
    const scene = await openJob(onTestFinished);
    insists(scene, { title: 'Job J-1', description: 'Tidied up: bakes by day.' });
    await scene.put('jobs', aJob('J-1', { title: 'Head baker', description: 'bakes by day.' }));
    expect((await scene.run(['apply'])).code).toBe(3);
    expect(scene.writes()).toHaveLength(1);
    const told = (await scene.view('job'))['J-1']!;
    expect(told).toMatchObject({ state: 'rejected', issues: [{ code: 'REMOTE_REJECTED' }] });
    expect(told.issues[0]!.message).toContain('title');
    expect(told.issues[0]!.message).not.toContain('description');
    expect((await scene.run(['sync'])).code).toBe(3);
    expect(scene.writes()).toEqual([]);
    expect(await scene.rows('select kind, field from sync.conflicts')).toEqual([]);
    // What is taken back in the ATS is no wish any more.
    await scene.put('jobs', aJob('J-1', { description: 'bakes by day.' }));
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(scene.writes()).toEqual([]);
    expect((await scene.view('job'))['J-1']).toMatchObject({ state: 'synced', issues: [] });
  });

  it('an accepted change that Spark Hire shows in its own form is synced', async ({ onTestFinished }) => {
    const scene = await openJob(onTestFinished);
    insists(scene, { title: 'HEAD BAKER' });
    await scene.put('jobs', aJob('J-1', { title: 'Head baker' }));
    expect(await scene.run(['apply'])).toMatchObject({ code: 0, json: { pushed: { updated: 1 } } });
    expect((await scene.run(['sync'])).code).toBe(0);
    expect(scene.writes()).toHaveLength(1);
    expect((await scene.view('job'))['J-1']).toMatchObject({ state: 'synced', issues: [] });
  });
});
