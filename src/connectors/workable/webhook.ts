/** Webhooks of Workable: proven over the bytes as they came, and read for nothing but which candidates they name. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Hint, Webhook } from '../connector.js';
import { id } from '../decoded.js';

const kinds: Readonly<Record<string, Hint['kind']>> = {
  candidate_created: 'changed',
  // Also of hires and disqualifications.
  candidate_moved: 'changed',
  candidate_deleted: 'deleted',
};

const idOrNothing = id.optional().catch(undefined);

const bodySchema = z.object({
  event_type: z.string(),
  id: idOrNothing,
  data: z
    .object({ id: idOrNothing, candidate: z.object({ id: idOrNothing }).optional().catch(undefined) })
    .catch({}),
});

const longestName = 200;

export const workableWebhook: Webhook = {
  okStatus: 200,

  // Sources differ on how it is written.
  verify(raw, headers, secret) {
    const told = (headers['x-workable-signature'] ?? '').trim().replace(/^sha256=/i, '');
    const bytes = Buffer.from(told, /^[0-9a-f]{64}$/i.test(told) ? 'hex' : 'base64');
    const own = createHmac('sha256', secret).update(raw).digest();
    return bytes.length === own.length && timingSafeEqual(bytes, own);
  },

  read(raw) {
    const body = bodySchema.parse(JSON.parse(Buffer.from(raw).toString('utf8')), { jitless: true });
    const candidate = body.data.candidate?.id ?? body.data.id;
    return {
      deliveryId: body.id?.slice(0, longestName) ?? null,
      kind: kinds[body.event_type] ?? 'other',
      // A candidate of Workable is a person at one job.
      applicationIds: candidate === undefined ? [] : [candidate],
      candidateIds: [],
    };
  },
};
