import { describe, expect, it } from 'vitest';
import { webhookEvents } from '#emulators/emulator/index';
import { emulated, inDays, receiver } from './api.js';

const hour = 3_600_000;

describe('registering', () => {
  it('lists, makes and removes the webhooks of the key', async () => {
    const { admin, userWith } = await emulated();
    const { api } = userWith('standard');
    const input = {
      description: 'Mirror',
      url: 'https://sync.example.com/hook',
      http_auth: 'me:secret:more',
    };
    const { json } = await admin.post('/webhooks', input);
    expect(json).toEqual({
      uuid: expect.any(String),
      description: 'Mirror',
      url: input.url,
      http_auth: true,
    });
    expect((await admin.get('/webhooks')).json).toEqual([json]);
    expect((await api.get('/webhooks')).json).toEqual([]);
    expect((await api.del(`/webhooks/${json.uuid}`)).status).toBe(404);
    expect((await admin.del(`/webhooks/${json.uuid}`)).status).toBe(204);
    expect((await admin.get('/webhooks')).json).toEqual([]);
    expect((await admin.del(`/webhooks/${json.uuid}`)).status).toBe(404);
    const open = await admin.post('/webhooks', { description: 'Open', url: input.url });
    expect(open.json.http_auth).toBe(false);
  });

  it.each([
    ['no description', { url: 'https://sync.example.com' }],
    ['no URL', { description: 'x' }],
    ['a URL that is none', { description: 'x', url: 'sync.example.com' }],
    ['another scheme', { description: 'x', url: 'ftp://sync.example.com' }],
    ['credentials without a colon', { description: 'x', url: 'https://a.example', http_auth: 'token' }],
  ])('refuses %s', async (_, body) => {
    const { admin } = await emulated();
    expect((await admin.post('/webhooks', body)).status).toBe(400);
  });
});

describe('events', () => {
  it('point 28: are all told, each with the documented headers and the object', async () => {
    const { emulator, admin } = await emulated();
    const hook = await receiver();
    const { json } = await admin.post('/webhooks', { description: 'x', url: hook.url, http_auth: 'u:p' });
    const { act } = emulator;
    const job = act.addJob({ title: 'Told' });
    act.editJob(job.uuid, { title: 'Retold' });
    const interview = act.addInterview({ jobUuid: job.uuid });
    act.acceptInterview(interview.uuid);
    act.completeInterview(interview.uuid, { rating: 4 });
    act.resetInterview(interview.uuid);
    act.rescheduleInterview(interview.uuid, { scheduledAt: inDays(emulator, 3) });
    act.expireInterview(interview.uuid);
    act.deleteInterview(interview.uuid);
    act.deleteJob(job.uuid);
    await emulator.settleDeliveries();

    expect(hook.received.map((one) => one.event)).toEqual([
      'JobCreated',
      'JobUpdated',
      'InterviewCreated',
      'InterviewAccepted',
      'InterviewCompleted',
      'InterviewRated',
      'InterviewReset',
      'InterviewRescheduled',
      'InterviewExpired',
      'InterviewDeleted',
      'JobDeleted',
    ]);
    expect(new Set(hook.received.map((one) => one.event))).toEqual(new Set(Object.keys(webhookEvents)));
    const [created, , invited, , completed, rated] = hook.received;
    expect(created).toMatchObject({
      payloadName: 'Job',
      body: { uuid: job.uuid, title: 'Told', description: expect.any(String) },
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from('u:p').toString('base64')}`,
        'x-sparkhire-webhook-uuid': json.uuid,
        'x-sparkhire-user-uuid': [...emulator.state.users.keys()][0],
      },
    });
    expect(invited).toMatchObject({
      payloadName: 'Interview',
      body: { uuid: interview.uuid, status: 'requested' },
    });
    expect(completed!.body).toMatchObject({ status: 'completed', questions: [{ completed: true }] });
    expect(rated).toMatchObject({
      payloadName: 'Rating',
      body: { rating: 4, interview: { uuid: interview.uuid } },
    });
    expect(emulator.deliveries.every((one) => one.status === 204)).toBe(true);
    expect(JSON.stringify(emulator.deliveries[0]!.headers)).not.toContain('Basic');
  });

  it('are told for what the API does as well, but not for cancelling', async () => {
    const { emulator, admin } = await emulated();
    const hook = await receiver();
    await admin.post('/webhooks', { description: 'x', url: hook.url });
    const { uuid } = emulator.act.addInterview();
    await admin.put(`/interviews/${uuid}`, { scheduled_at: inDays(emulator, 4) });
    await admin.put(`/interviews/${uuid}`, { status: 'canceled' });
    await admin.del(`/interviews/${uuid}`);
    await emulator.settleDeliveries();
    expect(hook.received.map((one) => one.event)).toEqual([
      'InterviewCreated',
      'InterviewRescheduled',
      'InterviewDeleted',
    ]);
  });

  it('come when a deadline passes', async () => {
    const { emulator, admin } = await emulated({ interviews: 0 });
    const hook = await receiver();
    const { uuid } = emulator.act.addInterview();
    await admin.post('/webhooks', { description: 'x', url: hook.url });
    emulator.clock.advance(8 * 24 * hour);
    await emulator.settleDeliveries();
    expect(hook.received).toMatchObject([{ event: 'InterviewExpired', body: { uuid, status: 'expired' } }]);
  });

  it('point 29: are told only to those whose owner sees the object and is active', async () => {
    const { emulator, userWith } = await emulated();
    const hook = await receiver();
    const { user, api } = userWith('standard');
    await api.post('/webhooks', { description: 'x', url: hook.url });
    const own = emulator.act.addJob({ createdBy: user.uuid });
    emulator.act.addJob();
    await emulator.settleDeliveries();
    expect(hook.received.map((one) => one.body.uuid)).toEqual([own.uuid]);
    emulator.act.disableUser(user.uuid);
    emulator.act.touchJob(own.uuid);
    await emulator.settleDeliveries();
    expect(hook.received).toHaveLength(1);
  });

  it('do not follow a redirect and survive a receiver that is not there', async () => {
    const { emulator, admin } = await emulated();
    const hook = await receiver();
    hook.state.status = 302;
    await admin.post('/webhooks', { description: 'x', url: hook.url });
    await admin.post('/webhooks', { description: 'y', url: 'http://127.0.0.1:9/nobody' });
    emulator.act.addJob();
    await emulator.settleDeliveries();
    expect(emulator.deliveries.map((one) => one.status).sort()).toEqual([0, 302]);
    expect([...emulator.state.webhooks.values()].map((one) => one.failures.length)).toEqual([1, 1]);
  });
});

describe('replaying', () => {
  it('sends the last event of the type again', async () => {
    const { emulator, admin } = await emulated();
    const hook = await receiver();
    await admin.post('/webhooks', { description: 'x', url: hook.url });
    emulator.act.addJob({ title: 'First' });
    emulator.act.addJob({ title: 'Second' });
    await emulator.settleDeliveries();
    expect((await admin.get('/webhooks/replay/JobCreated')).status).toBe(204);
    await emulator.settleDeliveries();
    expect(hook.received.map((one) => one.body.title)).toEqual(['First', 'Second', 'Second']);
    expect(emulator.deliveries.map((one) => one.replay)).toEqual([false, false, true]);
  });

  it('refuses an event that does not exist', async () => {
    const { admin } = await emulated();
    expect((await admin.get('/webhooks/replay/JobPainted')).status).toBe(400);
  });
});

describe('failing', () => {
  async function failing() {
    const session = await emulated({ interviews: 0 });
    session.emulator.clock.freeze();
    const hook = await receiver();
    await session.admin.post('/webhooks', { description: 'x', url: hook.url });
    hook.state.status = 500;
    const webhook = [...session.emulator.state.webhooks.values()][0]!;
    const job = session.emulator.act.addJob();
    await session.emulator.settleDeliveries();
    const event = async (times = 1) => {
      for (let i = 0; i < times; i++) session.emulator.act.touchJob(job.uuid);
      await session.emulator.settleDeliveries();
    };
    return { ...session, hook, webhook, event };
  }

  it('is marked at the fifteenth failure within 48 hours and disabled 72 hours later, without a word', async () => {
    const { emulator, admin, hook, webhook, event } = await failing();
    await event(13);
    expect(webhook.failingSince).toBeNull();
    await event();
    expect(webhook.failingSince).toBe(emulator.clock.now());
    emulator.clock.advance(71 * hour);
    await event();
    expect(webhook.disabledAt).toBeNull();
    emulator.clock.advance(hour);
    await event();
    expect(webhook.disabledAt).toBe(emulator.clock.now());
    const before = hook.received.length;
    hook.state.status = 204;
    await event(3);
    expect((await admin.get('/webhooks/replay/JobUpdated')).status).toBe(204);
    await emulator.settleDeliveries();
    expect(hook.received).toHaveLength(before);
    expect((await admin.get('/webhooks')).json).toMatchObject([{ uuid: webhook.uuid, description: 'x' }]);
  });

  it('is not marked when the failures are spread wider', async () => {
    const { emulator, webhook, event } = await failing();
    await event(13);
    emulator.clock.advance(49 * hour);
    await event(13);
    expect(webhook.failingSince).toBeNull();
  });

  it('is forgiven at the first success', async () => {
    const { emulator, hook, webhook, event } = await failing();
    await event(14);
    expect(webhook.failingSince).not.toBeNull();
    hook.state.status = 200;
    await event();
    expect(webhook).toMatchObject({ failingSince: null, failures: [] });
    hook.state.status = 500;
    emulator.clock.advance(80 * hour);
    await event();
    expect(webhook.disabledAt).toBeNull();
  });
});
