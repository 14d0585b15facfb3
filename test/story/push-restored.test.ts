/** A database that was restored from a backup: what was made since belongs to no row that it knows. */
import { describe, expect, it } from 'vitest';
import { copyTestDatabase } from '../support/database.js';
import { aJob, anInterview, aShareRequest, openPushScene, type PushScene } from '../support/push-scene.js';

type OnFinished = Parameters<typeof openPushScene>[0];

const put = (scene: PushScene, many: number) =>
  scene.put(
    'interviews',
    ...Array.from({ length: many }, (_, n) => anInterview(`I-${n + 1}`, 'J-1', `c${n + 1}@example.org`)),
  );

/** A scene with a job, and its database as it is before anybody is invited: `restored` runs commands with that one. */
async function backedUp(onTestFinished: OnFinished, before: (scene: PushScene) => Promise<void>) {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1'));
  await before(scene);
  await scene.run(['sync']);
  return {
    scene,
    async backUp() {
      const backup = await copyTestDatabase(scene.databaseUrl);
      onTestFinished(() => backup.drop());
      const restored = (args: string[]) => scene.run(args, { DATABASE_URL: backup.url });
      return { restored };
    },
  };
}

const uuidOf = async (scene: PushScene, row: string) => (await scene.view('interview'))[row]!.sparkhire_uuid!;

describe('a database that was restored from an older backup', () => {
  it('asks before it invites again whoever was invited since the backup and whose interview is over by now', async ({
    onTestFinished,
  }) => {
    const { scene, backUp } = await backedUp(onTestFinished, async () => {});
    await put(scene, 4);
    const { restored } = await backUp();
    expect((await scene.run(['apply'])).code).toBe(0);
    scene.emulator.act.cancelInterview(await uuidOf(scene, 'I-1'));
    scene.emulator.act.completeInterview(await uuidOf(scene, 'I-2'));
    scene.emulator.act.expireInterview(await uuidOf(scene, 'I-3'));
    scene.writes();

    const first = await restored(['sync']);
    expect(first).toMatchObject({ code: 3, json: { pushed: { created: 0, adopted: 1, conflicts: 3 } } });
    const asked = (await restored(['conflicts'])).json as Array<Record<string, unknown>>;
    expect(asked.map(({ kind, ats_id }) => [kind, ats_id]).sort()).toEqual([
      ['possible_duplicate', 'I-1'],
      ['possible_duplicate', 'I-2'],
      ['possible_duplicate', 'I-3'],
    ]);
    for (const { id, ats_id } of asked)
      await restored(['conflicts', 'resolve', String(id), '--take', ats_id === 'I-3' ? 'create' : 'link']);
    expect((await restored(['sync'])).json).toMatchObject({ pushed: { created: 1, adopted: 2 } });
    expect(await restored(['sync'])).toMatchObject({ code: 0 });
    expect(scene.invitations()).toEqual({ 1: 3, 2: 1 });
  });

  it('invites again without a question where the database knows what came before', async ({
    onTestFinished,
  }) => {
    const { scene } = await backedUp(onTestFinished, (it) => put(it, 2));
    const jobUuid = (await scene.view('job'))['J-1']!.sparkhire_uuid!;
    // Somebody invites by hand, it comes to nothing, and a person says that it was another one.
    const byHand = scene.emulator.act.addInterview({
      ...{ jobUuid, email: 'c9@example.org', name: 'Candidate 9' },
      scheduledAt: Date.now() + 1e9,
    });
    scene.emulator.act.cancelInterview(byHand.uuid);
    await scene.put('interviews', anInterview('I-9', 'J-1', 'c9@example.org'));
    expect((await scene.run(['sync'])).code).toBe(3);
    const [{ id }] = (await scene.rows<{ id: string }>('select id from sync.conflicts')) as [{ id: string }];
    await scene.resolve(id, 'create');
    expect((await scene.run(['sync'])).code).toBe(0);

    for (const row of ['I-1', 'I-9']) scene.emulator.act.cancelInterview(await uuidOf(scene, row));
    scene.emulator.act.expireInterview(await uuidOf(scene, 'I-2'));
    await scene.run(['sync']);
    await scene.put(
      'interviews',
      ...['1', '2', '9'].map((n) => anInterview(`K-${n}`, 'J-1', `c${n}@example.org`)),
    );
    expect(await scene.run(['sync'])).toMatchObject({ code: 0, json: { pushed: { created: 3 } } });
  });

  it('asks before it mails a reviewer again whose link was closed since the backup', async ({
    onTestFinished,
  }) => {
    const { scene, backUp } = await backedUp(onTestFinished, (it) => put(it, 1));
    scene.emulator.act.completeInterview(await uuidOf(scene, 'I-1'));
    await scene.run(['sync']);
    await scene.put('share_requests', aShareRequest('R-1', ['I-1'], ['jane'], { send_email: true }));
    const { restored } = await backUp();
    expect((await scene.run(['sync'])).json).toMatchObject({ pushed: { created: 1 } });
    for (const link of scene.emulator.state.shareLinks.values()) link.status = 'inactive';
    scene.writes();
    await restored(['backfill']);
    expect(await restored(['sync'])).toMatchObject({
      code: 3,
      json: { pushed: { created: 0, conflicts: 1 } },
    });
    expect(scene.writes()).toEqual([]);
  });
});
