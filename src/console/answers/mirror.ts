/** The mirror: jobs and interviews with filters, statuses over time, and how many get how far. */
import { z } from 'zod';
import { type Database, query } from '../../db/database.js';
import { endedStatuses, interviewStatuses, pendingIn } from '../../interview-status.js';
import { accountOf, type ConsoleContext } from '../context.js';
import { look, type Route } from '../routes.js';
import { at } from '../schemas.js';
import { remembered } from './remembered.js';

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

/** By the time of their last change, the newest first, and within a moment by their uuid; without a time, by the uuid alone. */
const place = z
  .string()
  .refine(
    (text) => isPlace.safeParse(text.split('_')).success,
    'is no place in this list; leave it out to begin at the first',
  )
  .optional();
/** As PostgreSQL has them: no year 0, and no zone further than 15 hours away. */
const isPlace = z.tuple([
  z.literal('').or(z.iso.datetime({ offset: true }).regex(/^(?!0000).*(Z|[+-](0\d|1[0-5]):\d\d)$/)),
  z.guid(),
]);
const nextOf = (rows: ReadonlyArray<{ updated_at: string | null; uuid: string }>): string | null => {
  const last = rows.length > page ? rows[page - 1]! : undefined;
  return last === undefined ? null : `${last.updated_at ?? ''}_${last.uuid}`;
};

interface Listing {
  table: 'interviews' | 'jobs';
  columns: string;
  account: string;
  /** Those that are not given are no condition. */
  where: Readonly<Record<string, string | undefined>>;
  after: string | undefined;
}

/**
 * Those with a time, then those without. Each part is read by an index of its own to where the page ends: together they
 * would have to be sorted, all that have no time at once.
 * @returns one more than the page has, if there are more
 */
async function listed<Row>(db: Database, listing: Listing): Promise<Row[]> {
  const { table, columns, account, where, after } = listing;
  const [time, uuid] = after?.split('_') ?? [];
  const part = (
    order: string,
    conditions: (given: (value: string) => string) => string[],
  ): Promise<Row[]> => {
    const values: string[] = [account];
    const given = (value: string) => `$${values.push(value)}`;
    const all = [
      ...Object.entries(where).flatMap(([name, value]) =>
        value === undefined ? [] : [`${name} = ${given(value)}`],
      ),
      ...conditions(given),
    ];
    return query<Row>(
      db,
      `select ${columns} from sparkhire.${table}
       where account = $1 and deleted_at is null and ${all.join(' and ')} order by ${order} limit ${page + 1}`,
      values,
    );
  };
  const dated =
    time === ''
      ? []
      : await part(`${table}.updated_at desc, ${table}.uuid desc`, (given) => [
          'updated_at is not null',
          ...(time === undefined
            ? []
            : [`(updated_at, uuid) < (${given(time)}::timestamptz, ${given(uuid!)}::uuid)`]),
        ]);
  if (dated.length > page) return dated;
  const undated = await part(`${table}.uuid desc`, (given) => [
    'updated_at is null',
    ...(time === '' ? [`uuid < ${given(uuid!)}::uuid`] : []),
  ]);
  return [...dated, ...undated].slice(0, page + 1);
}

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
        const rows = await listed<Interviews['interviews'][number]>(db, {
          table: 'interviews',
          columns: `uuid::text, status, type, nullif(rating, 0)::float8 as rating, candidate_name, candidate_email, job_uuid::text,
             job_title, created_by_email, ${['created_at', 'completed_at', 'updated_at'].map(moment).join(', ')}, watch_url`,
          account,
          where: { status, job_uuid: job },
          after,
        });
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
        const rows = await listed<Omit<Jobs['jobs'][number], keyof Counted>>(db, {
          table: 'jobs',
          columns: `uuid::text, title, status, location, ${moment('updated_at')}`,
          account,
          where: { status },
          after,
        });
        const counted = await countsOf(db, account, rows);
        const jobs = rows.slice(0, page).map((job) => ({ ...job, ...counted.get(job.uuid)! }));
        return { jobs, next: nextOf(rows) };
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

type Counted = Pick<Jobs['jobs'][number], 'interviews' | 'pending' | 'completed' | 'rating'>;

/** How far the interviews of some jobs are. */
async function countsOf(
  db: Database,
  account: string,
  jobs: ReadonlyArray<{ uuid: string }>,
): Promise<Map<string, Counted>> {
  const rows = await query<Counted & { uuid: string }>(
    db,
    `select j.uuid::text, n.interviews, n.pending, n.completed, n.rating
     from unnest($2::uuid[]) as j(uuid)
     cross join lateral (
       select count(*)::int as interviews, count(*) filter (where ${pendingIn('status')})::int as pending,
         count(*) filter (where status = 'completed')::int as completed,
         round(avg(nullif(rating, 0)), 2)::float8 as rating
       from (select status, rating from sparkhire.interviews
         where job_uuid = j.uuid and account = $1 and deleted_at is null limit 1000) i) n`,
    [account, jobs.map(({ uuid }) => uuid)],
  );
  return new Map(rows.map(({ uuid, ...counts }) => [uuid, counts]));
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
       ${endedStatuses.map(of).join(', ')}
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
