/** `sparkhire-sync issues`: why rows are not in step, by root cause. */
import { expect, it, onTestFinished } from 'vitest';
import type { IssueGroup } from '../../../src/story/issues.js';
import { documented, fieldsBeside } from '../../support/documented.js';
import { aJob, anInterview, invite, openPushScene, withoutBackoff } from '../../support/push-scene.js';

withoutBackoff();
const open = (...options: [] | [Parameters<typeof openPushScene>[1]]) =>
  openPushScene(onTestFinished, ...options);
const short = (groups: unknown) =>
  (groups as IssueGroup[]).map(({ code, root, count, roots, waits_for }) => ({
    code,
    root: root.ats_id,
    count,
    roots,
    waits_for,
  }));

it('what hangs on one row is one group that names it: who is rejected, who is not there, whose job waits', async () => {
  const scene = await open();
  expect((await scene.command(['issues']).ended).stdout).toBe('Every row is in step.\n');
  await scene.put('users', {
    ats_id: 'U-1',
    name: 'Ulla Boss',
    email: 'ulla@example.org',
    role: 'grand vizier',
  });
  await scene.put('jobs', aJob('J-1', { owner_ats_id: 'U-1' }), aJob('J-2'));
  await scene.put(
    'interviews',
    ...[1, 2, 3].map((n) => anInterview(`I-${n}`, 'J-1', `c${n}@example.org`)),
    anInterview('I-4', 'J-9', 'c4@example.org'),
    anInterview('I-5', 'J-2', 'no address'),
    anInterview('I-6', 'J-2', 'none (at) all'),
    // Two reasons: a row in each group.
    anInterview('I-7', 'J-9', 'c7@example.org', { requested_by_ats_id: 'U-1' }),
  );
  await scene.run(['sync']);
  const { code, json } = await scene.run(['issues']);
  expect(fieldsBeside(json, documented('issues'))).toEqual(['rows.message']);
  expect(fieldsBeside(documented('issues'), json)).toEqual([]);
  expect(code).toBe(3);
  expect(short(json)).toEqual(
    expect.arrayContaining([
      { code: 'UNMAPPED_ENUM', root: 'U-1', count: 6, roots: 1, waits_for: 'person' },
      { code: 'UNKNOWN_REFERENCE', root: 'J-9', count: 2, roots: 1, waits_for: 'itself' },
      { code: 'INVALID_FORMAT', root: 'I-5', count: 2, roots: 2, waits_for: 'person' },
    ]),
  );
  expect(json).toHaveLength(3);
  const [boss] = (json as IssueGroup[]).filter(({ root }) => root.ats_id === 'U-1');
  expect(boss!.rows.map(({ ats_id }) => ats_id).sort()).toEqual(['I-1', 'I-2', 'I-3', 'I-7', 'J-1', 'U-1']);

  expect(short((await scene.run(['issues', '--state', 'rejected'])).json)).toHaveLength(2);
  const words = (await scene.command(['issues', '--state', 'held']).ended).stdout;
  expect(words).toContain('5 rows');
  expect(words).toContain('user U-1 (Ulla Boss) UNMAPPED_ENUM');
  expect((await scene.run(['issues', '--state', 'odd'])).code).toBe(2);
  expect((await scene.run(['issues', '--account', 'default'])).json).toEqual(json);
  expect((await scene.run(['issues', '--account', 'other'])).code).toBe(2);
});

it('invitations to a job that somebody made inactive in Spark Hire are one group, with the decision to take', async () => {
  const scene = await open();
  await invite(scene, 1);
  await scene.run(['sync']);
  const [uuid] = [...scene.emulator.state.jobs.keys()];
  scene.emulator.act.editJob(uuid!, { status: 'inactive' });
  await scene.put(
    'interviews',
    anInterview('I-2', 'J-1', 'c2@example.org'),
    anInterview('I-3', 'J-1', 'c3@example.org'),
  );
  await scene.run(['sync']);
  const { code, json } = await scene.run(['issues']);
  expect(code).toBe(3);
  const [conflict] = (await scene.run(['conflicts'])).json as Array<{ id: number }>;
  expect(json).toMatchObject([
    {
      code: 'DECISION_NEEDED',
      root: { resource: 'jobs', ats_id: 'J-1', name: 'Job J-1', state: 'conflict', conflict: conflict!.id },
      count: 3,
      message: expect.stringMatching(/^Job J-1 is not active in Spark Hire any more/),
      remedy: expect.stringContaining(`\`sparkhire-sync conflicts show ${conflict!.id}\`.`),
    },
  ]);
});

it('rows that a held plan keeps are one group, with the command that releases it', async () => {
  const scene = await open();
  await invite(scene, 12);
  await scene.run(['sync']);
  await scene.rows(`update ats.interviews set desired = 'canceled'`);
  expect((await scene.run(['sync'])).code).toBe(3);
  const { json } = await scene.run(['issues']);
  expect(short(json)).toEqual([
    { code: 'DECISION_NEEDED', root: null, count: 12, roots: 1, waits_for: 'person' },
  ]);
  expect((json as IssueGroup[])[0]!.remedy).toContain('sparkhire-sync apply --approve');
  // A program may have them all; people see the oldest.
  expect((json as IssueGroup[])[0]!.rows).toHaveLength(12);
});

it('rows of an account for which nobody works are told, with what may be wrong, by issues, doctor and explain', async () => {
  const scene = await open();
  await scene.run(['sync']);
  await scene.put('jobs', { ...aJob('J-1'), account: 'Default' });
  await scene.rows(`update sync.desired_queue set queued_at = now() - interval '2 minutes'`);
  const { code, json } = await scene.run(['issues']);
  expect(code).toBe(3);
  expect(json).toMatchObject([
    {
      account: 'Default',
      code: 'ACCOUNT_UNKNOWN',
      root: { resource: 'account' },
      waits_for: 'person',
      message: 'Not processed, since nobody has ever worked for account "Default".',
      remedy: expect.stringContaining('column `account`'),
      rows: [{ resource: 'jobs', ats_id: 'J-1', state: 'pending' }],
    },
  ]);
  const words = async (command: string[]) => (await scene.command(command).ended).stdout;
  expect(await words(['explain', 'J-1'])).toContain('nobody has ever worked for account "Default"');
  expect(await words(['doctor'])).toMatch(/rows in schema ats name account "Default"/);
  await scene.rows(`update ats.jobs set account = 'default'`);
  await scene.run(['sync']);
  expect(await scene.run(['issues'])).toMatchObject({ code: 0, json: [] });
});

it('rows that nobody looks at, since the rounds fail, are told with the cause; without one they are counted', async () => {
  const scene = await open();
  await scene.run(['sync']);
  await scene.put('jobs', aJob('J-1'));
  const words = async (command: string[]) => (await scene.command(command).ended).stdout;
  expect(await words(['issues'])).toMatch(/^1 row is not processed yet: .*sparkhire-sync sync/);
  scene.emulator.faults.add({ path: '/', effect: { kind: 'status', status: 401 } });
  expect((await scene.run(['sync'])).code).toBe(1);

  const { code, json } = await scene.run(['issues']);
  expect(code).toBe(3);
  expect(json).toMatchObject([
    {
      code: 'KEY_REFUSED',
      root: { resource: 'account', ats_id: null },
      waits_for: 'person',
      count: 1,
      rows: [{ resource: 'jobs', ats_id: 'J-1', state: 'pending' }],
    },
  ]);
  expect(await words(['issues'])).toContain("Not processed, since the account's rounds fail: ");
  expect(await words(['explain', 'J-1'])).toContain("Not processed, since the account's rounds fail: ");
  expect(await words(['status'])).toContain('tick has failed once');

  scene.emulator.faults.clear();
  expect((await scene.run(['sync'])).code).toBe(0);
  expect(await words(['issues'])).toBe('Every row is in step.\n');
  expect(await words(['status'])).toContain('up to date');
});
