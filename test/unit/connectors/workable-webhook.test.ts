/** Webhooks of Workable: who sent them, and which candidates they name. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { workableWebhook } from '../../../src/connectors/workable/webhook.js';

const { verify, read } = workableWebhook;
const body = Buffer.from('{"action":"ping","note":"\\u003cp\\u003e"}');
const signed = (how: 'hex' | 'base64') => createHmac('sha256', 's3cret').update(body).digest(how);
const header = (value: string) => ({ 'x-workable-signature': value });

describe('the signature of Workable', () => {
  it.each([
    ['in hex', '9b0d530fb3177df9c59ec5d750f14bbeac30ecff048c41ad4821916618cbb55e'],
    ['in capitals', signed('hex').toUpperCase()],
    ['in base64', 'mw1TD7MXffnFnsXXUPFLvqww7P8EjEGtSCGRZhjLtV4='],
    ['with its method before it', `sha256=${signed('hex')}`],
  ])('counts %s', (_, value) => {
    expect(verify(body, header(value), 's3cret')).toBe(true);
  });

  it('of other bytes, by another key, cut off or missing is none', () => {
    expect(verify(Buffer.concat([body, Buffer.from(' ')]), header(signed('hex')), 's3cret')).toBe(false);
    expect(verify(body, header(signed('base64')), 'another')).toBe(false);
    expect(verify(body, header(signed('hex').slice(0, 62)), 's3cret')).toBe(false);
    expect(verify(body, header(''), 's3cret')).toBe(false);
    expect(verify(body, {}, 's3cret')).toBe(false);
  });
});

describe('a webhook of Workable', () => {
  const hint = (value: unknown) => read(Buffer.from(JSON.stringify(value)), {});
  it.each([
    ['candidate_moved', 'changed'],
    ['candidate_created', 'changed'],
    ['candidate_deleted', 'deleted'],
    ['employee_created', 'other'],
  ])('%s is %s', (event_type, kind) => {
    expect(hint({ event_type, id: 'd1', data: { id: '272731b1' } })).toEqual({
      deliveryId: 'd1',
      kind,
      applicationIds: ['272731b1'],
      candidateIds: [],
    });
  });

  it('may hold the candidate one level deeper, have no name of its own, or name nobody', () => {
    const event_type = 'candidate_moved';
    expect(hint({ event_type, data: { candidate: { id: 'c9' } } })).toMatchObject({
      deliveryId: null,
      applicationIds: ['c9'],
    });
    expect(hint({ event_type, data: 'nothing' }).applicationIds).toEqual([]);
    expect(() => hint({ data: {} })).toThrow();
    expect(() => read(Buffer.from('no JSON'), {})).toThrow();
  });
});
