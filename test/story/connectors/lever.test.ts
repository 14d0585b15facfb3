/** From a stage in Lever to an invitation, and what became of it back to the opportunity; webhooks shorten the wait. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { signatureOf } from '#emulators/ats-emulator/lever/index';
import { connectLever } from '../../support/lever-scene.js';
import { openPushScene, withoutBackoff } from '../../support/push-scene.js';

withoutBackoff();

describe('an invitation because of a stage in Lever', () => {
  it('is told there by notes when it was sent and when it is completed', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    const { lever, variables, notes } = await connectLever(scene, onTestFinished);
    const { id } = lever.act.apply({ stage: 'Video interview' });
    const invited = await scene.run(['sync'], variables);
    expect([invited.code, invited.json]).toMatchObject([0, { writtenBack: { written: 1, refused: 0 } }]);
    const [row] = Object.values(await scene.view('interview'));
    const uuid = row!.sparkhire_uuid!;
    expect(notes(id)).toEqual([expect.stringContaining(`[sparkhire-sync ${uuid} invited]`)]);
    scene.emulator.act.completeInterview(uuid, { rating: 4.5 });
    expect((await scene.run(['sync'], variables)).json).toMatchObject({ writtenBack: { written: 1 } });
    expect(notes(id)[1]).toMatch(/^Completed the video interview.*\nRating: 4\.5 of 5\.\nWatch it: https:/);
    expect((await scene.run(['sync'], variables)).json).toMatchObject({ writtenBack: { written: 0 } });
    expect(notes(id)).toHaveLength(2);
  });

  it('is told there by tags and the link to watch it, as the settings say, once where an answer is lost', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { lever, variables } = await connectLever(scene, onTestFinished);
    const folder = await mkdtemp(join(tmpdir(), 'lever-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'lever.yaml');
    await writeFile(
      file,
      'ats: { writeBack: { invited: tag, completed: link, expired: tag } }\npolicies: { keys: { missing: administrator } }\n',
    );
    const args = ['sync', '--config', file];
    lever.faults.add({ path: /addTags/, nth: 1, effect: { kind: 'reset', when: 'after' } });
    const one = lever.act.apply({ stage: 'Video interview' });
    expect((await scene.run(args, variables)).code).toBe(0);
    const [row] = Object.values(await scene.view('interview'));
    expect((await scene.run(args, variables)).json).toMatchObject({ writtenBack: { waiting: 0 } });
    scene.emulator.act.completeInterview(row!.sparkhire_uuid!, { rating: 4.5 });
    expect((await scene.run(args, variables)).json).toMatchObject({ writtenBack: { written: 1 } });
    expect([one.tags.length, one.links]).toEqual([1, [expect.stringMatching(/^https:.*watch$/)]]);
    const writes = lever.requests
      .filter(({ method }) => method === 'POST')
      .map(({ path }) => path.split('/').at(-1));
    expect(writes).toEqual(['addTags', 'addLinks', 'removeTags']);
  });
});

describe('a webhook of Lever', () => {
  it('has somebody invited who has just entered the stage; what else it says changes nothing', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { lever, variables, notes } = await connectLever(scene, onTestFinished, {
      switches: { deliveries: 'twice', deliveryData: 'candidateId' },
    });
    // Where it leads is told when the service listens; whose it is has to be told before.
    const webhook = lever.act.addWebhook({ event: 'candidateStageChange', url: 'http://127.0.0.1:9/' });
    const listening = {
      ...variables,
      ATS_FROM: 'now',
      ATS_LAG_SECONDS: '300',
      ATS_WEBHOOK_SECRET: `another-token ${webhook.secret}`,
      SYNC_HTTP_PORT: '0',
    };
    const service = await scene.start(listening);
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
    Object.assign(webhook, { url });
    const { id } = lever.act.apply({ stage: 'Video interview' });
    await scene.until(() => expect(notes(id)).toHaveLength(1));
    await lever.settleDeliveries();
    expect(scene.invited()).toHaveLength(1);

    const before = await scene.rows('select ats_id, desired, deleted_at from ats.interviews');
    const token = 'seen-by-somebody-else';
    const triggeredAt = Date.now();
    const signature = signatureOf(webhook.secret, token, triggeredAt);
    const forged = { event: 'candidateDeleted', token, triggeredAt, signature, data: { opportunityId: id } };
    const post = async (body: unknown) =>
      (await fetch(url, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }))
        .status;
    expect([
      await post(forged),
      await post({ ...forged, token: 'other' }),
      await post('no JSON'),
      await post({}),
    ]).toEqual([200, 401, 400, 401]);
    await scene.until(async () =>
      expect(await scene.rows('select 1 from sync.ats_hints where read_at is null')).toEqual([]),
    );
    expect(await scene.rows('select ats_id, desired, deleted_at from ats.interviews')).toEqual(before);
    expect((await service.stop()).code).toBe(0);
  });
});

describe('ats check of Lever', () => {
  it('tells what is missing, with what to do, and what is fine', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    const { lever, variables } = await connectLever(scene, onTestFinished);
    lever.act.apply();
    const check = async (more: Record<string, string> = {}) => {
      const { code, json } = await scene.run(['ats', 'check'], { ...variables, ...more });
      const found = (
        json as Array<{ check: string; ok: boolean; detail: string; remedy: string | null }>
      ).filter(({ ok }) => !ok);
      return [code, found.map((one) => `${one.check}: ${one.detail} → ${one.remedy}`)] as const;
    };
    expect(await check()).toEqual([0, []]);
    const [code, stages] = await check({ ATS_STAGE: 'Vido interview' });
    expect([code, stages.join()]).toEqual([1, expect.stringContaining('the nearest are “Video interview”')]);
    expect(await check({ ATS_API_KEY: 'wrong' })).toEqual([
      1,
      [expect.stringMatching(/^ats_access: ATS_ACCESS_REFUSED.*→ Make a new/)],
    ]);
    lever.act.revokeRight({ right: 'postings:read' });
    expect((await check())[1].join()).toMatch(
      /ats_rights: the key may not read all that is needed: List all postings → In Lever, Settings/,
    );
    lever.act.grantRight({ right: 'postings:read' });
    lever.act.revokeRight({ right: 'users:read' });
    expect((await check())[1].join()).toMatch(/ats_access: .*→ In Lever.*“List all users”/);
  });
});
