/**
 * Changes that leave no trace in any listing: found by reading single objects again, the oldest first.
 * @module-tag rare
 */
import { describe, expect, it, onTestFinished } from 'vitest';
import { aJob, anInterview, openPushScene } from '../../support/push-scene.js';
import { openScene, type Scene } from '../../support/scene.js';

/** Somebody closes the share link of an interview in Spark Hire; nothing says when the interview changed. */
async function closedByHand(scene: Scene): Promise<string> {
  const { emulator } = scene;
  // One that has not changed lately: those are read again anyway.
  const [shared] = [...emulator.state.interviews.values()]
    .filter(({ shareLink }) => shareLink !== null)
    .sort((a, b) => a.updatedAt - b.updatedAt);
  const answer = await fetch(
    `${emulator.url}/interviews/${shared!.uuid}/share_link/${shared!.shareLink!.uuid}`,
    {
      method: 'PUT',
      headers: {
        authorization: `Basic ${Buffer.from(`${emulator.adminKey}:`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ status: 'inactive' }),
    },
  );
  expect(answer.ok).toBe(true);
  return shared!.uuid;
}

const aDayLater = (scene: Scene) =>
  scene.rows(`update sparkhire.interviews set details_at = details_at - interval '21 hours';
    update sync.checkpoints set completed_at = completed_at - interval '21 hours'`);

const shareStatus = async (scene: Scene, uuid: string) =>
  (
    await scene.rows<{ share_status: string }>(
      'select share_status from sparkhire.interviews where uuid = $1',
      [uuid],
    )
  )[0]!.share_status;

describe('a share link that was closed by hand', () => {
  it('is found by the next backfill that is a day later, within the limit of a pass', async () => {
    const scene = await openScene(onTestFinished, { switches: { shareLinkTouches: false } });
    const some = { SYNC_CONFIG: scene.settingsFile('mirror: {detailsAgainPerSweep: 1000}') };
    await scene.command(['backfill'], some).ended;
    const uuid = await closedByHand(scene);
    scene.emulator.requests.length = 0;
    await scene.command(['backfill'], some).ended;
    const single = () =>
      scene.emulator.requests.filter(({ path }) => /interviews\/[0-9a-f-]+$/.test(path)).length;
    expect(single()).toBe(0);
    expect(await shareStatus(scene, uuid)).toBe('active');

    await aDayLater(scene);
    // Who changed within that day is read again for another reason: here nobody did.
    await scene.rows(
      `update sparkhire.interviews set details_at = now() where details_at < coalesce(updated_at, created_at) + interval '30 s' and uuid <> $1`,
      [uuid],
    );
    const few = { SYNC_CONFIG: scene.settingsFile('mirror: {detailsAgainPerSweep: 2}') };
    await scene.command(['backfill'], few).ended;
    expect(single()).toBe(2);
    await scene.command(['backfill'], some).ended;
    expect(await shareStatus(scene, uuid)).toBe('inactive');
    expect(await scene.wrong()).toEqual([]);
  });

  it('is found by the sweep of the service', async () => {
    const scene = await openScene(onTestFinished, { switches: { shareLinkTouches: false } });
    await scene.command(['backfill']).ended;
    const uuid = await closedByHand(scene);
    await aDayLater(scene);
    await scene.rows(
      `update sync.checkpoints set completed_at = completed_at - interval '2 days' where kind = 'sweep'`,
    );
    await scene.start();
    await scene.isTrue();
    expect(await shareStatus(scene, uuid)).toBe('inactive');
  });
});

it('questions that change in the second in which they were read are read once more', async () => {
  const scene = await openScene(onTestFinished, { interviews: 3 });
  scene.emulator.clock.freeze();
  const made = scene.emulator.act.addInterview({ type: 'one_way' });
  await scene.command(['backfill']).ended;
  const question = made.questions[0]!;
  question.text = 'Said differently in the same second';
  scene.emulator.state.interviews.touch();
  await scene.command(['sync']).ended;
  await scene.rows(`update sparkhire.interviews set details_at = details_at - interval '31 s';
    update sync.checkpoints set completed_at = completed_at - interval '16 minutes' where kind = 'incremental'`);
  await scene.command(['sync']).ended;
  expect(await scene.wrong()).toEqual([]);
});

it('details that answer 404 right after a change are read once more: the copy that answers may be behind', async () => {
  const scene = await openScene(onTestFinished, { interviews: 3 });
  await scene.command(['backfill']).ended;
  const made = scene.emulator.act.addInterview({ type: 'one_way' });
  scene.emulator.faults.add({ path: made.uuid, effect: { kind: 'status', status: 404 }, count: 1 });
  await scene.command(['sync']).ended;
  const [row] = await scene.rows<{ deleted_at: Date | null; details_due: boolean }>(
    'select deleted_at, details_due from sparkhire.interviews where uuid = $1',
    [made.uuid],
  );
  expect(row).toEqual({ deleted_at: null, details_due: false });
  await scene.rows(`update sparkhire.interviews set details_at = details_at - interval '31 s';
    update sync.checkpoints set completed_at = completed_at - interval '16 minutes' where kind = 'incremental'`);
  await scene.command(['sync']).ended;
  expect(await scene.wrong()).toEqual([]);
});

it('questions that change in the second in which their invitation was made from here are found a day later', async () => {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1'));
  await scene.put('interviews', anInterview('I-1', 'J-1', 'ada@example.org'));
  await scene.run(['sync']);
  const [made] = [...scene.emulator.state.interviews.values()];
  made!.questions[0]!.text = 'Why rye?';
  scene.emulator.state.interviews.touch();
  await scene.rows(`update sparkhire.interviews set details_at = details_at - interval '21 hours';
    update sync.links set linked_at = linked_at - interval '21 hours'`);
  await scene.run(['backfill']);
  expect(await scene.rows('select text from sparkhire.interview_questions')).toEqual([{ text: 'Why rye?' }]);
});
