/** What rows of the ATS have to do with each other: parents, twins, pending interviews. */
import type { Transaction } from '../db/database.js';
import type { ParentJob, ParentUser, PushResource } from '../reconcile/types.js';
import { wordOf } from './ats-rows.js';

/** Of ats.interviews: see `judgeInterview`. */
const isWanted = (alias: string) => `${alias}.deleted_at is null
  and lower(btrim(coalesce(${alias}.desired, ''))) not in ('canceled', 'cancelled')`;

interface JobRecord {
  ats_id: string;
  status: string | null;
  there: boolean;
  deleted: boolean;
  state: string | null;
  queued: boolean;
  uuid: string | null;
  observed_status: string | null;
}

/** The jobs that interviews name. One statement. */
export async function readParentJobs(
  tx: Transaction,
  account: string,
  keys: readonly string[],
): Promise<Map<string, ParentJob>> {
  if (keys.length === 0) return new Map();
  const records = await tx.query<JobRecord>(
    `select k.ats_id, j.status, j.ats_id is not null as there, j.deleted_at is not null as deleted, d.state, l.uuid,
       exists (select from sync.desired_queue q
         where q.account = $1 and q.resource = 'jobs' and q.ats_id = k.ats_id) as queued,
       m.status as observed_status
     from unnest($2::text[]) as k(ats_id)
     left join ats.jobs j on j.account = $1 and j.ats_id = k.ats_id
     left join sync.desired_rows d on d.account = $1 and d.resource = 'jobs' and d.ats_id = k.ats_id
     left join sync.links l on l.account = $1 and l.resource = 'jobs' and l.ats_id = k.ats_id
     left join sparkhire.jobs m on m.account = $1 and m.uuid = l.uuid and m.deleted_at is null`,
    [account, keys],
  );
  return new Map(records.map((record) => [record.ats_id, parentJobOf(record)]));
}

function parentJobOf(record: JobRecord): ParentJob {
  const { state, observed_status: observedStatus } = record;
  const isKnown = record.there || state !== null;
  const wanted = record.there && !record.deleted;
  // A row that is yet to be decided will be what it says. What was decided is done, or waits for something.
  const isUndecided = record.queued || state === null || state === 'pending' || state === 'in_flight';
  return {
    atsId: record.ats_id,
    known: isKnown && (state !== 'rejected' || record.queued),
    wanted,
    uuid: record.uuid,
    observedStatus,
    willBeActive: isUndecided
      ? wanted && wordOf(record.status) === 'open'
      : record.uuid !== null && observedStatus === 'active',
  };
}

/** The users that jobs and interviews name. One statement. */
export async function readParentUsers(
  tx: Transaction,
  account: string,
  keys: readonly string[],
): Promise<Map<string, ParentUser>> {
  if (keys.length === 0) return new Map();
  const records = await tx.query<{ ats_id: string; known: boolean; uuid: string | null }>(
    `select k.ats_id, l.uuid, (u.ats_id is not null or d.ats_id is not null)
         and (d.state is distinct from 'rejected' or exists (select from sync.desired_queue q
           where q.account = $1 and q.resource = 'users' and q.ats_id = k.ats_id)) as known
     from unnest($2::text[]) as k(ats_id)
     left join ats.users u on u.account = $1 and u.ats_id = k.ats_id
     left join sync.desired_rows d on d.account = $1 and d.resource = 'users' and d.ats_id = k.ats_id
     left join sync.links l on l.account = $1 and l.resource = 'users' and l.ats_id = k.ats_id`,
    [account, keys],
  );
  return new Map(records.map(({ ats_id: atsId, known, uuid }) => [atsId, { atsId, known, uuid }]));
}

/**
 * For rows without a link: the row that stands for the same already. That is one whose object exists and is not
 * finished, one whose write is under way, or else an earlier one that is not rejected; the earliest of them.
 * Interviews are the same by candidate e-mail and job, users by e-mail. One statement; its limits
 * hold the planner to looks into indexes, also before it has statistics.
 */
export async function readTwins(
  tx: Transaction,
  account: string,
  resource: PushResource,
  keys: readonly string[],
): Promise<Map<string, string>> {
  if (keys.length === 0 || resource === 'jobs') return new Map();
  const [same, wanted, finished] =
    resource === 'interviews'
      ? [
          `left(o.job_ats_id, 200) = left(t.job_ats_id, 200) and o.job_ats_id = t.job_ats_id
           and lower(left(o.candidate_email, 300)) = lower(left(t.candidate_email, 300))`,
          isWanted('o'),
          `(m.status is not null and m.status not in ('requested', 'accepted')) or m.deleted_at is not null`,
        ]
      : [
          'lower(left(o.email, 300)) = lower(left(t.email, 300))',
          'o.deleted_at is null',
          'm.deleted_at is not null',
        ];
  const records = await tx.query<{ ats_id: string; twin: string }>(
    `select t.ats_id, twin.ats_id as twin
     from unnest($2::text[]) as k(ats_id)
     cross join lateral (
       select * from ats.${resource} where account = $1 and ats_id = k.ats_id limit 1) t
     left join lateral (select arrived_at from sync.desired_rows
       where account = $1 and resource = $3 and ats_id = k.ats_id limit 1) td on true
     cross join lateral (
       select o.ats_id from (
         select o.ats_id from ats.${resource} o
         where o.account = $1 and ${same} and o.ats_id <> t.ats_id and ${wanted} offset 0) o
       left join lateral (select arrived_at, state from sync.desired_rows
         where account = $1 and resource = $3 and ats_id = o.ats_id limit 1) d on true
       left join lateral (select uuid from sync.links
         where account = $1 and resource = $3 and ats_id = o.ats_id limit 1) l on true
       left join lateral (select * from sparkhire.${resource}
         where account = $1 and uuid = l.uuid limit 1) m on true
       where case
         when l.uuid is not null then not (${finished})
         when exists (select from sync.intents i where i.account = $1 and i.resource = $3 and i.ats_id = o.ats_id
           and i.state in ('prepared', 'sent', 'unknown')) then true
         else d.state is distinct from 'rejected' and
           (coalesce(d.arrived_at, 'infinity'), o.ats_id) < (coalesce(td.arrived_at, 'infinity'), t.ats_id)
         end
       order by d.arrived_at nulls last, o.ats_id limit 1) twin`,
    [account, keys, resource],
  );
  return new Map(records.map(({ ats_id: atsId, twin }) => [atsId, twin]));
}

/** How many interviews of each job are linked, wanted and not finished. One statement. */
export async function readPendingInterviews(
  tx: Transaction,
  account: string,
  jobs: readonly string[],
): Promise<Map<string, number>> {
  if (jobs.length === 0) return new Map();
  const records = await tx.query<{ ats_id: string; pending: number }>(
    `select i.job_ats_id as ats_id, count(*)::int as pending
     from ats.interviews i
     join sync.links l on l.account = $1 and l.resource = 'interviews' and l.ats_id = i.ats_id
     join sparkhire.interviews m on m.account = $1 and m.uuid = l.uuid and m.deleted_at is null
       and m.status in ('requested', 'accepted')
     where i.account = $1 and left(i.job_ats_id, 200) = any($3) and i.job_ats_id = any($2) and ${isWanted('i')}
     group by 1`,
    [account, jobs, jobs.map((key) => [...key].slice(0, 200).join(''))],
  );
  return new Map(records.map(({ ats_id: atsId, pending }) => [atsId, pending]));
}
