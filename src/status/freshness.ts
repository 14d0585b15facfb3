/** When each resource of an account was last known to be true, from what the work recorded. */
import { type Database, query } from '../db/database.js';

/** Every resource of the mirror that is read by itself, in the order they are shown. */
export const mirrored = [
  'users',
  'jobs',
  'interviews',
  'question_sets',
  'share_links',
  'companies',
  'plans',
] as const;
export type Mirrored = (typeof mirrored)[number];

/** Whose success, among the activities in sync.activities, says that a resource is up to date. */
const activityResources: Record<string, readonly Mirrored[]> = {
  tick: ['users', 'jobs', 'interviews'],
  refresh: ['question_sets', 'share_links', 'companies', 'plans'],
  sweep: mirrored,
};

const pairs = Object.entries(activityResources).flatMap(([activity, resources]) =>
  resources.map((resource) => `('${activity}', '${resource}')`),
);

/** account, resource, at: every success there is a record of in the small tables. */
export const successes = `
  select account, resource, completed_at as at from sync.checkpoints
  where kind in ('sweep', 'incremental') and completed_at is not null and resource <> 'account'
  union all
  select a.account, r.resource, a.succeeded_at from sync.activities a
  join (values ${pairs.join(', ')}) r (activity, resource) using (activity)
  where a.succeeded_at is not null`;

export interface Lag {
  account: string;
  resource: string;
  /** Seconds since the last success, by the database's clock. */
  seconds: number;
}

/** How long ago each account's resources were last read with success. What never was is not among them. */
export function readLags(db: Database): Promise<Lag[]> {
  return query<Lag>(
    db,
    `select account, resource,
       greatest(0, extract(epoch from clock_timestamp() - max(at)))::float8 as seconds
     from (${successes}) s group by 1, 2`,
  );
}

/** What /readyz looks at, of one account. Ages in seconds, by the database's clock. */
export interface AccountFreshness {
  account: string;
  /** Since the last successful tick or the end of a whole sweep; null if there never was one. */
  successAge: number | null;
  /** Since the account's work fails; null if it does not. */
  failingAge: number | null;
  errorCode: string | null;
  /** Since a sweep that runs now got on; null if none runs. */
  sweepAge: number | null;
  /** Its database is a copy, or was restored or moved, and nobody has released it. */
  moved?: boolean;
  /** Another installation of this program works for it. */
  shared?: boolean;
}

export async function readFreshness(db: Database, accounts: readonly string[]): Promise<AccountFreshness[]> {
  // greatest() leaves out nulls, so the moment may not go into the one with 0 unless there is one.
  const age = (at: string) =>
    `case when ${at} is not null then greatest(0, extract(epoch from clock_timestamp() - ${at}))::float8 end`;
  return query<AccountFreshness>(
    db,
    `select w.account, ${age('greatest(a.succeeded_at, b.finished_at)')} as "successAge",
       ${age('a.failing_since')} as "failingAge", a.error_code as "errorCode",
       ${age('greatest(r.started_at, c.updated_at)')} as "sweepAge",
       coalesce(p.moved_at is not null, false) as moved, coalesce(p.others is not null, false) as shared
     from unnest($1::text[]) w (account)
     left join (
       select account, max(succeeded_at) as succeeded_at, min(failing_since) as failing_since,
         (array_agg(error_code order by failing_since) filter (where failures > 0))[1] as error_code
       from sync.activities where activity in ('tick', 'sweep') group by account) a using (account)
     left join sync.accounts p using (account)
     left join lateral (
       select max(finished_at) as finished_at from sync.runs
       where account = w.account and kind = 'backfill' and outcome = 'succeeded') b on true
     left join lateral (
       select max(started_at) as started_at from sync.runs
       where account = w.account and outcome = 'running' and kind in ('backfill', 'sweep', 'details')
       having count(*) > 0) r on true
     left join lateral (
       select max(updated_at) as updated_at from sync.checkpoints where account = w.account) c
       on r.started_at is not null`,
    [accounts],
  );
}
