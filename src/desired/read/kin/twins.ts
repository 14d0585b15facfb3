/** Rows that say the same: of all of them one at most is free to be sent. */
import type { Transaction } from '../../../db/database.js';
import { atsTables } from '../../../db/objects/ats-tables.js';
import { asksForOne, endedIn } from '../../../interview-status.js';
import { isAgreed } from '../../../ledger/conflicts.js';
import { isOpen } from '../../../ledger/intents.js';
import type { PushResource } from '../../../reconcile/types.js';
import { longestLine } from '../../../text/lines.js';
import { contentHash } from '../../ats-rows.js';
import type { Judging } from '../../judge/judge.js';
import type { Known, ReadRow } from '../../known-row.js';
import { readKnown, readRows } from '../standing.js';
import { hasRow, invitedAs, saidIn } from './former-sql.js';
import { likeness, linkOf, none, objectOf, some } from './look-ups.js';

/** Of which rows it is said that they are the same: interviews by candidate e-mail and job, users by e-mail. No longer values can be sent. */
const sameness = {
  interviews: {
    job: `left(a.job_ats_id, ${longestLine + 1})`,
    email: 'sync.likeness(a.candidate_email)',
    same: `left(o.job_ats_id, 200) = left(g.job, 200) and left(o.job_ats_id, ${longestLine + 1}) = g.job
      and sync.likeness(o.candidate_email) = g.email`,
    wanted: asksForOne('o'),
    // What is not known to have ended has not.
    finished: `${endedIn('m.status')} or m.deleted_at is not null`,
    // Less what the clocks may be apart. What was taken over is no row's before that.
    endedAt: `greatest(l.linked_at, case when m.deleted_at is not null then m.deleted_at else
      case m.status when 'completed' then coalesce(m.completed_at, m.updated_at)
      when 'expired' then least(m.scheduled_at, m.updated_at) else m.updated_at end - interval '5 seconds' end)`,
  },
  users: {
    job: 'null::text',
    email: 'sync.likeness(a.email)',
    // A withdrawn user is left alone in Spark Hire: it stands in nobody's way here.
    same: 'sync.likeness(o.email) = g.email and o.deleted_at is null',
    wanted: 'true',
    // Whether one that was deleted is made again, a person is asked for its own row; not where that says that they have left.
    finished: 'm.deleted_at is not null and o.active is false',
    endedAt: null,
  },
} as const;
type Twinned = keyof typeof sameness;

function isTwinned(resource: PushResource): resource is Twinned {
  return resource in sameness;
}

/** By arrival: microseconds since the epoch, infinite for a row that was not put down yet; then by key. */
interface Place {
  atsId: string;
  arrived: number;
}

interface Group {
  job: string | null;
  email: string | null;
  jobUuid: string | null;
  /** The first two rows whose object exists and is not finished, or whose write is under way. */
  taken: Place[];
  /** Of the other rows that are still wanted, the one whose interview ended last, and when: in microseconds since the epoch. */
  ended?: { atsId: string; at: number };
  /** The first of the others that will be sent; null if there is none, undefined if that is not known yet. */
  next?: Place | null;
}

/** Rows that say the same, as they were when the first of them was read; for the reading of one resource. */
export type TwinGroups = Map<string, Group>;

export interface Twin {
  atsId: string;
  /** Its interview has ended, and the row that says the same had come before that: it is the same wish twice. */
  isOver?: true;
}

const arrivedAt = (column: string) =>
  `coalesce((extract(epoch from ${column}) * 1000000)::float8, 'infinity') as arrived`;

/** Of the row `o`, which has the account $1 and the resource $2. */
const isUnderWay = `exists (select from sync.intents i where i.account = $1 and i.resource = $2 and i.ats_id = o.ats_id
  and ${isOpen('i.')})`;

const groupsOf = 'unnest($3::text[], $4::text[], $5::uuid[]) with ordinality as g(job, email, job_uuid, nr)';

/** The rows of the group `g`. The limits hold the planner to looks into indexes, also before it has statistics. */
const rowsOf = (resource: Twinned) => `
  (select * from ats.${resource} o where o.account = $1 and ${sameness[resource].same} offset 0) o
  left join lateral (select arrived_at, state, hash from sync.desired_rows
    where account = $1 and resource = $2 and ats_id = o.ats_id limit 1) d on true
  left join lateral (select uuid, linked_at from sync.links
    where account = $1 and resource = $2 and ats_id = o.ats_id limit 1) l on true`;

/** The link `l` was for the job of the group, or for one whose row is gone, which may be the same under another key. */
const saidJob = `(l.base #>> '{job,ats}' = g.job or not ${hasRow('jobs', "l.base #>> '{job,ats}'")})`;

/** The interview `m` is not known to be on a job that is there: another one may have been made for the same row. */
const isOnNoJob = none(`${objectOf('jobs', 'm.job_uuid')} j where j.deleted_at is null`);

/**
 * Rows for which a lost write had made it, as a person said: they are linked first, whether they are still there. Written as its
 * index is.
 */
const madeByLostWrite = (resource: Twinned) => `union all
  select c.ats_id, null from sync.conflicts c
  where c.account = $1 and c.resource = '${resource}'
    and sync.likeness(coalesce(c.ats_value ->> 'candidate_email', c.ats_value ->> 'email')) = g.email
    and c.kind = 'unknown_outcome' and c.resolution like 'link%' and c.acted_at is null and c.ats_id is not null
    and c.ats_value ->> 'job_ats_id' is not distinct from g.job`;

/** Rows for which it is being made, whether they are still there: what becomes of that is known first. */
const underWay = (resource: Twinned) => `union all
  select i.ats_id, null from sync.intents i
  where i.account = $1 and ${isOpen('i.')} and i.resource = '${resource}' and i.action = 'create'
    and sync.likeness(i.detail -> 'look' ->> 'email') = g.email`;

/**
 * Rows that invited this person to this job, whatever they say now and whether they are still there: the ATS may have
 * given the row another key, or changed or withdrawn it. An interview that has ended counts as of then, unless that was how its
 * row was withdrawn; where the mirror does not have it, the link itself counts. About one that was deleted a person is asked,
 * for the row that is left where its own is gone.
 */
const alreadyInvited = `
  union all
  select l.ats_id, case when ${sameness.interviews.finished} then ${sameness.interviews.endedAt} end
  from (select uuid from sparkhire.interviews where account = $1 and job_uuid = g.job_uuid and ${likeness('candidate_email')} = g.email
    union ${invitedAs('g.email', `and ${saidJob}`)}) x
  cross join lateral ${linkOf('interviews', 'x.uuid')} l
  left join lateral ${objectOf('interviews', 'x.uuid')} m on true
  where (m.uuid is null or m.job_uuid = g.job_uuid or ${isOnNoJob})
    and (l.base #>> '{desired,ats}' is distinct from 'canceled' or m.uuid is not null and m.status is distinct from 'canceled')
    and (m.deleted_at is null or ${hasRow('interviews', 'l.ats_id')})
  ${madeByLostWrite('interviews')}
  ${underWay('interviews')} and i.detail -> 'look' ->> 'jobUuid' = g.job_uuid::text`;

/**
 * Rows for which this user is being made, and rows that stood for this user, who was deleted in Spark Hire: they say another
 * address by now, and a person is asked.
 */
const alreadyMade = `
  ${madeByLostWrite('users')}
  ${underWay('users')}
  union all
  select l.ats_id, null from sync.links l
  cross join lateral ${objectOf('users', 'l.uuid')} m
  where l.account = $1 and l.resource = 'users' and sync.likeness(l.base #>> '${saidIn.users}') = g.email
    and m.deleted_at is not null and ${some(`ats.users o where o.account = $1 and o.ats_id = l.ats_id
      and o.deleted_at is null and o.active is not false`)}`;

const already: Record<Twinned, string> = { interviews: alreadyInvited, users: alreadyMade };

/**
 * For rows without a link: the row that stands for the same already. That is one whose object exists and is not
 * finished, or one whose write is under way; else an earlier one; of these the earliest. An earlier one stands back
 * only if nothing can be sent for it before the next look: it is wrong in itself, or it was settled that it is gone.
 * So of all rows of the same at most one is free, whatever became of the others; and none that came before the interview
 * of another had ended, or before that was taken over. Each row is read a few times, however many are the same.
 * @param jobUuids of the rows' jobs in Spark Hire, by ats_id of the row
 * @param groups what was found out for rows read before
 */
export async function readTwins(
  tx: Transaction,
  account: string,
  resource: PushResource,
  keys: readonly string[],
  jobUuids: ReadonlyMap<string, string>,
  judging: Judging,
  groups: TwinGroups = new Map(),
): Promise<Map<string, Twin>> {
  if (keys.length === 0 || !isTwinned(resource)) return new Map();
  const { job, email } = sameness[resource];
  const rows = await tx.query<Place & { ats_id: string; job: string | null; email: string | null }>(
    `select a.ats_id, ${job} as job, ${email} as email, ${arrivedAt('d.arrived_at')}
     from unnest($3::text[]) as k(ats_id)
     cross join lateral (select * from ats.${resource} where account = $1 and ats_id = k.ats_id limit 1) a
     left join lateral (select arrived_at from sync.desired_rows
       where account = $1 and resource = $2 and ats_id = k.ats_id limit 1) d on true`,
    [account, resource, keys],
  );
  const members = rows.map(({ ats_id: atsId, arrived, ...row }) => {
    const jobUuid = jobUuids.get(atsId) ?? null;
    return { place: { atsId, arrived }, ...row, jobUuid, key: JSON.stringify([row.job, row.email, jobUuid]) };
  });
  const unread = new Map<string, Group>();
  for (const { key, job, email, jobUuid } of members) {
    if (!groups.has(key)) unread.set(key, { job, email, jobUuid, taken: [] });
  }
  await readTaken(tx, account, resource, [...unread.values()]);
  for (const [key, group] of unread) groups.set(key, group);
  const others = members.map(({ place, key }) => ({
    place,
    group: groups.get(key)!,
    taken: groups.get(key)!.taken.find(({ atsId }) => atsId !== place.atsId),
  }));
  const undecided = others.filter(({ taken, group }) => taken === undefined && group.next === undefined);
  await readNext(tx, account, resource, [...new Set(undecided.map(({ group }) => group))], judging);
  const twins = new Map<string, Twin>();
  for (const { place, group, taken } of others) {
    const earlier = group.next && compare(group.next, place) < 0 ? group.next : undefined;
    const { ended } = group;
    const twin = taken ?? earlier;
    if (twin !== undefined) twins.set(place.atsId, { atsId: twin.atsId });
    else if (ended !== undefined && ended.atsId !== place.atsId && place.arrived < ended.at)
      twins.set(place.atsId, { atsId: ended.atsId, isOver: true });
  }
  return twins;
}

function compare(a: Place, b: Place): number {
  if (a.arrived !== b.arrived) return a.arrived < b.arrived ? -1 : 1;
  return Buffer.compare(Buffer.from(a.atsId), Buffer.from(b.atsId));
}

function columnsOf(groups: readonly Group[]): Array<Array<string | null>> {
  return [
    groups.map(({ job }) => job),
    groups.map(({ email }) => email),
    groups.map(({ jobUuid }) => jobUuid),
  ];
}

/** A person agreed that there is none any more for the row `o`, which had been deleted in Spark Hire. */
const agreed = `left join lateral (select resolved_at as agreed_at from sync.conflicts
    where l.uuid is null and account = $1 and resource = $2 and ats_id = o.ats_id and ${isAgreed()} limit 1) agreed on true`;

/** Fills in `taken` and `ended`. */
async function readTaken(
  tx: Transaction,
  account: string,
  resource: Twinned,
  groups: readonly Group[],
): Promise<void> {
  if (groups.length === 0) return;
  const { finished, endedAt, wanted } = sameness[resource];
  const ended =
    endedAt === null
      ? 'null::timestamptz'
      : `case when ${finished} then ${endedAt} else agreed.agreed_at end`;
  const records = await tx.query<{ nr: number; ats_id: string; arrived: number; ended: number | null }>(
    `select g.nr::int, taken.ats_id, taken.arrived, (extract(epoch from taken.ended_at) * 1000000)::float8 as ended from ${groupsOf}
     cross join lateral (
       select t.ats_id, ${arrivedAt('td.arrived_at')}, case when bool_and(t.ended_at is not null) then min(t.ended_at) end as ended_at from (
         select o.ats_id, ${ended} as ended_at from ${rowsOf(resource)}
         left join lateral (select * from sparkhire.${resource}
           where account = $1 and uuid = l.uuid limit 1) m on true
         ${agreed}
         where case when l.uuid is not null then not (${finished}) or ${endedAt === null ? 'false' : wanted}
           else ${isUnderWay} or agreed.agreed_at is not null and ${wanted} end
         ${already[resource]}) t
       left join lateral (select arrived_at from sync.desired_rows
         where account = $1 and resource = $2 and ats_id = t.ats_id limit 1) td on true
       group by t.ats_id, td.arrived_at order by 3 desc nulls first, 2, t.ats_id collate "C" limit 3) taken
     order by 1, taken.ended_at desc nulls first, 3, taken.ats_id collate "C"`,
    [account, resource, ...columnsOf(groups)],
  );
  for (const { nr, ats_id: atsId, arrived, ended: at } of records) {
    const group = groups[nr - 1]!;
    if (at === null) group.taken.push({ atsId, arrived });
    else group.ended ??= { atsId, at };
  }
}

/**
 * Fills in `next`. That rows before it were rejected does not say that they are out of the question: they may have been
 * corrected since, or their package, or have been duplicates of a row that is none any more.
 */
async function readNext(
  tx: Transaction,
  account: string,
  resource: Twinned,
  groups: readonly Group[],
  judging: Judging,
): Promise<void> {
  if (groups.length === 0) return;
  const records = await tx.query<{ nr: number; ats_id: string; arrived: number; rejected: boolean }>(
    `select nr::int, ats_id, arrived, rejected from (
       select g.nr, o.*, count(*) filter (where not o.rejected) over (partition by g.nr
         order by o.arrived, o.ats_id collate "C" rows between unbounded preceding and 1 preceding) as sure_before
       from ${groupsOf}
       cross join lateral (
         select o.ats_id, ${arrivedAt('d.arrived_at')}, coalesce(d.state = 'rejected', false) as rejected
         from ${rowsOf(resource)}
         where ${sameness[resource].wanted} and l.uuid is null and not ${isUnderWay}
           and (d.state is distinct from 'gone' or d.hash is distinct from ${contentHash(atsTables[resource], 'o')}
             or exists (select from sync.desired_queue q
               where q.account = $1 and q.resource = $2 and q.ats_id = o.ats_id))) o) free
     where sure_before = 0
     order by nr, arrived, ats_id collate "C"`,
    [account, resource, ...columnsOf(groups)],
  );
  const stuck = await readStuck(
    tx,
    account,
    resource,
    records.filter(({ rejected }) => rejected).map(({ ats_id }) => ats_id),
    judging,
  );
  for (const group of groups) group.next = null;
  for (const { nr, ats_id: atsId, arrived } of records) {
    const group = groups[nr - 1]!;
    const isLate = group.ended === undefined || arrived >= group.ended.at;
    if (isLate && !stuck.has(atsId)) group.next ??= { atsId, arrived };
  }
}

/** Of these rejected rows those that stay so as they stand: wrong in themselves, or Spark Hire refused just that. */
async function readStuck(
  tx: Transaction,
  account: string,
  resource: Twinned,
  keys: readonly string[],
  judging: Judging,
): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const known = await readKnown(tx, account, resource, keys);
  const rows = await readRows(tx, account, resource, known, judging);
  return new Set(
    keys.filter((atsId) => {
      const row = rows.get(atsId);
      if (row === undefined) return false;
      const { issues, unsendable = [] } = row.judged;
      return issues.length + unsendable.length > 0 || isRefused(row, known.get(atsId)!);
    }),
  );
}

/** Whether this would be the very creation that was refused. What a package gives may be another than it was then. */
function isRefused({ judged: { values }, hash }: ReadRow, { refusal }: Known): boolean {
  if (refusal === null || refusal.action !== 'create' || refusal.hash !== hash || values === null)
    return false;
  return values.resource !== 'interviews' || values.fromPackage?.length === 0;
}
