import { describe, expect, it } from 'vitest';
import { TransportFailure } from '../../../src/http/transport.js';
import { refusal, transportError } from '../../../src/sparkhire/failures.js';

const facts = {
  route: 'PUT /jobs/:uuid',
  origin: 'https://hire.example',
  secrets: ['s3cr3t-key', 'czNjcjN0LWtleTp4'],
};
const answer = (status: number, body: unknown = '', headers: Record<string, string> = {}) =>
  refusal(
    { status, headers, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) },
    facts,
    0,
  );

describe('point 3: a status becomes a code and says what is known of the effect', () => {
  it.each([
    [400, 'REQUEST_REFUSED', 'refused'],
    [401, 'KEY_REFUSED', 'refused'],
    [402, 'PAYMENT_REQUIRED', 'refused'],
    [403, 'FORBIDDEN', 'refused'],
    [404, 'NOT_FOUND', 'refused'],
    [405, 'METHOD_NOT_ALLOWED', 'refused'],
    [408, 'REMOTE_TIMEOUT', 'unknown'],
    [409, 'REQUEST_REFUSED', 'refused'],
    [410, 'NOT_FOUND', 'refused'],
    [418, 'REQUEST_REFUSED', 'refused'],
    [422, 'REQUEST_REFUSED', 'refused'],
    [429, 'RATE_LIMITED', 'refused'],
    [500, 'REMOTE_FAILED', 'unknown'],
    [503, 'REMOTE_FAILED', 'unknown'],
    [599, 'REMOTE_FAILED', 'unknown'],
    [302, 'ANSWER_UNREADABLE', 'refused'],
  ])('%i: %s, %s', (status, code, outcome) => {
    const error = answer(status, { reason: 'Because.', code: 'api.because' });
    expect(error).toMatchObject({ status, code, outcome, apiCode: 'api.because', reason: 'Because.' });
    expect(error.message).toBe(`PUT /jobs/:uuid answered ${status}: Because. (api.because)`);
    expect(error.remedy).toMatch(/\.$/);
  });
});

it('point 30: what is said of a key is not told: it may hold the key', () => {
  const body = { reason: 'Key efea-30e3 exists already', code: 'api_key.exists' };
  const route = 'POST /users/:uuid/integration_key';
  for (const status of [400, 409, 500]) {
    const said = { status, headers: {}, body: Buffer.from(JSON.stringify(body)) };
    const error = refusal(said, { ...facts, route }, 0);
    expect(error).toMatchObject({ reason: null, apiCode: 'api_key.exists' });
    expect(error.message).toBe(`${route} answered ${status}: (api_key.exists)`);
  }
});

describe('point 2: the reason of an error', () => {
  it.each([
    ['JSON', '{"reason":"No slot left","code":"jobs.limit","lang":"en"}', 'No slot left', 'jobs.limit'],
    ['JSON with markup', '{"reason":"<b>No</b>\\n slot","code":7}', 'No slot', null],
    ['JSON of another shape', '[1]', null, null],
    ['a message instead', '{"message":"No slot left","code":"jobs.limit"}', 'No slot left', 'jobs.limit'],
    [
      'a list of what is wrong',
      '{"errors":[{"field":"email","message":"is <b>taken</b>"}]}',
      'email is taken',
      null,
    ],
    [
      'words by field',
      '{"message":"Not valid.","errors":{"email":["It is taken."]}}',
      'Not valid. It is taken.',
      null,
    ],
    ['a body without words', '{"status":422,"lang":"en"}', null, null],
    ['odd reason', '{"reason":{"a":1}}', null, null],
    [
      'HTML',
      '<html><head><title>x</title></head><body><h1>Bad\u0000 gateway</h1><script>1</script></body></html>',
      'Bad gateway',
      null,
    ],
    ['cut HTML', '<html><body>Oh no<scr', 'Oh no', null],
    ['text', 'upstream timed out', 'upstream timed out', null],
    ['nothing', '', null, null],
  ])('in %s', (_, body, reason, apiCode) => {
    expect(answer(400, body)).toMatchObject({ reason, apiCode });
  });

  it('that is the status once more is not told twice', () => {
    expect(answer(500, '<html><body>500</body></html>').message).toBe('PUT /jobs/:uuid answered 500');
  });

  it('is shortened, and shows neither the key nor how it is sent', () => {
    const long = answer(400, { reason: 'x'.repeat(5000) });
    expect(long.reason).toHaveLength(301);
    const leak = answer(401, {
      reason: 'The key s3cr3t-key (czNjcjN0LWtleTp4) is unknown',
      code: 's3cr3t-key',
    });
    expect(JSON.stringify(leak) + leak.message).not.toMatch(/s3cr3t-key|czNjcjN0LWtleTp4/);
  });
});

describe('a failure of the connection', () => {
  const broken = (sent: boolean, cause: unknown) =>
    transportError(new TransportFailure('broken', sent, null, cause), 30_000, facts);
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });

  it('before the request was sent leaves no doubt', () => {
    expect(broken(false, refused)).toMatchObject({
      code: 'REMOTE_UNREACHABLE',
      outcome: 'not_sent',
      status: null,
    });
    expect(broken(false, new AggregateError([refused])).message).toContain('ECONNREFUSED');
  });

  it('after it was sent does', () => {
    expect(broken(true, new Error('other side closed'))).toMatchObject({ outcome: 'unknown' });
    const late = transportError(new TransportFailure('timeout', true, 200, undefined), 30_000, facts);
    expect(late).toMatchObject({ code: 'REMOTE_TIMEOUT', outcome: 'unknown' });
    expect(late.message).toContain('within 30 s');
  });
});
