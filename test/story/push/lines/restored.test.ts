/**
 * Lines that move in a database which was restored, and does not know the job that a line means by now.
 * @module-tag rare
 */
import pg from 'pg';
import { expect, it } from 'vitest';
import { copyTestDatabase } from '../../../support/database.js';
import { aJob, anInterview, openPushScene } from '../../../support/push-scene.js';

it.for([
  ['link', { 1: 2 }, 'active', 'b@example.org Cook'],
  ['create', { 1: 1, 2: 1 }, 'active', 'b@example.org Cook'],
] as const)(
  'whoever was invited since the backup is not invited again where a line moves up: a person says whether the job is its own (%s)',
  async ([take, invitations], { onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    const settings = {
      SYNC_CONFIG: scene.settingsFile('policies: { massChange: { missingSeconds: 0, share: 1, rows: 100 } }'),
    };
    await scene.put('jobs', aJob('J-1', { title: 'Baker' }));
    await scene.put('interviews', anInterview('I-1', 'J-1', 'a@example.org'));
    await scene.run(['sync'], settings);
    await scene.put('jobs', aJob('J-2', { title: 'Cook' }));
    await scene.put('interviews', anInterview('I-2', 'J-2', 'b@example.org'));
    const backup = await copyTestDatabase(scene.databaseUrl);
    onTestFinished(() => backup.drop());
    await scene.run(['sync'], settings);
    const cook = [...scene.emulator.state.jobs.values()].find(({ title }) => title === 'Cook')!;
    scene.writes();

    const restored = (args: string[]) => scene.run(args, { ...settings, DATABASE_URL: backup.url });
    const database = new pg.Client({ connectionString: backup.url });
    await database.connect();
    onTestFinished(() => database.end());
    await restored(['backfill']);
    const { checksum } = (await restored(['plan'])).json as { checksum: string };
    await restored(['apply', '--approve', checksum]);
    await database.query(`begin;
      delete from ats.interviews where ats_id = 'I-1'; delete from ats.jobs where ats_id = 'J-2';
      update ats.jobs set title = 'Cook' where ats_id = 'J-1';
      update ats.interviews set job_ats_id = 'J-1' where ats_id = 'I-2'; commit`);
    for (let round = 0; round < 2; round += 1) await restored(['sync']);
    const asked = (await restored(['conflicts'])).json as Array<{ id: number; reason: string }>;
    expect(asked).toMatchObject([
      {
        kind: 'possible_duplicate',
        ats_id: 'J-1',
        reason:
          'Cook in Spark Hire is called so and belongs to no row of the ATS, and candidates of this row were invited to it, while the row stands for Baker.',
      },
    ]);
    expect(scene.invitations()).toEqual({ 1: 2 });

    await restored(['conflicts', 'resolve', String(asked[0]!.id), '--take', take]);
    for (let round = 0; round < 3; round += 1) await restored(['sync']);
    expect(scene.invitations()).toEqual(invitations);
    const { rows } = await database.query(
      `select uuid::text from sync.links where resource = 'jobs' and ats_id = 'J-1'`,
    );
    expect(rows[0].uuid === cook.uuid).toBe(take === 'link');
    expect((await restored(['conflicts'])).json).toEqual([]);
  },
);
