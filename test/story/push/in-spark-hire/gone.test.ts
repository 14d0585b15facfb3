/**
 * What was deleted in Spark Hire, and no listing has told before it was to be changed.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import { aJob, openPushScene } from '../../../support/push-scene.js';

it('a job that Spark Hire alone does not have any more when its title is to be changed is a question, and the answer is carried out', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1', { title: 'Nurse' }));
  await scene.put('jobs', aJob('J-2', { title: 'Cook' }));
  await scene.run(['apply']);
  await scene.rows(`update sync.links set linked_at = now() - interval '2 hours'`);
  const { state, faults, act } = scene.emulator;
  const questions = () =>
    scene.rows<{ id: string; kind: string }>('select id, kind from sync.conflicts where resolved_at is null');
  // No job is found for a while: that says nothing of this one.
  const out = { kind: 'status', status: 404 } as const;
  faults.add({ method: 'GET', path: '/jobs/.+$', count: 9, effect: out });
  await scene.put('jobs', aJob('J-1', { title: 'Baker' }));
  await scene.run(['apply']);
  expect(await scene.view('job')).toMatchObject({ 'J-1': { issues: [{ code: 'REMOTE_REJECTED' }] } });
  expect(await questions()).toEqual([]);
  faults.clear();
  const job = [...state.jobs.values()].find(({ title }) => title === 'Nurse')!;
  const off = scene.emulator.onRequest(({ method, path }) => {
    if (method !== 'GET' || !path.endsWith(job.uuid)) return;
    off();
    act.deleteJob(job.uuid);
  });
  await scene.put('jobs', aJob('J-1', { title: 'Pilot' }));
  await scene.run(['apply']);
  expect(await scene.view('job')).toMatchObject({ 'J-1': { issues: [{ code: 'DECISION_NEEDED' }] } });
  const [asked] = await questions();
  expect(asked!.kind).toBe('remote_deleted');
  await scene.resolve(asked!.id, 'ats');
  await scene.run(['apply']);
  expect([...state.jobs.values()].map(({ title }) => title)).toContain('Pilot');
  expect(await scene.states('job')).toEqual({ 'J-1': 'synced', 'J-2': 'synced' });
});
