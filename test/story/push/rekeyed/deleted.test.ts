/**
 * What was deleted in Spark Hire is not made again because the ATS gave its row another key: a person says so first.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import { aShareRequest, invite, openPushScene, type PushScene } from '../../../support/push-scene.js';

/** A job J-1, and three invitations of which the first was deleted in Spark Hire. */
async function deleted(onTestFinished: Parameters<typeof openPushScene>[0]): Promise<PushScene> {
  const scene = await openPushScene(onTestFinished);
  await invite(scene, 3);
  expect((await scene.run(['apply'])).code).toBe(0);
  const first = Object.values(await scene.view('interview')).find(({ ats_id }) => ats_id === 'I-1')!;
  scene.emulator.act.deleteInterview(first.sparkhire_uuid!);
  await scene.run(['backfill']);
  await scene.run(['sync']);
  expect(await open(scene)).toMatchObject([{ kind: 'remote_deleted', ats_id: 'I-1' }]);
  scene.writes();
  return scene;
}

const open = (scene: PushScene) =>
  scene.rows<{ id: string; kind: string; ats_id: string; reason: string }>(
    'select id, kind, ats_id, reason from sync.conflicts where resolved_at is null order by id',
  );

const rekey = (from: string, to: string) => `begin;
  create temp table was on commit drop as select * from ats.interviews where ats_id = '${from}';
  delete from ats.interviews where ats_id = '${from}';
  update was set ats_id = '${to}';
  insert into ats.interviews select * from was;
  commit`;

const timesInvited = (scene: PushScene) => scene.invited().filter((to) => to === 'c1@example.org').length;

/** A job J-1 and an invitation I-1 that was sent and got no answer: a person is asked, since it may have been made. */
async function lost(onTestFinished: Parameters<typeof openPushScene>[0]): Promise<PushScene> {
  const scene = await openPushScene(onTestFinished);
  const { emulator } = scene;
  await invite(scene, 1);
  const path = /^\/v1\.0\/interviews$/;
  emulator.faults.add({ method: 'POST', path, count: 1, effect: { kind: 'reset', when: 'before' } });
  const stop = emulator.onRequest(({ method, path: asked }) => {
    if (method !== 'POST' || !path.test(asked)) return;
    stop();
    emulator.act.addInterview({ email: 'somebody.else@example.org' });
  });
  expect((await scene.run(['apply'])).code).toBe(3);
  expect(await open(scene)).toMatchObject([{ kind: 'unknown_outcome', ats_id: 'I-1' }]);
  return scene;
}

it.for(['link', 'send'] as const)(
  'a user whose making got no answer waits under another key for what a person says of it (%s)',
  async (take, { onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    const { emulator } = scene;
    const address = { email: 'jo@company.example', name: 'Jo', role: 'standard' };
    await scene.put('users', { ats_id: 'U-1', ...address });
    const path = /^\/v1\.0\/users$/;
    emulator.faults.add({ method: 'POST', path, count: 1, effect: { kind: 'reset', when: 'after' } });
    const stop = emulator.onRequest(({ method }) => {
      const made = [...emulator.state.users.values()].find(({ email }) => email === address.email);
      if (method !== 'GET' || made === undefined) return;
      stop();
      emulator.act.editUser(made.uuid, { email: 'by.hand@company.example' });
    });
    expect((await scene.run(['apply'])).code).toBe(3);
    expect(await open(scene)).toMatchObject([{ kind: 'unknown_outcome', ats_id: 'U-1' }]);
    await scene.rows(`update ats.users set ats_id = 'U-2'`);
    for (const command of ['apply', 'sync']) expect((await scene.run([command])).code).toBe(3);
    expect((await scene.view('user'))['U-2']).toMatchObject({
      state: 'rejected',
      issues: [{ code: 'DUPLICATE', message: expect.stringContaining('U-1') }],
    });
    const [asked] = await open(scene);
    await scene.resolve(asked!.id, take);
    for (const command of ['apply', 'sync', 'apply']) await scene.run([command]);
    const [, , byHand, ...more] = [...emulator.state.users.values()];
    expect(byHand!.email).toBe('by.hand@company.example');
    expect(more.map(({ email }) => email)).toEqual(take === 'link' ? [] : [address.email]);
    const theirs = take === 'link' ? byHand : more[0];
    expect(await scene.states('user')).toEqual({ 'U-1': 'gone', 'U-2': 'synced' });
    expect((await scene.view('user'))['U-2']!.sparkhire_uuid).toBe(theirs!.uuid);
    expect(await open(scene)).toEqual([]);
  },
);

describe('a row whose interview was deleted, under another key', () => {
  it('a row whose interview was deleted is the same question under each new key, and is invited if a person says so', async ({
    onTestFinished,
  }) => {
    const scene = await deleted(onTestFinished);
    await scene.rows(rekey('I-1', 'K-1'));
    for (const command of ['apply', 'sync']) expect((await scene.run([command])).code).toBe(3);
    expect(await open(scene)).toMatchObject([{ kind: 'remote_deleted', ats_id: 'K-1' }]);
    expect((await open(scene))[0]!.reason).toContain('I-1');
    await scene.rows(rekey('K-1', 'L-1'));
    for (const command of ['apply', 'sync']) expect((await scene.run([command])).code).toBe(3);
    const [asked, ...others] = await open(scene);
    expect(others).toEqual([]);
    expect(asked).toMatchObject({ kind: 'remote_deleted', ats_id: 'L-1' });
    expect(scene.writes()).toEqual([]);
    await scene.resolve(asked!.id, 'ats');
    expect((await scene.run(['apply'])).code).toBe(0);
    expect((await scene.run(['sync'])).code).toBe(0);
    expect(timesInvited(scene)).toBe(2);
    expect((await scene.states('interview'))['L-1']).toBe('synced');
  });

  it.for(['is put right', 'is approved'] as const)(
    'an answer waits for a held plan: it is carried out once, whether the new key %s',
    async (how, { onTestFinished }) => {
      const scene = await deleted(onTestFinished);
      const [asked] = await open(scene);
      await scene.resolve(asked!.id, 'ats');
      await scene.rows('create table kept as select * from ats.interviews');
      await scene.rows(rekey('I-1', 'K-1'));
      await scene.rows(`delete from ats.interviews where ats_id in ('I-2', 'I-3')`);
      const held = {
        SYNC_CONFIG: scene.settingsFile('policies: { massChange: { rows: 1, missingSeconds: 0 } }'),
      };
      for (const command of ['apply', 'sync']) expect((await scene.run([command], held)).code).toBe(3);
      expect(await open(scene)).toMatchObject([
        { kind: 'remote_deleted', ats_id: 'K-1' },
        { kind: 'mass_change' },
      ]);
      if (how === 'is put right')
        await scene.rows(
          'begin; delete from ats.interviews; insert into ats.interviews select * from kept; commit',
        );
      else {
        const { json } = await scene.run(['plan', '--json'], held);
        await scene.run(['apply', '--approve', (json as { checksum: string }).checksum], held);
      }
      for (const command of ['apply', 'sync']) expect((await scene.run([command], held)).code).toBe(0);
      expect(await open(scene)).toEqual([]);
      expect(timesInvited(scene)).toBe(2);
    },
  );

  it('a row whose deletion a person agreed to is not invited under another key', async ({
    onTestFinished,
  }) => {
    const scene = await deleted(onTestFinished);
    const [asked] = await open(scene);
    await scene.resolve(asked!.id, 'sparkhire');
    expect((await scene.run(['apply'])).code).toBe(0);
    await scene.rows(rekey('I-1', 'K-1'));
    for (const command of ['apply', 'sync']) expect((await scene.run([command])).code).toBe(0);
    expect((await scene.states('interview'))['K-1']).toBe('gone');
    await scene.rows(rekey('K-1', 'L-1'));
    for (const command of ['apply', 'sync']) expect((await scene.run([command])).code).toBe(0);
    expect((await scene.states('interview'))['L-1']).toBe('gone');
    expect(timesInvited(scene)).toBe(1);
    expect(scene.writes()).toEqual([]);
  });

  it.for([
    ['ats', 'synced', 2],
    ['sparkhire', 'gone', 1],
  ] as const)(
    'a decision (%s) that is not carried out yet follows a row whose interview was deleted to its new key',
    async ([take, state, times], { onTestFinished }) => {
      const scene = await deleted(onTestFinished);
      await scene.resolve((await open(scene))[0]!.id, take);
      await scene.rows(rekey('I-1', 'K-1'));
      for (const command of ['apply', 'sync', 'sync']) {
        await scene.run([command]);
        expect(await open(scene)).toEqual([]);
      }
      expect((await scene.states('interview'))['K-1']).toBe(state);
      expect(timesInvited(scene)).toBe(times);
      // It was decided once.
      await scene.rows(rekey('K-1', 'L-1'));
      for (const command of ['apply', 'sync', 'sync']) {
        await scene.run([command]);
        expect(await open(scene)).toEqual([]);
      }
      expect((await scene.states('interview'))['L-1']).toBe(state);
      expect(timesInvited(scene)).toBe(times);
    },
  );

  it('a row that a person decided not to send again is not invited under another key', async ({
    onTestFinished,
  }) => {
    const scene = await lost(onTestFinished);
    await scene.resolve((await open(scene))[0]!.id, 'none');
    expect((await scene.run(['apply'])).code).toBe(0);
    await scene.rows(rekey('I-1', 'K-1'));
    for (const command of ['apply', 'sync']) expect((await scene.run([command])).code).toBe(0);
    expect((await scene.states('interview'))['K-1']).toBe('gone');
    expect(scene.invited()).toEqual(['somebody.else@example.org']);
  });

  it('a row that came days after another one had gone is invited, although a person says only then that nothing is sent again for that', async ({
    onTestFinished,
  }) => {
    const scene = await lost(onTestFinished);
    await scene.rows('create table was as select * from ats.interviews; delete from ats.interviews');
    expect((await scene.run(['apply'])).code).toBe(3);
    await scene.later(3 * 86_400);
    await scene.rows(`update was set ats_id = 'N-1'; insert into ats.interviews select * from was`);
    await scene.run(['apply']);
    await scene.resolve((await open(scene))[0]!.id, 'none');
    for (const command of ['apply', 'sync']) await scene.run([command]);
    expect((await scene.states('interview'))['N-1']).toBe('synced');
    expect(timesInvited(scene)).toBe(1);
  });

  it('a row for the same candidate long after the old one went is invited', async ({ onTestFinished }) => {
    const scene = await deleted(onTestFinished);
    await scene.rows(`delete from ats.interviews where ats_id = 'I-1'`);
    await scene.later(60);
    expect((await scene.run(['apply'])).code).toBe(0);
    await scene.rows(
      `update sync.desired_rows set missing_since = missing_since - interval '2 days' where ats_id = 'I-1'`,
    );
    const [first] = await scene.rows<{ job_ats_id: string }>(
      `select job_ats_id from ats.interviews where ats_id = 'I-2'`,
    );
    await scene.rows(`insert into ats.interviews select * from jsonb_populate_record(null::ats.interviews,
      (select to_jsonb(i) from ats.interviews i where ats_id = 'I-2')
        || '{"ats_id": "N-1", "candidate_email": "c1@example.org"}')`);
    expect(first!.job_ats_id).toBe('J-1');
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(timesInvited(scene)).toBe(2);
  });

  it('a deleted share link is asked about under another key too, before its reviewer is mailed again', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    await invite(scene, 1);
    expect((await scene.run(['apply'])).code).toBe(0);
    const [made] = [...scene.emulator.state.interviews.values()];
    scene.emulator.act.completeInterview(made!.uuid);
    await scene.put('share_requests', aShareRequest('R-1', ['I-1'], ['jane', 'tom'], { send_email: true }));
    expect((await scene.run(['sync'])).code).toBe(0);
    const mails = () => scene.emulator.outbox.filter(({ to }) => to.endsWith('@reviewers.example')).length;
    expect(mails()).toBe(2);
    const links = await scene.rows<{ uuid: string }>(
      `select uuid from sparkhire.share_links where reviewer_email = 'jane@reviewers.example'`,
    );
    scene.emulator.state.shareLinks.delete(links[0]!.uuid);
    await scene.run(['backfill']);
    await scene.run(['sync']);
    expect(await open(scene)).toMatchObject([
      { kind: 'remote_deleted', ats_id: 'R-1/jane@reviewers.example' },
    ]);
    await scene.rows(`update ats.share_requests set ats_id = 'R-2'`);
    for (const command of ['apply', 'sync']) expect((await scene.run([command])).code).toBe(3);
    expect(await open(scene)).toMatchObject([
      { kind: 'remote_deleted', ats_id: 'R-2/jane@reviewers.example' },
    ]);
    expect(mails()).toBe(2);
  });
});
