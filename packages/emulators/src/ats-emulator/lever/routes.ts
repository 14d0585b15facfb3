/** Which request does what, and the right that it takes. */
import { z } from 'zod';
import type { Page } from './paging.js';
import * as reads from './reads.js';
import { badRequest, notFound } from './refusal.js';
import { shownOpportunity } from './shapes.js';
import { type Webhook, type WebhookSender, webhookEvents } from './webhooks.js';
import type { Living } from './world/life.js';
import * as writes from './writes.js';

export interface Call {
  living: Living;
  webhooks: WebhookSender;
  asked: reads.Asked;
  body: unknown;
}

type Answer = Page | { data: Record<string, unknown> } | writes.WriteAnswer;

export interface Route {
  right: string;
  is: 'list' | 'object' | 'write';
  run(call: Call): Answer;
}

const origins = ['applied', 'sourced', 'referred', 'university', 'internal', 'agency'];

function shownWebhook({ id, event, url, createdAt }: Webhook, token?: string) {
  const configuration = {
    conditions: { origins },
    ...(token === undefined ? {} : { signatureToken: token }),
  };
  return { id, event, url, configuration, createdAt, updatedAt: createdAt };
}

const webhookBody = z.object({ event: z.enum(webhookEvents), url: z.url() });

function createWebhook({ webhooks, body }: Call): writes.WriteAnswer {
  const wanted = webhookBody.safeParse(body);
  if (!wanted.success) throw badRequest('event and url are needed');
  const made = webhooks.add(wanted.data.event, wanted.data.url);
  return { status: 201, data: shownWebhook(made, made.secret) };
}

function deleteWebhook({ webhooks }: Call, id: string): writes.WriteAnswer {
  if (!webhooks.all.delete(id)) throw notFound();
  return { status: 204 };
}

const lists: Readonly<Record<string, (asked: reads.Asked) => Page>> = {
  opportunities: reads.listOpportunities,
  'opportunities/deleted': reads.listDeleted,
  postings: reads.listPostings,
  users: reads.listUsers,
  stages: reads.listStages,
  archive_reasons: reads.listArchiveReasons,
};

const objects: Readonly<Record<string, (id: string, asked: reads.Asked) => Record<string, unknown>>> = {
  opportunities: (id, asked) => shownOpportunity(reads.opportunityOf(id, asked), asked),
  postings: reads.onePosting,
  users: reads.oneUser,
};

/** @param path below /v1 @throws Refusal 404 */
export function route(method: string, path: string): Route {
  const [resource = '', id, part, inner, ...more] = path.slice(1).split('/');
  if (more.length > 0) throw notFound();
  if (method === 'GET') {
    const list = lists[path.slice(1)];
    if (list) return { right: `${resource}:read`, is: 'list', run: ({ asked }) => list(asked) };
    const object = part === undefined && id !== undefined ? objects[resource] : undefined;
    if (object)
      return { right: `${resource}:read`, is: 'object', run: ({ asked }) => ({ data: object(id!, asked) }) };
  }
  if (resource === 'opportunities' && id !== undefined) return ofOpportunity(method, id, part, inner);
  if (resource !== 'webhooks') throw notFound();
  if (method === 'GET' && id === undefined) {
    return {
      right: 'webhooks:read',
      is: 'list',
      // Without hasNext.
      run: ({ webhooks }) => ({ data: [...webhooks.all.values()].map((one) => shownWebhook(one)) }),
    };
  }
  if (method === 'POST' && id === undefined)
    return { right: 'webhooks:write', is: 'write', run: createWebhook };
  if (method === 'DELETE' && id !== undefined && part === undefined)
    return { right: 'webhooks:write', is: 'write', run: (call) => deleteWebhook(call, id) };
  throw notFound();
}

function ofOpportunity(
  method: string,
  id: string,
  part: string | undefined,
  inner: string | undefined,
): Route {
  const read = (right: string, run: (asked: reads.Asked) => Answer): Route => ({
    ...{ right, is: inner === undefined ? 'list' : 'object' },
    run: ({ asked }) => run(asked),
  });
  const write = (right: string, run: (call: Call) => writes.WriteAnswer): Route => ({
    right,
    is: 'write',
    run,
  });
  const key = `${method} ${part}${inner === undefined ? '' : '/:id'}`;
  switch (key) {
    case 'GET applications':
      return read('applications:read', (asked) => reads.listApplications(id, asked));
    case 'GET applications/:id':
      return read('applications:read', (asked) => ({ data: reads.oneApplication(id, inner!, asked) }));
    case 'GET notes':
      return read('notes:read', (asked) => reads.listNotes(id, asked));
    case 'POST notes':
      return write('notes:write', ({ living, asked, body }) => writes.createNote(living, asked, id, body));
    case 'PUT stage':
      return write('opportunities:write', ({ living, asked, body }) =>
        writes.changeStage(living, asked, id, body),
      );
    case 'PUT archived':
      return write('opportunities:write', ({ living, asked, body }) =>
        writes.changeArchived(living, asked, id, body),
      );
    default:
  }
  if (method === 'POST' && inner === undefined && writes.isSetName(part)) {
    return write('opportunities:write', ({ living, asked, body }) =>
      writes.changeSet(living, asked, id, part, body),
    );
  }
  throw notFound();
}

/** Everything that a key can be given for what there is here. */
export const allRights = [
  'opportunities:read',
  'opportunities:write',
  'applications:read',
  'notes:read',
  'notes:write',
  'postings:read',
  'users:read',
  'stages:read',
  'archive_reasons:read',
  'webhooks:read',
  'webhooks:write',
] as const;
