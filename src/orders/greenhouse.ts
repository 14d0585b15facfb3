/**
 * Greenhouse's Assessment Partner protocol: it lists packages, orders one for an application, and asks what became of it
 * once it is told that there is something to ask for. (grnhse/greenhouse-api-docs, source/includes/assessment)
 */
import { z } from 'zod';
import { basicOf } from '../connectors/api-key.js';
import {
  basicUser,
  type Facade,
  type Home,
  identifier,
  isSame,
  keyOf,
  reportAddress,
  type Telling,
  text,
} from './facade.js';
import { OrderRefused, type Outcome, outcomeOf, summaryOf } from './order.js';
import { placeOrder } from './place.js';
import { readOrder, readPackages } from './store.js';

const candidate = z.object({
  first_name: text.nullish(),
  last_name: text.nullish(),
  preferred_name: text.nullish(),
  email: text.nullish(),
  greenhouse_profile_url: text.nullish(),
});
const order = z.object({
  partner_test_id: z.union([identifier, z.number().transform(String)]),
  candidate,
  sent_by: text.nullish(),
  url: text.min(1),
});

export function greenhouseFacade({ key, baseUrl }: { key: string; baseUrl: string | null }): Facade {
  const home: Home = { title: 'Greenhouse', field: 'url', domain: 'greenhouse.io', baseUrl };
  return {
    protocol: 'greenhouse',
    title: 'Greenhouse',
    isCaller: ({ headers }) => isSame(basicUser(headers.authorization), key),
    calls: {
      'GET list_tests': async (of) => {
        const packages = await readPackages(of, { withJob: true });
        return { body: packages.map(({ name }) => ({ partner_test_id: name, partner_test_name: name })) };
      },

      'POST send_test': async (of, { body, signal }) => {
        const { partner_test_id, candidate, sent_by, url } = order.parse(body);
        const updateUrl = reportAddress(url, home).href;
        const { preferred_name, first_name, last_name, email, greenhouse_profile_url: page } = candidate;
        const application = applicationIn(page);
        const { atsId } = await placeOrder(
          of,
          {
            key: url,
            atsIds: keyOf('ga', url, takeHomeTest(url)),
            package: partner_test_id,
            candidate: {
              name: [preferred_name || first_name, last_name].filter(Boolean).join(' '),
              email: email ?? '',
            },
            orderedBy: sent_by ?? null,
            job: null,
            about: {
              ...(application !== null && { application_id: application }),
              ...(page && { url: page }),
            },
            updateUrl,
          },
          'always',
          signal,
        );
        return { body: { partner_interview_id: atsId } };
      },

      'GET test_status': async (of, { query }) => {
        const id = identifier.safeParse(query.get('partner_interview_id'));
        const found = id.success ? await readOrder(of, id.data) : null;
        if (found === null) throw new OrderRefused('unknown_order', 'There is no such interview.');
        return { body: statusOf(outcomeOf(found.row), found.package) };
      },

      'POST response_error': async (_, { body, log }) => {
        const { api_call, errors } = z
          .object({ api_call: text.catch('?'), errors: z.array(z.string()).catch([]) })
          .parse(body);
        log.warn(
          { event: 'order_answer_refused', call: api_call, errors },
          `Greenhouse could not use an answer to ${api_call}: ${errors.join('; ')}`,
        );
        return { body: { status: 200 } };
      },
    },
    refusal: ({ reason, message }) => ({
      status: reason === 'unknown_order' || reason === 'unknown_package' ? 404 : 422,
      body: { errors: [message] },
    }),

    tell({ updateUrl }, outcome): Telling | null {
      // It only wants to know of the end; for the rest it may ask.
      if (outcome.phase !== 'completed' || updateUrl === null) return null;
      return {
        says: `completed ${outcome.rating ?? ''} ${outcome.link ?? ''}`,
        method: 'PATCH',
        url: reportAddress(updateUrl, home),
        authorizations: [basicOf(key)],
        contentType: 'application/json',
        body: null,
        problemIn: () => null,
      };
    },
  };
}

function statusOf(outcome: Outcome, packageName: string): object {
  const { phase, link, rating, completedAt, problem } = outcome;
  return {
    partner_status: phase === 'completed' ? 'complete' : phase,
    partner_profile_url: link,
    partner_score: rating,
    metadata: {
      Interview: packageName,
      Status: summaryOf(outcome),
      ...(completedAt !== null && { 'Completed at': completedAt.toISOString() }),
      ...(problem !== null && { Problem: problem }),
    },
  };
}

/** Its number, where the address ends in one. */
function takeHomeTest(url: string): string | null {
  return /\/take_home_tests\/([\w-]{1,64})$/.exec(url)?.[1] ?? null;
}

function applicationIn(page: string | null | undefined): string | null {
  if (!page || !URL.canParse(page)) return null;
  const id = identifier.safeParse(new URL(page).searchParams.get('application_id'));
  return id.success ? id.data : null;
}
