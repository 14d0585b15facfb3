/**
 * Whoever a row names acts, or the row waits and says for what: also where the name or the user is no good.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import type { IssueGroup } from '../../../src/story/issues.js';
import { aJob, anInterview, missingNoMore, openPushScene } from '../../support/push-scene.js';

const encryption = { SYNC_ENCRYPTION_KEY: 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=' };

it('nobody acts for one who is disabled at the first load, or for a reference of blanks, whatever else is allowed', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const { emulator } = scene;
  const others = 'keys: { absent: administrator, missing: administrator, refused: hold }';
  const more = {
    ...encryption,
    SYNC_CONFIG: scene.settingsFile(`policies: { ${missingNoMore}, ${others} }\n`),
  };
  const { uuid } = emulator.act.addUser({ name: 'Dis', email: 'dis@example.org', role: 'standard' });
  emulator.act.disableUser(uuid);
  await scene.put('users', { ats_id: 'D-1', name: 'Dis', email: 'Dis@example.org', role: 'standard' });
  await scene.put('jobs', aJob('J-1'), aJob('J-2', { owner_ats_id: '\u00a0' }));
  const asks = (n: number, requested_by_ats_id: string) =>
    anInterview(`I-${n}`, 'J-1', `c${n}@example.org`, { requested_by_ats_id });
  await scene.put('interviews', asks(1, 'D-1'), asks(2, ' '), asks(3, '\u3164'));
  for (const _ of [1, 2]) {
    await scene.run(['sync'], more);
    expect(scene.invited()).toEqual([]);
    expect((await scene.view('user'))['D-1']).toMatchObject({
      state: 'held',
      sparkhire_uuid: uuid,
      issues: [{ code: 'DECISION_NEEDED', field: 'active' }],
    });
    const { 'I-1': first, ...blank } = await scene.view('interview');
    expect(first).toMatchObject({
      state: 'held',
      issues: [{ message: expect.stringMatching(/is disabled/) }],
    });
    for (const row of [...Object.values(blank), (await scene.view('job'))['J-2']!])
      expect(row).toMatchObject({ state: 'rejected', issues: [{ code: 'INVALID_FORMAT' }] });
  }
  expect(scene.writes().filter(({ path }) => path.endsWith('/users'))).toEqual([]);
  emulator.act.enableUser(uuid);
  const [job] = emulator.state.jobs.values();
  emulator.act.addJobMember(job!.uuid, { userUuid: uuid });
  await scene.run(['sync'], more);
  expect(scene.invited()).toEqual(['c1@example.org']);
  expect([...emulator.state.interviews.values()].map(({ createdBy }) => createdBy)).toEqual([uuid]);
});

it('what is hidden from the person who asks is told as that, and sent once they may see it', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const { emulator } = scene;
  const more = { ...encryption, SYNC_CONFIG: scene.settingsFile(`policies: { ${missingNoMore} }\n`) };
  const { uuid } = emulator.act.addUser({ name: 'Jane', email: 'jane@example.org', role: 'standard' });
  await scene.put('users', { ats_id: 'U-1', name: 'Jane', email: 'jane@example.org', role: 'standard' });
  await scene.put('jobs', aJob('J-1'));
  await scene.put('interviews', anInterview('I-1', 'J-1', 'c1@example.org', { requested_by_ats_id: 'U-1' }));
  expect((await scene.run(['sync'], more)).code).toBe(3);
  const told = {
    state: 'rejected',
    issues: [
      {
        code: 'REMOTE_REJECTED',
        field: 'requested_by_ats_id',
        message: expect.stringMatching(/put jane@example\.org on the job or give them the right/),
      },
    ],
  };
  expect((await scene.view('interview'))['I-1']).toMatchObject(told);
  const [job] = emulator.state.jobs.values();
  emulator.act.addJobMember(job!.uuid, { userUuid: uuid });
  scene.writes();
  await scene.run(['sync'], more);
  expect(scene.writes()).toEqual([]);
  await scene.later(601);
  expect((await scene.run(['sync'], more)).code).toBe(0);
  expect(scene.invited()).toEqual(['c1@example.org']);
});

it('what keeps an invitation from being canceled is told the row that the ATS has, and that row says who acts', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const policies = (more: string) => ({
    SYNC_CONFIG: scene.settingsFile(`policies: { ${missingNoMore}${more} }\n`),
  });
  await scene.put('users', { ats_id: 'U-1', name: 'Jane', email: 'jane@example.org', role: 'standard' });
  await scene.put('jobs', aJob('J-1'));
  const asked = (atsId: string, more = {}) =>
    anInterview(atsId, 'J-1', 'c1@example.org', { requested_by_ats_id: 'U-1', ...more });
  await scene.put('interviews', asked('I-1'));
  await scene.run(['sync'], policies(', keys: { missing: administrator }'));
  expect(scene.invited()).toEqual(['c1@example.org']);
  scene.writes();
  const [jane] = [...scene.emulator.state.users.values()].filter(({ email }) => email === 'jane@example.org');
  scene.emulator.act.disableUser(jane!.uuid);
  await scene.rows('begin; delete from ats.interviews');
  await scene.put('interviews', asked('I-2', { desired: 'canceled' }));
  await scene.rows('commit');
  for (const command of ['sync', 'apply']) {
    await scene.run([command], policies(''));
    expect(scene.writes()).toEqual([]);
    const { 'I-1': old, 'I-2': now } = await scene.view('interview');
    expect(now).toMatchObject({ state: 'held', issues: [{ field: 'requested_by_ats_id' }] });
    expect(now!.issues).toEqual(old!.issues);
  }
  await scene.put('interviews', { ats_id: 'I-2', requested_by_ats_id: null });
  for (const command of ['apply', 'apply']) await scene.run([command], policies(''));
  expect(scene.writes().map(({ method }) => method)).toEqual(['PUT']);
  expect(await scene.states('interview')).toEqual({ 'I-1': 'gone', 'I-2': 'gone' });
});

it('what a deleted row asked for is ended by the administrator once the person it named is disabled; a row that is there can name somebody else', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const policies = (more: string) => ({
    SYNC_CONFIG: scene.settingsFile(`policies: { ${missingNoMore}${more} }\n`),
  });
  await scene.put('users', { ats_id: 'U-1', name: 'Jane', email: 'jane@example.org', role: 'standard' });
  await scene.put('jobs', aJob('J-1'), aJob('J-2', { title: 'Cook', owner_ats_id: 'U-1' }));
  const asked = (atsId: string, n: number) =>
    anInterview(atsId, 'J-1', `c${n}@example.org`, { requested_by_ats_id: 'U-1' });
  await scene.put('interviews', asked('I-1', 1), asked('I-2', 2));
  await scene.run(['sync'], policies(', keys: { missing: administrator }'));
  expect(scene.invited()).toEqual(['c1@example.org', 'c2@example.org']);
  scene.writes();
  const [jane] = [...scene.emulator.state.users.values()].filter(({ email }) => email === 'jane@example.org');
  scene.emulator.act.disableUser(jane!.uuid);
  await scene.rows(`begin; delete from ats.interviews where ats_id = 'I-1'; delete from ats.jobs where ats_id = 'J-2';
    update ats.interviews set desired = 'canceled' where ats_id = 'I-2'; commit`);
  await scene.run(['sync'], policies(''));
  expect(scene.writes().map(({ method }) => method)).toEqual(['PUT', 'PUT']);
  expect(await scene.states('interview')).toEqual({ 'I-1': 'gone', 'I-2': 'held' });
  expect((await scene.states('job'))['J-2']).toBe('gone');
  const [group] = ((await scene.run(['issues'])).json as IssueGroup[]).filter(
    ({ code }) => code === 'UNKNOWN_REFERENCE',
  );
  expect(group).toMatchObject({
    waits_for: 'person',
    remedy: 'Enable the user there, or name somebody else.',
  });
});
