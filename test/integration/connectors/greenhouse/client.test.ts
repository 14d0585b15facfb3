/** What leaves for Greenhouse and what is understood of its answers, by a server that knows nothing of either side's code. */
import { expect, it, onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../../../src/clock.js';
import { greenhouseClient, within } from '../../../../src/connectors/greenhouse/client.js';
import { entrySchema } from '../../../../src/connectors/greenhouse/read-applications.js';
import { createAtsHttp, LostWrite } from '../../../../src/connectors/http.js';
import { type RawAnswer, type RawRequest, startRawServer } from '../../../support/raw-server.js';

const row = (id: number, more: object = {}) => ({
  id,
  application_id: 1,
  job_interview_stage_id: 2,
  entered_at: '2026-11-20T10:00:00.000Z',
  exited_at: null,
  current: true,
  days_in_stage: 0,
  an_unknown_key: { of: 'no matter' },
  ...more,
});

async function server(answer: (request: RawRequest, before: number) => RawAnswer, clock = systemClock) {
  const raw = await startRawServer(answer);
  const tokens: Array<string | null> = [];
  const http = createAtsHttp({
    title: 'Greenhouse',
    limits: { limit: 50, windowMs: 30_000, maxConcurrent: 4 },
    authorize: async (refused) => {
      tokens.push(refused);
      return `Bearer ${tokens.length}`;
    },
    clock,
  });
  onTestFinished(async () => {
    await http.close();
    await raw.close();
  });
  const client = greenhouseClient(http, raw.url.replace('/v1.0', '/v3'), clock);
  return { raw, client, tokens, signal: new AbortController().signal };
}

async function collected<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

it('a first request has its parameters, the following ones a cursor and nothing else', async () => {
  const { raw, client, signal } = await server(({ path }) =>
    path.includes('cursor')
      ? { body: [row(1)] }
      : {
          body: [row(2)],
          headers: {
            link: '<https://elsewhere.test/v3/application_stages?cursor=a%2Bb%3D&per_page=500>; rel="next"',
          },
        },
  );
  const window = { from: new Date('2026-11-20T10:00:00Z'), to: new Date('2026-11-20T10:05:00Z') };
  const rows = await collected(
    client.list('/application_stages', entrySchema, { updated_at: within(window) }, signal),
  );
  expect(rows.map(({ id }) => id)).toEqual(['2', '1']);
  // Never to another server than that of the settings, whatever an answer says.
  expect(raw.requests.map(({ path }) => decodeURIComponent(path.replace(/\+/g, ' ')))).toEqual([
    '/v3/application_stages?per_page=500&updated_at=gte|2026-11-20T10:00:00.000Z|lte|2026-11-20T10:05:00.000Z',
    '/v3/application_stages?cursor=a+b=',
  ]);
});

it('ids are asked for in batches of fifty, each once', async () => {
  const { raw, client, signal } = await server(() => ({ body: [] }));
  const ids = Array.from({ length: 120 }, (_, at) => String(at % 101));
  await collected(client.listOf('/application_stages', entrySchema, 'application_ids', ids, {}, signal));
  const asked = raw.requests.map(({ path }) =>
    new URLSearchParams(path.split('?')[1]).get('application_ids')!.split(','),
  );
  expect(asked.map(({ length }) => length)).toEqual([50, 50, 1]);
  expect(new Set(asked.flat()).size).toBe(101);
});

it('a batch of which nothing is shown is asked for once more', async () => {
  const { raw, client, signal } = await server((_, before) => ({ body: before === 0 ? [] : [row(7)] }));
  const { rows } = await client.each('/application_stages', entrySchema, 'application_ids', ['1'], signal, {
    insists: true,
  });
  expect(rows.map(({ id }) => id)).toEqual(['7']);
  await client.each('/application_stages', entrySchema, 'application_ids', ['1'], signal, {
    insists: true,
  });
  expect(raw.requests).toHaveLength(3);
});

it.each<[string, RawAnswer, string]>([
  ['a field that is needed is missing', { body: [row(1, { current: undefined })] }, 'ATS_ANSWER_UNREADABLE'],
  ['it is no list', { body: { rows: [] } }, 'ATS_ANSWER_UNREADABLE'],
  [
    'it is a page of HTML',
    { body: '<html>', headers: { 'content-type': 'text/html' } },
    'ATS_ANSWER_UNREADABLE',
  ],
  [
    'its next page has no cursor',
    { body: [], headers: { link: '</v3/x>; rel=next' } },
    'ATS_ANSWER_UNREADABLE',
  ],
  [
    'its next page is the same again',
    { body: [], headers: { link: '</v3/x?cursor=c>; rel=next' } },
    'ATS_ANSWER_UNREADABLE',
  ],
  ['it is not allowed', { status: 403, body: { message: 'Missing scope' } }, 'ATS_FORBIDDEN'],
  [
    'it makes no sense to it',
    { status: 422, body: { errors: [{ message: 'Bad window' }] } },
    'ATS_REQUEST_REFUSED',
  ],
])('an answer is an error where %s', async (_, answer, code) => {
  const { client, signal } = await server(() => answer);
  await expect(collected(client.list('/application_stages', entrySchema, {}, signal))).rejects.toMatchObject({
    code,
  });
});

it('a token that is refused is replaced once; a second refusal is the end', async () => {
  const { client, tokens, signal } = await server((_, before) =>
    before === 0 ? { status: 401 } : { body: [] },
  );
  await collected(client.list('/x', entrySchema, {}, signal));
  expect(tokens).toEqual([null, 'Bearer 1']);
  const never = await server(() => ({ status: 401 }));
  await expect(collected(never.client.list('/x', entrySchema, {}, signal))).rejects.toMatchObject({
    code: 'ATS_ACCESS_REFUSED',
  });
  expect(never.raw.requests).toHaveLength(2);
});

it('a connection that fails is told with its address and the reason', async () => {
  const { raw, client, signal } = await server(() => ({ body: [] }));
  await raw.close();
  const { host } = new URL(raw.url);
  await expect(collected(client.list('/x', entrySchema, {}, signal))).rejects.toMatchObject({
    code: 'ATS_UNREACHABLE',
    message: `Greenhouse: GET /v3/x got no complete answer from ${host}: the connection is refused (ECONNREFUSED).`,
  });
});

it('a write is sent once: refused before anything was done it is sent again, unanswered it is looked for', async () => {
  const again = await server((_, before) =>
    before === 0
      ? { status: 401 }
      : before === 1
        ? { status: 429, headers: { 'retry-after': '0' } }
        : { status: 201, body: { id: 1 } },
  );
  expect(await again.client.write('POST', '/notes', { body: 'x' }, again.signal)).toMatchObject({
    status: 201,
  });
  for (const answer of ['reset', 'cut', { status: 500 }] as const) {
    const { raw, client, signal } = await server(() => answer);
    await expect(client.write('POST', '/notes', { body: 'x' }, signal)).rejects.toBeInstanceOf(LostWrite);
    expect(raw.requests).toHaveLength(1);
  }
});

it('what answers say of their limit is kept to: the next request waits until there are some again', async () => {
  const waits: number[] = [];
  let passed = 0;
  const clock: Clock = {
    ...systemClock,
    monotonic: () => passed,
    after(ms, fn, options) {
      if (ms <= 15_000) return systemClock.after(ms, fn, options);
      waits.push(ms);
      return systemClock.after(0, () => {
        passed += ms;
        fn();
      });
    },
  };
  for (const prefix of ['x-ratelimit', 'x-rate-limit']) {
    const headers = {
      [`${prefix}-limit`]: '3',
      [`${prefix}-remaining`]: '0',
      [`${prefix}-reset`]: String(Math.ceil(Date.now() / 1000) + 20),
    };
    const { client, signal } = await server(
      (_, before) => ({ body: [], ...(before === 0 ? { headers } : {}) }),
      clock,
    );
    for (const _ of [1, 2]) await collected(client.list('/x', entrySchema, {}, signal));
  }
  expect(waits).toHaveLength(2);
  expect(Math.max(...waits)).toBeLessThan(22_000);
});

it('a refusal (429) that says nothing pauses all requests for a window, then longer, and is given up in the end', async () => {
  const waits: number[] = [];
  let passed = 0;
  const clock: Clock = {
    ...systemClock,
    // Nothing passes but what is waited for: a pause is as long as it was asked for.
    now: () => Date.UTC(2031, 0, 1) + passed,
    monotonic: () => passed,
    after(ms, fn, options) {
      // What is waited for, and not the moment at which a unit of the limit comes back.
      if (ms < 30_000 || ms % 1000 !== 0) return systemClock.after(ms, fn, options);
      waits.push(ms);
      return systemClock.after(0, () => {
        passed += ms;
        fn();
      });
    },
  };
  const { client, signal } = await server(
    (_, before) => (before < 2 ? { status: 429 } : { body: [] }),
    clock,
  );
  await collected(client.list('/x', entrySchema, {}, signal));
  expect(waits).toEqual([30_000, 60_000]);
  const never = await server(() => ({ status: 429 }), clock);
  await expect(collected(never.client.list('/x', entrySchema, {}, signal))).rejects.toMatchObject({
    code: 'ATS_RATE_LIMITED',
  });
  // The last one is nobody's who was given up; it holds for all that is asked next.
  expect(waits.slice(2)).toEqual([30_000, 60_000, 90_000, 90_000, 90_000]);
});

it('a read is tried again after a failure, and given up after three', async () => {
  const { client, raw, signal } = await server((_, before) =>
    before < 2 ? { status: 503, headers: { 'retry-after': '0' } } : { body: [] },
  );
  await collected(client.list('/x', entrySchema, {}, signal));
  expect(raw.requests).toHaveLength(3);
  const never = await server(() => ({ status: 503, headers: { 'retry-after': '0' } }));
  await expect(collected(never.client.list('/x', entrySchema, {}, signal))).rejects.toMatchObject({
    code: 'ATS_FAILED',
  });
});
