/**
 * A loader that writes its tables anew and gives its rows their numbers as keys: most keys mean somebody else each time.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import {
  aJob,
  anInterview,
  missingNoMore,
  openPushScene,
  type PushScene,
} from '../../../support/push-scene.js';

const deadline_at = new Date(Date.now() + 9 * 86_400_000).toISOString();
const row = (at: number, who: string) =>
  anInterview(`I-${at}`, 'J-1', `${who}@example.org`, {
    deadline_at,
    candidate_name: who,
  });

/** The table from its first line on. */
async function load(scene: PushScene, people: readonly string[]): Promise<void> {
  await scene.rows('begin; delete from ats.interviews');
  await scene.put('interviews', ...people.map((who, index) => row(index + 1, who)));
  await scene.rows('commit');
}

async function rounds(scene: PushScene): Promise<void> {
  const env = { SYNC_CONFIG: scene.settingsFile(`policies: { ${missingNoMore} }`) };
  for (const command of ['apply', 'sync', 'apply', 'apply']) await scene.run([command], env);
}

/** Whose interview each row stands for, and how that stands. */
async function stands(scene: PushScene): Promise<Record<string, string>> {
  const found = await scene.rows<{ ats_id: string; email: string; status: string }>(
    `select l.ats_id, m.candidate_email as email, m.status from sync.links l join sparkhire.interviews m using (uuid)
     where l.resource = 'interviews' order by 1`,
  );
  return Object.fromEntries(
    found.map(({ ats_id, email, status }) => [ats_id, `${email.split('@')[0]} ${status}`]),
  );
}

it.for(['requested', 'completed', 'canceled', 'expired'] as const)(
  'a new first line invites one more, and nobody else, though each key means somebody else then; the last was %s',
  async (status, { onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    await scene.put('jobs', aJob('J-1'));
    await load(scene, ['a', 'b', 'c']);
    await rounds(scene);
    const uuid = (await scene.view('interview'))['I-3']!.sparkhire_uuid!;
    const { act } = scene.emulator;
    if (status === 'completed') act.acceptInterview(uuid);
    if (status === 'completed') act.completeInterview(uuid);
    if (status === 'canceled') act.cancelInterview(uuid);
    if (status === 'expired') act.expireInterview(uuid);
    await scene.run(['sync']);
    scene.writes();
    await load(scene, ['x', 'a', 'b', 'c']);
    await rounds(scene);
    expect(scene.writes().map(({ method }) => method)).toEqual(['POST']);
    expect(scene.invitations()).toEqual({ 1: 4 });
    expect(await stands(scene)).toEqual({
      'I-1': 'x requested',
      'I-2': 'a requested',
      'I-3': 'b requested',
      'I-4': `c ${status}`,
    });
  },
);

it('a first line that is gone cancels whom it had invited, and nobody else', async ({ onTestFinished }) => {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1'));
  await load(scene, ['a', 'b', 'c']);
  await rounds(scene);
  scene.writes();
  await load(scene, ['b', 'c']);
  await rounds(scene);
  expect(scene.writes().map(({ method }) => method)).toEqual(['PUT']);
  expect(await stands(scene)).toEqual({ 'I-1': 'b requested', 'I-2': 'c requested', 'I-3': 'a canceled' });
  expect(await scene.states('interview')).toEqual({ 'I-1': 'synced', 'I-2': 'synced', 'I-3': 'gone' });
});

it('a key that was given to somebody else does not have the first one invited again', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1'));
  await load(scene, ['a']);
  await rounds(scene);
  const uuid = (await scene.view('interview'))['I-1']!.sparkhire_uuid!;
  scene.emulator.act.acceptInterview(uuid);
  scene.emulator.act.completeInterview(uuid);
  await scene.put('interviews', row(1, 'b'));
  await rounds(scene);
  expect(await scene.states('interview')).toEqual({ 'I-1': 'rejected' });
  await scene.put('interviews', row(2, 'a'));
  await rounds(scene);
  expect(await stands(scene)).toEqual({ 'I-1': 'b requested', 'I-2': 'a completed' });
  expect(scene.invitations()).toEqual({ 1: 2 });
});
