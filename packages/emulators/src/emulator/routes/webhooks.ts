import { z } from 'zod';
import { type Answer, type Call, noContent, ok } from '../core.js';
import { ApiError, deletedObject, invalid, unknownObject } from '../http/api-error.js';
import { parseBody, text } from '../http/input.js';
import type { Webhook } from '../records.js';
import { type WebhookEvent, webhookEvents } from '../webhooks.js';

const newWebhook = z.object({
  description: text,
  url: z.url({ protocol: /^https?$/ }),
  http_auth: z
    .string()
    .regex(/^[^:]+:.*$/s, 'must look like username:password')
    .nullish(),
});

export function listWebhooks({ core, user }: Call): Answer {
  const own = [...core.state.webhooks.values()].filter(
    (webhook) =>
      webhook.userUuid === user.uuid &&
      (webhook.disabledAt === null || core.switches.disabledWebhook === 'listed'),
  );
  return ok(own.map((webhook) => core.render.webhook(webhook)));
}

export function postWebhook({ core, user, body }: Call): Answer {
  const input = parseBody(newWebhook, body);
  const webhook: Webhook = {
    seq: core.state.nextSeq(),
    uuid: core.state.ids.uuid(),
    userUuid: user.uuid,
    description: input.description,
    url: input.url,
    httpAuth: input.http_auth || null,
    createdAt: core.clock.now(),
    failures: [],
    failingSince: null,
    disabledAt: null,
  };
  core.state.webhooks.set(webhook.uuid, webhook);
  return ok(core.render.webhook(webhook));
}

export function removeWebhook({ core, user, params }: Call): Answer {
  const webhook = core.state.webhooks.get(params.uuid!);
  if (!webhook && core.state.deleted.webhooks.has(params.uuid!)) throw deletedObject('webhook');
  if (webhook?.userUuid !== user.uuid) throw unknownObject('webhook');
  core.state.webhooks.delete(params.uuid!);
  core.state.deleted.webhooks.add(params.uuid!);
  return noContent;
}

export function replayWebhook({ core, user, params }: Call): Answer {
  const event = params.event!;
  if (!Object.hasOwn(webhookEvents, event)) {
    throw invalid('webhook.unknown_event', 'There is no such event type.');
  }
  if (!core.webhooks.replay(user, event as WebhookEvent) && core.switches.replayWithoutEvent === '404') {
    throw new ApiError(404, 'webhook.nothing_to_replay', 'There is nothing to replay.');
  }
  return noContent;
}
