/** What was deleted in Spark Hire, and nobody has noticed before it was to be changed. */
import { expect, it } from 'vitest';
import { aJob, openPushScene } from '../support/push-scene.js';

it('a job that Spark Hire does not have any more when its title is to be changed is a question, and the answer is carried out', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1', { title: 'Nurse' }));
  await scene.run(['sync']);
  const [job] = scene.emulator.state.jobs.values();
  const off = scene.emulator.onRequest(({ method, path }) => {
    // A person deletes it after the listings were read.
    if (method !== 'GET' || !path.endsWith(job!.uuid)) return;
    off();
    scene.emulator.act.deleteJob(job!.uuid);
  });
  await scene.put('jobs', aJob('J-1', { title: 'Baker' }));
  await scene.run(['sync']);
  expect(await scene.view('job')).toMatchObject({
    'J-1': { state: 'conflict', issues: [{ code: 'DECISION_NEEDED' }] },
  });
  const [asked] = await scene.rows<{ id: string; kind: string }>(
    'select id, kind from sync.conflicts where resolved_at is null',
  );
  expect(asked!.kind).toBe('remote_deleted');
  await scene.resolve(asked!.id, 'ats');
  await scene.run(['sync']);
  expect([...scene.emulator.state.jobs.values()].map(({ title }) => title)).toContain('Baker');
  expect(await scene.states('job')).toEqual({ 'J-1': 'synced' });
});
