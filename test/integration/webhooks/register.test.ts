/** One webhook of ours at Spark Hire, those of others untouched; and the proof that events arrive. */
import { describe, expect, it } from 'vitest';
import { watchWebhook } from '../../../src/service/webhook-watch.js';
import { checkRegistration, listWebhooks, unregister, webhookUrl } from '../../../src/webhooks/register.js';
import { testWebhook } from '../../../src/webhooks/replay-test.js';
import { basic, type Listening, listen, type Stage, stage } from './fixture.js';

const publicUrl = 'https://sync.example.com/hooks';
const settings = { publicUrl };

interface OwnRow {
  token: string;
  uuid: string | null;
  url: string;
  auth_hash: string;
  ended: boolean;
}
const ownRows = (one: Stage) =>
  one.mirror.rows<OwnRow>(
    'select token, uuid, url, auth_hash, ended_at is not null as ended from sync.webhooks order by id',
  );
const registered = (one: Stage) => [...one.emulator.state.webhooks.values()];
const calls = (one: Stage) =>
  one.emulator.requests.map(({ method, path }) => `${method} ${path.replace('/v1.0', '')}`);
const small = { users: 2, jobs: 3, interviews: 4 };

/** With a receiver that its webhook leads to. */
async function connected(options = {}): Promise<{ one: Stage; to: Listening }> {
  const one = await stage({ ...small, ...options });
  const to = await listen({ db: one.mirror.db });
  await checkRegistration(one.session, { publicUrl: to.origin });
  return { one, to };
}

/** Somebody else's webhook under the same key. */
async function foreign(one: Stage, url = 'https://other.example.com/hook'): Promise<string> {
  const { value } = await one.session.client.webhooks.create({ description: 'Not yours', url });
  one.emulator.requests.length = 0;
  return value.uuid;
}

describe('the check', () => {
  it('does nothing and asks nobody where no public URL is set', async () => {
    const one = await stage(small);
    expect(await checkRegistration(one.session, { publicUrl: null })).toEqual({
      state: 'off',
      removed: 0,
      foreign: 0,
    });
    expect(one.emulator.requests).toHaveLength(0);
  });

  it('registers one webhook with random credentials, of which only a hash is kept', async () => {
    const one = await stage(small);
    expect(await checkRegistration(one.session, settings)).toEqual({
      state: 'registered_now',
      removed: 0,
      foreign: 0,
    });
    const [webhook] = registered(one);
    expect(webhook).toMatchObject({ url: `${publicUrl}/webhooks/default` });
    expect(webhook!.httpAuth).toMatch(/^sparkhire-sync:[\w-]{43}$/);
    const rows = await ownRows(one);
    expect(rows).toMatchObject([{ uuid: webhook!.uuid, ended: false }]);
    expect(webhook!.description).toContain(rows[0]!.token);
    expect(JSON.stringify(rows)).not.toContain(webhook!.httpAuth!.split(':')[1]);
    const to = await listen({ db: one.mirror.db });
    expect(await post(to, webhook!.httpAuth!)).toBe(204);
  });

  it('leaves a webhook alone that is as it should be, with one request', async () => {
    const one = await stage(small);
    await checkRegistration(one.session, settings);
    await foreign(one);
    expect(await checkRegistration(one.session, settings)).toEqual({
      state: 'registered',
      removed: 0,
      foreign: 1,
    });
    expect(calls(one)).toEqual(['GET /webhooks']);
  });

  it('notices when it is gone and registers another, with other credentials', async () => {
    const one = await stage(small);
    await checkRegistration(one.session, settings);
    const [before] = registered(one);
    one.emulator.act.removeWebhook(before!.uuid);
    expect((await checkRegistration(one.session, settings)).state).toBe('registered_now');
    const [after] = registered(one);
    expect(after!.uuid).not.toBe(before!.uuid);
    expect(after!.httpAuth).not.toBe(before!.httpAuth);
    expect(await ownRows(one)).toMatchObject([{ ended: true }, { ended: false, uuid: after!.uuid }]);
    const to = await listen({ db: one.mirror.db });
    expect(await post(to, before!.httpAuth!)).toBe(401);
  });

  it.each([
    ['points elsewhere', (url: string) => ({ url: `${url}/elsewhere` })],
    ['has lost its credentials', () => ({ httpAuth: null })],
  ])('notices when it %s: registers first, then removes', async (_, damage) => {
    const one = await stage(small);
    await checkRegistration(one.session, settings);
    const [webhook] = registered(one);
    Object.assign(webhook!, damage(webhook!.url));
    one.emulator.requests.length = 0;
    expect(await checkRegistration(one.session, settings)).toMatchObject({
      state: 'registered_now',
      removed: 1,
    });
    expect(calls(one)).toEqual(['GET /webhooks', 'POST /webhooks', `DELETE /webhooks/${webhook!.uuid}`]);
    expect(registered(one)).toHaveLength(1);
  });

  it('makes another one if it is told to: a disabled webhook looks like any other', async () => {
    const one = await stage(small);
    await checkRegistration(one.session, settings);
    const [before] = registered(one);
    expect(await checkRegistration(one.session, { ...settings, renew: true })).toMatchObject({
      state: 'registered_now',
      removed: 1,
    });
    expect(registered(one).map(({ uuid }) => uuid)).not.toContain(before!.uuid);
    expect(registered(one)).toHaveLength(1);
  });

  it('follows another public URL, and another account name', async () => {
    const one = await stage(small);
    await checkRegistration(one.session, settings);
    expect(await checkRegistration(one.session, { publicUrl: 'http://10.0.0.1:8080' })).toMatchObject({
      state: 'registered_now',
      removed: 1,
    });
    expect(registered(one).map(({ url }) => url)).toEqual(['http://10.0.0.1:8080/webhooks/default']);
    expect(webhookUrl('https://x.example', 'Zweite AG/1')).toBe('https://x.example/webhooks/Zweite%20AG%2F1');
  });

  it('keeps the newest of several and removes the others', async () => {
    const one = await stage(small);
    await checkRegistration(one.session, settings);
    const [first] = registered(one);
    // Its removal failed: it was thought to be gone, and is back.
    one.emulator.state.webhooks.delete(first!.uuid);
    await checkRegistration(one.session, settings);
    one.emulator.state.webhooks.set(first!.uuid, first!);
    expect(await checkRegistration(one.session, settings)).toMatchObject({ state: 'registered', removed: 1 });
    expect(registered(one).map(({ uuid }) => uuid)).not.toContain(first!.uuid);
  });

  it('never touches the webhooks of others, even at the same address', async () => {
    const one = await stage(small);
    const others = [await foreign(one), await foreign(one, `${publicUrl}/webhooks/default`)];
    expect(await checkRegistration(one.session, settings)).toMatchObject({
      state: 'registered_now',
      foreign: 2,
    });
    await checkRegistration(one.session, { publicUrl: 'https://moved.example.com' });
    await unregister(one.session);
    expect(registered(one).map(({ uuid }) => uuid)).toEqual(others);
  });
});

describe('credentials of the settings', () => {
  it('are used, kept as a salted hash, and a change means another webhook', async () => {
    const one = await stage(small);
    const chosen = { publicUrl, webhookAuth: 'hook:correct horse' };
    expect((await checkRegistration(one.session, chosen)).state).toBe('registered_now');
    expect(registered(one)[0]!.httpAuth).toBe('hook:correct horse');
    const [row] = await ownRows(one);
    expect(row!.auth_hash).toMatch(/^scrypt:[0-9a-f]{32}:[0-9a-f]{64}$/);
    expect((await checkRegistration(one.session, chosen)).state).toBe('registered');
    const other = { publicUrl, webhookAuth: 'hook:battery staple' };
    expect(await checkRegistration(one.session, other)).toMatchObject({
      state: 'registered_now',
      removed: 1,
    });
    expect(registered(one).map(({ httpAuth }) => httpAuth)).toEqual(['hook:battery staple']);
    expect(await checkRegistration(one.session, settings)).toMatchObject({
      state: 'registered_now',
      removed: 1,
    });
    expect(registered(one)[0]!.httpAuth).toMatch(/^sparkhire-sync:/);
  });
});

describe('a registration whose answer is lost', () => {
  const lost = {
    method: 'POST',
    path: /webhooks/,
    count: 1,
    effect: { kind: 'reset', when: 'after' },
  } as const;

  it('is not repeated blindly; the next check finds the webhook, whose credentials work', async () => {
    const one = await stage(small);
    one.emulator.faults.add(lost);
    await expect(checkRegistration(one.session, settings)).rejects.toMatchObject({
      code: 'REMOTE_UNREACHABLE',
    });
    expect(registered(one)).toHaveLength(1);
    const restarted = await one.restart();
    expect(await checkRegistration(restarted, settings)).toEqual({
      state: 'registered',
      removed: 0,
      foreign: 0,
    });
    const [webhook] = registered(one);
    expect(await ownRows(one)).toMatchObject([{ uuid: webhook!.uuid, ended: false }]);
    const to = await listen({ db: one.mirror.db });
    expect(await post(to, webhook!.httpAuth!)).toBe(204);
    expect(one.emulator.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('and that was never carried out is made again', async () => {
    const one = await stage(small);
    one.emulator.faults.add({ ...lost, effect: { kind: 'reset', when: 'before' } });
    await expect(checkRegistration(one.session, settings)).rejects.toThrow();
    expect(registered(one)).toHaveLength(0);
    expect((await checkRegistration(one.session, settings)).state).toBe('registered_now');
    expect(registered(one)).toHaveLength(1);
  });

  it('is refused: its row ends, and nothing is left behind', async () => {
    const one = await stage(small);
    one.emulator.faults.add({ ...lost, effect: { kind: 'status', status: 403 } });
    await expect(checkRegistration(one.session, settings)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await ownRows(one)).toMatchObject([{ uuid: null, ended: true }]);
  });

  it('removal that fails is made up for by the next check', async () => {
    const one = await stage(small);
    await checkRegistration(one.session, settings);
    one.emulator.faults.add({
      method: 'DELETE',
      path: /webhooks/,
      count: 1,
      effect: { kind: 'status', status: 403 },
    });
    const moved = { publicUrl: 'https://moved.example.com' };
    await expect(checkRegistration(one.session, moved)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    // Both work meanwhile: nothing is missed.
    expect(registered(one)).toHaveLength(2);
    expect((await ownRows(one)).map(({ ended }) => ended)).toEqual([false, false]);
    expect(await checkRegistration(one.session, moved)).toMatchObject({ state: 'registered', removed: 1 });
    expect(registered(one).map(({ url }) => url)).toEqual(['https://moved.example.com/webhooks/default']);
  });
});

describe('list and unregister', () => {
  it('tell ours from those of others', async () => {
    const one = await stage(small);
    const other = await foreign(one);
    await checkRegistration(one.session, settings);
    const listed = await listWebhooks(one.session);
    expect(listed).toMatchObject([
      { uuid: other, ours: false, http_auth: false, url: 'https://other.example.com/hook' },
      { ours: true, http_auth: true },
    ]);
    expect(await unregister(one.session)).toEqual({ removed: 1 });
    expect(await unregister(one.session)).toEqual({ removed: 0 });
    expect(registered(one).map(({ uuid }) => uuid)).toEqual([other]);
    expect((await ownRows(one)).every(({ ended }) => ended)).toBe(true);
  });
});

describe('the test by replay', () => {
  const unlimited = { timeoutMs: 20_000 };

  it('needs a webhook', async () => {
    const one = await stage(small);
    await foreign(one);
    await expect(testWebhook(one.session, unlimited)).rejects.toMatchObject({
      code: 'WEBHOOK_NOT_REGISTERED',
      remedy: expect.any(String),
    });
  });

  it('succeeds when an event that was asked for has arrived', async () => {
    const { one } = await connected();
    one.emulator.act.addJob({ status: 'inactive' });
    await one.emulator.settleDeliveries();
    one.emulator.requests.length = 0;
    const result = await testWebhook(one.session, unlimited);
    expect(result).toMatchObject({ ok: true, event: 'JobCreated', seconds: expect.any(Number) });
    // What came before is tried first.
    expect(calls(one)).toEqual(['GET /webhooks', 'GET /webhooks/replay/JobCreated']);
    expect(await one.events()).toHaveLength(2);
  });

  it('tries the other events where none came before', async () => {
    const { one } = await connected({ switches: { replayWithoutEvent: '404' } });
    one.emulator.act.addJob({ status: 'inactive' });
    await one.emulator.settleDeliveries();
    await one.mirror.rows('truncate sync.webhook_events');
    expect(await testWebhook(one.session, unlimited)).toMatchObject({ ok: true, event: 'JobCreated' });
  });

  it('fails when nothing arrives, although Spark Hire answers 204', async () => {
    const { one, to } = await connected();
    one.emulator.act.addJob({ status: 'inactive' });
    await one.emulator.settleDeliveries();
    to.server.closeAllConnections();
    await new Promise((resolve) => to.server.close(resolve));
    await expect(testWebhook(one.session, { timeoutMs: 500, event: 'JobCreated' })).rejects.toMatchObject({
      code: 'WEBHOOK_TEST_FAILED',
      message: expect.stringContaining('JobCreated'),
      remedy: expect.stringContaining('SYNC_PUBLIC_URL'),
    });
    expect(one.emulator.requests.at(-1)).toMatchObject({ status: 204 });
  });

  it('says so when there is nothing to send again', async () => {
    const { one } = await connected({ switches: { replayWithoutEvent: '404' } });
    await expect(testWebhook(one.session, { timeoutMs: 2000 })).rejects.toMatchObject({
      code: 'WEBHOOK_NOTHING_TO_SEND',
      message: expect.stringContaining('no event'),
    });
  });
});

describe('the watch of the service', () => {
  const silence = (one: Stage) =>
    one.mirror.rows(`with e as (update sync.webhook_events set received_at = received_at - interval '2 days')
      update sync.webhooks set registered_at = registered_at - interval '2 days'`);

  it('asks for a proof only when nothing has come for a day', async () => {
    const { one, to } = await connected();
    one.emulator.act.addJob({ status: 'inactive' });
    await one.emulator.settleDeliveries();
    one.emulator.requests.length = 0;
    expect(await watchWebhook(one.session, { publicUrl: to.origin })).toBe(true);
    expect(calls(one)).toEqual(['GET /webhooks']);
    await silence(one);
    expect(await watchWebhook(one.session, { publicUrl: to.origin })).toBe(true);
    expect(calls(one)).toContain('GET /webhooks/replay/JobCreated');
    one.emulator.requests.length = 0;
    expect(await watchWebhook(one.session, { publicUrl: to.origin })).toBe(true);
    expect(calls(one)).toEqual(['GET /webhooks']);
  });

  it('registers a webhook anew that Spark Hire has disabled without a word', async () => {
    const { one, to } = await connected();
    one.emulator.act.addJob({ status: 'inactive' });
    await one.emulator.settleDeliveries();
    const [before] = registered(one);
    before!.disabledAt = one.emulator.clock.now();
    await silence(one);
    expect(await watchWebhook(one.session, { publicUrl: to.origin }, 300)).toBe(false);
    const after = registered(one);
    expect(after).toHaveLength(1);
    expect(after[0]!.uuid).not.toBe(before!.uuid);
  });
});

async function post(to: Listening, credentials: string): Promise<number> {
  const response = await fetch(`${to.origin}/webhooks/default`, {
    method: 'POST',
    headers: { authorization: basic(credentials) },
    body: '{}',
  });
  return response.status;
}
