/** From a stage in Ashby to an invitation, and what became of it back to the candidate, through the program. */
import { describe, expect, it } from 'vitest';
import { type AshbyOptions, startAshbyEmulator } from '#emulators/ats-emulator/ashby/index';
import { openPushScene, type PushScene, withoutBackoff } from '../../support/push-scene.js';

withoutBackoff();

const secretToken = 'a-secret-of-some-length';

async function connectAshby(
  scene: PushScene,
  onFinished: (end: () => Promise<void>) => void,
  options: AshbyOptions = {},
) {
  const ashby = await startAshbyEmulator({ jobs: 1, candidates: 0, rateLimit: 1_000_000, ...options });
  onFinished(() => ashby.close());
  await scene.put('packages', {
    package: 'standard',
    type: 'one_way',
    questions: [{ text: 'Why bread?', time_limit: 60, takes: 1 }],
    deadline_days: 7,
  });
  return {
    ashby,
    variables: {
      ATS_KIND: 'ashby',
      ATS_BASE_URL: ashby.url,
      ATS_API_KEY: ashby.apiKey,
      ATS_WEBHOOK_SECRET: secretToken,
      ATS_LAG_SECONDS: '0',
      ATS_STAGE: 'Video interview',
      ATS_PACKAGE: 'standard',
      ATS_FROM: 'all',
    },
    notes: () => [...ashby.state.notes.values()].map(({ content }) => content),
  };
}

describe('an invitation because of a stage in Ashby', () => {
  it('is told there when it was sent and when it is completed, by commands alone', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { ashby, variables, notes } = await connectAshby(scene, onTestFinished);
    ashby.act.apply({ stage: 'Video interview', email: 'ann@home.test' });

    const invited = await scene.run(['sync'], variables);
    expect([invited.code, invited.json]).toMatchObject([
      0,
      { pushed: { created: 3 }, writtenBack: { written: 1, refused: 0, waiting: 0 } },
    ]);
    const [row] = Object.values(await scene.view('interview'));
    const uuid = row!.sparkhire_uuid!;
    expect(notes()).toEqual([expect.stringContaining(`[sparkhire-sync ${uuid} invited]`)]);

    scene.emulator.act.acceptInterview(uuid);
    scene.emulator.act.completeInterview(uuid, { rating: 4.5 });
    const completed = await scene.run(['sync'], variables);
    expect([completed.code, completed.json]).toMatchObject([0, { writtenBack: { written: 1 } }]);
    expect(notes()[1]).toMatch(/^Completed the video interview.*\nRating: 4\.5 of 5\.\nWatch it: https:/);

    const again = await scene.run(['sync'], variables);
    expect([again.code, again.json]).toMatchObject([0, { writtenBack: { written: 0 } }]);
    expect(notes()).toHaveLength(2);
  });

  it('comes at once by a webhook, once however often that comes, and a wrong signature switches it off', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { ashby, variables, notes } = await connectAshby(scene, onTestFinished, {
      switches: { deliveries: 'twice' },
    });
    const service = await scene.start({ ...variables, SYNC_HTTP_PORT: '0' });
    for (const activity of ['ats', 'tick']) {
      await scene.until(async () =>
        expect(
          await scene.rows('select 1 from sync.activities where activity = $1 and succeeded_at is not null', [
            activity,
          ]),
        ).toHaveLength(1),
      );
    }
    const requestUrl = `${service.url}/ats/default`;
    const webhookType = 'candidateStageChange' as const;
    const webhook = ashby.act.addWebhook({ webhookType, requestUrl, secretToken });
    const forged = ashby.act.addWebhook({
      webhookType: 'applicationUpdate',
      requestUrl,
      secretToken: 'wrong',
    });
    const { id } = ashby.act.apply({ email: 'ann@home.test' });
    ashby.act.moveToStage({ application_id: id, stage: 'Video interview' });
    await scene.until(() => expect(notes()).toHaveLength(1));
    await ashby.settleDeliveries();
    expect(scene.invited()).toHaveLength(1);
    expect(ashby.state.webhooks.one(webhook.id).enabled).toBe(true);
    expect(ashby.state.webhooks.one(forged.id).enabled).toBe(false);
    expect((await service.stop()).code).toBe(0);
  });
});
