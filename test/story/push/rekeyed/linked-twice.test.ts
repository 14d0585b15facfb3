/**
 * A person says of two rows that they stand for one object: it belongs to one of them, and nothing is made for the other.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import { aJob, invite, openPushScene, type PushScene } from '../../../support/push-scene.js';

const settings = (scene: PushScene) => ({
  SYNC_CONFIG: scene.settingsFile('policies: { massChange: { missingSeconds: 0, share: 1, rows: 100 } }'),
});

const asked = (scene: PushScene) =>
  scene.rows<{ id: string; ats_id: string; kind: string; reason: string }>(
    'select id, ats_id, kind, reason from sync.conflicts where resolved_at is null order by ats_id',
  );
const jobOf = async (scene: PushScene, row: string) => (await scene.view('job'))[row]?.sparkhire_uuid;

/** J-1 was split in two, each with one of its two candidates, and a person has linked both to the job that is there. */
async function linkedTwice(onTestFinished: Parameters<typeof openPushScene>[0]): Promise<PushScene> {
  const scene = await openPushScene(onTestFinished);
  await invite(scene, 2);
  await scene.put('jobs', aJob('J-1', { title: 'Baker' }));
  expect((await scene.run(['apply'], settings(scene))).code).toBe(0);
  scene.writes();
  await scene.rows(`begin; delete from ats.jobs`);
  await scene.put('jobs', aJob('J-2', { title: 'Baker' }));
  await scene.put('jobs', aJob('J-3', { title: 'Cook' }));
  await scene.rows(`update ats.interviews set job_ats_id = 'J-' || (substr(ats_id, 3)::integer + 1),
    ats_id = 'K' || substr(ats_id, 2); commit`);
  await scene.run(['sync'], settings(scene));
  const both = await asked(scene);
  expect(both.map(({ kind, ats_id }) => `${kind} ${ats_id}`)).toEqual([
    'possible_duplicate J-2',
    'possible_duplicate J-3',
  ]);
  for (const { id } of both) await scene.resolve(id, 'link');
  for (let round = 0; round < 3; round += 1) await scene.run(['sync'], settings(scene));
  return scene;
}

it('the second of two rows that a person links to one job is asked about once more, and its candidates are not invited again', async ({
  onTestFinished,
}) => {
  const scene = await linkedTwice(onTestFinished);
  const [job] = scene.emulator.state.jobs.keys();
  expect(scene.writes()).toEqual([]);
  expect(scene.invitations()).toEqual({ 1: 2 });
  expect(await jobOf(scene, 'J-2')).toBe(job);
  expect(await asked(scene)).toMatchObject([
    {
      kind: 'possible_duplicate',
      ats_id: 'J-3',
      reason:
        'A person linked Baker to this row, and row J-2 stands for it: an object of Spark Hire belongs to one row. If the two rows are the same, delete row J-2.',
    },
  ]);
  // It stays so, whatever the row that has it calls the job.
  await scene.put('jobs', aJob('J-2', { title: 'Head baker' }));
  for (let round = 0; round < 2; round += 1) await scene.run(['sync'], settings(scene));
  expect((await asked(scene)).map(({ ats_id }) => ats_id)).toEqual(['J-3']);
  expect(scene.invitations()).toEqual({ 1: 2 });

  // Once that row is deleted, it is as the person had said.
  await scene.rows(
    `delete from ats.jobs where ats_id = 'J-2'; delete from ats.interviews where job_ats_id = 'J-2'`,
  );
  for (let round = 0; round < 3; round += 1) await scene.run(['sync'], settings(scene));
  expect(await jobOf(scene, 'J-3')).toBe(job);
  expect(scene.invitations()).toEqual({ 1: 2 });
});

it('the second of two rows that a person links to one job is another one once they say so', async ({
  onTestFinished,
}) => {
  const scene = await linkedTwice(onTestFinished);
  const [question] = await asked(scene);
  await scene.resolve(question!.id, 'create');
  for (let round = 0; round < 3; round += 1) await scene.run(['sync'], settings(scene));
  expect([...scene.emulator.state.jobs.values()].map(({ title }) => title).sort()).toEqual(['Baker', 'Cook']);
  expect(scene.invitations()).toEqual({ 1: 1, 2: 1 });
  expect(await asked(scene)).toEqual([]);
});
