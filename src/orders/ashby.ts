/**
 * Ashby's assessments: it lists packages, starts one for an application, may cancel it, and is told of each change.
 * (developers.ashbyhq.com, creating an assessments integration; the vendor's OpenAPI description, Assessment)
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { basicOf } from '../connectors/api-key.js';
import { basicUser, bearer, type Facade, identifier, isSame, type Telling, text } from './facade.js';
import { type Outcome, outcomeOf, type Phase, summaryOf } from './order.js';
import { placeOrder, withdrawOrder } from './place.js';
import { readPackages } from './store.js';

const start = z.object({
  assessment_type_id: identifier,
  candidate: z.object({
    ashby_id: identifier,
    first_name: text.nullish(),
    last_name: text.nullish(),
    email: text.nullish(),
    ashby_profile_url: text.nullish(),
  }),
  application: z.object({ ashby_id: identifier }),
  job: z.object({ ashby_id: identifier, name: text }).nullish(),
});

/** Ashby notes the time of the start with this word. */
const words: Record<Phase, string> = {
  waiting: 'Ordered',
  refused: 'Not sent',
  invited: 'Invited',
  accepted: 'Started',
  completed: 'Completed',
  expired: 'Expired',
  canceled: 'Canceled',
  erased: 'Erased',
};

export function ashbyFacade({
  secret,
  apiKey,
  baseUrl,
}: {
  secret: string;
  apiKey: string;
  baseUrl: string;
}): Facade {
  return {
    protocol: 'ashby',
    title: 'Ashby',
    isCaller({ headers: { authorization } }) {
      return [basicUser(authorization), bearer(authorization)].some((given) => isSame(given, secret));
    },
    calls: {
      'POST assessment.list': async (of) => {
        const packages = await readPackages(of, { withJob: false });
        const results = packages.map(({ name }) => ({
          assessment_type_id: name,
          name,
          description: `Video interview with Spark Hire: ${name}`,
        }));
        return { body: { success: true, results } };
      },

      'POST assessment.start': async (of, { body, signal }) => {
        const { assessment_type_id, candidate, application, job } = start.parse(body);
        const { first_name, last_name, email, ashby_id, ashby_profile_url: page } = candidate;
        const { atsId, row } = await placeOrder(
          of,
          {
            // No number of the order comes with it: the same again is the same one as long as nothing has come of it.
            key: `${application.ashby_id} ${assessment_type_id}`,
            atsIds: [`aa-${randomUUID()}`],
            package: assessment_type_id,
            candidate: { name: [first_name, last_name].filter(Boolean).join(' '), email: email ?? '' },
            orderedBy: null,
            job: job ? { id: job.ashby_id, title: job.name } : null,
            about: {
              application_id: application.ashby_id,
              candidate_id: ashby_id,
              ...(page && { url: page }),
            },
            updateUrl: null,
          },
          'until_over',
          signal,
        );
        return {
          body: {
            success: true,
            results: { assessment_id: atsId, assessment_status: words[outcomeOf(row).phase], metadata: [] },
          },
        };
      },

      'POST assessment.cancel': async (of, { body }) => {
        const { assessment_id } = z.object({ assessment_id: identifier }).parse(body);
        await withdrawOrder(of, assessment_id);
        return { body: { success: true, results: { assessment_id } } };
      },
    },
    refusal: ({ reason, message }) => ({
      status: reason === 'unknown_order' || reason === 'unknown_package' ? 404 : 422,
      body: { success: false, errors: [message] },
    }),

    tell({ atsId }, outcome): Telling | null {
      const { phase, at } = outcome;
      if (phase === 'erased') return null;
      const update = {
        assessment_id: atsId,
        timestamp: at.getTime(),
        assessment_status: field('status', 'Status', 'string', words[phase]),
        ...resultOf(outcome),
        metadata: [field('summary', 'Details', 'string', summaryOf(outcome))],
      };
      const { timestamp: _, ...says } = update;
      return {
        says: JSON.stringify(says),
        method: 'POST',
        url: new URL(`${baseUrl}/assessment.update`),
        authorizations: [basicOf(apiKey)],
        contentType: 'application/json',
        body: update,
        problemIn: problemOf,
      };
    },
  };
}

/** The page is needed with a result. */
function resultOf({ link, rating }: Outcome): object {
  if (link === null) return {};
  return {
    assessment_profile_url: field('interview', 'Interview', 'url', link),
    ...(rating !== null && { assessment_result: field('rating', 'Rating (of 5)', 'numeric_score', rating) }),
  };
}

function field(
  identifier: string,
  label: string,
  type: 'string' | 'url' | 'numeric_score',
  value: string | number,
) {
  return { identifier, label, type, value };
}

/** Errors come with status 200 too, and in several shapes: success alone is success. */
function problemOf(answer: unknown): string | null {
  const { success, errors, error, errorInfo } = (answer ?? {}) as Record<string, unknown>;
  if (success === true) return null;
  const said =
    (errorInfo as { message?: unknown } | undefined)?.message ?? errors ?? error ?? 'no reason is given';
  return typeof said === 'string' ? said : JSON.stringify(said);
}
