/**
 * A loader that deletes no row but sets `deleted_at`, as many do: that row is gone, just as one that was deleted.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import {
  type AtsTable,
  aShareRequest,
  invite,
  missingNoMore,
  openPushScene,
  type PushScene,
} from '../../../support/push-scene.js';

const aUser = { ats_id: 'U-1', name: 'Ann Lie', email: 'ann@example.org', role: 'standard', active: true };

type Finished = Parameters<typeof openPushScene>[0];

/** Two invitations to J-1 that have left. */
async function invited(onTestFinished: Finished): Promise<PushScene> {
  const scene = await openPushScene(onTestFinished);
  await invite(scene, 2);
  expect((await scene.run(['apply'])).code).toBe(0);
  scene.writes();
  return scene;
}

/** The row is marked and inserted under another key within the transaction of the caller. */
async function rekey(
  scene: PushScene,
  table: AtsTable,
  [from, to]: [string, string],
  more: Record<string, unknown> = {},
): Promise<void> {
  const [found] = await scene.rows<{ row: Record<string, unknown> }>(
    `select to_jsonb(t) as row from ats.${table} t where ats_id = $1`,
    [from],
  );
  await scene.rows(`update ats.${table} set deleted_at = now() where ats_id = $1`, [from]);
  await scene.put(table, { ...found!.row, ats_id: to, ...more });
}

async function rounds(scene: PushScene, policies = ''): Promise<void> {
  const env = { SYNC_CONFIG: scene.settingsFile(`policies: { ${missingNoMore}${policies} }`) };
  for (const command of ['apply', 'sync', 'apply']) await scene.run([command], env);
}

const mails = (scene: PushScene) => scene.emulator.outbox.map(({ kind, to }) => `${kind} ${to}`);

it.for(['requested', 'completed', 'canceled', 'expired'] as const)(
  'an interview (%s) whose row is marked as deleted and written under another key is that row’s, and nobody is invited again',
  async (status, { onTestFinished }) => {
    const scene = await invited(onTestFinished);
    const uuid = (await scene.view('interview'))['I-1']!.sparkhire_uuid!;
    const { act } = scene.emulator;
    if (status === 'completed') act.acceptInterview(uuid);
    if (status === 'completed') act.completeInterview(uuid);
    if (status === 'canceled') act.cancelInterview(uuid);
    if (status === 'expired') act.expireInterview(uuid);
    await scene.run(['sync']);
    const before = mails(scene);
    await scene.rows('begin');
    await rekey(scene, 'interviews', ['I-1', 'K-1']);
    await scene.rows('commit');
    await rounds(scene);
    expect(scene.writes()).toEqual([]);
    expect(mails(scene)).toEqual(before);
    expect((await scene.view('interview'))['K-1']).toMatchObject({ sparkhire_uuid: uuid, status });
    expect((await scene.states('interview'))['I-1']).toBe('gone');
    expect(await scene.rows('select * from sync.conflicts where resolved_at is null')).toEqual([]);
  },
);

it('an interview whose new row was there before the old one is marked goes on with it', async ({
  onTestFinished,
}) => {
  const scene = await invited(onTestFinished);
  const [row] = await scene.rows<{ row: Record<string, unknown> }>(
    `select to_jsonb(t) as row from ats.interviews t where ats_id = 'I-1'`,
  );
  const uuid = (await scene.view('interview'))['I-1']!.sparkhire_uuid!;
  await scene.put('interviews', { ...row!.row, ats_id: 'K-1' });
  await rounds(scene);
  expect((await scene.states('interview'))['K-1']).toBe('rejected');
  await scene.rows(`update ats.interviews set deleted_at = now() where ats_id = 'I-1'`);
  await rounds(scene);
  expect(scene.writes()).toEqual([]);
  expect((await scene.view('interview'))['K-1']).toMatchObject({ state: 'synced', sparkhire_uuid: uuid });
});

it('a job that is marked and written under another key, with its interviews, is one job', async ({
  onTestFinished,
}) => {
  const scene = await invited(onTestFinished);
  await scene.rows('begin');
  await rekey(scene, 'jobs', ['J-1', 'J-2']);
  await rekey(scene, 'interviews', ['I-1', 'K-1'], { job_ats_id: 'J-2' });
  await scene.rows(`update ats.interviews set job_ats_id = 'J-2' where ats_id = 'I-2'`);
  await scene.rows('commit');
  await rounds(scene);
  expect(scene.writes()).toEqual([]);
  const asked = await scene.rows<{ id: string; ats_id: string }>(
    `select id, ats_id from sync.conflicts where resolved_at is null`,
  );
  expect(asked).toMatchObject([{ ats_id: 'J-2' }]);
  await scene.resolve(asked[0]!.id, 'link');
  await rounds(scene);
  expect(scene.writes()).toEqual([]);
  expect(await scene.states('job')).toEqual({ 'J-1': 'gone', 'J-2': 'synced' });
  expect(await scene.states('interview')).toEqual({ 'I-1': 'gone', 'I-2': 'synced', 'K-1': 'synced' });
});

it('a user and a share request that are marked and written under other keys stay as they are', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  await scene.put('users', aUser);
  await invite(scene, 1);
  const policies = ', users: { withdrawn: delete }';
  await rounds(scene, policies);
  const uuid = (await scene.view('interview'))['I-1']!.sparkhire_uuid!;
  scene.emulator.act.acceptInterview(uuid);
  scene.emulator.act.completeInterview(uuid);
  await scene.run(['sync']);
  await scene.put('share_requests', aShareRequest('R-1', ['I-1'], ['jane']));
  await rounds(scene, policies);
  scene.writes();
  const before = mails(scene);
  await scene.rows('begin');
  await rekey(scene, 'users', ['U-1', 'W-1']);
  await rekey(scene, 'share_requests', ['R-1', 'S-1']);
  await scene.rows('commit');
  await rounds(scene, policies);
  expect(scene.writes()).toEqual([]);
  expect(mails(scene)).toEqual(before);
  expect(await scene.states('user')).toEqual({ 'U-1': 'gone', 'W-1': 'synced' });
  expect(await scene.states('share_request')).toEqual({ 'R-1': 'gone', 'S-1': 'synced' });
});

it('a row that is marked ends at once, and one that says canceled is a person’s withdrawal whatever else comes', async ({
  onTestFinished,
}) => {
  const scene = await invited(onTestFinished);
  await scene.rows('begin');
  await scene.rows(`update ats.interviews set deleted_at = now() where ats_id = 'I-1'`);
  await scene.rows(`update ats.interviews set desired = 'canceled' where ats_id = 'I-2'`);
  await scene.rows('commit');
  // A row that is not there would be waited for, five seconds unless the settings say otherwise.
  const env = { SYNC_CONFIG: scene.settingsFile('policies: { massChange: { missingSeconds: 3600 } }') };
  await scene.run(['apply'], env);
  expect(scene.writes().map(({ method }) => method)).toEqual(['PUT', 'PUT']);
  expect(await scene.states('interview')).toEqual({ 'I-1': 'gone', 'I-2': 'gone' });
  // And it stays so.
  await scene.run(['sync', '--full'], env);
  await scene.run(['sync'], env);
  expect(scene.writes()).toEqual([]);
});
