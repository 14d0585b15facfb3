/** The signature of Lever's webhooks, by the recipe that is known of it, and what a delivery may say. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { leverWebhook, signatureTokens } from '../../../src/connectors/lever/webhook.js';

const secret = 's3cret';
/** HMAC-SHA256 of `tok1782974004990`, in hex. */
const known = 'eab55f64cb908ff1c27f2e4e5227b8d5a9ce64185b82a45ee0509898c26ca1b8';
const delivery = {
  event: 'candidateStageChange',
  triggeredAt: 1782974004990,
  token: 'tok',
  signature: known,
  data: { opportunityId: 'opp-1', toStageId: 's' },
};
const bytes = (body: unknown) => Buffer.from(JSON.stringify(body));
const isProven = (body: unknown, by = secret) => leverWebhook.verify(bytes(body), {}, by);

describe('a delivery of Lever', () => {
  it('is proven by token and time alone', () => {
    expect(createHmac('sha256', secret).update('tok1782974004990').digest('hex')).toBe(known);
    expect(isProven(delivery)).toBe(true);
    expect(isProven({ ...delivery, triggeredAt: '1782974004990' })).toBe(true);
    expect(isProven({ ...delivery, data: { opportunityId: 'another' } })).toBe(true);
  });

  it.each([
    ['another secret', delivery, 'other'],
    ['another token', { ...delivery, token: 'tak' }, secret],
    ['another time', { ...delivery, triggeredAt: 1782974004991 }, secret],
    ['a signature that is cut off', { ...delivery, signature: known.slice(1) }, secret],
    ['no signature', { ...delivery, signature: undefined }, secret],
    ['no object', [1], secret],
  ])('is not proven with %s', (_, body, by) => {
    expect(isProven(body, by)).toBe(false);
  });

  it('that is no JSON is refused by the reading of it', () => {
    expect(() => leverWebhook.read(Buffer.from('no JSON'), {})).toThrow();
  });

  it('tells which opportunity is to be read again, and nothing else', () => {
    expect(leverWebhook.read(bytes({ ...delivery, id: 'any' }), {})).toEqual({
      deliveryId: 'tok 1782974004990',
      kind: 'changed',
      applicationIds: ['opp-1'],
      candidateIds: [],
    });
    const older = { ...delivery, data: { candidateId: 'opp-2' } };
    expect(leverWebhook.read(bytes(older), {}).applicationIds).toEqual(['opp-2']);
    expect(
      leverWebhook.read(bytes({ ...delivery, event: 'interviewCreated', data: null }), {}),
    ).toMatchObject({
      kind: 'other',
      applicationIds: [],
    });
  });

  it('has one name however it is told apart from its copy: by what is signed', () => {
    const names = [delivery, { ...delivery, data: { opportunityId: 'x' } }, { ...delivery, id: '7' }].map(
      (body) => leverWebhook.read(bytes(body), {}).deliveryId,
    );
    expect(new Set(names).size).toBe(1);
    expect(leverWebhook.read(bytes({ ...delivery, triggeredAt: 5 }), {}).deliveryId).not.toBe(names[0]);
  });
});

it('the setting takes the signature tokens of several webhooks', () => {
  expect([signatureTokens('a b,\nc'), signatureTokens('a'), signatureTokens(null)]).toEqual([
    ['a', 'b', 'c'],
    ['a'],
    [],
  ]);
});
