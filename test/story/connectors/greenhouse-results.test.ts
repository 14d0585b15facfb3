/** From a stage in Greenhouse to an invitation, and what became of it back to the candidate. */
import { describe, expect, it } from 'vitest';
import { connectGreenhouse } from '../../support/greenhouse-scene.js';
import { openPushScene, withoutBackoff } from '../../support/push-scene.js';

withoutBackoff();

describe('an invitation because of a stage in Greenhouse', () => {
  it('is told there when it was sent and when it is completed, by commands alone', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { greenhouse, variables, notes } = await connectGreenhouse(scene, onTestFinished);
    const { id } = greenhouse.act.apply({ stage: 'Video interview' });

    const invited = await scene.run(['sync'], variables);
    expect([invited.code, invited.json]).toMatchObject([
      0,
      { pushed: { created: 3 }, writtenBack: { written: 1, refused: 0, waiting: 0 } },
    ]);
    const [row] = Object.values(await scene.view('interview'));
    const uuid = row!.sparkhire_uuid!;
    expect(notes(id)).toEqual([expect.stringContaining(`[sparkhire-sync ${uuid} invited]`)]);

    scene.emulator.act.acceptInterview(uuid);
    scene.emulator.act.completeInterview(uuid, { rating: 4.5 });
    const completed = await scene.run(['sync'], variables);
    expect([completed.code, completed.json]).toMatchObject([0, { writtenBack: { written: 1 } }]);
    expect(notes(id)[1]).toMatch(/^Completed the video interview.*\nRating: 4\.5 of 5\.\nWatch it: https:/);

    const again = await scene.run(['sync'], variables);
    expect([again.code, again.json]).toMatchObject([0, { writtenBack: { written: 0 } }]);
    expect(notes(id)).toHaveLength(2);

    const { json } = await scene.run(['status'], variables);
    expect(json).toMatchObject({
      accounts: [{ results: { written: 2, waiting: 0, refused: 0, lastError: null, followed: 0 } }],
    });
    expect((await scene.command(['status'], variables).ended).stdout).toContain('2 written back');
  });

  it('is invited and told by the service, and a note that is lost is not doubled by it', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { greenhouse, variables, notes } = await connectGreenhouse(scene, onTestFinished);
    greenhouse.faults.add({
      method: 'POST',
      path: '/notes',
      nth: 1,
      effect: { kind: 'reset', when: 'after' },
    });
    const { id } = greenhouse.act.apply({ stage: 'Video interview' });
    const service = await scene.start({ ...variables, SYNC_SCHEDULE: '* * * * * *' });
    await scene.until(() => expect(notes(id)).toHaveLength(1));
    const [row] = Object.values(await scene.view('interview'));
    scene.emulator.act.completeInterview(row!.sparkhire_uuid!, { rating: 3 });
    await scene.until(() => expect(notes(id)).toHaveLength(2));
    await scene.until(async () =>
      expect(await scene.rows('select outcome from sync.ats_results')).toEqual([
        { outcome: 'written' },
        { outcome: 'written' },
      ]),
    );
    expect((await service.stop()).code).toBe(0);
    expect(
      greenhouse.requests.filter(({ method, path }) => method === 'POST' && path === '/v3/notes'),
    ).toHaveLength(2);
  });

  it('that cannot be told, since a right is missing, is told to the operator and exits with 1', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { greenhouse, variables } = await connectGreenhouse(scene, onTestFinished);
    greenhouse.act.revokeScope({ scope: 'harvest:notes:create' });
    greenhouse.act.apply({ stage: 'Video interview' });
    const result = await scene.run(['sync'], variables);
    expect([result.code, result.json]).toMatchObject([
      1,
      {
        pushed: { created: 3 },
        error: { code: 'ATS_FORBIDDEN', message: expect.stringContaining('/v3/notes') },
      },
    ]);
    const { json } = await scene.run(['status'], variables);
    expect(json).toMatchObject({ accounts: [{ results: { written: 0, waiting: 1 } }] });
  });
});
