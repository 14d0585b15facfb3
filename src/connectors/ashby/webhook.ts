/** Webhooks of Ashby: proven over the bytes as they came, and read for nothing but which objects they name. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Hint, Webhook } from '../connector.js';
import { id } from './client.js';

/** What is worth a look: entries into stages, and whatever ends or moves an application. The rest is for the poll. */
const kinds: Readonly<Record<string, Hint['kind']>> = {
  ping: 'ping',
  applicationSubmit: 'changed',
  applicationUpdate: 'changed',
  candidateStageChange: 'changed',
  candidateHire: 'changed',
  candidateDelete: 'deleted',
  candidateMerge: 'merged',
};

const named = z
  .object({ id: id.optional().catch(undefined) })
  .optional()
  .catch(undefined);

const data = z
  .object({ application: named, candidate: named, deletedCandidate: named, mergedCandidate: named })
  .catch({});
/** What is of another form says nothing; it is proven, and so no error. */
const bodySchema = z.object({ action: z.string().catch(''), data }).catch({ action: '', data: {} });

export const ashbyWebhook: Webhook = {
  // From 400 on it would be switched off.
  okStatus: 200,
  comesOnce: true,

  verify(raw, headers, secret) {
    const [, told] = /^sha256=([0-9a-f]{64})$/i.exec(headers['ashby-signature']?.trim() ?? '') ?? [];
    if (told === undefined) return false;
    return timingSafeEqual(Buffer.from(told, 'hex'), createHmac('sha256', secret).update(raw).digest());
  },

  read(raw) {
    const { action, data } = bodySchema.parse(JSON.parse(Buffer.from(raw).toString('utf8')), {
      jitless: true,
    });
    const given = (all: Array<{ id?: string | undefined } | undefined>) =>
      all.flatMap((one) => one?.id ?? []);
    return {
      // It has no name of its own; the same event comes with the same bytes, another one has another time in them.
      deliveryId: createHash('sha256').update(raw).digest('hex'),
      kind: kinds[action] ?? 'other',
      applicationIds: given([data.application]),
      candidateIds: given([data.candidate, data.deletedCandidate, data.mergedCandidate]),
    };
  },
};
