/**
 * Teamtailor's Partner API: a trigger's form lists packages, a push orders one, a button may cancel it, and the result on the
 * candidate's card is kept true. (Teamtailor/tt-partner-docs)
 */
import { createDecipheriv, createHash, createHmac } from 'node:crypto';
import { z } from 'zod';
import {
  bearer,
  type Facade,
  type Home,
  identifier,
  isSame,
  keyOf,
  reportAddress,
  type Telling,
  text,
} from './facade.js';
import { isOver, OrderRefused, type Outcome, outcomeOf, type Phase, summaryOf } from './order.js';
import { placeOrder, withdrawOrder } from './place.js';
import { findOrder, readPackages } from './store.js';

const id = z.union([identifier, z.number()]).transform(String);
const push = z.object({
  'partner-event': z.object({
    id,
    'webhook-data': z.record(z.string(), z.unknown()).nullish(),
    'partner-result': z.object({ id, 'update-url': text.nullish() }),
    candidate: z.object({
      id,
      'first-name': text.nullish(),
      'last-name': text.nullish(),
      email: text.nullish(),
      job: z
        .object({
          id,
          title: text.nullish(),
          'triggered-by': z.object({ email: text.nullish() }).nullish(),
          status: z.object({ rejected: z.boolean().nullish() }).nullish(),
        })
        .nullish(),
      recruiter: z.object({ email: text.nullish() }).nullish(),
    }),
  }),
});

/** The id of the form's one field. */
const fieldId = 'package';
/** Whoever was erased is told of no more: no status of theirs would be true. */
const statuses: Record<Exclude<Phase, 'erased'>, string> = {
  waiting: 'sending',
  refused: 'failed',
  invited: 'sent',
  accepted: 'pending',
  completed: 'completed',
  expired: 'failed',
  canceled: 'failed',
};

export interface TeamtailorOptions {
  secret: string;
  apiKey: string;
  baseUrl: string | null;
  now: () => number;
}

export function teamtailorFacade({ secret, apiKey, baseUrl, now }: TeamtailorOptions): Facade {
  const home: Home = { title: 'Teamtailor', field: 'update-url', domain: 'teamtailor.com', baseUrl };
  return {
    protocol: 'teamtailor',
    title: 'Teamtailor',
    isCaller: ({ headers, body }) => {
      const signature = headers['teamtailor-signature'];
      if (signature !== undefined) return isSigned(signature, body, secret, now());
      return isSealed(bearer(headers.authorization), secret);
    },
    calls: {
      'GET config': async (of) => {
        const packages = await readPackages(of, { withJob: false });
        const label = 'Interview package';
        if (packages.length === 0) {
          const message = 'sparkhire-sync has no interview packages yet: add rows to ats.packages.';
          return { body: { config: { fields: [{ id: fieldId, label: message, type: 'error' }] } } };
        }
        const options = packages.map(({ name }) => ({ id: name, label: name }));
        const field = { id: fieldId, label, placeholder: 'Choose a package', type: 'select', options };
        return { body: { config: { fields: [field] } } };
      },

      'POST webhook': async (of, { body, signal }) => {
        const { 'partner-result': result, candidate, ...event } = push.parse(body)['partner-event'];
        const chosen = z
          .union([identifier, z.number().transform(String)])
          .safeParse(event['webhook-data']?.[fieldId]);
        if (!chosen.success)
          throw new OrderRefused(
            'unknown_package',
            'The trigger names no interview package: choose one in its form.',
          );
        const { job, recruiter } = candidate;
        if (job?.status?.rejected === true)
          throw new OrderRefused('too_late', 'The candidate is rejected, so no invitation is sent.');
        const given = result['update-url'] ?? null;
        const updateUrl = given === null ? null : reportAddress(given, home).href;
        const { row } = await placeOrder(
          of,
          {
            key: result.id,
            atsIds: keyOf('tt', result.id, /^[\w-]{1,100}$/.test(result.id) ? result.id : null),
            package: chosen.data,
            candidate: {
              name: [candidate['first-name'], candidate['last-name']].filter(Boolean).join(' '),
              email: candidate.email ?? '',
            },
            orderedBy: job?.['triggered-by']?.email ?? recruiter?.email ?? null,
            job: job ? { id: job.id, title: job.title ?? '' } : null,
            about: { candidate_id: candidate.id, ...(job && { job_id: job.id }) },
            updateUrl,
          },
          'always',
          signal,
        );
        return { body: { partner_result_attributes: attributesOf(outcomeOf(row)) } };
      },

      'POST cancel': async (of, { body }) => {
        await withdrawOrder(of, await findOrder(of, push.parse(body)['partner-event']['partner-result'].id));
        return { body: {} };
      },
    },
    // A plain text is shown to the recruiter.
    refusal: ({ reason, message }) => ({ status: reason === 'unknown_order' ? 404 : 422, body: message }),

    tell({ key, updateUrl }, outcome): Telling | null {
      if (updateUrl === null || outcome.phase === 'erased') return null;
      const attributes = attributesOf(outcome);
      return {
        says: JSON.stringify(attributes),
        method: 'PUT',
        url: reportAddress(updateUrl, home),
        authorizations: [`Bearer ${apiKey}`, `Token ${apiKey}`],
        contentType: 'application/vnd.api+json',
        headers: { 'x-api-version': '20180828' },
        body: { data: { type: 'partner-results', id: key, attributes } },
        problemIn: () => null,
      };
    },
  };
}

function attributesOf(outcome: Outcome): object {
  const { phase, rating, link, completedAt, deadline } = outcome;
  const day = (at: Date) => at.toISOString().slice(0, 10);
  return {
    ...(phase !== 'erased' && { status: statuses[phase] }),
    summary: summaryOf(outcome).slice(0, 150),
    ...(link !== null && { url: link }),
    // Theirs goes to 100.
    ...(rating !== null && { assessment: { score: rating * 20 } }),
    details: {
      ...(rating !== null && { Rating: `${rating} of 5` }),
      ...(deadline !== null && { Deadline: day(deadline) }),
      ...(completedAt !== null && { Completed: day(completedAt) }),
    },
    actions:
      isOver(phase) || phase === 'refused'
        ? []
        : [{ buttonText: 'Cancel the invitation', endpoint: 'cancel' }],
  };
}

const mostSkewMs = 300_000;

/** `t=SECONDS,v1=HEX,…`: of the time and the event's id. */
function isSigned(header: string, body: unknown, secret: string, now: number): boolean {
  const parts = new Map(header.split(',').map((part) => part.trim().split('=', 2) as [string, string]));
  const [at, given] = [parts.get('t') ?? '', parts.get('v1') ?? null];
  const event = push.shape['partner-event']
    .pick({ id: true })
    .safeParse((body as Record<string, unknown> | null)?.['partner-event']);
  if (!/^\d+$/.test(at) || !event.success || Math.abs(now - Number(at) * 1000) > mostSkewMs) return false;
  return isSame(given, createHmac('sha256', secret).update(`${at}.${event.data.id}`).digest('hex'));
}

/**
 * The bearer is sealed with the secret (JWE, compact, dir). The documents cut the key to 128 bits and name a cipher of 256:
 * either is tried.
 */
function isSealed(token: string | null, secret: string): boolean {
  const [header, wrapped, nonce, text, tag, ...more] = token?.split('.') ?? [];
  if (!header || wrapped !== '' || !nonce || text === undefined || !tag || more.length > 0) return false;
  const digest = createHash('sha256').update(secret);
  const whole = digest.digest();
  const hex = whole.toString('hex').slice(0, 32);
  const keys = [Buffer.from(hex, 'hex'), Buffer.from(hex), whole];
  const bytes = (part: string) => Buffer.from(part, 'base64url');
  if (bytes(nonce).length !== 12 || bytes(tag).length !== 16) return false;
  return keys.some((key) => {
    try {
      const cipher = createDecipheriv(key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm', key, bytes(nonce), {
        authTagLength: 16,
      });
      cipher.setAAD(Buffer.from(header, 'ascii'));
      cipher.setAuthTag(bytes(tag));
      cipher.update(bytes(text));
      cipher.final();
      return true;
    } catch {
      return false;
    }
  });
}
