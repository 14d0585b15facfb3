/** Webhooks of Ashby, byte by byte. */
import { describe, expect, it } from 'vitest';
import { signatureOf } from '#emulators/ats-emulator/ashby/index';
import { ashbyWebhook } from '../../../src/connectors/ashby/webhook.js';

const { verify, read } = ashbyWebhook;
// The characters of an escape, as they are sent.
const body = Buffer.from(String.raw`{"action":"ping","note":"\u003cp\u003e"}`);
const signature = '9b0d530fb3177df9c59ec5d750f14bbeac30ecff048c41ad4821916618cbb55e';
const signed = (value: string) => ({ 'ashby-signature': value });

describe('the signature', () => {
  it('is the HMAC of the bytes as they came, in hex after sha256=', () => {
    expect(verify(body, signed(`sha256=${signature}`), 's3cret')).toBe(true);
    expect(verify(body, signed(`sha256=${signature.toUpperCase()}`), 's3cret')).toBe(true);
    expect(signatureOf('s3cret', body.toString())).toBe(signature);
  });

  it.each([
    ['none', {}],
    ['another', signed(`sha256=${'0'.repeat(64)}`)],
    ['no hex', signed('sha256=zz')],
    ['a blank in place of the sign', signed(`sha256 ${signature}`)],
    ['only the hex', signed(signature)],
    ['too short', signed(`sha256=${signature.slice(2)}`)],
  ])('does not hold: %s', (_, headers) => {
    expect(verify(body, headers, 's3cret')).toBe(false);
  });

  it('does not hold for the same content in other bytes, nor with another secret', () => {
    const rewritten = Buffer.from(JSON.stringify(JSON.parse(body.toString())));
    expect(verify(rewritten, signed(`sha256=${signature}`), 's3cret')).toBe(false);
    expect(verify(body, signed(`sha256=${signature}`), 'S3cret')).toBe(false);
  });
});

describe('what a delivery names', () => {
  const named = (told: unknown) => {
    const { deliveryId: _, ...hint } = read(Buffer.from(JSON.stringify(told)), {});
    return hint;
  };

  it.each([
    [{ action: 'ping', data: { webhookActionType: 'ping' } }, 'ping', [], []],
    [
      { action: 'candidateStageChange', data: { application: { id: 'a', status: 'Hired' } } },
      'changed',
      ['a'],
      [],
    ],
    [{ action: 'applicationSubmit', data: { application: { id: 'a' } } }, 'changed', ['a'], []],
    [{ action: 'candidateDelete', data: { candidate: { id: 'c' } } }, 'deleted', [], ['c']],
    [
      { action: 'candidateMerge', data: { deletedCandidate: { id: 'c' }, mergedCandidate: { id: 'd' } } },
      'merged',
      [],
      ['c', 'd'],
    ],
    [{ action: 'offerCreate', data: { offer: { applicationId: 'a' } } }, 'other', [], []],
    // A proven delivery is never answered with an error: Ashby would send no more.
    [{ action: 7, data: null }, 'other', [], []],
    [{ action: 'candidateStageChange', data: { application: { id: 7 } } }, 'changed', [], []],
    [[], 'other', [], []],
  ])('of %j is %s', (told, kind, applicationIds, candidateIds) => {
    expect(named(told)).toEqual({ kind, applicationIds, candidateIds });
  });

  it('has the same name however often it comes, and another one when something changed', () => {
    const at = (time: string) =>
      read(
        Buffer.from(JSON.stringify({ action: 'ping', data: { application: { id: 'a', updatedAt: time } } })),
        {},
      );
    expect(at('1').deliveryId).toBe(at('1').deliveryId);
    expect(at('1').deliveryId).not.toBe(at('2').deliveryId);
  });
});
