/**
 * Rows that name somebody else than their invitation: nobody whom the ATS wants is canceled for it.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import { aJob, anInterview, openPushScene, type PushScene } from '../../../support/push-scene.js';

const settings = (scene: PushScene) => ({
  SYNC_CONFIG: scene.settingsFile(
    'policies: { massChange: { missingSeconds: 0, share: 1, rows: 100 }, keys: { missing: administrator } }',
  ),
});

async function rounds(scene: PushScene, times: number): Promise<void> {
  for (let round = 0; round < times; round += 1)
    await scene.run([round % 2 === 0 ? 'sync' : 'apply'], settings(scene));
}

const invited = ({ emulator: { state } }: PushScene) =>
  [...state.interviews.values()]
    .map(({ candidate, status, jobUuid }) => `${candidate.email} ${status} ${state.jobs.get(jobUuid)!.title}`)
    .sort();

it('a row keeps its pending interview, and is told, where it names whose interview was canceled before', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1', { title: 'Baker' }));
  await scene.put('interviews', anInterview('I-1', 'J-1', 'a@example.org'));
  await scene.put('interviews', anInterview('I-2', 'J-1', 'b@example.org'));
  await rounds(scene, 1);
  await scene.rows(`delete from ats.interviews where ats_id = 'I-1'`);
  await rounds(scene, 2);
  await scene.rows(`update ats.interviews set candidate_email = 'a@example.org' where ats_id = 'I-2'`);
  await rounds(scene, 2);
  expect(invited(scene)).toEqual(['a@example.org canceled Baker', 'b@example.org requested Baker']);
  expect(await scene.states('interview')).toEqual({ 'I-1': 'gone', 'I-2': 'rejected' });
});

it('a row that was left with an interview of another, waiting row says so, and does not end it', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const load = async (titles: string) => {
    await scene.rows('begin; delete from ats.interviews; delete from ats.jobs');
    for (const [index, letter] of [...titles].entries()) {
      await scene.put('jobs', aJob(`J-${index + 1}`, { title: `Job ${letter}` }));
      const same = { candidate_name: `Candidate ${letter}`, deadline_at: '2027-01-20T10:00:00Z' };
      await scene.put(
        'interviews',
        anInterview(`I-${index + 1}`, `J-${index + 1}`, `${letter}@example.org`, same),
      );
    }
    await scene.rows('commit');
  };
  await load('abc');
  await rounds(scene, 1);
  await load('xabc');
  await rounds(scene, 3);
  const line = ['a@example.org requested Job a', 'b@example.org requested Job b'];
  const all = [...line, 'c@example.org requested Job c'];
  expect(await scene.states('interview')).toMatchObject({ 'I-1': 'held', 'I-4': 'held' });
  const [waiting] = await scene.rows<{ issues: unknown }>(
    `select issues from ats.interview_sync where ats_id = 'I-1'`,
  );
  expect(JSON.stringify(waiting!.issues)).toContain('Waits for row I-4');
  await scene.rows(`update ats.interviews set desired = 'canceled' where ats_id = 'I-1'`);
  await rounds(scene, 3);
  expect(invited(scene)).toEqual(all);
  const [{ id }] = (await scene.rows<{ id: string }>(
    'select id from sync.conflicts where resolved_at is null',
  )) as [{ id: string }];
  await scene.resolve(id, 'link');
  await rounds(scene, 4);
  expect(invited(scene)).toEqual(all);
  expect(scene.invitations()).toEqual({ 1: 3 });
  expect(await scene.states('interview')).toMatchObject({ 'I-1': 'gone', 'I-4': 'synced' });
});
