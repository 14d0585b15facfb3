import { createServer } from 'node:net';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { openConnections } from '../../../src/http/transport.js';
import { createLogger } from '../../../src/log.js';
import {
  ApiError,
  type Client,
  type ClientOptions,
  createClient,
  createLimiter,
  type Limiter,
  type RequestEvent,
} from '../../../src/sparkhire/client.js';
import { type RawAnswer, startRawServer } from '../../support/raw-server.js';

const uuid = (digit: number) => `${String(digit).repeat(8)}-0000-4000-8000-000000000000`;
const job = { uuid: uuid(2), title: 'Baker' };
const key = 'kq83-opaque-key';

let open: { close(): Promise<void> }[] = [];
let limiters: Limiter[] = [];
afterEach(async () => {
  for (const one of open) await one.close();
  for (const one of limiters) one.stop();
  open = [];
  limiters = [];
});

function clientOf(baseUrl: string, options: Partial<ClientOptions> = {}) {
  const events: RequestEvent[] = [];
  const limiter = createLimiter({ limit: 10_000, windowMs: 60_000 });
  const client = createClient({
    baseUrl,
    key,
    limiter,
    retry: { baseMs: 2, capMs: 4, rateLimitedBaseMs: 2, rateLimitedCapMs: 4 },
    onRequest: (event) => events.push(event),
    ...options,
  });
  limiters.push(limiter);
  open.push(client);
  return { client, events, limiter };
}

async function connect(answers: RawAnswer[], options: Partial<ClientOptions> = {}) {
  const server = await startRawServer((_, before) => answers[Math.min(before, answers.length - 1)]!);
  const made = clientOf(server.url, options);
  open.push(server);
  return { ...made, server };
}

/** A port nothing listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const createJob = (client: Client) =>
  client.jobs.create({
    title: 'Baker',
    description: 'D',
    status: 'active',
    locality: { work_mode: 'remote' },
  });

describe('a process that stood still', () => {
  it('does not send what it should have sent long ago, a write included', async () => {
    // However fast it is, it is later than that.
    const { client, server, events } = await connect([{ body: [job] }], { leaveWithinMs: -1 });
    await expect(client.jobs.list()).rejects.toMatchObject({
      code: 'REMOTE_UNREACHABLE',
      outcome: 'not_sent',
    });
    await expect(createJob(client)).rejects.toMatchObject({
      code: 'REMOTE_UNREACHABLE',
      outcome: 'not_sent',
    });
    expect(server.requests).toHaveLength(0);
    // Each time it had another turn.
    expect(events.length).toBeGreaterThan(4);
  });
});

describe('point 3: repeating', () => {
  const trouble: [string, RawAnswer][] = [
    ['500', { status: 500 }],
    ['503', { status: 503, body: '<h1>busy</h1>' }],
    ['a reset', 'reset'],
    ['a cut answer', 'cut'],
    ['silence', 'hang'],
  ];
  const options = { timeoutMs: 150 };

  it.each(trouble)('a GET is repeated after %s', async (_, answer) => {
    const { client, server } = await connect([answer, answer, { body: [job] }], options);
    expect((await client.jobs.list()).rows).toHaveLength(1);
    expect(server.requests).toHaveLength(3);
  });

  it.each(trouble)('a PUT is repeated after %s, unless its answer began with a 2xx', async (_, answer) => {
    const { client, server } = await connect([answer, { body: job }], options);
    await client.jobs.update(uuid(2), { title: 'Baker' });
    expect(server.requests.map(({ method }) => method)).toEqual(['PUT', answer === 'cut' ? 'GET' : 'PUT']);
  });

  it('a DELETE whose answer began with a 2xx is done', async () => {
    const { client, server } = await connect(['cut']);
    await client.jobs.remove(uuid(2));
    expect(server.requests).toHaveLength(1);
  });

  it.each(trouble)('a POST is sent once, and its effect is unknown after %s', async (_, answer) => {
    const { client, server } = await connect([answer], options);
    await expect(createJob(client)).rejects.toMatchObject({ outcome: 'unknown', route: 'POST /jobs' });
    expect(server.requests).toHaveLength(1);
  });

  it('point 27: the replay of a webhook is asked for once', async () => {
    const { client, server } = await connect([{ status: 503 }]);
    await expect(client.webhooks.replay('JobCreated')).rejects.toMatchObject({ outcome: 'unknown' });
    expect(server.requests).toHaveLength(1);
  });

  it('five attempts, then the last error', async () => {
    const { client, server, events } = await connect([
      { status: 500, body: { reason: 'Oops', code: 'api.oops' } },
    ]);
    await expect(client.jobs.list()).rejects.toMatchObject({ code: 'REMOTE_FAILED', apiCode: 'api.oops' });
    expect(server.requests).toHaveLength(5);
    expect(events.map(({ attempt, code }) => [attempt, code])).toEqual(
      [1, 2, 3, 4, 5].map((attempt) => [attempt, 'REMOTE_FAILED']),
    );
  });

  it.each([400, 401, 402, 403, 404, 409, 410, 422])('a %i is final', async (status) => {
    const { client, server } = await connect([{ status }]);
    await expect(client.jobs.get(uuid(2))).rejects.toMatchObject({ status, outcome: 'refused' });
    expect(server.requests).toHaveLength(1);
  });

  it('point 32: a slot that is not there keeps its code', async () => {
    const { client } = await connect([
      { status: 402, body: { reason: 'All slots are taken.', code: 'jobs.slots' } },
    ]);
    await expect(createJob(client)).rejects.toMatchObject({
      code: 'PAYMENT_REQUIRED',
      apiCode: 'jobs.slots',
      outcome: 'refused',
    });
  });

  it.each([404, 410])('a DELETE that was unclear and then finds nothing (%i) was done', async (status) => {
    const { client, server } = await connect(['reset', { status }]);
    await expect(client.jobs.remove(uuid(2))).resolves.toBeUndefined();
    expect(server.requests).toHaveLength(2);
  });

  it('point 24: a DELETE that finds nothing at first is an error', async () => {
    const { client } = await connect([{ status: 404 }]);
    await expect(client.jobs.remove(uuid(2))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('redirects are not followed', async () => {
    const { client, server } = await connect([{ status: 302, headers: { location: 'http://127.0.0.1:9/' } }]);
    await expect(client.jobs.list()).rejects.toMatchObject({ code: 'ANSWER_UNREADABLE', status: 302 });
    expect(server.requests.length).toBeGreaterThan(0);
  });
});

describe('a server that is not there', () => {
  it('a POST that finds no listener was not sent, and is repeated until it is', async () => {
    const { client, events } = clientOf(`http://127.0.0.1:${await closedPort()}`);
    await expect(createJob(client)).rejects.toMatchObject({
      code: 'REMOTE_UNREACHABLE',
      outcome: 'not_sent',
    });
    expect(events).toHaveLength(5);
  });

  it('a name that does not resolve', async () => {
    const { client } = clientOf('http://nowhere.invalid/v1.0', { retry: { attempts: 1 } });
    await expect(client.me.get()).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE', outcome: 'not_sent' });
  });

  it('what an earlier attempt may have done is not forgotten', async () => {
    const server = await startRawServer(() => {
      void server.close();
      return 'hang';
    });
    const { client } = clientOf(server.url, { timeoutMs: 300 });
    await expect(client.jobs.update(uuid(2), { title: 'x' })).rejects.toMatchObject({ outcome: 'unknown' });
  });

  it('a POST never goes over a connection that was kept alive', async () => {
    const { client, server } = await connect([
      { body: [job] },
      { status: 201, body: job },
      { status: 201, body: job },
    ]);
    await client.jobs.list();
    await createJob(client);
    await createJob(client);
    expect(server.requests.map(({ headers }) => headers.connection)).toEqual([
      'keep-alive',
      'close',
      'close',
    ]);
  });
});

describe('giving up', () => {
  it('a request under way is ended at once', async () => {
    const { client, server } = await connect(['hang']);
    const controller = new AbortController();
    const call = client.jobs.get(uuid(2), { signal: controller.signal });
    await expect.poll(() => server.requests.length).toBe(1);
    controller.abort(new Error('enough'));
    await expect(call).rejects.toMatchObject({
      code: 'ABORTED',
      outcome: 'unknown',
      cause: { message: 'enough' },
    });
  });

  it('one that waits in the limiter is never sent', async () => {
    const limiter = createLimiter({ limit: 1, windowMs: 60_000 });
    limiters.push(limiter);
    const { client, server } = await connect([{ body: job }], { limiter });
    await client.jobs.get(uuid(2));
    const controller = new AbortController();
    const call = client.jobs.get(uuid(2), { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not_sent' });
    expect(server.requests).toHaveLength(1);
  });

  it('one that waits for its next attempt is not repeated', async () => {
    const { client, server, events } = await connect([{ status: 500 }], {
      retry: { baseMs: 600_000, capMs: 600_000 },
    });
    const controller = new AbortController();
    const call = client.jobs.get(uuid(2), { signal: controller.signal });
    await expect.poll(() => events.length).toBe(1);
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    expect(server.requests).toHaveLength(1);
  });

  it('close ends what is under way and what waits, for the clients of other keys too', async () => {
    const { client, server, events } = await connect(['hang', { status: 500 }], {
      retry: { baseMs: 600_000, capMs: 600_000 },
    });
    const calls = [client.jobs.get(uuid(2))];
    await expect.poll(() => server.requests.length).toBe(1);
    calls.push(client.withKey('kq84-other').jobs.get(uuid(2)));
    await expect.poll(() => events.length).toBe(1);
    const results = Promise.allSettled(calls);
    await client.close();
    for (const result of await results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ABORTED' } });
    }
    await expect(client.me.get()).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not_sent' });
  });
});

describe('clients that share connections', () => {
  async function sharing(...answers: RawAnswer[]) {
    const connections = openConnections(30_000);
    open.push(connections);
    const { client, server } = await connect(answers, { connections });
    return { one: client, other: clientOf(server.url, { connections, key: 'kq84-other' }).client, server };
  }

  it('use the one that is free, each with its own key', async () => {
    const { one, other, server } = await sharing({ body: [job] });
    for (const client of [one, other, one]) await client.jobs.list();
    const keys = server.requests.map(({ headers }) => atob(headers.authorization!.slice(6)));
    expect(keys).toEqual([`${key}:x`, 'kq84-other:x', `${key}:x`]);
    expect(new Set(server.requests.map(({ port }) => port)).size).toBe(1);
  });

  it('end what they have under way themselves, and nothing of the others', async () => {
    const { one, other, server } = await sharing('hang', { body: [job], delayMs: 50 });
    const call = one.jobs.get(uuid(2));
    await expect.poll(() => server.requests.length).toBe(1);
    const others = other.jobs.list();
    await Promise.all([
      one.close(),
      expect(call).rejects.toMatchObject({ code: 'ABORTED', outcome: 'unknown' }),
    ]);
    expect((await others).rows).toHaveLength(1);
    expect((await other.jobs.list()).rows).toHaveLength(1);
  });
});

describe('point 1: 429', () => {
  const slow = {
    headers: { 'x-rate-limit-try-again-seconds': '0.05' },
    status: 429,
    body: { reason: 'Slow down' },
  };

  it('is waited for and repeated, a POST too', async () => {
    const { client, server, events, limiter } = await connect([slow, slow, { status: 201, body: job }]);
    await createJob(client);
    expect(server.requests[1]!.at - server.requests[0]!.at).toBeGreaterThanOrEqual(50);
    expect(events.map(({ rateLimited, status }) => [rateLimited, status])).toEqual([
      [true, 429],
      [true, 429],
      [false, 201],
    ]);
    expect(limiter.stats().rateLimited).toBe(2);
  });

  it('holds the whole account back, whatever key it met', async () => {
    const limited = { status: 429, headers: { 'retry-after': '1800' } };
    const { client, server, limiter, events } = await connect([limited, { body: job }]);
    const calls = [client.withKey('kq84-other').jobs.get(uuid(2))];
    await expect.poll(() => events.length).toBe(1);
    const pausedFor = limiter.stats().pausedUntil! - Date.now();
    expect(pausedFor).toBeGreaterThan(1_790_000);
    calls.push(client.jobs.get(uuid(2), { lane: 'write' }));
    const results = Promise.allSettled(calls);
    await client.close();
    limiter.stop();
    await results;
    expect(server.requests).toHaveLength(1);
  });

  it('twelve in a row are an error that was refused', async () => {
    const { client, server } = await connect([{ status: 429, body: 'no' }]);
    await expect(createJob(client)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      outcome: 'refused',
      status: 429,
    });
    expect(server.requests).toHaveLength(12);
  });
});

describe('observing', () => {
  it('tells route, lane and duration of each attempt, and survives an observer that throws', async () => {
    const seen: RequestEvent[] = [];
    const onRequest = (event: RequestEvent) => {
      seen.push(event);
      throw new Error('the observer is broken');
    };
    const { client } = await connect([{ body: job, delayMs: 20 }], { onRequest });
    await client.jobs.get(uuid(2), { lane: 'details' });
    await client.jobs.update(uuid(2), { title: 'x' });
    expect(seen).toMatchObject([
      { route: 'GET /jobs/:uuid', method: 'GET', status: 200, code: null, lane: 'details', attempt: 1 },
      { route: 'PUT /jobs/:uuid', lane: 'write' },
    ]);
    expect(seen[0]!.durationMs).toBeGreaterThanOrEqual(19);
    expect(JSON.stringify(seen)).not.toContain(uuid(2));
  });

  it("neither the user's key nor the account's own reaches an error of a user", async () => {
    const body = { reason: `Not ${key}, nor jane's key/+` };
    const { client } = await connect([{ status: 400, body }]);
    const error = await client
      .withKey("jane's key/+")
      .me.get()
      .catch((thrown) => thrown);
    expect(error.reason).toBe('Not [redacted], nor [redacted]');
  });

  it.each([
    ['base64', () => Buffer.from(key).toString('base64')],
    ['base64 with its colon', () => Buffer.from(`${key}:`).toString('base64')],
    ['base64 within other words', () => Buffer.from(`user ${key}:secret`).toString('base64')],
    ['base64 for addresses', () => Buffer.from(`??>${key}`).toString('base64url')],
    ['base64 behind other letters', () => `id_${Buffer.from(`${key}:`).toString('base64')}`],
    ['hexadecimal', () => Buffer.from(key).toString('hex')],
  ])('the key in %s reaches no error', async (_, encoded) => {
    const { client } = await connect([{ status: 403, body: { reason: `Credential ${encoded()} may not.` } }]);
    const error = await client.me.get().catch((thrown) => thrown);
    expect(error.reason).toBe('Credential [redacted] may not.');
  });

  it('the key reaches no error, event or log line, however much is logged', async () => {
    const echo = { reason: `Who is ${key}? ${Buffer.from(`${key}:x`).toString('base64')}`, code: key };
    const lines: string[] = [];
    const destination = new Writable({
      write(chunk, _, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const log = createLogger({ level: 'trace', destination });
    const integrationKey = { key: 'mq55-users-own-key', user: { uuid: uuid(1) } };
    const { client, events, server } = await connect(
      [
        { status: 401, body: echo },
        { status: 500, body: echo },
        'reset',
        { status: 429, body: echo },
        { body: integrationKey },
        { body: '{' },
      ],
      { log, retry: { baseMs: 2, capMs: 4, rateLimitedBaseMs: 2, rateLimitedCapMs: 4, attempts: 3 } },
    );
    const errors: unknown[] = [await client.me.get().catch((error) => error)];
    await client.users.integrationKey.get(uuid(1));
    const secret = 'receiver:hunter2hunter2';
    errors.push(
      await client.webhooks
        .create({ description: 'd', url: 'https://a.example', http_auth: secret })
        .catch((error) => error),
    );
    for (const error of errors) {
      expect(error).toBeInstanceOf(ApiError);
      log.error({ err: error }, 'failed');
      log.error({ error, client }, 'failed');
    }
    const everything = [
      inspect(errors, { depth: 9 }),
      inspect(client, { depth: 9 }),
      JSON.stringify([errors, events]),
      ...lines,
    ].join();
    expect(server.requests.at(-1)!.body).toContain(secret);
    expect(lines.length).toBeGreaterThan(6);
    for (const hidden of [
      key,
      Buffer.from(`${key}:x`).toString('base64'),
      'mq55-users-own-key',
      'hunter2hunter2',
    ]) {
      expect(everything).not.toContain(hidden);
    }
  });
});

describe('settings', () => {
  it.each(['ftp://a.example', 'nonsense', 'https://u:p@a.example', 'https://a.example/?x=1'])(
    'the base URL %s is refused',
    (baseUrl) => {
      expect(() => createClient({ baseUrl, key })).toThrow(
        expect.objectContaining({ code: 'SETTINGS_INVALID' }),
      );
    },
  );

  it('an empty key is refused; a slash at the end of the base URL does no harm', async () => {
    expect(() => createClient({ key: ' ' })).toThrow(expect.objectContaining({ code: 'SETTINGS_INVALID' }));
    const { server } = await connect([{ body: job }]);
    const { client } = clientOf(`${server.url}/`);
    await client.jobs.get(uuid(2));
    expect(server.requests[0]!.path).toBe(`/v1.0/jobs/${uuid(2)}`);
  });
});
