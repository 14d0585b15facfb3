/**
 * E-mail addresses pass from one user to another in one load: in a row, to a new user, in a ring.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import {
  aJob,
  anInterview,
  aShareRequest,
  openPushScene,
  type PushScene,
} from '../../../support/push-scene.js';
import { completed } from '../../../support/share-requests.js';

const aUser = (atsId: string, name: string, more: Record<string, unknown> = {}) => ({
  ats_id: atsId,
  name: `User ${atsId}`,
  email: `${name}@example.org`,
  role: 'standard',
  ...more,
});

type OnFinished = Parameters<typeof openPushScene>[0];

/** U-1 is ann, U-2 is bea, U-3 is cy. */
async function three(onTestFinished: OnFinished): Promise<PushScene> {
  const scene = await openPushScene(onTestFinished);
  await scene.put('users', aUser('U-1', 'ann'), aUser('U-2', 'bea'), aUser('U-3', 'cy'));
  expect((await scene.run(['apply'])).code).toBe(0);
  scene.writes();
  return scene;
}

const addresses = async (scene: PushScene) => {
  const { users } = scene.emulator.state;
  return Object.fromEntries(
    Object.values(await scene.view('user')).map(({ ats_id, sparkhire_uuid }) => [
      ats_id,
      users.get(sparkhire_uuid ?? '')?.email.split('@')[0],
    ]),
  );
};
const isRefused = (scene: PushScene) =>
  scene.emulator.requests.some(({ method, status }) => method !== 'GET' && (status ?? 0) >= 400);

it('addresses that pass along a row of users, the last to a new one, are carried over in one run', async ({
  onTestFinished,
}) => {
  const scene = await three(onTestFinished);
  await scene.put('users', aUser('A-0', 'ann'), aUser('U-1', 'bea'), aUser('U-2', 'cy'), aUser('U-3', 'dan'));
  const { actions } = (await scene.run(['plan'])).json as { actions: Array<{ ats_id: string }> };
  expect(actions.map(({ ats_id }) => ats_id)).toEqual(['U-3', 'U-2', 'U-1', 'A-0']);
  expect((await scene.run(['apply'])).code).toBe(0);
  expect(await addresses(scene)).toEqual({ 'A-0': 'ann', 'U-1': 'bea', 'U-2': 'cy', 'U-3': 'dan' });
  expect(isRefused(scene)).toBe(false);
  expect(await scene.states('user')).toEqual({
    'A-0': 'synced',
    'U-1': 'synced',
    'U-2': 'synced',
    'U-3': 'synced',
  });
});

it('an address waits for the user who has it: one that gives it up late, one that was withdrawn', async ({
  onTestFinished,
}) => {
  const scene = await three(onTestFinished);
  // What is wrong with the row that has the address keeps it there.
  await scene.put('users', aUser('U-1', 'no address', { email: 'none' }), aUser('A-0', 'ann'));
  await scene.put('users', aUser('U-2', 'cy'));
  await scene.put('users', { ...aUser('U-3', 'cy'), deleted_at: '2026-01-01' });
  await scene.put('users', aUser('U-4', 'eve'));
  await scene.run(['apply']);
  await scene.put('users', { ...aUser('U-4', 'eve'), deleted_at: '2026-01-01' }, aUser('A-4', 'eve'));
  await scene.run(['apply']);
  const told = await scene.view('user');
  expect(told['A-0']).toMatchObject({
    state: 'held',
    issues: [{ message: expect.stringContaining('Waits for row U-1') }],
  });
  expect(told['U-2']).toMatchObject({
    state: 'held',
    issues: [{ message: expect.stringContaining('U-3, which was withdrawn') }],
  });
  expect(scene.writes().filter(({ method }) => method === 'PUT')).toEqual([]);
  await scene.put('users', aUser('U-1', 'dan'));
  // One that was marked and came back under another key is that row's.
  expect(told['U-4']).toMatchObject({ state: 'gone', sparkhire_uuid: null });
  scene.emulator.act.deleteUser(told['U-3']!.sparkhire_uuid!);
  await scene.run(['apply']);
  expect(await addresses(scene)).toMatchObject({
    'A-0': 'ann',
    'A-4': 'eve',
    'U-1': 'dan',
    'U-2': 'cy',
  });
  expect(isRefused(scene)).toBe(false);
});

it('users who swap their addresses are told, and do so by way of a third one', async ({ onTestFinished }) => {
  const scene = await three(onTestFinished);
  await scene.put('users', aUser('U-1', 'bea'), aUser('U-2', 'cy'), aUser('U-3', 'ann'));
  expect((await scene.run(['apply'])).code).toBe(3);
  expect(scene.writes()).toEqual([]);
  const told = await scene.view('user');
  for (const row of Object.values(told)) {
    expect(row).toMatchObject({
      state: 'rejected',
      issues: [{ code: 'DUPLICATE', field: 'email', message: expect.stringContaining('a third address') }],
    });
  }
  await scene.put('users', aUser('U-1', 'third'));
  expect((await scene.run(['apply'])).code).toBe(0);
  await scene.put('users', aUser('U-1', 'bea'));
  expect((await scene.run(['apply'])).code).toBe(0);
  expect(await addresses(scene)).toEqual({ 'U-1': 'bea', 'U-2': 'cy', 'U-3': 'ann' });
});

it('a user whose address is kept by another row is told, and an address that was refused is tried again once it is free', async ({
  onTestFinished,
}) => {
  const scene = await three(onTestFinished);
  await scene.put('users', aUser('U-1', 'bea'));
  // Somebody of no row: that it is their address, written otherwise, only Spark Hire knows.
  const other = scene.emulator.act.addUser({ name: 'Eva', email: 'eva+x@example.org' });
  scene.emulator.faults.add({
    method: 'POST',
    path: '/users$',
    count: 1,
    effect: { kind: 'status', status: 400 },
  });
  await scene.put('users', aUser('A-0', 'eva'));
  await scene.run(['sync']);
  const told = await scene.view('user');
  expect(told['U-1']!.issues).toMatchObject([
    { code: 'DUPLICATE', message: expect.stringContaining('row U-2 has this e-mail address') },
  ]);
  expect(told['A-0']!.issues).toMatchObject([{ code: 'REMOTE_REJECTED' }]);
  scene.writes();
  await scene.run(['sync']);
  expect(scene.writes()).toEqual([]);
  scene.emulator.act.editUser(other.uuid, { email: 'eve@example.org' });
  await scene.put('users', aUser('U-2', 'dan'));
  expect((await scene.run(['sync'])).code).toBe(0);
  expect(await addresses(scene)).toMatchObject({ 'A-0': 'eva', 'U-1': 'bea', 'U-2': 'dan' });
});

it('one person in two rows, the domain in letters here and in punycode there, is written to once', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const [letters, punycode] = ['kari@bücher.example', 'Kari@XN--BCHER-KVA.example'];
  await scene.put(
    'users',
    aUser('U-1', 'ann', { email: letters.replace('kari', 'ann') }),
    aUser('U-2', 'ann', { email: punycode.replace('Kari', 'ann') }),
  );
  await scene.put('jobs', aJob('J-1'));
  await scene.put(
    'interviews',
    anInterview('I-1', 'J-1', letters),
    anInterview('I-2', 'J-1', punycode),
    anInterview('I-3', 'J-1', 'kari@bucher.example'),
  );
  await scene.run(['apply']);
  await scene.put('interviews', anInterview('I-4', 'J-1', punycode));
  await scene.run(['apply']);
  expect(scene.invited().sort()).toEqual(['kari@bucher.example', letters]);
  const isTwin = (of: string) => ({
    state: 'rejected',
    issues: [{ code: 'DUPLICATE', message: expect.stringContaining(of) }],
  });
  expect(await scene.view('interview')).toMatchObject({
    'I-1': { state: 'synced' },
    'I-2': isTwin('I-1'),
    'I-3': { state: 'synced' },
    'I-4': isTwin('I-1'),
  });
  expect(await scene.view('user')).toMatchObject({ 'U-1': { state: 'synced' }, 'U-2': isTwin('U-1') });
});

it('a reviewer in two spellings of an address gets one link, in one request and in two', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  await completed(scene, 1);
  const named = (...domains: string[]) => ({
    reviewers: domains.map((domain) => ({ name: 'Jane', email: `jane@${domain}` })),
  });
  const [letters, punycode] = ['bücher.example', 'xn--bcher-kva.example'];
  await scene.put('share_requests', aShareRequest('R-1', ['I-1'], [], named(letters)));
  await scene.put('share_requests', aShareRequest('R-2', ['I-1'], [], named(punycode)));
  await scene.put('share_requests', aShareRequest('R-3', ['I-1'], [], named(punycode, letters)));
  await scene.run(['apply']);
  expect(scene.emulator.state.shareLinks.size).toBe(1);
  // The same wish in the other spelling is no other reviewer: the link stays, and nobody is written to again.
  await scene.put('share_requests', aShareRequest('R-1', ['I-1'], [], named(punycode)));
  await scene.run(['apply']);
  expect([...scene.emulator.state.shareLinks.values()].map(({ status }) => status)).toEqual(['active']);
});
