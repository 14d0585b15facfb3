/** Webhooks of Greenhouse: who sent them, and which objects they name. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { greenhouseWebhook } from '../../../src/connectors/greenhouse/webhook.js';

const bytes = (text: string) => Buffer.from(text, 'utf8');
const { verify, read } = greenhouseWebhook;

const ping =
  '{"action":"ping","payload":{"web_hook_id":4001693002,"endpoint_url":"https://67e09e60.ngrok.io/webhooks",' +
  '"created_at":"2018-12-20T15:43:12Z","updated_at":"2018-12-27T09:40:14Z","name":"Job Post Create",' +
  '"event":"Job Post Created","active":true,"content-type":"application/json"}}';
const secret = '1uSUju2H6AohOE7OQVaxeLT3O8Uxxuas';
const published = '395b1309fd37f0732d1ed11c15e03edd61b818918df6bf93be7c71bafb09c877';
const signed = (value: string) => ({ signature: value });

describe('the signature of Greenhouse', () => {
  it('is the published one for the published ping, in capitals as well', () => {
    expect(bytes(ping)).toHaveLength(278);
    expect(verify(bytes(ping), signed(`sha256 ${published}`), secret)).toBe(true);
    expect(verify(bytes(ping), signed(`sha256 ${published.toUpperCase()}`), secret)).toBe(true);
  });

  it('covers the bytes as they came: escapes and blanks are part of them', () => {
    const sent = bytes('{"action":"ping","note":"\\u003cp\\u003e"}');
    const own = createHmac('sha256', 's3cret').update(sent).digest('hex');
    expect(verify(sent, signed(`sha256 ${own}`), 's3cret')).toBe(true);
    expect(verify(bytes('{"action":"ping","note":"<p>"}'), signed(`sha256 ${own}`), 's3cret')).toBe(false);
  });

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['of another secret', `sha256 ${createHmac('sha256', 'other').update(ping).digest('hex')}`],
    ['cut short', `sha256 ${published.slice(0, 62)}`],
    ['longer', `sha256 ${published}00`],
    ['without its name', published],
    ['of another kind', `sha1 ${published}`],
    ['no hex', `sha256 ${'z'.repeat(64)}`],
  ])('that is %s is refused', (_, signature) => {
    expect(verify(bytes(ping), { signature }, secret)).toBe(false);
  });
});

describe('a webhook of Greenhouse', () => {
  const hint = (body: unknown, headers = {}) => read(bytes(JSON.stringify(body)), headers);

  it('names its delivery and its application, and nothing else of it is taken', () => {
    const application = {
      id: 46194062,
      candidate: { id: 37130596, first_name: 'Trisha' },
      jobs: [{ id: 3485709 }],
    };
    expect(
      hint(
        { action: 'candidate_stage_change', payload: { application }, organization_id: 1 },
        { 'greenhouse-event-id': ' 5c2ad1e4 ' },
      ),
    ).toEqual({ deliveryId: '5c2ad1e4', kind: 'changed', applicationIds: ['46194062'], candidateIds: [] });
  });

  it.each([
    [
      'delete_candidate',
      { person: { id: 7, deleted_application_ids: [1, 2] } },
      'deleted',
      ['1', '2'],
      ['7'],
    ],
    ['delete_candidate', { person: { id: 7, deleted_application_ids: [] } }, 'deleted', [], ['7']],
    ['merge_candidate', { person: { id: 7, new_candidate_id: 8 } }, 'merged', [], ['7', '8']],
    ['candidate_anonymized', { candidate_id: 7, anonymized_fields: ['full_name'] }, 'deleted', [], ['7']],
    ['delete_application', { application: { id: 5, candidate_id: 7 } }, 'deleted', ['5'], []],
    ['reject_candidate', { application: { id: 5 } }, 'changed', ['5'], []],
    ['application_updated', { application: { id: 5 } }, 'other', ['5'], []],
    ['something_new', { thing: { id: 5 } }, 'other', [], []],
    ['candidate_stage_change', { application: { id: { odd: true } } }, 'changed', [], []],
    ['candidate_stage_change', null, 'changed', [], []],
    ['ping', { web_hook_id: 1 }, 'ping', [], []],
  ])('%s names %j', (action, payload, kind, applicationIds, candidateIds) => {
    expect(hint({ action, payload })).toEqual({ deliveryId: null, kind, applicationIds, candidateIds });
  });

  it.each(['', 'no JSON', '[]', '{}', '{"action":5}', '"ping"'])('that is %j is none', (text) => {
    expect(() => read(bytes(text), {})).toThrow();
  });
});
