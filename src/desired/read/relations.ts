/** What rows of the ATS have to do with each other: parents, pending interviews. */
import type { Transaction } from '../../db/database.js';
import { pendingIn } from '../../interview-status.js';
import { rootOf } from '../../reconcile/parents.js';
import type { Issue, ParentJob, ParentUser, PushResource, RowState } from '../../reconcile/types.js';
import { jobStatuses, meaningOf, type Words } from '../judge/words.js';
import { stays } from './kin/former-sql.js';
import { linkOfRow, objectOf, some } from './kin/look-ups.js';

type Told = Array<Pick<Issue, 'field' | 'message'>>;

/** All that is told of a row `k` which is rejected or held. */
const whyOf = (resource: 'jobs' | 'users') => `left join lateral (
       select jsonb_agg(jsonb_build_object('field', field, 'message', message)) as why from sync.issues
       where d.state in ('rejected', 'held') and account = $1 and resource = '${resource}' and ats_id = k.ats_id
         and resolved_at is null) w on true`;

interface JobRecord {
  ats_id: string;
  status: string | null;
  there: boolean;
  deleted: boolean;
  state: string | null;
  queued: boolean;
  uuid: string | null;
  replaces: string[];
  observed_status: string | null;
  without_slot: boolean;
  why: Told | null;
}

/**
 * The jobs that interviews name. One statement, whose limits hold the planner to one look into an index for each.
 * @param formerKeys of jobs that are to be linked first and had another key, by the one they have now
 */
export async function readParentJobs(
  tx: Transaction,
  account: string,
  keys: readonly string[],
  statuses?: Words['statuses'],
  formerKeys: ReadonlyMap<string, string | null> = new Map(),
): Promise<Map<string, ParentJob>> {
  if (keys.length === 0) return new Map();
  const records = await tx.query<JobRecord>(
    `select k.ats_id, j.status, j.ats_id is not null as there, j.deleted_at is not null as deleted, d.state, l.uuid,
       exists (select from sync.desired_queue q
         where q.account = $1 and q.resource = 'jobs' and q.ats_id = k.ats_id) as queued,
       m.status as observed_status, w.why, array(select c.uuid::text from sync.conflicts c where c.account = $1
         and c.resource = 'jobs' and c.ats_id in (k.ats_id, k.former_id) and c.kind = 'remote_deleted' and c.uuid is distinct from l.uuid
         order by c.id) as replaces,
       exists (select from sync.conflicts c where c.account = $1 and c.resource = 'jobs' and c.kind = 'plan_limit'
         and coalesce(c.ats_id, '') = k.ats_id and c.resolved_at is null) as without_slot
     from unnest($2::text[], $3::text[]) as k(ats_id, former_id)
     left join lateral (select * from ats.jobs where account = $1 and ats_id = k.ats_id limit 1) j on true
     left join sync.desired_rows d on d.account = $1 and d.resource = 'jobs' and d.ats_id = k.ats_id
     left join sync.links l on l.account = $1 and l.resource = 'jobs' and l.ats_id = k.ats_id
     left join lateral (select status from sparkhire.jobs
       where account = $1 and uuid = l.uuid and deleted_at is null limit 1) m on true
     ${whyOf('jobs')}`,
    [account, keys, keys.map((key) => formerKeys.get(key) ?? null)],
  );
  return new Map(records.map((record) => [record.ats_id, parentJobOf(record, statuses)]));
}

function parentJobOf(record: JobRecord, statuses: Words['statuses']): ParentJob {
  const { state, uuid, observed_status: observedStatus } = record;
  const isKnown = record.there || state !== null;
  const wanted = record.there && !record.deleted;
  const status = meaningOf(record.status, jobStatuses, statuses);
  // What cannot be read says nothing; as long as it is so, Spark Hire's word counts.
  const wantedOpen = wanted && status !== 'closed';
  // A row that is yet to be decided will be what it says. What was decided is done, or waits for something.
  const isUndecided = record.queued || state === null || state === 'pending' || state === 'in_flight';
  return {
    atsId: record.ats_id,
    state: record.queued ? null : (state as RowState | null),
    why: rootOf(record.why ?? []),
    // Where an edit of it is rejected, the object is there nevertheless.
    known: uuid !== null || (isKnown && (state !== 'rejected' || record.queued)),
    wanted,
    wantedOpen,
    ...(record.without_slot ? { withoutSlot: true } : {}),
    uuid,
    ...(record.replaces.length > 0 ? { replaces: record.replaces } : {}),
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
  const records = await tx.query<{
    ats_id: string;
    known: boolean;
    uuid: string | null;
    state: RowState | null;
    why: Told | null;
  }>(
    `select k.ats_id, l.uuid, l.uuid is not null or u.ats_id is not null or d.ats_id is not null as known, w.why,
       case when not exists (select from sync.desired_queue q
         where q.account = $1 and q.resource = 'users' and q.ats_id = k.ats_id) then d.state end as state
     from unnest($2::text[]) as k(ats_id)
     left join lateral (select ats_id from ats.users where account = $1 and ats_id = k.ats_id limit 1) u on true
     left join sync.desired_rows d on d.account = $1 and d.resource = 'users' and d.ats_id = k.ats_id
     left join sync.links l on l.account = $1 and l.resource = 'users' and l.ats_id = k.ats_id
     ${whyOf('users')}`,
    [account, keys],
  );
  return new Map(
    records.map(({ ats_id: atsId, known, uuid, state, why }) => [
      atsId,
      { atsId, known, uuid, state, why: rootOf(why ?? []) },
    ]),
  );
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
       where account = $1 and job_uuid = l.uuid and ${pendingIn('status')} and deleted_at is null) m`,
    [account, jobs],
  );
  return new Map(records.map(({ ats_id: atsId, pending }) => [atsId, pending]));
}

/**
 * Which of these jobs have rows called otherwise, which invite none of those who had been invited there. One statement.
 * @param isOver they were closed: then also those to which nobody had been invited
 */
export async function readOthersInvited(
  tx: Transaction,
  account: string,
  keys: readonly string[],
  isOver: boolean,
): Promise<string[]> {
  if (keys.length === 0) return [];
  const left = await tx.query<{ ats_id: string }>(
    `select k.ats_id from unnest($2::text[]) as k(ats_id)
     cross join lateral ${linkOfRow('jobs', 'k.ats_id')} l cross join lateral ${objectOf('jobs', 'l.uuid')} m
     where not ${stays('jobs', 'l', 'm', String(isOver))}`,
    [account, keys],
  );
  return left.map(({ ats_id: atsId }) => atsId);
}

/**
 * Of rows that are wanted and whose object was deleted: those for which that was done here, when the ATS had withdrawn them; `isUsedAgain`:
 * such a row means something else by now. One statement.
 */
export async function readDeletedHere(
  tx: Transaction,
  account: string,
  resource: PushResource,
  rows: readonly string[],
): Promise<Map<string, { isUsedAgain: boolean }>> {
  if (rows.length === 0 || (resource !== 'jobs' && resource !== 'users')) return new Map();
  const found = await tx.query<{ ats_id: string; is_used_again: boolean }>(
    `select k.ats_id, not ${stays(resource, 'l', 'm', 'true')} as is_used_again from unnest($2::text[]) as k(ats_id)
     cross join lateral ${linkOfRow(resource, 'k.ats_id')} l cross join lateral ${objectOf(resource, 'l.uuid')} m
     where ${some(`sync.intents where account = $1 and resource = $3 and ats_id = k.ats_id and uuid = l.uuid
       and action = 'delete' and state = 'confirmed'`)}`,
    [account, rows, resource],
  );
  return new Map(found.map((one) => [one.ats_id, { isUsedAgain: one.is_used_again }]));
}
