/** How Ashby's answers are taken: what says that it failed, in whatever shape and with whatever status, is no answer. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AshbyFailure, ashbyClient, codeOfAnswer } from '../../../src/connectors/ashby/client.js';
import type { AtsHttp, AtsRequest } from '../../../src/connectors/http.js';

const { signal } = new AbortController();
const row = z.object({ id: z.string() });
const answered = (body: unknown, status = 200) => ({
  status,
  headers: {},
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});

/** A client that is answered with these, in order, and what it asked. */
function client(...answers: unknown[]) {
  const asked: AtsRequest[] = [];
  const http = {
    send: async (request: AtsRequest) => {
      asked.push(request);
      const next = answers.shift();
      return (next as { body?: unknown }).body instanceof Buffer ? next : answered(next);
    },
  } as unknown as AtsHttp;
  return { ashby: ashbyClient(http, 'https://api.test'), asked };
}

const info = (answer: unknown) => client(answer).ashby.info('job.info', row, { id: '1' }, signal);
const list = (...answers: unknown[]) => client(...answers).ashby.list('job.list', row, {}, signal);

describe('an answer of Ashby', () => {
  it('is one where success is true', async () => {
    expect(await info({ success: true, results: { id: '1', other: 2 } })).toEqual({ id: '1' });
  });

  it.each([
    ['success as text', { success: 'true', results: { id: '1' } }],
    ['no word of success', { results: { id: '1' } }],
    ['null', 'null'],
    ['a list', '[]'],
    ['no JSON', '<html>'],
    ['no results', { success: true }],
    ['another form', { success: true, results: { id: 1 } }],
  ])('cannot be read with %s', async (_, answer) => {
    await expect(info(typeof answer === 'string' ? answered(answer) : answer)).rejects.toMatchObject({
      code: 'ATS_ANSWER_UNREADABLE',
    });
  });

  it.each([
    ['errorInfo', { errorInfo: { code: 'invalid_input', message: 'it is wrong', requestId: 'r' } }],
    ['texts', { errors: ['invalid_input'] }],
    ['objects', { errors: [{ code: 'invalid_input', message: 'it is wrong', parameter: 'id' }] }],
    ['both', { errorInfo: { code: 'invalid_input', message: 'it is wrong' }, errors: ['invalid_input'] }],
  ])('that failed says why, by its %s', async (_, why) => {
    const failure = await info({ success: false, ...why }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AshbyFailure);
    expect(failure).toMatchObject({
      code: 'ATS_REQUEST_REFUSED',
      reasons: expect.arrayContaining(['invalid_input']),
      message: expect.stringMatching(/^Ashby: job.info was refused: (invalid_input|it is wrong)\.$/),
    });
  });

  it.each([
    [{ success: false }],
    [{ success: false, errors: [] }],
    [{ success: false, errors: [7, null], errorInfo: null }],
  ])('that failed and does not say why is told as that: %j', async (answer) => {
    await expect(info(answer)).rejects.toMatchObject({ message: /it does not say why/ });
  });

  it('that names a missing permission is a right that is missing, with status 200 too', async () => {
    await expect(info({ success: false, errors: ['missing_endpoint_permission'] })).rejects.toMatchObject({
      code: 'ATS_FORBIDDEN',
      remedy: expect.stringContaining('“Jobs: read”'),
    });
  });

  it.each(['job_not_found', 'not_found', 'resource_not_found'])(
    'says %s for what is not there',
    async (code) => {
      expect(await info({ success: false, errorInfo: { code, message: 'none' } })).toBeNull();
      expect(await info(answered({ success: false, errors: [code] }, 404))).toBeNull();
    },
  );

  it('of 404 that says nothing is a wrong address', async () => {
    await expect(info(answered('<html>', 404))).rejects.toMatchObject({
      code: 'ATS_REQUEST_REFUSED',
      remedy: expect.stringContaining('ats.baseUrl'),
    });
  });

  it.each([
    [403, { success: false, errors: ['missing_endpoint_permission'] }, 'ATS_FORBIDDEN'],
    [403, { success: false, errorInfo: { code: 'invalid_api_key', message: '' } }, 'ATS_ACCESS_REFUSED'],
    [403, 'The API key is deactivated', 'ATS_ACCESS_REFUSED'],
    [404, { success: false, errors: ['job_not_found'] }, null],
    [400, { success: false, errors: ['sync_token_expired'] }, null],
    [400, 'Bad request', undefined],
    [401, { success: false, errors: ['missing_api_key'] }, undefined],
    [500, { success: false, errors: ['internal'] }, undefined],
    [200, { success: false, errors: ['job_not_found'] }, undefined],
  ])('with status %i and %j means %s', (status, body, code) => {
    expect(codeOfAnswer!(answered(body, status))).toBe(code);
  });
});

describe('a list of Ashby', () => {
  const page = (more: object) => ({ success: true, results: [{ id: '1' }], ...more });

  it('is read to its end; the token goes with the first request, the cursor with the others', async () => {
    const { ashby, asked } = client(
      page({ moreDataAvailable: true, nextCursor: 'c1' }),
      page({ moreDataAvailable: true, nextCursor: 'c2' }),
      page({ moreDataAvailable: false, nextCursor: 'c3', syncToken: 'new' }),
    );
    const { rows, syncToken } = await ashby.list('job.list', row, { status: ['Open'] }, signal, 'old');
    expect(rows).toHaveLength(3);
    expect(syncToken).toBe('new');
    expect(asked.map(({ body }) => body)).toEqual([
      { limit: 100, status: ['Open'], syncToken: 'old' },
      { limit: 100, status: ['Open'], cursor: 'c1' },
      { limit: 100, status: ['Open'], cursor: 'c2' },
    ]);
  });

  // Seen in a recorded answer: NangoHQ/integration-templates 3196dff, ashby/tests/applications.test.json.
  it('goes on after a page without rows, where there is more', async () => {
    const empty = { success: true, results: [], moreDataAvailable: true, nextCursor: 'c2' };
    const found = await list(
      page({ moreDataAvailable: true, nextCursor: 'c1' }),
      empty,
      page({ moreDataAvailable: false }),
    );
    expect(found.rows).toHaveLength(2);
  });

  it('ends where it does not say that there is more and has no cursor', async () => {
    expect((await list(page({}))).rows).toHaveLength(1);
    expect((await list(page({ nextCursor: 'c' }), page({ nextCursor: null }))).rows).toHaveLength(2);
  });

  it.each([
    ['more to come without a cursor', [page({ moreDataAvailable: true })]],
    [
      'the same cursor twice',
      [
        page({ moreDataAvailable: true, nextCursor: 'c' }),
        page({ moreDataAvailable: true, nextCursor: 'c' }),
      ],
    ],
    ['no list', [{ success: true, results: {}, moreDataAvailable: false }]],
  ])('is an error with %s', async (_, answers) => {
    await expect(list(...answers)).rejects.toMatchObject({ code: 'ATS_ANSWER_UNREADABLE' });
  });
});
