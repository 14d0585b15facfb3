/**
 * People changed an object in Spark Hire, and then the ATS gave its row another key: what the row had said still counts.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import {
  aJob,
  anInterview,
  invite,
  missingNoMore,
  openPushScene,
  type PushScene,
} from '../../../support/push-scene.js';

/** J-1 becomes J-2 with these columns, and I-1 becomes K-1, in one transaction. */
const rekey = (columns = '') => `begin;
  create temp table was on commit drop as select * from ats.jobs;
  delete from ats.jobs;
  update was set ats_id = 'J-2' ${columns};
  insert into ats.jobs select * from was;
  create temp table sent on commit drop as select * from ats.interviews;
  delete from ats.interviews;
  update sent set ats_id = 'K' || substr(ats_id, 2), job_ats_id = 'J-2';
  insert into ats.interviews select * from sent;
  commit`;

const asked = (scene: PushScene) =>
  scene.rows<{ id: string; kind: string; ats_id: string; field: string | null; reason: string }>(
    'select id, kind, ats_id, field, reason from sync.conflicts where resolved_at is null order by id',
  );

const theJob = (scene: PushScene) => [...scene.emulator.state.jobs.values()][0]!;

/** Rounds in which nothing is written; then the person says that J-2 is J-1. */
async function isTakenForTheSame(scene: PushScene): Promise<void> {
  for (const command of ['apply', 'sync']) {
    await scene.run([command]);
    expect([command, scene.writes()]).toEqual([command, []]);
  }
  const questions = (await asked(scene)).filter(({ kind }) => kind === 'possible_duplicate');
  expect(questions).toMatchObject([{ ats_id: 'J-2', reason: expect.stringContaining('J-1') }]);
  await scene.resolve(questions[0]!.id, 'link');
  await scene.run(['apply']);
  await scene.run(['apply']);
}

describe('a row that gets another key after people changed its object', () => {
  it.for([
    ['renamed in Spark Hire', 'Nights', ''],
    ['renamed by the ATS in the same transaction', null, `, title = 'Nights'`],
    ['renamed on both sides', 'Nights', `, title = 'Day shift'`],
  ] as const)(
    'a job that was %s is asked about before anybody is invited again',
    async ([_, theirs, columns], { onTestFinished }) => {
      const scene = await openPushScene(onTestFinished);
      await invite(scene, 2);
      expect((await scene.run(['apply'])).code).toBe(0);
      if (theirs !== null) scene.emulator.act.editJob(theJob(scene).uuid, { title: theirs });
      expect((await scene.run(['sync'])).code).toBe(0);
      scene.writes();
      await scene.rows(rekey(columns));
      await isTakenForTheSame(scene);
      expect(scene.emulator.state.jobs.size).toBe(1);
      expect(scene.invitations()).toEqual({ 1: 2 });
      expect(await scene.states('interview')).toMatchObject({ 'K-1': 'synced', 'K-2': 'synced' });
      const open = (await asked(scene)).map(({ field }) => field);
      expect(open).toEqual(theirs !== null && columns !== '' ? ['title'] : []);
    },
  );

  it.for([
    ['nobody answered', null],
    ['the answer was that it stays so', 'sparkhire'],
  ] as const)(
    'a job that a person made inactive stays so until somebody decides: %s',
    async ([_, answer], { onTestFinished }) => {
      const scene = await openPushScene(onTestFinished);
      await scene.put('jobs', aJob('J-1'));
      expect((await scene.run(['apply'])).code).toBe(0);
      scene.emulator.act.editJob(theJob(scene).uuid, { status: 'inactive' });
      await scene.put('interviews', anInterview('I-1', 'J-1', 'c1@example.org'));
      expect((await scene.run(['sync'])).code).toBe(3);
      scene.writes();
      const [question] = await asked(scene);
      if (answer !== null) await scene.resolve(question!.id, answer);
      await scene.rows(rekey());
      await isTakenForTheSame(scene);
      await scene.run(['sync']);
      expect(theJob(scene).status).toBe('inactive');
      expect(scene.writes()).toEqual([]);
      const left = (await asked(scene)).map(({ ats_id, field }) => [ats_id, field]);
      expect(left).toEqual(answer === null ? [['J-2', 'status']] : []);
    },
  );

  it('a user whose address or access people changed is neither deleted nor made again', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const settings = {
      SYNC_CONFIG: scene.settingsFile(`policies: { ${missingNoMore}, users: { withdrawn: delete } }`),
    };
    for (const n of [1, 2])
      await scene.put('users', {
        ats_id: `U-${n}`,
        name: `U ${n}`,
        email: `u${n}@example.org`,
        role: 'standard',
        active: true,
      });
    expect((await scene.run(['apply'], settings)).code).toBe(0);
    const before = await scene.view('user');
    scene.emulator.act.editUser(before['U-1']!.sparkhire_uuid!, { email: 'ida@example.org' });
    scene.emulator.act.disableUser(before['U-2']!.sparkhire_uuid!);
    await scene.run(['sync'], settings);
    scene.writes();
    await scene.rows(`begin; create temp table was on commit drop as select * from ats.users; delete from ats.users;
      update was set ats_id = 'N' || ats_id; insert into ats.users select * from was; commit`);
    await scene.run(['apply'], settings);
    await scene.run(['sync'], settings);
    expect(scene.writes()).toEqual([]);
    const now = await scene.view('user');
    expect([now['NU-1']!.sparkhire_uuid, now['NU-2']!.sparkhire_uuid]).toEqual([
      before['U-1']!.sparkhire_uuid,
      before['U-2']!.sparkhire_uuid,
    ]);
    expect(now['NU-2']!.issues).toMatchObject([{ code: 'DECISION_NEEDED', field: 'active' }]);
  });
});

it('a job that was made before its invitation came back is renamed, and none that was closed is opened in its place', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  await invite(scene, 1);
  await scene.run(['sync']);
  await scene.rows('begin; delete from ats.interviews; delete from ats.jobs; commit');
  await scene.put('jobs', aJob('J-2', { title: 'Head baker' }));
  for (const command of ['apply', 'apply']) await scene.run([command]);
  await scene.put('interviews', anInterview('I-2', 'J-2', 'c1@example.org', { candidate_name: 'C' }));
  await scene.put('jobs', aJob('J-2', { title: 'Chef' }));
  for (const command of ['apply', 'sync', 'apply']) await scene.run([command]);
  expect([...scene.emulator.state.jobs.values()].map(({ title, status }) => [title, status])).toEqual([
    ['Job J-1', 'inactive'],
    ['Chef', 'active'],
  ]);
  expect(scene.invitations()).toEqual({ 1: 1 });
});
