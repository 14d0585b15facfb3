/** Webhooks of Greenhouse: they shorten the wait, and nothing is done on their word. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { WebhookEvent } from '#emulators/ats-emulator/greenhouse/index';
import { connectGreenhouse, webhookSecret } from '../../support/greenhouse-scene.js';
import { openPushScene, type PushScene, withoutBackoff } from '../../support/push-scene.js';

withoutBackoff();

/** A service whose polls are five minutes behind: what comes sooner came by a webhook. */
async function listening(
  scene: PushScene,
  onFinished: (end: () => Promise<void>) => void,
  events: WebhookEvent[],
  switches = {},
) {
  const ats = await connectGreenhouse(scene, onFinished, { switches });
  const variables = { ...ats.variables, ATS_FROM: 'now', ATS_LAG_SECONDS: '300' };
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
  const url = `${service.url}/ats/default`;
  for (const event of events) {
    const webhook = await ats.greenhouse.act.addWebhook({ event, url, secret: webhookSecret });
    expect([event, webhook.active]).toEqual([event, true]);
  }
  return { ...ats, service, url };
}

const allRead = (scene: PushScene) =>
  scene.until(async () =>
    expect(await scene.rows('select 1 from sync.ats_hints where read_at is null')).toEqual([]),
  );

describe('a webhook of Greenhouse', () => {
  it('has somebody invited who has just entered the stage, once however often it comes', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { greenhouse, service, notes, variables } = await listening(
      scene,
      onTestFinished,
      ['candidate_stage_change'],
      {
        deliveries: 'twice',
      },
    );
    const { id } = greenhouse.act.apply({ stage: 'Onsite' });
    greenhouse.act.moveToStage({ application_id: id, stage: 'Video interview' });
    await scene.until(() => expect(notes(id)).toHaveLength(1));
    await greenhouse.settleDeliveries();
    await allRead(scene);
    expect([scene.invited().length, notes(id).length]).toEqual([1, 1]);
    expect((await scene.run(['status'], variables)).json).toMatchObject({
      accounts: [{ connectedAts: { lastWebhookAt: expect.any(String), webhooksWaiting: 0 } }],
    });
    expect((await service.stop()).code).toBe(0);
  });

  it('that says somebody was deleted, hired or rejected, and is not true, changes nothing', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { greenhouse, url, notes, service } = await listening(scene, onTestFinished, [
      'candidate_stage_change',
    ]);
    const { id, candidate_id } = greenhouse.act.apply({ stage: 'Video interview' });
    await scene.until(() => expect(notes(id)).toHaveLength(1));
    const before = await scene.rows('select ats_id, desired, deleted_at from ats.interviews');
    for (const body of [
      { action: 'delete_application', payload: { application: { id } } },
      {
        action: 'delete_candidate',
        payload: { person: { id: candidate_id, deleted_application_ids: [id] } },
      },
      { action: 'reject_candidate', payload: { application: { id, status: 'rejected' } } },
      {
        action: 'candidate_anonymized',
        payload: { candidate_id, anonymized_fields: ['candidate_stage_data'] },
      },
    ]) {
      const text = JSON.stringify(body);
      const signature = `sha256 ${createHmac('sha256', webhookSecret).update(text).digest('hex')}`;
      expect((await fetch(url, { method: 'POST', body: text, headers: { signature } })).status).toBe(200);
    }
    await allRead(scene);
    expect(await scene.rows('select ats_id, desired, deleted_at from ats.interviews')).toEqual(before);
    expect((await service.stop()).code).toBe(0);
  });
});
