/**
 * Webhooks of Lever. Their signature covers a token and a time, and nothing else: whoever has seen one delivery could send
 * another with it. So nothing of a delivery counts but the names of opportunities that are to be read again.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Hint, Webhook } from '../connector.js';
import { id } from './client.js';

/** Another name for an opportunity, from before they were called so, is its candidate. */
const bodySchema = z.object({
  event: z.string(),
  token: z.string().min(1),
  triggeredAt: z.union([z.number(), z.string().regex(/^\d+$/)]).transform(String),
  signature: z.string(),
  data: z
    .object({ opportunityId: id.nullish().catch(null), candidateId: id.nullish().catch(null) })
    .nullish()
    .catch(null),
});

const kinds: Readonly<Record<string, Hint['kind']>> = {
  applicationCreated: 'changed',
  candidateHired: 'changed',
  candidateStageChange: 'changed',
  candidateArchiveChange: 'changed',
  candidateDeleted: 'deleted',
  contactUpdated: 'changed',
};

const longestName = 200;

const jsonOf = (raw: Uint8Array): unknown => JSON.parse(Buffer.from(raw).toString('utf8'));

export const leverWebhook: Webhook = {
  okStatus: 200,

  verify(raw, _, secret) {
    let json: unknown;
    try {
      json = jsonOf(raw);
    } catch {
      // Nothing that could be signed: `read` refuses it.
      return true;
    }
    const { data: body } = bodySchema.safeParse(json, { jitless: true });
    if (body === undefined || !/^[0-9a-f]{64}$/i.test(body.signature)) return false;
    const digest = createHmac('sha256', secret).update(`${body.token}${body.triggeredAt}`).digest();
    return timingSafeEqual(Buffer.from(body.signature, 'hex'), digest);
  },

  read(raw) {
    const { event, token, triggeredAt, data } = bodySchema.parse(jsonOf(raw), { jitless: true });
    const named = data?.opportunityId ?? data?.candidateId;
    return {
      // What is signed: a delivery that comes again, or is sent again by somebody else, has the same.
      deliveryId: `${token} ${triggeredAt}`.slice(0, longestName),
      kind: kinds[event] ?? 'other',
      applicationIds: named == null ? [] : [named],
      candidateIds: [],
    };
  },
};

/** A webhook of each event has a signature token of its own; the setting takes several. */
export function signatureTokens(secret: string | null): string[] {
  return (secret ?? '').split(/[\s,]+/).filter((one) => one !== '');
}
