import { z } from 'zod';
import type { Calls } from '../calls.js';
import { asBoolean, asText, identity, objectOf, type Parsed } from '../fields.js';
import { checkInput, nonEmpty } from '../input.js';
import type { Listing, Read } from '../reading.js';
import type { CallOptions } from '../request.js';

/** A registered webhook; `http_auth` tells only whether credentials are sent. */
export const webhookSchema = objectOf({
  uuid: identity,
  description: asText,
  url: asText,
  http_auth: asBoolean,
});
export type Webhook = Parsed<typeof webhookSchema>;

export const webhookEvents = [
  'InterviewCreated',
  'InterviewAccepted',
  'InterviewDeleted',
  'InterviewCompleted',
  'InterviewExpired',
  'InterviewRescheduled',
  'InterviewReset',
  'JobCreated',
  'JobDeleted',
  'JobUpdated',
  'InterviewRated',
] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

export const webhookCreateInput = z.lazy(() =>
  z.strictObject({
    description: nonEmpty,
    url: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }),
    /** `user:password`, sent with every delivery: the only protection a receiver has. */
    http_auth: z
      .string()
      .regex(/^[^:]+:.+$/s, 'must be user:password')
      .optional(),
  }),
);
export type WebhookCreate = z.input<typeof webhookCreateInput>;

/** The webhooks of the key's user. */
export interface Webhooks {
  list(options?: CallOptions): Promise<Listing<Webhook>>;
  create(input: WebhookCreate, options?: CallOptions): Promise<Read<Webhook>>;
  remove(uuid: string, options?: CallOptions): Promise<void>;
  /** Has the last event of this kind delivered again. Never repeated by itself. */
  replay(event: WebhookEvent, options?: CallOptions): Promise<void>;
}

export function webhooks(calls: Calls): Webhooks {
  return {
    list: (options) => calls.list({ template: '/webhooks' }, webhookSchema, options),
    async create(input, options) {
      const body = checkInput('webhooks.create', webhookCreateInput, input);
      return calls.create({ template: '/webhooks' }, body, webhookSchema, options);
    },
    remove: (uuid, options) => calls.remove({ template: '/webhooks/:uuid', params: [uuid] }, options),
    async replay(event, options) {
      checkInput('webhooks.replay', z.enum(webhookEvents), event);
      return calls.send(
        { method: 'GET', template: '/webhooks/replay/:event', params: [event], once: true },
        () => undefined,
        options,
      );
    },
  };
}
