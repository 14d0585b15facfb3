/** What rows of the ATS have to do with each other: parents, twins, pending interviews. */
import type { Transaction } from '../db/database.js';
import type { ParentJob, ParentUser, PushResource } from '../reconcile/types.js';
import { wordOf } from './ats-rows.js';
import { type Known, type ReadRow, readKnown, readRows } from './read-rows.js';
import { atsTables, contentHash } from './tables.js';

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
  without_slot: boolean;
}

/** The jobs that interviews name. One statement, whose limits hold the planner to one look into an index for each. */
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
       m.status as observed_status,
       exists (select from sync.conflicts c where c.account = $1 and c.resource = 'jobs' and c.kind = 'plan_limit'
         and coalesce(c.ats_id, '') = k.ats_id and c.resolved_at is null) as without_slot
     from unnest($2::text[]) as k(ats_id)
     left join lateral (select * from ats.jobs where account = $1 and ats_id = k.ats_id limit 1) j on true
     left join sync.desired_rows d on d.account = $1 and d.resource = 'jobs' and d.ats_id = k.ats_id
     left join sync.links l on l.account = $1 and l.resource = 'jobs' and l.ats_id = k.ats_id
     left join lateral (select status from sparkhire.jobs
       where account = $1 and uuid = l.uuid and deleted_at is null limit 1) m on true`,
    [account, keys],
  );
  return new Map(records.map((record) => [record.ats_id, parentJobOf(record)]));
}

function parentJobOf(record: JobRecord): ParentJob {
  const { state, uuid, observed_status: observedStatus } = record;
  const isKnown = record.there || state !== null;
  const wanted = record.there && !record.deleted;
  const status = wordOf(record.status);
  // What cannot be read says nothing; as long as it is so, Spark Hire's word counts.
  const wantedOpen = wanted && status !== 'closed';
  // A row that is yet to be decided will be what it says. What was decided is done, or waits for something.
  const isUndecided = record.queued || state === null || state === 'pending' || state === 'in_flight';
  return {
    atsId: record.ats_id,
    // Where an edit of it is rejected, the object is there nevertheless.
    known: uuid !== null || (isKnown && (state !== 'rejected' || record.queued)),
    wanted,
    wantedOpen,
    ...(record.without_slot ? { withoutSlot: true } : {}),
    uuid,
    observedStatus,
    willBeActive: isUndecided
      ? wanted && status === 'open'
      : wantedOpen && uuid !== null && observedStatus === 'active',
  };
}

/** The users that jobs and interviews name. One statement, in the same way. */
export async function readParentUsers(
  tx: Transaction,
  account: string,
  keys: readonly string[],
): Promise<Map<string, ParentUser>> {
  if (keys.length === 0) return new Map();
  const records = await tx.query<{ ats_id: string; known: boolean; uuid: string | null }>(
    `select k.ats_id, l.uuid, l.uuid is not null or (u.ats_id is not null or d.ats_id is not null)
         and (d.state is distinct from 'rejected' or exists (select from sync.desired_queue q
           where q.account = $1 and q.resource = 'users' and q.ats_id = k.ats_id)) as known
     from unnest($2::text[]) as k(ats_id)
     left join lateral (select ats_id from ats.users where account = $1 and ats_id = k.ats_id limit 1) u on true
     left join sync.desired_rows d on d.account = $1 and d.resource = 'users' and d.ats_id = k.ats_id
     left join sync.links l on l.account = $1 and l.resource = 'users' and l.ats_id = k.ats_id`,
    [account, keys],
  );
  return new Map(records.map(({ ats_id: atsId, known, uuid }) => [atsId, { atsId, known, uuid }]));
}

/** Of which rows it is said that they are the same: interviews by candidate e-mail and job, users by e-mail. */
const sameness = {
  interviews: {
    key: (alias: string) => `${alias}.job_ats_id, lower(left(${alias}.candidate_email, 300)) as email`,
    same: `left(o.job_ats_id, 200) = left(t.job_ats_id, 200) and o.job_ats_id = t.job_ats_id
      and lower(left(o.candidate_email, 300)) = t.email`,
    wanted: isWanted('o'),
    finished: `(m.status is not null and m.status not in ('requested', 'accepted')) or m.deleted_at is not null`,
  },
  users: {
    key: (alias: string) => `lower(left(${alias}.email, 300)) as email`,
    // A withdrawn user is left alone in Spark Hire: it stands in nobody's way here.
    same: 'lower(left(o.email, 300)) = t.email and o.deleted_at is null',
    wanted: 'true',
    finished: 'm.deleted_at is not null',
  },
} as const;
type Twinned = keyof typeof sameness;

function isTwinned(resource: PushResource): resource is Twinned {
  return resource in sameness;
}

/** Of the row `o`, which has the account $1 and the resource $3. */
const isOpen = `exists (select from sync.intents i where i.account = $1 and i.resource = $3 and i.ats_id = o.ats_id
  and i.state in ('prepared', 'sent', 'unknown'))`;

/**
 * Rows that invited this person to this job, whatever they say now and whether they are still there: the ATS may have
 * given the row another key, or changed or withdrawn it. Their invitation counts until it has ended; where the mirror
 * does not have it, the link itself counts.
 */
const alreadyInvited = `
  union all
  select l.ats_id, d.arrived_at from sparkhire.interviews m
  join sync.links l on l.account = $1 and l.resource = $3 and l.uuid = m.uuid and l.ats_id <> t.ats_id
  left join sync.desired_rows d on d.account = $1 and d.resource = $3 and d.ats_id = l.ats_id
  where m.account = $1 and m.job_uuid = k.job_uuid and lower(left(m.candidate_email, 300)) = t.email
    and m.status in ('requested', 'accepted') and m.deleted_at is null
  union all
  select i.ats_id, d.arrived_at from sync.intents i
  left join sync.desired_rows d on d.account = $1 and d.resource = $3 and d.ats_id = i.ats_id
  where i.account = $1 and i.state in ('prepared', 'sent', 'unknown') and i.resource = $3 and i.action = 'create'
    and i.ats_id <> t.ats_id and i.detail -> 'look' ->> 'jobUuid' = k.job_uuid::text
    and lower(left(i.detail -> 'look' ->> 'email', 300)) = t.email
  union all
  select l.ats_id, d.arrived_at from sync.links l
  left join sync.desired_rows d on d.account = $1 and d.resource = $3 and d.ats_id = l.ats_id
  where l.account = $1 and l.resource = 'interviews' and l.ats_id <> t.ats_id
    and lower(left(l.base #>> '{candidate,ats,email}', 300)) = t.email
    and l.base #>> '{desired,ats}' is distinct from 'canceled'
    and (l.base #>> '{job,ats}' = t.job_ats_id or not exists (
      select from ats.jobs j where j.account = $1 and j.ats_id = l.base #>> '{job,ats}'))
    and not exists (select from sparkhire.interviews m where m.account = $1 and m.uuid = l.uuid)`;

/**
 * For rows without a link: the row that stands for the same already. That is one whose object exists and is not
 * finished, one whose write is under way, or else an earlier one; the earliest of them. An earlier one stands back
 * only if nothing can be sent for it before the next look: it is wrong in itself, or it was settled that it is gone.
 * So of all rows of the same at most one is free, whatever became of the others. Three statements at most, whose
 * limits hold the planner to looks into indexes, also before it has statistics.
 * @param jobUuids of the rows' jobs in Spark Hire, by ats_id of the row
 * @param now milliseconds since the epoch
 */
export async function readTwins(
  tx: Transaction,
  account: string,
  resource: PushResource,
  keys: readonly string[],
  jobUuids: ReadonlyMap<string, string>,
  now: number,
): Promise<Map<string, string>> {
  if (keys.length === 0 || !isTwinned(resource)) return new Map();
  const { key, same, wanted, finished } = sameness[resource];
  const rejected = await readRejected(tx, account, resource, keys, now);
  const records = await tx.query<{ ats_id: string; twin: string }>(
    `select t.ats_id, twin.ats_id as twin
     from unnest($2::text[], $5::uuid[]) as k(ats_id, job_uuid)
     cross join lateral (
       select a.ats_id, ${key('a')} from ats.${resource} a where a.account = $1 and a.ats_id = k.ats_id limit 1) t
     left join lateral (select arrived_at from sync.desired_rows
       where account = $1 and resource = $3 and ats_id = k.ats_id limit 1) td on true
     cross join lateral (
       select o.ats_id, d.arrived_at from (
         select o.* from ats.${resource} o where o.account = $1 and ${same} and o.ats_id <> t.ats_id offset 0) o
       left join lateral (select arrived_at, state, hash from sync.desired_rows
         where account = $1 and resource = $3 and ats_id = o.ats_id limit 1) d on true
       left join lateral (select uuid from sync.links
         where account = $1 and resource = $3 and ats_id = o.ats_id limit 1) l on true
       left join lateral (select * from sparkhire.${resource}
         where account = $1 and uuid = l.uuid limit 1) m on true
       where case
         when l.uuid is not null then not (${finished})
         when ${isOpen} then true
         when not (${wanted}) or o.ats_id = any($4)
           or (coalesce(d.arrived_at, 'infinity'), o.ats_id) > (coalesce(td.arrived_at, 'infinity'), t.ats_id)
           then false
         else d.state is distinct from 'gone' or d.hash is distinct from ${contentHash(atsTables[resource], 'o')}
           or exists (select from sync.desired_queue q
             where q.account = $1 and q.resource = $3 and q.ats_id = o.ats_id)
         end
       ${resource === 'interviews' ? alreadyInvited : ''}
       order by arrived_at nulls last, ats_id limit 1) twin`,
    [account, keys, resource, rejected, keys.map((atsId) => jobUuids.get(atsId) ?? null)],
  );
  return new Map(records.map(({ ats_id: atsId, twin }) => [atsId, twin]));
}

/**
 * Rejected rows that are the same as these and stay rejected as they stand: something in them is wrong, or Spark Hire
 * refused just that. That they were rejected does not say so: they may have been corrected since, or their package,
 * or have been duplicates of a row that is none any more.
 */
async function readRejected(
  tx: Transaction,
  account: string,
  resource: Twinned,
  keys: readonly string[],
  now: number,
): Promise<string[]> {
  const { key, same, wanted } = sameness[resource];
  const records = await tx.query<{ ats_id: string }>(
    `select distinct o.ats_id
     from (select distinct ${key('a')} from unnest($2::text[]) as k(ats_id)
       cross join lateral (select * from ats.${resource} where account = $1 and ats_id = k.ats_id limit 1) a) t
     cross join lateral (
       select o.ats_id from ats.${resource} o where o.account = $1 and ${same} and ${wanted} offset 0) o
     cross join lateral (select state from sync.desired_rows
       where account = $1 and resource = $3 and ats_id = o.ats_id limit 1) d
     where d.state = 'rejected'
       and not exists (select from sync.links l where l.account = $1 and l.resource = $3 and l.ats_id = o.ats_id)
       and not ${isOpen}`,
    [account, keys, resource],
  );
  if (records.length === 0) return [];
  const candidates = records.map(({ ats_id }) => ats_id);
  const known = await readKnown(tx, account, resource, candidates);
  const rows = await readRows(tx, account, resource, known, now);
  return candidates.filter((atsId) => {
    const row = rows.get(atsId);
    return row !== undefined && (row.judged.issues.length > 0 || isRefused(row, known.get(atsId)!));
  });
}

/** Whether this would be the very creation that was refused. What a package gives may be another than it was then. */
function isRefused({ judged: { values }, hash }: ReadRow, { refusal }: Known): boolean {
  if (refusal === null || refusal.action !== 'create' || refusal.hash !== hash || values === null)
    return false;
  return values.resource !== 'interviews' || values.fromPackage?.length === 0;
}

/** How many interviews of each linked job are pending in Spark Hire, whoever made them. One statement. */
export async function readPendingInterviews(
  tx: Transaction,
  account: string,
  jobs: readonly string[],
): Promise<Map<string, number>> {
  if (jobs.length === 0) return new Map();
  const records = await tx.query<{ ats_id: string; pending: number }>(
    `select l.ats_id, m.pending
     from unnest($2::text[]) as k(ats_id)
     cross join lateral (select ats_id, uuid from sync.links
       where account = $1 and resource = 'jobs' and ats_id = k.ats_id limit 1) l
     cross join lateral (select count(*)::int as pending from sparkhire.interviews
       where account = $1 and job_uuid = l.uuid and status in ('requested', 'accepted') and deleted_at is null) m`,
    [account, jobs],
  );
  return new Map(records.map(({ ats_id: atsId, pending }) => [atsId, pending]));
}
