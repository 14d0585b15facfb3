/**
 * The account's own key is a standard user's: what it may not do is told, and done once an administrator's is there.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import { aJob, anInterview, openPushScene } from '../../support/push-scene.js';

it('what only an administrator may is an issue that says so, and is sent with another key', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const { emulator } = scene;
  const std = emulator.act.addUser({ name: 'Std', email: 'std@example.org', role: 'standard' });
  emulator.act.addUser({ name: 'Jane', email: 'jane@example.org', role: 'standard' });
  const key = emulator.act.makeKey(std.uuid, { key: 'a key of the standard user' });
  await scene.put('users', { ats_id: 'U-1', name: 'New', email: 'new@example.org', role: 'standard' });
  await scene.put('jobs', aJob('J-1'));
  await scene.put('interviews', anInterview('I-1', 'J-1', 'c1@example.org'));
  const sync = (own?: string) => scene.run(['sync'], own === undefined ? {} : { SPARKHIRE_API_KEY: own });

  const refused = await sync(key);
  expect([refused.code, refused.json]).toMatchObject([3, { ok: true, pushed: { created: 2, rejected: 1 } }]);
  expect((await scene.view('user'))['U-1']).toMatchObject({
    state: 'rejected',
    issues: [
      {
        code: 'REMOTE_REJECTED',
        message: expect.stringMatching(/answered 403 to this write.*account's own key.*an administrator's/),
      },
    ],
  });
  expect(await scene.states('interview')).toEqual({ 'I-1': 'synced' });
  // It is not asked again and again.
  scene.writes();
  expect((await sync(key)).code).toBe(3);
  expect(scene.writes()).toEqual([]);

  const keys = await scene.run(['keys', 'provision', 'jane@example.org'], {
    SPARKHIRE_API_KEY: key,
    SYNC_ENCRYPTION_KEY: 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=',
  });
  expect([keys.code, keys.stderr + keys.stdout]).toEqual([
    1,
    expect.stringMatching(/has to be an administrator's/),
  ]);

  const sent = await sync();
  expect([sent.code, sent.json]).toMatchObject([0, { pushed: { created: 1, rejected: 0 } }]);
  expect(scene.writes()).toMatchObject([{ method: 'POST', path: '/v1.0/users' }]);
  expect(scene.invitations()).toEqual({ 1: 1 });
  // Nothing of either key but a mark is kept.
  const [account] = await scene.rows<Record<string, unknown>>('select * from sync.accounts');
  expect(account!.key_mark).toMatch(/^[0-9a-f]{12}$/);
});
