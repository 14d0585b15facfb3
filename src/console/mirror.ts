/** The mirror: jobs and interviews with filters, statuses over time, and how many get how far. */
import { z } from 'zod';
import { query } from '../db/database.js';
import { accountOf, type ConsoleContext } from './context.js';
import { remembered } from './remembered.js';
import { look, type Route } from './routes.js';
import { at } from './schemas.js';

export const interviewStatuses = ['requested', 'accepted', 'completed', 'expired', 'canceled'] as const;

export const interviewsAnswer = z.object({
  interviews: z.array(
    z.object({
      uuid: z.string(),
      status: z.string().nullable(),
      type: z.string().nullable(),
      rating: z.number().nullable().describe('null where nobody rated'),
      candidate_name: z.string().nullable(),
      candidate_email: z.string().nullable(),
      job_uuid: z.string().nullable(),
      job_title: z.string().nullable(),
      created_by_email: z.string().nullable(),
      created_at: at.nullable(),
      completed_at: at.nullable(),
      updated_at: at.nullable(),
      watch_url: z.string().nullable(),
    }),
  ),
  next: z.string().nullable().describe('Given as `after`, it goes on there'),
});

export const jobsAnswer = z.object({
  jobs: z.array(
    z.object({
      uuid: z.string(),
      title: z.string().nullable(),
      status: z.string().nullable(),
      location: z.string().nullable(),
      interviews: z.number().describe('At most 1,000 are counted'),
      pending: z.number(),
      completed: z.number(),
      rating: z.number().nullable(),
      updated_at: at.nullable(),
    }),
  ),
  next: z.string().nullable(),
});

const steps = z.object({
  invited: z.number(),
  accepted: z.number().describe('Seen as accepted, now or before; or completed'),
  completed: z.number(),
  expired: z.number(),
  canceled: z.number(),
});

export const funnelAnswer = z.object({
  all: steps,
  by: z
    .array(steps.extend({ name: z.string() }))
    .describe('The 30 with most invitations; of months the last'),
  days: z
    .array(z.object({ day: z.string(), status: z.string(), interviews: z.number() }))
    .describe('How many came into a status on each of the last 30 days'),
});

export type Interviews = z.infer<typeof interviewsAnswer>;
export type Jobs = z.infer<typeof jobsAnswer>;
export type FunnelShown = z.infer<typeof funnelAnswer>;

const page = 50;
const funnelMs = 60_000;
const moment = (column: string) => `to_json(${column}) #>> '{}' as ${column}`;

/** By the time of their last change, the newest first, and within a moment by their uuid. */
const place = z
  .string()
  .refine(
    (text) => isPlace.safeParse(text.split('_')).success,
    'is no place in this list; leave it out to begin at the first',
  )
  .optional();
/** As PostgreSQL has them: no year 0, and no zone further than 15 hours away. */
const isPlace = z.tuple([
  z.iso.datetime({ offset: true }).regex(/^(?!0000).*(Z|[+-](0\d|1[0-5]):\d\d)$/),
  z.guid(),
]);
const split = (after: string | undefined): [string | null, string | null] => {
  const [time = null, uuid = null] = after?.split('_') ?? [];
  return [time, uuid];
};
const nextOf = (rows: ReadonlyArray<{ updated_at: string | null; uuid: string }>): string | null => {
  const last = rows.length > page ? rows[page - 1]! : undefined;
  return last?.updated_at == null ? null : `${last.updated_at}_${last.uuid}`;
};

export function mirrorRoutes(context: ConsoleContext): Route[] {
  const { db, clock } = context;
  const funnels = new Map<string, () => Promise<FunnelShown>>();
  return [
    look(
      '/api/mirror/interviews',
      'Interviews, those that changed last first.',
      z.strictObject({
        account: z.string(),
        status: z.string().max(40).optional(),
        job: z.uuid().optional(),
        after: place,
      }),
      interviewsAnswer,
      async ({ query: { account, status, job, after } }): Promise<Interviews> => {
        accountOf(context, account);
        const rows = await query<Interviews['interviews'][number]>(
          db,
          `select uuid::text, status, type, nullif(rating, 0)::float8 as rating, candidate_name, candidate_email, job_uuid::text,
             job_title, created_by_email, ${['created_at', 'completed_at', 'updated_at'].map(moment).join(', ')}, watch_url
           from sparkhire.interviews
           where account = $1 and deleted_at is null
             ${status === undefined ? '' : 'and status = $4'} ${job === undefined ? '' : `and job_uuid = $${status === undefined ? 4 : 5}`}
             ${after === undefined ? 'and ($2::timestamptz is null and $3::uuid is null)' : 'and (updated_at, uuid) < ($2::timestamptz, $3::uuid)'}
           order by interviews.updated_at desc, interviews.uuid desc limit ${page + 1}`,
          [
            account,
            ...split(after),
            ...(status === undefined ? [] : [status]),
            ...(job === undefined ? [] : [job]),
          ],
        );
        return { interviews: rows.slice(0, page), next: nextOf(rows) };
      },
    ),
    look(
      '/api/mirror/jobs',
      'Jobs, those that changed last first, and how far their interviews are.',
      z.strictObject({ account: z.string(), status: z.string().max(40).optional(), after: place }),
      jobsAnswer,
      async ({ query: { account, status, after } }): Promise<Jobs> => {
        accountOf(context, account);
        const rows = await query<Jobs['jobs'][number]>(
          db,
          `select j.uuid::text, j.title, j.status, j.location, to_json(j.updated_at) #>> '{}' as updated_at,
             n.interviews, n.pending, n.completed, n.rating
           from (
             select uuid, title, status, location, updated_at from sparkhire.jobs
             where account = $1 and deleted_at is null ${status === undefined ? '' : 'and status = $4'}
               ${after === undefined ? 'and ($2::timestamptz is null and $3::uuid is null)' : 'and (updated_at, uuid) < ($2::timestamptz, $3::uuid)'}
             order by updated_at desc, uuid desc limit ${page + 1}) j
           cross join lateral (
             select count(*)::int as interviews, count(*) filter (where status in ('requested', 'accepted'))::int as pending,
               count(*) filter (where status = 'completed')::int as completed,
               round(avg(nullif(rating, 0)), 2)::float8 as rating
             from (select status, rating from sparkhire.interviews
               where job_uuid = j.uuid and account = $1 and deleted_at is null limit 1000) i) n
           order by j.updated_at desc, j.uuid desc`,
          [account, ...split(after), ...(status === undefined ? [] : [status])],
        );
        return { jobs: rows.slice(0, page), next: nextOf(rows) };
      },
    ),
    look(
      '/api/mirror/funnel',
      'How many are invited and get how far: in all, and by job, month or requester. As old as a minute.',
      z.strictObject({
        account: z.string(),
        by: z.enum(['job', 'month', 'requester']).default('job'),
      }),
      funnelAnswer,
      async ({ query: { account, by } }): Promise<FunnelShown> => {
        accountOf(context, account);
        const key = JSON.stringify([account, by]);
        const known = funnels.get(key) ?? remembered(clock, funnelMs, () => readFunnel(context, account, by));
        funnels.set(key, known);
        return known();
      },
    ),
  ];
}

const groups = {
  job: `coalesce(i.job_title, '(no job)')`,
  month: `coalesce(to_char(i.created_at at time zone 'UTC', 'YYYY-MM'), '(not known)')`,
  requester: `coalesce(i.created_by_email, '(not known)')`,
};

type Steps = z.infer<typeof steps>;

/** Looks at every interview of the account: asked for at most once a minute. */
async function readFunnel(
  { db }: ConsoleContext,
  account: string,
  by: keyof typeof groups,
): Promise<FunnelShown> {
  const of = (status: string) => `count(*) filter (where i.status = '${status}')::int as ${status}`;
  const rows = await query<Steps & { name: string }>(
    db,
    `with once as (
       select interview_uuid as uuid from sync.interview_past_statuses
       where account = $1 and status = 'accepted' group by 1)
     select ${groups[by]} as name, count(*)::int as invited,
       count(*) filter (where i.status in ('accepted', 'completed') or o.uuid is not null)::int as accepted,
       ${['completed', 'expired', 'canceled'].map(of).join(', ')}
     from sparkhire.interviews i left join once o using (uuid)
     where i.account = $1 and i.deleted_at is null group by 1`,
    [account],
  );
  const sum = (step: keyof Steps) => rows.reduce((all, row) => all + row[step], 0);
  const days = await query<FunnelShown['days'][number]>(
    db,
    `select to_char(seen_from at time zone 'UTC', 'YYYY-MM-DD') as day, status, count(*)::int as interviews
     from sparkhire.interview_statuses
     where account = $1 and status = any($2) and seen_from > date_trunc('day', now()) - interval '29 days'
     group by 1, 2 order by 1, 2`,
    [account, [...interviewStatuses]],
  );
  return {
    all: {
      invited: sum('invited'),
      accepted: sum('accepted'),
      completed: sum('completed'),
      expired: sum('expired'),
      canceled: sum('canceled'),
    },
    by: rows
      .sort((a, b) =>
        by === 'month' ? (a.name < b.name ? 1 : -1) : b.invited - a.invited || (a.name < b.name ? -1 : 1),
      )
      .slice(0, 30),
    days,
  };
}
