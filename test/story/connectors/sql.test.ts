/** An ATS that somebody replicates into the database, from the first look to the result. */
import { expect, it, type TestContext } from 'vitest';
import { connected, openSqlScene } from '../../support/sql-ats.js';

const open = (onTestFinished: TestContext['onTestFinished'], people: number) =>
  openSqlScene(
    onTestFinished,
    `as select 'e' || n as entry_id, 'a' || n as application_id, 'Video interview' as stage,
       timestamptz '2026-11-01 09:00+00' as entered_at, null::timestamptz as left_at, 'active' as status, 'Person ' || n as candidate_name,
       'p' || n || '@mill.test' as candidate_email, 'j1' as job_id, 'Miller' as job_title, 'Basel' as city, 'BS' as region, 'Switzerland' as country
     from generate_series(1, $1) n`,
    [people],
  );

it('a view is checked, shown, read, planned and carried over, and who leaves the stage is withdrawn', async ({
  onTestFinished,
}) => {
  const scene = await open(onTestFinished, 2);
  await scene.rows(`update hr.stage_entries set candidate_email = null where entry_id = 'e2'`);
  const run = async (args: string[], more = {}) => {
    const { code, json, stderr } = await scene.run(args, { ...connected, ...more });
    return { code, json: json as never, stderr };
  };
  expect(await run(['ats', 'check'])).toMatchObject({
    code: 0,
    json: [
      { check: 'ats_access', ok: true },
      { check: 'ats_stages', ok: true },
      { check: 'ats_packages', ok: true },
    ],
  });
  const lost = await run(['ats', 'check'], { ATS_STAGE: 'Vidoe interview' });
  expect([lost.code, JSON.stringify(lost.json)]).toEqual([1, expect.stringContaining('“Video interview”')]);
  expect((await run(['ats', 'stages'])).json).toEqual(
    [
      [
        {
          job_id: 'j1',
          job: 'Miller',
          stage_id: 'j1/Video interview',
          stage: 'Video interview',
          package: 'standard',
        },
      ],
    ].flat(),
  );
  expect(await run(['ats', 'pull'])).toMatchObject({ code: 0 });
  const plan = await run(['plan']);
  expect(plan.json).toMatchObject({
    actions: [
      { resource: 'jobs', action: 'create' },
      {
        resource: 'interviews',
        action: 'create',
        ats_id: 'sq-e1',
        reason: expect.stringContaining('entered “Video interview”'),
      },
    ],
  });
  expect(scene.writes()).toEqual([]);
  expect((await run(['sync'])).code).toBe(0);
  expect(scene.invited()).toEqual(['p1@mill.test']);
  expect((await run(['doctor'])).json).toContainEqual(
    expect.objectContaining({ check: 'ats_access', ok: true }),
  );

  await scene.rows(`update hr.stage_entries set left_at = now()`);
  expect((await run(['sync'])).code).toBe(0);
  expect(await scene.states('interview')).toEqual({ 'sq-e1': 'synced' });
  expect((await run(['sync'], { ATS_ON_LEAVE: 'cancel' })).code).toBe(0);
  expect(await scene.rows('select desired from ats.interviews')).toEqual([{ desired: 'canceled' }]);
  expect(await scene.rows('select status from sparkhire.interviews')).toEqual([{ status: 'canceled' }]);

  // A query that fails is told, and withdraws nobody.
  await scene.rows('alter table hr.stage_entries rename to other');
  const failed = await run(['sync']);
  expect([failed.code === 0, failed.stderr]).toEqual([false, expect.stringContaining('does not exist')]);
});

it('more people than are invited unasked wait for a person', async ({ onTestFinished }) => {
  const scene = await open(onTestFinished, 5);
  const config = scene.settingsFile('policies: { massChange: { creations: 3 } }');
  const settings = { ...connected, SYNC_CONFIG: config };
  const held = await scene.run(['sync'], settings);
  expect([held.code, held.json]).toMatchObject([3, { planHeld: { reason: expect.stringContaining('5') } }]);
  expect(scene.invited()).toEqual([]);
  const { checksum } = (held.json as { planHeld: { checksum: string } }).planHeld;
  expect((await scene.run(['apply', '--approve', checksum], settings)).code).toBe(0);
  expect(scene.invitations()).toEqual({ 1: 5 });
});
