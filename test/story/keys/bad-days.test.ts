/**
 * Keys of users on bad days: what one user or one object meets stops nobody else, and nothing is lost for good.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '#emulators/emulator/index';
import { aJob, anInterview, openPushScene, withoutBackoff } from '../../support/push-scene.js';

withoutBackoff();

const sealed = { SYNC_ENCRYPTION_KEY: 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=' };

/** Jane (U-1), Tom (U-2) and the user of the account's own key (U-Own), linked. */
async function open(onFinished: Parameters<typeof openPushScene>[0], options: EmulatorOptions = {}) {
  const scene = await openPushScene(onFinished, { withoutKey: 'hold', ...options });
  const { emulator } = scene;
  const person = (name: string) => {
    const email = `${name}@example.org`;
    const { uuid } = emulator.act.addUser({ name, email, role: 'standard' });
    return { uuid, name, email, key: emulator.act.makeKey(uuid, { key: `secret of ${name}` }) };
  };
  const [jane, tom] = [person('jane'), person('tom')];
  const own = emulator.state.users.get(emulator.state.keys.get(emulator.adminKey)!.userUuid)!;
  const people = { 'U-1': jane, 'U-2': tom, 'U-Own': own };
  await scene.put(
    'users',
    ...Object.entries(people).map(([ats_id, { name, email }]) => ({ ats_id, name, email })),
  );
  const sync = (more: Record<string, string> = {}) => scene.run(['sync'], { ...sealed, ...more });
  expect((await sync()).code).toBe(0);
  return {
    ...scene,
    jane,
    tom,
    own,
    sync,
    keys: (args: string[], input?: string) => scene.run(['keys', ...args], sealed, input),
    inviters: () =>
      Object.fromEntries(
        [...emulator.state.interviews.values()].map(({ candidate, createdBy }) => [
          candidate.email,
          emulator.state.users.get(createdBy)!.email,
        ]),
      ),
  };
}

const requested = (n: number, user: string | null) =>
  anInterview(`I-${n}`, 'J-1', `c${n}@example.org`, { requested_by_ats_id: user });

describe('keys', () => {
  it('a key that cannot be made on demand just now stops nobody else', async ({ onTestFinished }) => {
    const scene = await open(onTestFinished);
    const { emulator, jane } = scene;
    const file = scene.settingsFile('policies: { keys: { provision: demand } }\nwrite: { concurrency: 1 }\n');
    const more = { SYNC_CONFIG: file };
    await scene.put('jobs', aJob('J-1'));
    await scene.sync(more);
    const [job] = emulator.state.jobs.values();
    emulator.act.addJobMember(job!.uuid, { userUuid: jane.uuid });
    const failing = emulator.faults.add({
      path: '/integration_key',
      effect: { kind: 'status', status: 500 },
    });
    await scene.put('interviews', requested(1, 'U-1'), requested(2, null), requested(3, 'U-1'));
    const asked = () => emulator.requests.filter(({ path }) => path.includes('/integration_key')).length;
    const before = asked();
    expect(await scene.sync(more)).toMatchObject({ code: 3, json: { pushed: { created: 1, held: 2 } } });
    expect(Object.keys(scene.inviters())).toEqual(['c2@example.org']);
    // Once for both rows, that is with its retries.
    expect(asked() - before).toBeLessThanOrEqual(5);
    expect((await scene.view('interview'))['I-1']!.issues).toMatchObject([
      { code: 'UNKNOWN_REFERENCE', message: expect.stringMatching(/could be made just now.*500/) },
    ]);
    emulator.faults.remove(failing);
    // Not asked for again at once; but a minute later.
    const once = asked();
    expect((await scene.sync(more)).code).toBe(3);
    expect(asked()).toBe(once);
    await scene.later(60);
    expect((await scene.sync(more)).code).toBe(0);
    expect(scene.inviters()).toMatchObject({ 'c1@example.org': jane.email, 'c3@example.org': jane.email });
    expect(scene.invitations()).toEqual({ 1: 3 });
  });

  it('`keys provision` names the key that cannot be had, and stores the others', async ({
    onTestFinished,
  }) => {
    const scene = await open(onTestFinished);
    const { emulator, jane, tom, own } = scene;
    const effect = { kind: 'status', status: 500 } as const;
    emulator.faults.add({ path: `${jane.uuid}/integration_key`, effect });
    const { code, stdout } = await scene.command(['keys', 'provision'], sealed).ended;
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Failed: jane@example\.org: GET \/users\/:uuid\/integration_key answered 500/m);
    const stored = (await scene.keys(['list'])).json as { keys: Array<{ email: string }> };
    expect(stored.keys.map(({ email }) => email).sort()).toEqual([own.email, tom.email].sort());
  });

  it("the account's own key is its user's, and another administrator's key is not", async ({
    onTestFinished,
  }) => {
    const scene = await open(onTestFinished);
    const { emulator, jane, own } = scene;
    await scene.keys(['set', jane.email], jane.key);
    await scene.put('jobs', aJob('J-1', { owner_ats_id: 'U-Own' }));
    await scene.put('interviews', requested(1, 'U-Own'), requested(2, 'U-2'));
    expect((await scene.sync()).code).toBe(3);
    expect(await scene.states('interview')).toEqual({ 'I-1': 'synced', 'I-2': 'held' });
    expect(scene.inviters()).toEqual({ 'c1@example.org': own.email });

    // Another administrator's key from now on, which no sweep has seen yet: it is not taken for theirs.
    const other = emulator.act.addUser({ name: 'Ann', email: 'ann@example.org', role: 'administrator' });
    await scene.put('interviews', requested(3, 'U-Own'));
    expect((await scene.sync({ SPARKHIRE_API_KEY: emulator.act.makeKey(other.uuid) })).code).toBe(3);
    expect((await scene.view('interview'))['I-3']).toMatchObject({
      state: 'held',
      issues: [{ field: 'requested_by_ats_id' }],
    });
  });

  it('a share link whose making got no answer is opened with the key of who asked for it', async ({
    onTestFinished,
  }) => {
    const scene = await open(onTestFinished);
    const { emulator, jane } = scene;
    await scene.keys(['set', jane.email], jane.key);
    await scene.put('jobs', aJob('J-1', { owner_ats_id: 'U-1' }));
    await scene.put('interviews', { ...requested(1, 'U-1'), share: true });
    expect((await scene.sync()).code).toBe(0);
    const [interview] = emulator.state.interviews.values();
    emulator.act.completeInterview(interview!.uuid);
    // It is made closed, and the answer does not arrive.
    emulator.faults.add({
      method: 'POST',
      path: '/share_link$',
      effect: { kind: 'reset', when: 'after' },
    });
    emulator.onRequest(({ method }) => {
      if (method === 'GET' && interview!.shareLink?.updatedBy === jane.uuid && puts().length === 0)
        interview!.shareLink.status = 'inactive';
    });
    const puts = () =>
      emulator.requests.filter(({ method, path }) => method === 'PUT' && path.includes('/share_link/'));
    expect((await scene.sync()).code).toBe(0);
    expect(puts().map(({ userUuid }) => userUuid)).toEqual([jane.uuid]);
    expect(interview!.shareLink?.status).toBe('active');
  });

  it('a 401 that the account meets as well marks no key', async ({ onTestFinished }) => {
    const scene = await open(onTestFinished);
    const { emulator, jane } = scene;
    await scene.keys(['set', jane.email], jane.key);
    await scene.put('jobs', aJob('J-1', { owner_ats_id: 'U-1' }));
    await scene.sync();
    await scene.put('interviews', requested(1, 'U-1'));
    // From the invitation on nobody is let in.
    let rule: number | undefined;
    emulator.onRequest(({ method, path }) => {
      if (method !== 'POST' || !path.endsWith('/interviews') || rule !== undefined) return;
      rule = emulator.faults.add({ effect: { kind: 'status', status: 401, body: 'html' } });
    });
    const body = { kind: 'status', status: 401, body: 'html' } as const;
    emulator.faults.add({ method: 'POST', path: '/interviews$', count: 1, effect: body });
    expect(await scene.sync()).toMatchObject({ code: 1, json: { error: { code: 'KEY_REFUSED' } } });
    emulator.faults.remove(rule!);
    expect(await scene.rows('select state from sync.user_keys')).toEqual([{ state: 'usable' }]);
    expect((await scene.sync()).code).toBe(0);
    expect(scene.inviters()).toEqual({ 'c1@example.org': jane.email });
    expect(scene.invitations()).toEqual({ 1: 1 });
  });

  it('a new key has what was refused to its user tried again, once', async ({ onTestFinished }) => {
    const scene = await open(onTestFinished);
    const { emulator, jane } = scene;
    await scene.keys(['set', jane.email], jane.key);
    await scene.put('jobs', aJob('J-1'));
    await scene.put('interviews', requested(1, 'U-1'));
    expect((await scene.sync()).code).toBe(3);
    expect((await scene.view('interview'))['I-1']!.issues).toMatchObject([{ code: 'REMOTE_REJECTED' }]);
    scene.writes();
    expect((await scene.sync()).code).toBe(3);
    expect(scene.writes()).toEqual([]);
    // The same person with another key, and still not allowed.
    await scene.keys(['set', jane.email], emulator.act.makeKey(jane.uuid, { key: 'another of jane' }));
    expect((await scene.sync()).code).toBe(3);
    expect((await scene.sync()).code).toBe(3);
    expect(scene.writes().map(({ method }) => method)).toEqual(['POST']);
    const [job] = emulator.state.jobs.values();
    emulator.act.addJobMember(job!.uuid, { userUuid: jane.uuid });
    await scene.keys(['set', jane.email], jane.key);
    expect((await scene.sync()).code).toBe(0);
    expect(scene.inviters()).toEqual({ 'c1@example.org': jane.email });
  });

  it('what a refused key may not write the administrator writes by the policy, once', async ({
    onTestFinished,
  }) => {
    const scene = await open(onTestFinished);
    const { emulator, jane } = scene;
    const more = { SYNC_CONFIG: scene.settingsFile('policies: { keys: { refused: administrator } }\n') };
    await scene.keys(['set', jane.email], jane.key);
    await scene.put('jobs', aJob('J-1'));
    await scene.sync(more);
    emulator.act.revokeKey({ key: jane.key });
    emulator.faults.add({
      method: 'POST',
      path: '/interviews$',
      nth: 2,
      effect: { kind: 'status', status: 403 },
    });
    await scene.put('interviews', requested(1, 'U-1'));
    scene.writes();
    // Neither may send it; and that is not tried again and again.
    expect((await scene.sync(more)).code).toBe(3);
    expect((await scene.sync(more)).code).toBe(3);
    expect((await scene.sync(more)).code).toBe(3);
    expect(scene.writes()).toHaveLength(2);
    expect((await scene.view('interview'))['I-1']!.issues).toMatchObject([{ code: 'REMOTE_REJECTED' }]);
  });

  it("a user's key writes, and the administrator's reads what a change answers nothing about", async ({
    onTestFinished,
  }) => {
    const scene = await open(onTestFinished);
    const { emulator, jane } = scene;
    await scene.keys(['set', jane.email], jane.key);
    await scene.put('jobs', aJob('J-1', { owner_ats_id: 'U-1' }));
    await scene.sync();
    const nothing = { kind: 'status', status: 204, body: 'empty', when: 'after' } as const;
    emulator.faults.add({ method: 'PUT', effect: nothing });
    await scene.put('jobs', aJob('J-1', { owner_ats_id: 'U-1', title: 'Head baker' }));
    const before = emulator.requests.length;
    expect((await scene.sync()).code).toBe(0);
    expect(await scene.states('job')).toEqual({ 'J-1': 'synced' });
    const byJane = emulator.requests.slice(before).filter(({ userUuid }) => userUuid === jane.uuid);
    expect(byJane.map(({ method }) => method)).toEqual(['PUT']);
  });

  it("`keys provision` does not replace the account's own key", async ({ onTestFinished }) => {
    const scene = await open(onTestFinished);
    const { emulator, own } = scene;
    await scene.keys(['provision', own.email]);
    // The account's own key is asked about first; then the one that is shown.
    emulator.faults.add({ path: '/me$', nth: 2, effect: { kind: 'status', status: 401 } });
    const again = await scene.keys(['provision', own.email]);
    expect(again).toMatchObject({ code: 1, json: { keys: [{ error: { code: 'KEY_REFUSED' } }] } });
    expect(scene.writes().filter(({ method }) => method === 'PUT')).toEqual([]);
  });
});

describe('an object that cannot be read before it is changed', () => {
  it('an object that cannot be read before it is changed waits, is told, and stops no other', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { emulator } = scene;
    const more = { SYNC_CONFIG: scene.settingsFile('write: { concurrency: 1 }\n') };
    const names = ['J-1', 'J-2', 'J-3'];
    await scene.put('jobs', ...names.map((name) => aJob(name)));
    await scene.put('interviews', anInterview('I-1', 'J-2', 'one@example.org'));
    expect((await scene.run(['sync'], more)).code).toBe(0);
    const { uuid } = [...emulator.state.jobs.values()].find(({ title }) => title === 'Job J-1')!;
    const failing = emulator.faults.add({
      method: 'GET',
      path: `/jobs/${uuid}`,
      effect: { kind: 'status', status: 500 },
    });
    await scene.put('jobs', ...names.map((name) => aJob(name, { title: `New ${name}` })));
    await scene.put('interviews', anInterview('I-2', 'J-2', 'two@example.org'));
    const result = await scene.run(['sync'], more);
    expect(result).toMatchObject({ code: 1, json: { ok: false, error: { code: 'REMOTE_FAILED' } } });
    expect(result.stderr).toContain('object_unread');
    const titles = () => [...emulator.state.jobs.values()].map(({ title }) => title).sort();
    expect(titles()).toEqual(['Job J-1', 'New J-2', 'New J-3']);
    expect(scene.invited()).toEqual(['one@example.org', 'two@example.org']);
    emulator.faults.remove(failing);
    expect((await scene.run(['sync'], more)).code).toBe(0);
    expect(titles()).toEqual(['New J-1', 'New J-2', 'New J-3']);
  });
});
