/** The first load of an ordinary ATS: its own words, users who cannot be used, and rows that name each other. */
import { describe, expect, it } from 'vitest';
import { aJob, anInterview, openPushScene, type PushScene } from '../support/push-scene.js';

const aUser = (atsId: string, role: string) => ({
  ats_id: atsId,
  name: `User ${atsId}`,
  email: `${atsId.toLowerCase()}@mill.example`,
  role,
});
const asked = (atsId: string, job: string, user: string | null) =>
  anInterview(atsId, job, `${atsId.toLowerCase()}@example.org`, { requested_by_ats_id: user });

/** One user of theirs has a role nobody knows, and one finds no seat. */
async function load(scene: PushScene): Promise<void> {
  await scene.put('users', aUser('U-1', 'Recruiter'), aUser('U-2', 'boss'));
  await scene.run(['sync']);
  scene.emulator.act.setPlan({ userLimit: 3 });
  await scene.put('users', aUser('U-3', 'hiring_manager'));
  await scene.put(
    'jobs',
    aJob('J-1', { status: 'Published' }),
    aJob('J-2', { owner_ats_id: 'U-2' }),
    aJob('J-3', { status: 'archived' }),
    aJob('J-4', { status: 'opne' }),
  );
  await scene.put(
    'interviews',
    asked('I-1', 'J-1', 'U-1'),
    asked('I-2', 'J-1', 'U-2'),
    asked('I-3', 'J-1', 'U-3'),
    asked('I-4', 'J-2', null),
    asked('I-5', 'J-3', 'U-2'),
    asked('I-6', 'J-4', null),
    asked('I-7', 'J-1', 'U-9'),
    asked('I-8', 'J-9', null),
  );
}

// What is known there is told of that row alone.
const boss =
  /U-2 is rejected: The role "boss" is not known: write administrator or standard, or add the word to policies\.users\.roles in the settings\.$/;
const seatless = /U-3 is held: .*seat/;

async function messages(scene: PushScene, view: 'job' | 'interview'): Promise<Record<string, string[]>> {
  const rows = Object.values(await scene.view(view));
  return Object.fromEntries(
    rows.map(({ ats_id, issues }) => [
      ats_id,
      issues.map(({ field, message }) => `${field}: ${message}`).sort(),
    ]),
  );
}

describe('the first load', () => {
  it('takes the words of the ATS, and each row that waits names the root, in the plan as in its view', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, { userSeats: 5 });
    await load(scene);
    const plan = await scene.command(['plan']).ended;
    expect((await scene.run(['sync'])).code).toBe(3);
    expect(scene.invited()).toEqual(['i-1@example.org']);
    expect(await scene.states('user')).toEqual({ 'U-1': 'synced', 'U-2': 'rejected', 'U-3': 'held' });
    expect(await scene.states('job')).toEqual({
      'J-1': 'synced',
      'J-2': 'held',
      'J-3': 'synced',
      'J-4': 'rejected',
    });
    const told = { ...(await messages(scene, 'job')), ...(await messages(scene, 'interview')) };
    expect(told).toEqual({
      'J-1': [],
      'J-2': [expect.stringMatching(new RegExp(`^owner_ats_id: User ${boss.source}`))],
      'J-3': [],
      'J-4': [
        expect.stringMatching(/^status: The status "opne" is not known: .*Known there: published, active/),
      ],
      'I-1': [],
      'I-2': [expect.stringMatching(new RegExp(`^requested_by_ats_id: User ${boss.source}`))],
      'I-3': [expect.stringMatching(new RegExp(`^requested_by_ats_id: User ${seatless.source}`))],
      'I-4': [expect.stringMatching(new RegExp(`^job_ats_id: Job J-2 is held: User ${boss.source}`))],
      // Both of two reasons.
      'I-5': [
        expect.stringMatching(/^null: Waits for job J-3 to be opened: the ATS has closed it/),
        expect.stringMatching(new RegExp(`^requested_by_ats_id: User ${boss.source}`)),
      ],
      'I-6': [
        expect.stringMatching(
          /^job_ats_id: Job J-4 is rejected: The status "opne" is not known: .* in the settings\.$/,
        ),
      ],
      'I-7': ['requested_by_ats_id: There is no row U-9 in ats.users (yet): this row waits for that one.'],
      'I-8': ['job_ats_id: There is no row J-9 in ats.jobs (yet): this row waits for that one.'],
    });
    const inPlan = plan.stdout.replaceAll(/waits for job/g, 'Waits for job');
    for (const message of Object.values(told).flat()) {
      const text = message.slice(message.indexOf(': ') + 2);
      expect(inPlan).toContain(text.startsWith('Waits') ? text.slice(0, -1) : text);
    }
    // Another pass says the same: nothing is written again.
    const issues = () => scene.rows('select *, xmin::text from sync.issues order by ats_id, field');
    const before = await issues();
    await scene.run(['sync']);
    expect(await issues()).toEqual(before);

    // The root is mended, and all that hung on it goes out.
    await scene.put('users', aUser('U-2', 'coordinator'));
    scene.emulator.act.setPlan({ userLimit: 8 });
    await scene.put('jobs', aJob('J-4'));
    await scene.later(700);
    await scene.run(['sync']);
    expect(scene.invited()).toEqual([1, 2, 3, 4, 6].map((n) => `i-${n}@example.org`));
    expect(await scene.states('interview')).toMatchObject({ 'I-5': 'held', 'I-7': 'held', 'I-8': 'held' });
  });

  it('by the policy, what names a user who cannot be used is written by the administrator; who is still to come is waited for', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, { userSeats: 5 });
    const file = scene.settingsFile(
      'policies: { keys: { provision: command, missing: administrator, absent: administrator } }\n',
    );
    await load(scene);
    await scene.run(['sync'], { SYNC_CONFIG: file });
    expect(scene.invited()).toEqual([1, 2, 3, 4].map((n) => `i-${n}@example.org`));
    expect(await scene.states('job')).toMatchObject({ 'J-2': 'synced' });
    expect(await scene.states('interview')).toMatchObject({ 'I-5': 'held', 'I-7': 'held' });
    // Who was a stranger then acts from now on, and nobody is invited again.
    await scene.put('users', aUser('U-2', 'coordinator'), aUser('U-9', 'member'));
    scene.emulator.act.setPlan({ userLimit: 8 });
    await scene.later(700);
    await scene.run(['sync'], { SYNC_CONFIG: file });
    expect(scene.invited()).toEqual([1, 2, 3, 4, 7].map((n) => `i-${n}@example.org`));
    expect(scene.invitations()).toEqual({ 1: 5 });
  });
});
