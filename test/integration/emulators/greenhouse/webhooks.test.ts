import { describe, expect, it } from 'vitest';
import {
  bodyText,
  signatureOf,
  type WebhookEvent,
  webhookEvents,
} from '#emulators/ats-emulator/greenhouse/index';
import { receiver } from '../api.js';
import { greenhouse } from './api.js';

const secret = 'a-secret-of-some-length';
const minute = 60_000;

/** Somewhere that answers 200, with a webhook for each event; the pings are not among what it received. */
async function listening(
  { act, emulator }: Awaited<ReturnType<typeof greenhouse>>,
  ...events: WebhookEvent[]
) {
  const hook = await receiver();
  hook.state.status = 200;
  for (const event of events) await act.addWebhook({ event, url: hook.url, secret });
  hook.received.length = 0;
  emulator.deliveries.length = 0;
  return hook;
}

describe('the signature of the emulated Greenhouse', () => {
  it('is the one that was published for a known ping', () => {
    const payload = {
      web_hook_id: 4001693002,
      endpoint_url: 'https://67e09e60.ngrok.io/webhooks',
      created_at: '2018-12-20T15:43:12Z',
      updated_at: '2018-12-27T09:40:14Z',
      name: 'Job Post Create',
      event: 'Job Post Created',
      active: true,
      'content-type': 'application/json',
    };
    const body = bodyText({ action: 'ping', payload });
    expect(Buffer.byteLength(body)).toBe(278);
    expect(signatureOf('1uSUju2H6AohOE7OQVaxeLT3O8Uxxuas', body)).toBe(
      '395b1309fd37f0732d1ed11c15e03edd61b818918df6bf93be7c71bafb09c877',
    );
  });

  it('covers the bytes as they are sent, with what HTML reads escaped', async () => {
    const scene = await greenhouse();
    const hook = await listening(scene, 'update_candidate');
    const { id } = scene.act.addCandidate();
    scene.act.editCandidate({ candidate_id: id, first_name: 'Zoë <b>&' });
    await scene.emulator.settleDeliveries();
    const [{ text, headers }] = hook.received as [(typeof hook.received)[0]];
    expect(text).toContain('Zoë \\u003cb\\u003e\\u0026');
    expect(headers.signature).toBe(`sha256 ${signatureOf(secret, text)}`);
    expect(JSON.parse(text).payload.candidate.first_name).toBe('Zoë <b>&');
  });
});

describe('a webhook of the emulated Greenhouse', () => {
  it('is pinged when it is saved, and off until somebody enables it if that was not answered with 200', async () => {
    const { act, emulator } = await greenhouse();
    const hook = await receiver();
    const input = { event: 'candidate_stage_change', url: hook.url, secret } as const;
    const webhook = await act.addWebhook(input);
    expect(webhook.active).toBe(false);
    expect(hook.received).toMatchObject([
      { body: { action: 'ping', payload: { web_hook_id: webhook.id, endpoint_url: hook.url } } },
    ]);
    act.apply({ stage: 'Onsite' });
    await emulator.settleDeliveries();
    expect(hook.received).toHaveLength(1);
    hook.state.status = 200;
    await act.enableWebhook({ webhook_id: webhook.id });
    expect(webhook.active).toBe(true);
    act.apply({ stage: 'Onsite' });
    await emulator.settleDeliveries();
    expect(hook.received.map(({ body }) => body.action)).toEqual(['ping', 'ping', 'candidate_stage_change']);
    act.removeWebhook({ webhook_id: webhook.id });
    act.apply({ stage: 'Onsite' });
    await emulator.settleDeliveries();
    expect(hook.received).toHaveLength(3);
    expect(() => act.removeWebhook({ webhook_id: webhook.id })).toThrow(RangeError);
  });

  it('is off where nobody answers', async () => {
    const { act } = await greenhouse();
    const url = 'http://127.0.0.1:9/';
    expect(await act.addWebhook({ event: 'hire_candidate', url, secret })).toMatchObject({ active: false });
  });

  it('is told of a move: the application and its stage of the job, not whence it came or when', async () => {
    const scene = await greenhouse();
    const hook = await listening(scene, 'candidate_stage_change');
    const { id, candidate_id, job_id, entry_id } = scene.act.apply({ stage: 'Video interview' });
    await scene.emulator.settleDeliveries();
    const [{ body, headers }] = hook.received as [(typeof hook.received)[0]];
    const stage = scene.state.application_stages.one(entry_id!).job_interview_stage_id;
    expect(body).toMatchObject({
      action: 'candidate_stage_change',
      organization_id: expect.any(Number),
      organization_name: expect.any(String),
      payload: {
        application: {
          id,
          status: 'active',
          prospect: false,
          current_stage: { id: stage, name: 'Video interview', interviews: [] },
          candidate: { id: candidate_id, is_private: false, can_email: true },
          jobs: [{ id: job_id, confidential: false }],
        },
      },
    });
    expect(Object.keys(body)).toEqual(['action', 'payload', 'organization_id', 'organization_name']);
    expect(headers['greenhouse-event-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(scene.emulator.deliveries).toMatchObject([{ attempt: 1, status: 200 }]);
  });

  it('is told of whatever it was set up for', async () => {
    const scene = await greenhouse();
    const { act, emulator, state } = scene;
    const hook = await listening(scene, ...webhookEvents);
    const told = async (happen: () => unknown) => {
      hook.received.length = 0;
      happen();
      await emulator.settleDeliveries();
      return hook.received.map(({ body }) => [body.action, body.payload]);
    };
    const some = act.apply();
    const other = act.apply({ candidate_id: act.addCandidate().id, job_id: act.addJob().id });
    await emulator.settleDeliveries();
    const application_id = some.id;
    const { candidate_id } = some;

    expect(await told(() => act.addProspect())).toMatchObject([
      ['new_prospect_application', { application: { prospect: true, current_stage: null, jobs: [] } }],
    ]);
    expect(await told(() => act.reject({ application_id }))).toMatchObject([
      ['reject_candidate', { application: { id: application_id, status: 'rejected' } }],
    ]);
    expect(await told(() => act.unreject({ application_id }))).toMatchObject([
      ['unreject_candidate', { application: { status: 'active', rejected_at: null } }],
    ]);
    expect(await told(() => act.hire({ application_id }))).toMatchObject([
      ['hire_candidate', { application: { id: application_id, candidate: { id: candidate_id } } }],
    ]);
    expect(await told(() => act.makePrivate({ candidate_id }))).toMatchObject([
      ['update_candidate', { candidate: { id: candidate_id } }],
    ]);
    expect(await told(() => act.anonymize({ candidate_id, fields: ['full_name'] }))).toEqual([
      ['candidate_anonymized', { candidate_id, anonymized_fields: ['full_name'] }],
    ]);
    expect(
      await told(() => act.merge({ winner_id: candidate_id, loser_id: other.candidate_id })),
    ).toMatchObject([
      ['merge_candidate', { person: { id: other.candidate_id, new_candidate_id: candidate_id } }],
    ]);
    expect(await told(() => act.deleteApplication({ application_id: other.id }))).toMatchObject([
      ['delete_application', { application: { id: other.id, candidate_id } }],
    ]);
    expect(await told(() => act.deleteCandidate({ candidate_id }))).toMatchObject([
      ['delete_candidate', { person: { id: candidate_id, deleted_application_ids: [application_id] } }],
    ]);
    const [job] = state.jobs.values();
    expect(await told(() => act.closeJob({ job_id: job!.id }))).toMatchObject([
      ['job_updated', { job: { id: job!.id, status: 'closed' } }],
    ]);
    const [stage] = state.job_interview_stages.values();
    expect(await told(() => act.removeStage({ stage_id: stage!.id }))).toMatchObject([
      ['job_interview_stage_deleted', { job_interview_stage: { id: stage!.id, active: false } }],
    ]);
  });

  it('for deletions alone takes a merge for one, and no applications with it', async () => {
    const scene = await greenhouse();
    const hook = await listening(scene, 'delete_candidate');
    const [winner, loser] = [scene.act.apply(), scene.act.apply({ job_id: scene.act.addJob().id })];
    scene.act.merge({ winner_id: winner.candidate_id, loser_id: loser.candidate_id });
    await scene.emulator.settleDeliveries();
    expect(hook.received.map(({ body }) => body)).toMatchObject([
      {
        action: 'delete_candidate',
        payload: { person: { id: loser.candidate_id, deleted_application_ids: [] } },
      },
    ]);
  });

  it('is tried seven times in 15 hours and 16 minutes, as anything but 200 is a failure', async () => {
    const scene = await greenhouse();
    const { clock, emulator, act } = scene;
    const hook = await listening(scene, 'candidate_stage_change');
    hook.state.status = 202;
    act.apply({ stage: 'Onsite' });
    await emulator.settleDeliveries();
    const start = clock.now();
    for (let i = 0; i < 16 * 60; i++) {
      clock.tick(minute);
      await emulator.settleDeliveries();
    }
    expect(emulator.deliveries.map(({ at }) => (at - start) / minute)).toEqual([0, 1, 16, 76, 196, 436, 916]);
    expect(emulator.deliveries.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(hook.received.map(({ headers }) => headers['greenhouse-event-id'])).size).toBe(1);
  });

  it('is tried again when the clock is moved, and no more once it was answered', async () => {
    const scene = await greenhouse({ switches: { eventIdOfRetry: 'new' } });
    const { emulator, act } = scene;
    const hook = await listening(scene, 'candidate_stage_change');
    hook.state.status = 500;
    act.apply({ stage: 'Onsite' });
    await emulator.settleDeliveries();
    hook.state.status = 200;
    emulator.clock.advance(minute);
    await emulator.settleDeliveries();
    emulator.clock.advance(24 * 60 * minute);
    await emulator.settleDeliveries();
    expect(emulator.deliveries.map(({ status }) => status)).toEqual([500, 200]);
    expect(new Set(emulator.deliveries.map(({ eventId }) => eventId)).size).toBe(2);
  });

  it('may come twice, without the organization, with a login and headers of the customer', async () => {
    const scene = await greenhouse({ switches: { deliveries: 'twice', webhookRoot: 'plain' } });
    const { emulator, act } = scene;
    const hook = await receiver();
    hook.state.status = 200;
    const extra = { httpAuth: 'gate:keeper', headers: { 'X-Gate': 'west' } };
    await act.addWebhook({ event: 'candidate_stage_change', url: hook.url, secret, ...extra });
    act.apply({ stage: 'Onsite' });
    await emulator.settleDeliveries();
    const [, first, second] = hook.received;
    expect(first!.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('gate:keeper').toString('base64')}`,
      'x-gate': 'west',
    });
    expect(Object.keys(first!.body)).toEqual(['action', 'payload']);
    expect(second!.headers['greenhouse-event-id']).toBe(first!.headers['greenhouse-event-id']);
    expect(JSON.stringify(emulator.deliveries)).not.toContain('Basic');
  });
});
