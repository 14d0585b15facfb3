/** Which objects of Spark Hire may be those of rows without one: looked up once, by few conditions; what they are to be is asked of these alone. */
import type { Transaction } from '../../../db/database.js';
import { pendingIn } from '../../../interview-status.js';
import type { JudgedRow, ParentJob, PushResource } from '../../../reconcile/types.js';
import { isFromTable, isSaidBefore, longGone, means } from './former-sql.js';
import { ledTo, onJobBefore } from './invited-sql.js';
import { isLike, linkOf, none } from './look-ups.js';

/**
 * What may have the same e-mail; title; candidate and job; reviewer. Whether it has is judged afterwards (`isThat`): which
 * letters are the same is said once, and not by the locale of the database.
 */
const resembles: Record<PushResource, string> = {
  users: isLike('m.email', 'k.label'),
  jobs: isLike('m.title', 'k.label'),
  interviews: `m.job_uuid = k.job_uuid and ${isLike('m.candidate_email', 'k.label')}`,
  share_links: isLike('m.reviewer_email', 'k.label'),
};

/**
 * Somebody of the name is invited to the row's job under another address, and neither a link nor a row explains that: people
 * may have changed the address, in Spark Hire where a database that was restored does not know of it, or in the load that gave
 * the row another key. What has ended, or was deleted in Spark Hire, counts where its row is gone since a month at most.
 */
const namesakes = `select m.uuid, false from sparkhire.interviews m
    left join lateral ${linkOf('interviews', 'm.uuid')} l on true
    where m.account = $1 and m.job_uuid = k.job_uuid and ${isLike('m.candidate_name', 'k.name')}
      and l.ats_id is distinct from k.ats_id
      and (l.uuid is null or not ${means('interviews')})
      and (m.deleted_at is null and ${pendingIn('m.status')} or l.uuid is not null and not ${longGone(isFromTable, '30 days')})
      and ${none(`ats.interviews a where a.account = $1 and a.deleted_at is null and ${isLike('a.candidate_email', 'm.candidate_email')}`)}`;

/** Of which objects the rows may have said the same. */
const said: Partial<Record<PushResource, string>> = {
  users: `union all select uuid, false from (${isSaidBefore('users')}) o`,
  jobs: `union all select uuid, false from (${isSaidBefore('jobs')}) o
    union all select uuid, true from (${ledTo('k.ats_id')}) o`,
  interviews: `union all select o.uuid, false from (${isSaidBefore('interviews')}) o
      join sparkhire.interviews m on m.account = $1 and m.uuid = o.uuid and m.job_uuid = k.job_uuid
    union all select uuid, true from (${onJobBefore}) o
    union all ${namesakes}`,
};

/**
 * Objects `uuid` that may be those of the row `k`; `is_led_to`: also for invitations, whatever they are called. Of which a person
 * said that they are the row's, in $5 and $6, they may be called otherwise by now.
 */
const foundFor = (resource: PushResource) => `select uuid, bool_or(is_led_to) as is_led_to from (
    select m.uuid, false as is_led_to from sparkhire.${resource} m where m.account = $1 and ${resembles[resource]}
    ${said[resource] ?? ''} union all
    select uuid, false from unnest($5::text[], $6::uuid[]) as p(ats_id, uuid) where p.ats_id = k.ats_id) s group by uuid`;

/** What rows look for by job: the object it is in Spark Hire now, and those it was and that were deleted there. */
export type JobObjects = ReadonlyMap<string, Pick<ParentJob, 'uuid' | 'replaces'>>;

/** What a row looks for: its e-mail, its title or reviewer, and its job. Only of rows that are usable. */
export interface Asked {
  row: JudgedRow;
  label: string;
  /** Of a candidate. */
  name: string | null;
  job: string | null;
}

function askedOf(rows: readonly JudgedRow[], jobs: JobObjects): Asked[] {
  return rows.flatMap((row): Asked[] => {
    const { values } = row;
    if (values === null) return [];
    const called = (label: string, name: string | null, job: string | null): Asked => ({
      row,
      label,
      name,
      job,
    });
    if (values.resource === 'users') return [called(values.email, null, null)];
    if (values.resource === 'jobs') return [called(values.title, null, null)];
    if (values.resource === 'share_links') return [called(values.reviewer.email, null, null)];
    const { uuid = null, replaces = [] } = jobs.get(values.jobAtsId) ?? {};
    const objects = new Set(uuid === null ? replaces : [uuid, ...replaces]);
    const { email, name } = values.candidate;
    return [...objects].map((job) => called(email, name, job));
  });
}

/** An object that may be a row's. */
export interface Found {
  ats_id: string;
  label: string;
  job_uuid: string | null;
  uuid: string;
  /** See `foundFor`. */
  is_led_to: boolean;
  deleted: boolean;
}

export interface Resembling {
  asked: Asked[];
  found: Found[];
}

/** `found` as SQL, of those that are deleted or not: `k`. */
export const foundRows =
  'unnest($3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::bool[]) as k(ats_id, label, job_uuid, uuid, is_led_to)';

/** The parameters of a statement with `foundRows`. */
export function foundValues(account: string, resource: PushResource, found: readonly Found[]): unknown[] {
  return [
    account,
    resource,
    found.map(({ ats_id }) => ats_id),
    found.map(({ label }) => label),
    found.map(({ job_uuid }) => job_uuid),
    found.map(({ uuid }) => uuid),
    found.map(({ is_led_to }) => is_led_to),
  ];
}

/**
 * One statement: to most new rows nothing is found, and then nothing more is asked.
 * @param jobs the rows' jobs, by ats_id
 * @param pointed what a person said that a row's is
 */
export async function readResembling(
  tx: Transaction,
  account: string,
  resource: PushResource,
  rows: readonly JudgedRow[],
  jobs: JobObjects,
  pointed: ReadonlyMap<string, string>,
): Promise<Resembling> {
  const asked = askedOf(rows, jobs);
  if (asked.length === 0) return { asked, found: [] };
  const found = await tx.query<Found>(
    `select k.ats_id, k.label, k.job_uuid, f.uuid, f.is_led_to, m.deleted
     from unnest($2::text[], $3::text[], $4::uuid[], $7::text[]) as k(ats_id, label, job_uuid, name)
     cross join lateral (${foundFor(resource)}) f
     cross join lateral (select deleted_at is not null as deleted from sparkhire.${resource}
       where account = $1 and uuid = f.uuid limit 1) m`,
    [
      account,
      asked.map(({ row }) => row.atsId),
      asked.map(({ label }) => label),
      asked.map(({ job }) => job),
      [...pointed.keys()],
      [...pointed.values()],
      asked.map(({ name }) => name),
    ],
  );
  // By which spelling of its address it was found does not matter.
  const once = new Map(found.map((one) => [`${one.ats_id}\0${one.job_uuid}\0${one.uuid}`, one]));
  return { asked, found: [...once.values()] };
}
