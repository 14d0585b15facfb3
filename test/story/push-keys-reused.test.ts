/** An ATS that gives the key of what it deleted to something new. */
import { expect, it } from 'vitest';
import { aJob, anInterview, openPushScene } from '../support/push-scene.js';

it('a job under the key of one that was deleted is another job, and those who are invited to it are not put into the old one', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const SYNC_CONFIG = scene.settingsFile(
    'policies: { massChange: { missingSeconds: 0, share: 1, rows: 100 }, keys: { missing: administrator } }',
  );
  const round = () => scene.run(['sync'], { SYNC_CONFIG });
  await scene.put('jobs', aJob('J-1', { title: 'Baker' }));
  await scene.put('interviews', anInterview('I-1', 'J-1', 'a@example.org'));
  await round();
  await scene.rows('begin; delete from ats.interviews; delete from ats.jobs; commit');
  await round();
  await round();
  const jobs = () =>
    [...scene.emulator.state.jobs.values()].map(({ title, status }) => `${title} ${status}`).sort();
  expect(jobs()).toEqual(['Baker inactive']);
  await scene.put('jobs', aJob('J-1', { title: 'Pilot' }));
  await scene.put('interviews', anInterview('I-2', 'J-1', 'z@example.org'));
  await round();
  await round();
  expect(jobs()).toEqual(['Baker inactive', 'Pilot active']);
  const { state } = scene.emulator;
  expect(
    [...state.interviews.values()].map(
      ({ candidate, status, jobUuid }) => `${candidate.email} ${status} ${state.jobs.get(jobUuid)!.title}`,
    ),
  ).toEqual(['a@example.org canceled Baker', 'z@example.org requested Pilot']);
  expect(await scene.states('job')).toEqual({ 'J-1': 'synced' });
  // The same job, back under its key, is that job again.
  await scene.rows('begin; delete from ats.interviews; delete from ats.jobs; commit');
  await round();
  await scene.put('jobs', aJob('J-1', { title: 'Pilot' }));
  await round();
  expect(jobs()).toEqual(['Baker inactive', 'Pilot active']);
});
