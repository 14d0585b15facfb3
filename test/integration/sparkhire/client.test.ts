import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Client,
  type ClientOptions,
  createClient,
  createLimiter,
  type Limiter,
  type RequestEvent,
} from '../../../src/sparkhire/client.js';
import { type RawAnswer, type RawRequest, type RawServer, startRawServer } from '../../support/raw-server.js';

const uuid = (digit: number) => `${String(digit).repeat(8)}-0000-4000-8000-000000000000`;
const user = { uuid: uuid(1), name: 'Ada Byron' };
const job = { uuid: uuid(2), title: 'Baker' };

let open: { close(): Promise<void> }[] = [];
let limiters: Limiter[] = [];
afterEach(async () => {
  for (const one of open) await one.close();
  for (const one of limiters) one.stop();
  open = [];
  limiters = [];
});

/** A server that gives these answers one after the other, the last one for ever, and a client that retries fast. */
async function connect(
  answers: RawAnswer[] | ((request: RawRequest, before: number) => RawAnswer),
  options: Partial<ClientOptions> = {},
): Promise<{ client: Client; server: RawServer; events: RequestEvent[]; limiter: Limiter }> {
  const server = await startRawServer(
    typeof answers === 'function' ? answers : (_, before) => answers[Math.min(before, answers.length - 1)]!,
  );
  const events: RequestEvent[] = [];
  const limiter = createLimiter({ limit: 10_000, windowMs: 60_000 });
  const client = createClient({
    baseUrl: server.url,
    key: 'kq83-opaque-key',
    limiter,
    retry: { baseMs: 2, capMs: 4, rateLimitedBaseMs: 2, rateLimitedCapMs: 4 },
    onRequest: (event) => events.push(event),
    ...options,
  });
  open.push(client, server);
  limiters.push(limiter);
  return { client, server, events, limiter };
}

describe('what is sent', () => {
  it('point 30: the key is the user name of Basic authentication; another key shares everything else', async () => {
    const { client, server, limiter } = await connect([{ body: user }]);
    await client.users.get(uuid(1));
    await client.withKey('another:key').users.get(uuid(1));
    const names = server.requests.map(({ headers }) =>
      Buffer.from(headers.authorization!.slice(6), 'base64').toString(),
    );
    expect(names).toEqual(['kq83-opaque-key:x', 'another:key:x']);
    expect(limiter.stats().total).toBe(2);
  });

  it('point 8: a range as it is documented, filters as arrays', async () => {
    const { client, server } = await connect([{ body: [] }]);
    await client.jobs.list({ status: ['active', 'inactive'], orderby: 'created_asc', range: [1, 100] });
    await client.jobs.list();
    await client.interviews.list({ type: ['one_way'], status: ['accepted'] });
    expect(server.requests.map(({ path }) => decodeURIComponent(path))).toEqual([
      '/v1.0/jobs?status[]=active&status[]=inactive&orderby=created_asc&range=1-100',
      '/v1.0/jobs',
      '/v1.0/interviews?type[]=one_way&status[]=accepted',
    ]);
  });

  it('a POST without content sends none, a POST with content strict JSON', async () => {
    const { client, server } = await connect(({ path }) =>
      path.endsWith('/share_link') ? { status: 201, body: { uuid: uuid(3) } } : { status: 201, body: job },
    );
    await client.interviews.shareLink.create(uuid(4));
    const input = {
      title: 'Baker',
      description: 'Bäckt',
      status: 'active',
      location: { city: 'Ulm', state: '', country: 'DE' },
    } as const;
    await client.jobs.create(input);
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      body: '',
      path: `/v1.0/interviews/${uuid(4)}/share_link`,
    });
    expect(JSON.parse(server.requests[1]!.body)).toEqual(input);
    expect(server.requests[1]!.headers['content-type']).toBe('application/json');
  });

  it('nothing is sent when the input is wrong', async () => {
    const { client, server } = await connect([{ body: job }]);
    await expect(client.jobs.get('../me')).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(client.jobs.update(uuid(2), {})).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(client.webhooks.replay('Nothing' as never)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    expect(server.requests).toEqual([]);
  });

  it('every operation has its method and path', async () => {
    const { client, server } = await connect(({ method, path }) => {
      if (method === 'DELETE' || path.includes('/replay/')) return { status: 204 };
      if (path.endsWith('/integration_key')) return { body: { key: 'k1' } };
      if (path.endsWith('/plan')) return { body: { plan: { name: 'tin' } } };
      if (path.endsWith('/me')) return { body: { ...user, type: 'company_user' } };
      const list =
        method === 'GET' &&
        /\/(users|jobs|interviews|questions|question_sets|share_links|webhooks)$/.test(path);
      return { body: list ? [] : { uuid: uuid(9) } };
    });
    const [a, b] = [uuid(1), uuid(2)];
    const question = { text: 'Why?', time_limit: 60 } as const;
    const candidate = { name: 'A', email: 'a@a.example' };
    const i = client.interviews;
    await client.me.get();
    await client.plan.get();
    await client.companies.get(a);
    await client.users.list();
    await client.users.create({ ...candidate, role: 'standard' });
    await client.users.get(a);
    await client.users.update(a, { name: 'B' });
    await client.users.remove(a);
    await client.users.integrationKey.create(a);
    await client.users.integrationKey.get(a);
    await client.users.integrationKey.replace(a);
    await client.users.integrationKey.remove(a);
    await client.jobs.list();
    await client.jobs.create({
      title: 'T',
      description: 'D',
      status: 'inactive',
      locality: { work_mode: 'remote' },
    });
    await client.jobs.get(a);
    await client.jobs.update(a, { status: 'active' });
    await client.jobs.remove(a);
    await i.list();
    await i.create({ type: 'live', scheduled_at: new Date(), assigned_to: candidate, job_post: { uuid: a } });
    await i.get(a);
    await i.update(a, { status: 'canceled' });
    await i.remove(a);
    await i.questions.list(a);
    await i.questions.create(a, question);
    await i.questions.get(a, b);
    await i.questions.update(a, b, { text: 'How?' });
    await i.questions.remove(a, b);
    await client.questionSets.list();
    await client.questionSets.create({ name: 'N', questions: [question] });
    await client.questionSets.get(a);
    await client.questionSets.update(a, { name: 'M' });
    await client.questionSets.remove(a);
    await i.shareLink.create(a);
    await i.shareLink.get(a);
    await i.shareLink.get(a, b);
    await i.shareLink.update(a, b, { status: 'inactive' });
    await client.shareLinks.list();
    await client.shareLinks.create({ status: 'active', reviewers: [candidate], interviews: [{ uuid: a }] });
    await client.shareLinks.get(a);
    await client.shareLinks.update(a, { status: 'inactive' });
    await client.shareLinks.remove(a);
    await client.webhooks.list();
    await client.webhooks.create({ description: 'D', url: 'https://a.example/', http_auth: 'u:p' });
    await client.webhooks.remove(a);
    await client.webhooks.replay('JobCreated');
    const sent = server.requests.map(
      ({ method, path }) => `${method} ${path.replace('/v1.0', '').replaceAll(a, ':a').replaceAll(b, ':b')}`,
    );
    const crud = (base: string) => [
      `GET ${base}`,
      `POST ${base}`,
      `GET ${base}/:a`,
      `PUT ${base}/:a`,
      `DELETE ${base}/:a`,
    ];
    const key = '/users/:a/integration_key';
    const questions = '/interviews/:a/questions';
    const link = '/interviews/:a/share_link';
    expect(sent).toEqual([
      'GET /me',
      'GET /plan',
      'GET /companies/:a',
      ...crud('/users'),
      ...['POST', 'GET', 'PUT', 'DELETE'].map((method) => `${method} ${key}`),
      ...crud('/jobs'),
      ...crud('/interviews'),
      `GET ${questions}`,
      `POST ${questions}`,
      ...['GET', 'PUT', 'DELETE'].map((method) => `${method} ${questions}/:b`),
      ...crud('/question_sets'),
      `POST ${link}`,
      `GET ${link}`,
      `GET ${link}/:b`,
      `PUT ${link}/:b`,
      ...crud('/share_links'),
      'GET /webhooks',
      'POST /webhooks',
      'DELETE /webhooks/:a',
      'GET /webhooks/replay/JobCreated',
    ]);
  });
});

describe('what is read', () => {
  it('bad rows stay in their place, and the Date header comes along', async () => {
    const date = 'Wed, 01 Jan 2031 00:00:30 GMT';
    const { client } = await connect([
      { headers: { date }, body: [job, { title: 'nameless' }, 5, { ...job, uuid: uuid(3) }] },
    ]);
    const { rows, serverDate } = await client.jobs.list();
    expect(rows.map(({ ok }) => ok)).toEqual([true, false, false, true]);
    expect(rows[0]).toMatchObject({ value: { title: 'Baker' }, raw: job });
    expect(rows[2]).toMatchObject({ problem: 'is not an object', raw: 5 });
    expect(serverDate).toEqual(new Date(date));
  });

  it('a byte order mark is skipped', async () => {
    const { client } = await connect([{ body: `\ufeff${JSON.stringify(job)}` }]);
    expect((await client.jobs.get(uuid(2))).value.title).toBe('Baker');
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['BR', brotliCompressSync],
    ['identity', (plain: Buffer) => plain],
  ])('an answer that a proxy compressed, though nobody asked for it, is read: %s', async (coding, encode) => {
    const body = (value: unknown) => encode(Buffer.from(JSON.stringify(value)));
    const headers = { 'content-encoding': coding };
    const { client } = await connect([
      { body: body([job]), headers },
      { status: 201, body: body(job), headers },
    ]);
    expect((await client.jobs.list()).rows).toMatchObject([{ ok: true, value: { title: 'Baker' } }]);
    const made = await client.jobs.create({
      title: 'Baker',
      description: 'Bakes.',
      status: 'active',
      location: { city: 'Oslo', state: 'Oslo', country: 'Norway' },
    });
    expect(made.value.uuid).toBe(job.uuid);
  });

  it.each([
    ['is cut off', 'gzip', gzipSync('[{"title":"Baker"}]').subarray(0, 20)],
    ['grows beyond what is read', 'gzip', gzipSync(`[${' '.repeat(20_000)}]`)],
    ['has an unknown coding', 'zip', gzipSync('[]')],
  ])('a compressed answer that %s is never taken for an empty list', async (_, coding, body) => {
    const answer = { body, headers: { 'content-encoding': coding } };
    const { client } = await connect([answer], { maxAnswerBytes: 10_000 });
    await expect(client.jobs.list()).rejects.toMatchObject({ code: 'ANSWER_UNREADABLE' });
  });

  it('point 14: the plan comes in an envelope, or without', async () => {
    const { client } = await connect([{ body: { plan: { name: 'tin' } } }, { body: { name: 'zinc' } }]);
    expect(await client.plan.get()).toMatchObject({ value: { name: 'tin' }, raw: { name: 'tin' } });
    expect(await client.plan.get()).toMatchObject({ value: { name: 'zinc' } });
  });

  it.each([
    ['a trailing comma', '[{"uuid":"x"},]'],
    ['a missing comma', '[{"a":1 "b":2}]'],
    ['doubled quotes', '[{"a":""b"}]'],
    ['nothing', ''],
    ['an object', { jobs: [] }],
    ['an envelope', { data: [job], total: 1 }],
    ['HTML', '<html>maintenance</html>'],
    ['broken UTF-8', Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d])],
    ['null', 'null'],
  ])('point 5: a list that is %s is read again, never taken for empty', async (_, body) => {
    const { client, server } = await connect([{ body }, { body: [job] }]);
    expect((await client.jobs.list()).rows).toHaveLength(1);
    expect(server.requests).toHaveLength(2);
  });

  it('point 5: what never becomes readable is an error', async () => {
    const { client, server } = await connect([{ body: '[{]' }]);
    await expect(client.jobs.list()).rejects.toMatchObject({
      code: 'ANSWER_UNREADABLE',
      route: 'GET /jobs',
      status: 200,
    });
    expect(server.requests).toHaveLength(5);
  });

  it('an answer that is too large is given up', async () => {
    const { client } = await connect([{ body: [{ ...job, text: 'x'.repeat(5000) }] }], {
      maxAnswerBytes: 4000,
      retry: { attempts: 1 },
    });
    await expect(client.jobs.list()).rejects.toMatchObject({ code: 'ANSWER_UNREADABLE' });
  });

  const candidate = { name: 'A', email: 'a@a.example' };
  const invitation = {
    type: 'live',
    scheduled_at: new Date(),
    assigned_to: candidate,
    job_post: { uuid: uuid(2) },
  } as const;

  it('point 33: one candidate may answer an array, several an object', async () => {
    const { client } = await connect([
      { status: 201, body: [{ uuid: uuid(4) }] },
      { status: 201, body: { uuid: uuid(5) } },
      { status: 201, body: [{ uuid: uuid(6) }, { uuid: uuid(7) }] },
    ]);
    expect((await client.interviews.create(invitation)).map(({ value }) => value.uuid)).toEqual([uuid(4)]);
    const both = { ...invitation, assigned_to: [candidate, candidate] };
    expect((await client.interviews.create(both)).map(({ value }) => value.uuid)).toEqual([uuid(5)]);
    expect(await client.interviews.create(both)).toHaveLength(2);
  });

  it.each([[{ body: '{"uuid":' }], [{ body: '' }], [{ body: {} }], [{ body: [] }], [{ status: 204 }]])(
    'point 3: after a creation answered %j nobody knows what was created',
    async (answer) => {
      const { client, server } = await connect([answer]);
      await expect(client.interviews.create(invitation)).rejects.toMatchObject({
        code: 'ANSWER_UNREADABLE',
        outcome: 'unknown',
      });
      expect(server.requests).toHaveLength(1);
    },
  );

  it('point 21: the echo of a PUT is passed on as it came, be it old', async () => {
    const { client } = await connect([{ status: 201, body: { ...job, title: 'Old' } }]);
    expect((await client.jobs.update(uuid(2), { title: 'New' })).value.title).toBe('Old');
  });

  it('point 21: a PUT without an echo is followed by reading', async () => {
    const { client, server } = await connect([{ status: 204 }, { body: job }]);
    expect((await client.jobs.update(uuid(2), { title: 'Baker' })).value.title).toBe('Baker');
    expect(server.requests.map(({ method }) => method)).toEqual(['PUT', 'GET']);
  });

  it.each([
    {},
    [],
    null,
    { success: true },
    { job },
    [job, job],
    'OK',
    '<p>Saved.</p>',
    '{"uuid":',
    Buffer.from([255]),
  ])('point 21: a PUT that answers %j is followed by reading, and not repeated', async (body) => {
    const { client, server } = await connect([{ body }, { body: job }]);
    expect((await client.jobs.update(uuid(2), { title: 'Baker' })).value.title).toBe('Baker');
    expect(server.requests.map(({ method }) => method)).toEqual(['PUT', 'GET']);
  });

  it('a PUT whose object stays unreadable was done all the same, once', async () => {
    const { client, server } = await connect([{ body: 'ok' }]);
    await expect(client.jobs.update(uuid(2), { title: 'x' })).rejects.toMatchObject({ outcome: 'done' });
    expect(server.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });

  it.each([200, 202, 204])('any 2xx is success: DELETE with %i', async (status) => {
    const { client } = await connect([{ status, body: status === 204 ? undefined : '<p>gone</p>' }]);
    await expect(client.jobs.remove(uuid(2))).resolves.toBeUndefined();
  });
});

describe('point 23: question sets under either path', () => {
  const set = { uuid: uuid(8), name: 'Basics', questions: [] };
  const paths = (server: RawServer) =>
    server.requests.map(({ method, path }) => `${method} ${path.replace('/v1.0', '')}`);

  it('the first path is used when it is there', async () => {
    const { client, server } = await connect([{ body: [set] }]);
    await client.questionSets.list();
    await client.questionSets.list();
    expect(paths(server)).toEqual(['GET /question_sets', 'GET /question_sets']);
  });

  it.each([404, 405])(
    'after a %i of the collection the second is used, and remembered by all clients',
    async (status) => {
      const { client, server } = await connect(({ path }) =>
        path.startsWith('/v1.0/question_sets') ? { status } : { body: path.endsWith('sets') ? [set] : set },
      );
      expect((await client.questionSets.list()).rows).toHaveLength(1);
      server.requests.length = 0;
      await client.questionSets.get(uuid(8));
      await client.withKey('kq84').questionSets.update(uuid(8), { name: 'New' });
      expect(paths(server)).toEqual([
        `GET /interview_question_sets/${uuid(8)}`,
        `PUT /interview_question_sets/${uuid(8)}`,
      ]);
    },
  );

  it('the 404 of a single set switches nothing when the collection is there', async () => {
    const { client, server } = await connect(({ path }) =>
      path.endsWith('_sets') ? { body: [] } : { status: 404 },
    );
    await expect(client.questionSets.get(uuid(8))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(client.questionSets.get(uuid(8))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(paths(server)).toEqual([
      `GET /question_sets/${uuid(8)}`,
      'GET /question_sets',
      `GET /question_sets/${uuid(8)}`,
    ]);
  });

  it('the 404 of a single set leads to the second path when the collection is missing too', async () => {
    const { client } = await connect(({ path }) =>
      path.startsWith('/v1.0/question_sets')
        ? { status: 404 }
        : { body: path.endsWith('_sets') ? [set] : set },
    );
    expect((await client.questionSets.get(uuid(8))).value.name).toBe('Basics');
  });

  it('where neither is there, the first answer stands', async () => {
    const { client } = await connect([
      { status: 404, body: { reason: 'first' } },
      { status: 404, body: { reason: 'later' } },
    ]);
    await expect(client.questionSets.list()).rejects.toMatchObject({ code: 'NOT_FOUND', reason: 'first' });
  });
});
