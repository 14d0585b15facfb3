/**
 * An ATS that gives the key of what it deleted to something new.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import { aJob, anInterview, openPushScene } from '../../../support/push-scene.js';

it('a job under the key of one that was deleted is another job, and those who are invited to it are not put into the old one', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const SYNC_CONFIG = scene.settingsFile(
    'policies: { massChange: { missingSeconds: 0, share: 1, rows: 100 }, keys: { missing: administrator } }',
  );
  const round = () => scene.run(['sync'], { SYNC_CONFIG });
  await scene.put('jobs', aJob('J-1', { title: 'Baker' }));
  await scene.put('jobs', aJob('J-2', { title: 'Cook' }));
  await scene.put('interviews', anInterview('I-1', 'J-1', 'a@example.org'));
  await round();
  await scene.rows('begin; delete from ats.interviews; delete from ats.jobs; commit');
  await round();
  await round();
  const jobs = () =>
    [...scene.emulator.state.jobs.values()].map(({ title, status }) => `${title} ${status}`).sort();
  expect(jobs()).toEqual(['Baker inactive', 'Cook inactive']);
  await scene.put('jobs', aJob('J-1', { title: 'Pilot' }));
  await scene.put('interviews', anInterview('I-2', 'J-1', 'z@example.org'));
  // Nobody had been invited to the one, nor is to the other.
  await scene.put('jobs', aJob('J-2', { title: 'Sailor' }));
  await round();
  await round();
  const all = ['Baker inactive', 'Cook inactive', 'Pilot active', 'Sailor active'];
  expect(jobs()).toEqual(all);
  const { state } = scene.emulator;
  expect(
    [...state.interviews.values()].map(
      ({ candidate, status, jobUuid }) => `${candidate.email} ${status} ${state.jobs.get(jobUuid)!.title}`,
    ),
  ).toEqual(['a@example.org canceled Baker', 'z@example.org requested Pilot']);
  expect(await scene.states('job')).toEqual({ 'J-1': 'synced', 'J-2': 'synced' });
  // The same job, back under its key, is that job again.
  await scene.rows('begin; delete from ats.interviews; delete from ats.jobs; commit');
  await round();
  await scene.put('jobs', aJob('J-1', { title: 'Pilot' }));
  await scene.put('jobs', aJob('J-2', { title: 'Sailor' }));
  await round();
  expect(jobs()).toEqual(all);
});

const emptied = 'policies: { massChange: { missingSeconds: 0, share: 1, rows: 100 } }';

it("a user under the key of one who was gone is somebody else: nobody's login becomes another person's, and whoever comes back is the same", async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const SYNC_CONFIG = scene.settingsFile(emptied);
  const round = () => scene.run(['sync'], { SYNC_CONFIG });
  const put = (atsId: string, name: string, email: string) =>
    scene.put('users', { ats_id: atsId, name, email, role: 'standard' });
  const uuid = async () => (await scene.view('user'))['U-1']!.sparkhire_uuid;
  const who = async () =>
    (await scene.rows(
      "select name, email from sparkhire.users where email like '%@new.example' order by 1",
    )) as unknown;
  await put('U-1', 'Ann', 'ann@new.example');
  await round();
  const anns = await uuid();
  await scene.rows('delete from ats.users');
  await round();
  // Not usable at first: that her row was gone is not forgotten over it.
  await put('U-1', 'Bob', 'bob');
  await round();
  await put('U-1', 'Bob', 'bob@new.example');
  await round();
  expect(await who()).toEqual([
    { name: 'Ann', email: 'ann@new.example' },
    { name: 'Bob', email: 'bob@new.example' },
  ]);
  const bobs = await uuid();
  expect(bobs).not.toBe(anns);
  // Ann comes back under a key of her own; Bob goes and comes back with another address, and it is him.
  await put('U-2', 'Ann', 'ann@new.example');
  await scene.rows("delete from ats.users where ats_id = 'U-1'");
  await round();
  await put('U-1', 'Bob', 'bob.berg@new.example');
  await round();
  await round();
  expect(await who()).toEqual([
    { name: 'Ann', email: 'ann@new.example' },
    { name: 'Bob', email: 'bob.berg@new.example' },
  ]);
  expect(await uuid()).toBe(bobs);
  expect(await scene.states('user')).toEqual({ 'U-1': 'synced', 'U-2': 'synced' });
});

it('a job and a candidate under the keys of those that were marked as deleted are others, and both are made', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const SYNC_CONFIG = scene.settingsFile(`${emptied.slice(0, -1)}, keys: { missing: administrator } }`);
  const round = () => scene.run(['sync'], { SYNC_CONFIG });
  await scene.put('jobs', aJob('J-1', { title: 'Baker' }));
  await scene.put('interviews', anInterview('I-1', 'J-1', 'a@example.org', { candidate_name: 'Ann' }));
  await round();
  await scene.rows(
    'begin; update ats.interviews set deleted_at = now(); update ats.jobs set deleted_at = now(); commit',
  );
  await round();
  await round();
  await scene.put('jobs', { ...aJob('J-1', { title: 'Pilot' }), deleted_at: null });
  await scene.put('interviews', {
    ...anInterview('I-1', 'J-1', 'z@example.org', { candidate_name: 'Zoe' }),
    deleted_at: null,
  });
  await round();
  await round();
  const { state } = scene.emulator;
  expect([...state.jobs.values()].map(({ title, status }) => `${title} ${status}`).sort()).toEqual([
    'Baker inactive',
    'Pilot active',
  ]);
  expect(
    [...state.interviews.values()].map(
      ({ candidate, status, jobUuid }) => `${candidate.email} ${status} ${state.jobs.get(jobUuid)!.title}`,
    ),
  ).toEqual(['a@example.org canceled Baker', 'z@example.org requested Pilot']);
  expect(await scene.states('job')).toEqual({ 'J-1': 'synced' });
  expect(await scene.states('interview')).toEqual({ 'I-1': 'synced' });
});

it('what has the key of a job or user that this service deleted is made, and what comes back is a question', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const SYNC_CONFIG = scene.settingsFile(
    `policies: { massChange: { missingSeconds: 0, share: 1, rows: 100 }, keys: { missing: administrator },
      jobs: { withdrawn: delete }, users: { withdrawn: delete, paid: allow } }`,
  );
  const round = () => scene.run(['sync'], { SYNC_CONFIG });
  const { state } = scene.emulator;
  const aUser = (key: string, name: string) => ({
    ...{ ats_id: key, name, role: 'standard', email: `${name.toLowerCase()}@company.example` },
  });
  await scene.put('jobs', aJob('J-1', { title: 'Nurse' }));
  await scene.put('jobs', aJob('J-2', { title: 'Cook' }));
  await scene.put('users', aUser('U-1', 'Ann'));
  await round();
  await scene.rows('begin; delete from ats.jobs; delete from ats.users; commit');
  await round();
  expect(await scene.states('job')).toEqual({ 'J-1': 'gone', 'J-2': 'gone' });
  await scene.put('jobs', aJob('J-1', { title: 'Baker' }));
  await scene.put('jobs', aJob('J-2', { title: 'Cook' }));
  await scene.put('users', aUser('U-1', 'Bob'));
  await round();
  expect([...state.jobs.values()].filter(({ status }) => status === 'active')).toMatchObject([
    { title: 'Baker' },
  ]);
  expect([...state.users.values()].map(({ name }) => name)).toContain('Bob');
  expect(await scene.states('user')).toEqual({ 'U-1': 'synced' });
  expect(await scene.states('job')).toEqual({ 'J-1': 'synced', 'J-2': 'conflict' });
  expect(await scene.rows('select reason from sync.conflicts where resolved_at is null')).toEqual([
    {
      reason:
        'It was deleted in Spark Hire by this service, when the ATS had withdrawn it, and the ATS asks for it.',
    },
  ]);
});
