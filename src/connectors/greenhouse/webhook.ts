/** Webhooks of Greenhouse: proven over the bytes as they came, and read for nothing but which objects they name. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Hint, Webhook } from '../connector.js';
import { id } from '../decoded.js';

/** What is worth a look: entries into stages, and whatever ends or moves an application. The rest is for the poll. */
const kinds: Readonly<Record<string, Hint['kind']>> = {
  ping: 'ping',
  candidate_stage_change: 'changed',
  new_candidate_application: 'changed',
  hire_candidate: 'changed',
  unhire_candidate: 'changed',
  reject_candidate: 'changed',
  unreject_candidate: 'changed',
  delete_application: 'deleted',
  delete_candidate: 'deleted',
  candidate_anonymized: 'deleted',
  merge_candidate: 'merged',
};

const idOrNothing = id.optional().catch(undefined);

const bodySchema = z.object({
  action: z.string(),
  payload: z
    .object({
      application: z.object({ id: idOrNothing }).optional().catch(undefined),
      person: z
        .object({
          id: idOrNothing,
          new_candidate_id: idOrNothing,
          deleted_application_ids: z.array(id).catch([]),
        })
        .optional()
        .catch(undefined),
      candidate_id: idOrNothing,
    })
    .catch({}),
});

const longestName = 200;

export const greenhouseWebhook: Webhook = {
  // Whatever else, 204 too, makes it come again.
  okStatus: 200,

  verify(raw, headers, secret) {
    const [, told] = /^sha256 ([0-9a-f]{64})$/i.exec(headers.signature?.trim() ?? '') ?? [];
    if (told === undefined) return false;
    return timingSafeEqual(Buffer.from(told, 'hex'), createHmac('sha256', secret).update(raw).digest());
  },

  read(raw, headers) {
    const body = bodySchema.parse(JSON.parse(Buffer.from(raw).toString('utf8')), { jitless: true });
    const { application, person, candidate_id } = body.payload;
    const given = <T>(all: Array<T | undefined>) => all.filter((one) => one !== undefined);
    return {
      deliveryId: headers['greenhouse-event-id']?.trim().slice(0, longestName) || null,
      kind: kinds[body.action] ?? 'other',
      applicationIds: given([application?.id, ...(person?.deleted_application_ids ?? [])]),
      candidateIds: given([person?.id, person?.new_candidate_id, candidate_id]),
    };
  },
};
