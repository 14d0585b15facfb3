/** From a stage in Workable to an invitation, and what became of it back to the candidate. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startWorkableEmulator, type WorkableOptions } from '#emulators/ats-emulator/workable/index';
import { openPushScene, type PushScene, withoutBackoff } from '../../support/push-scene.js';

withoutBackoff();
const stage = 'Video interview';

async function connectWorkable(
  scene: PushScene,
  onFinished: (end: () => Promise<void>) => void,
  options: WorkableOptions = {},
) {
  const workable = await startWorkableEmulator({ jobs: 1, candidates: 0, rateLimit: 1_000_000, ...options });
  onFinished(() => workable.close());
  const questions = [{ text: 'Why bread?', time_limit: 60, takes: 1 }];
  await scene.put('packages', { package: 'standard', type: 'one_way', questions, deadline_days: 7 });
  const variables = {
    ATS_KIND: 'workable',
    ATS_BASE_URL: workable.url,
    ATS_API_KEY: workable.access.token,
    ATS_LAG_SECONDS: '0',
    ATS_STAGE: stage,
    ATS_PACKAGE: 'standard',
    ATS_FROM: 'all',
  };
  const comments = (candidate: string) =>
    [...workable.state.activities.values()]
      .filter(({ action, candidate: of }) => action === 'comment' && of === candidate)
      .map(({ body }) => body ?? '');
  return { workable, variables, comments };
}

describe('an invitation because of a stage in Workable', () => {
  it('is told there when it was sent and when it is completed, once each', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    const { workable, variables, comments } = await connectWorkable(scene, onTestFinished);
    const { id } = workable.act.apply({ stage });
    const invited = await scene.run(['sync'], variables);
    expect([invited.code, invited.json]).toMatchObject([
      0,
      { writtenBack: { written: 1, refused: 0, waiting: 0 } },
    ]);
    const [row] = Object.values(await scene.view('interview'));
    const uuid = row!.sparkhire_uuid!;
    expect(comments(id)).toEqual([expect.stringContaining(`[sparkhire-sync ${uuid} invited]`)]);
    scene.emulator.act.acceptInterview(uuid);
    scene.emulator.act.completeInterview(uuid, { rating: 4.5 });
    for (const _ of [1, 2]) expect((await scene.run(['sync'], variables)).code).toBe(0);
    expect(comments(id)).toHaveLength(2);
    expect(comments(id)[1]).toMatch(
      /^Completed the video interview.*\nRating: 4\.5 of 5\.\nWatch it: https:/,
    );
    const told = await scene.run(['explain', `wk-${row!.ats_id.replace(/^wk-/, '')}`], variables);
    expect(told.code).toBe(0);
  });

  it('begins with a webhook that the service asked for itself; a wrong signature is refused', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { workable, variables, comments } = await connectWorkable(scene, onTestFinished, {
      switches: { signatureEncoding: 'base64', webhookBody: 'data.candidate', deliveries: 'twice' },
    });
    const service = await scene.start({
      ...variables,
      ATS_FROM: 'now',
      SYNC_HTTP_PORT: '0',
      SYNC_PUBLIC_URL: 'https://sync.example.com',
    });
    await scene.until(() => expect(workable.subscriptions.size).toBe(2));
    await scene.until(async () =>
      expect(
        await scene.rows(`select 1 from sync.activities where activity = 'ats' and succeeded_at is not null`),
      ).toHaveLength(1),
    );
    const targets = [...workable.subscriptions.values()].map(({ target }) => target).sort();
    const url = 'https://sync.example.com/ats/default?event=';
    expect(targets).toEqual(['deleted', 'moved'].map((what) => `${url}candidate_${what}`));
    const { id } = workable.act.apply({ stage });
    const body = JSON.stringify({ event_type: 'candidate_moved', id: 'd1', data: { id } });
    const send = (key: string) =>
      fetch(`${service.url}/ats/default?event=candidate_moved`, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'x-workable-signature': createHmac('sha256', key).update(body).digest('base64'),
        },
      }).then(({ status }) => status);
    expect(await send('somebody else')).toBe(401);
    expect(await scene.rows('select 1 from sync.ats_hints')).toEqual([]);
    expect(await send(workable.access.token)).toBe(200);
    await scene.until(() => expect(comments(id)).toHaveLength(1));
    expect(scene.invited()).toHaveLength(1);
    expect((await service.stop()).code).toBe(0);
  });

  it('that cannot be made, since the candidate cannot be read, is told by whose, and keeps no other from it', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { workable, variables } = await connectWorkable(scene, onTestFinished);
    const [ann, bob] = [workable.act.apply({ stage }), workable.act.apply({ stage })];
    workable.faults.add({
      path: new RegExp(`/candidates/${ann.id}`),
      effect: { kind: 'status', status: 403 },
    });
    const pulled = await scene.run(['ats', 'pull'], { ...variables, ATS_FROM: 'all' });
    const words = new RegExp(`an application of Workable cannot be read, though others can: ${ann.id} \\(`);
    expect(pulled.json).toMatchObject({ invited: 1, notes: [expect.stringMatching(words)] });
    const checked = await scene.run(['ats', 'check'], variables);
    expect(checked.json).toContainEqual(
      expect.objectContaining({
        check: 'ats_unread',
        level: 'warning',
        detail: expect.stringMatching(words),
      }),
    );
    expect(JSON.stringify(checked.json)).not.toContain(bob.id);
  });

  it('is not made where the token is wrong: it is told, and nothing is withdrawn', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { workable, variables } = await connectWorkable(scene, onTestFinished);
    const wrong = { ...variables, ATS_API_KEY: 'some-other-token' };
    workable.act.apply({ stage });
    expect((await scene.run(['ats', 'check'], variables)).code).toBe(0);
    const checked = await scene.run(['ats', 'check'], wrong);
    expect(checked.code).toBe(1);
    expect(checked.json).toContainEqual(
      expect.objectContaining({
        check: 'ats_access',
        detail: expect.stringContaining('ATS_ACCESS_REFUSED'),
      }),
    );
    const synced = await scene.run(['sync'], wrong);
    expect(synced.code).toBe(1);
    expect(scene.invited()).toEqual([]);
    // What the last reading failed with stays told until one succeeds.
    expect((await scene.run(['ats', 'check'], variables)).json).toContainEqual(
      expect.objectContaining({
        check: 'ats_reading',
        ok: false,
        detail: expect.stringContaining('ATS_ACCESS_REFUSED'),
      }),
    );
  });
});
