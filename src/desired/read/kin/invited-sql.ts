/**
 * SQL that tells by invitations which job a row may mean: whomever its rows invite was invited to that one before. It does
 * not matter what became of those rows since, what Spark Hire calls the job or the candidate by now, or whether the
 * invitation is known as any row's: a database that was restored does not know its own.
 */
import { endedIn } from '../../../interview-status.js';
import { isAnswered, isAsked, took } from '../../../ledger/conflicts.js';
import type { PushResource } from '../../../reconcile/types.js';
import {
  addressesOf,
  arrivalOf,
  hasRow,
  invitedAs,
  invitingTo,
  means,
  missingSince,
  stays,
  wentBefore,
} from './former-sql.js';
import { isLike, likeness, linkOf, objectOf, showed, showedAmong } from './look-ups.js';

/** A person saw the object and decided that the row means another one. */
export const isAnother = (resource: PushResource, row: string, object: string) => `exists (
  select from sync.conflicts c where c.account = $1 and c.resource = '${resource}' and c.ats_id = ${row}
    and ${took('possible_duplicate', 'create', 'c.')} and c.resolved_at is not null
    and ${showed(object, 'c.')})`;

/**
 * The interview `i` with the link `li`, if it has one, is no row's that is there, and it is to be done still, or was not
 * over for a month when that row came that may mean it.
 */
const isLeft = (arrival: string) => `(li.ats_id is null or not ${means('interviews', 'li', 'i')})
  and (not ${endedIn('i.status')}
    or case when li.ats_id is null then coalesce(i.created_at > ${arrival} - interval '30 days', true)
      else not exists (select from sync.desired_rows d where d.account = $1 and d.resource = 'interviews' and d.ats_id = li.ats_id
        and d.hash is null and ${wentBefore(`${arrival} - interval '30 days'`)}) end)
  and (li.ats_id is not null or i.deleted_at is null)`;

/** Interviews of whoever is called this by Spark Hire, or was by a row. */
const invitationsOf = (email: string) => `
  select uuid from sparkhire.interviews where account = $1 and ${isLike('candidate_email', email)}
  union
  ${invitedAs(email)}`;

const isNoRowsJob = (uuid: string) => `not exists (select from ${linkOf('jobs', uuid)} lx
    left join lateral ${objectOf('jobs', 'lx.uuid')} mx on true where ${stays('jobs', 'lx', 'mx')})`;

/** The link of the row, where it means that interview. */
const ownOf = (
  row: string,
) => `(select x.uuid from sync.links x left join lateral ${objectOf('interviews', 'x.uuid')} mx on true
    where x.account = $1 and x.resource = 'interviews' and x.ats_id = ${row} and ${means('interviews', 'x', 'mx')} limit 1)`;

/** Jobs about which a person was asked for this row. That stays a question as long as there are such invitations. */
const askedAbout = (key: string) => `
  select q.uuid from sync.conflicts c
  cross join lateral (select c.uuid where c.uuid is not null
    union select (e ->> 'uuid')::uuid from jsonb_array_elements(
      case jsonb_typeof(c.sparkhire_value) when 'array' then c.sparkhire_value else '[]' end) e) q
  where c.account = $1 and c.resource = 'jobs' and c.ats_id = ${key} and c.kind = 'possible_duplicate' and ${isAsked('c.')}
    and ${isNoRowsJob('q.uuid')}
    and exists (select from sparkhire.interviews i left join lateral ${linkOf('interviews', 'i.uuid')} li on true
      where i.account = $1 and i.job_uuid = q.uuid and ${isLeft(arrivalOf('jobs', key))})`;

/** Jobs in Spark Hire, of no row that is there, to which those were invited whom the rows of this job invite. */
export const ledTo = (key: string) => `
  select i.job_uuid as uuid from ${invitingTo(key)} n
  left join lateral ${ownOf('n.ats_id')} own on true
  cross join lateral (
    select own.uuid where own.uuid is not null
    union all
    select uuid from (${invitationsOf('n.candidate_email')}) e where own.uuid is null and position('@' in n.candidate_email) > 0) e
  cross join lateral ${objectOf('interviews', 'e.uuid')} i
  left join lateral ${linkOf('interviews', 'i.uuid')} li on true
  where i.job_uuid is not null and (own.uuid is not null or ${isLeft(arrivalOf('interviews', 'n.ats_id'))})
    and ${isNoRowsJob('i.job_uuid')}
  union
  ${askedAbout(key)}`;

/**
 * The row `k` invites to the job `m`, which another row stands for that is there and says the same: it names whose interviews are
 * pending there. The two may be one job whose old row has not gone yet.
 */
export const isBeside = `exists (
  select from ${invitingTo('k.ats_id')} n
  where exists (select from sync.links x join sparkhire.interviews i on i.account = $1 and i.uuid = x.uuid and i.job_uuid = m.uuid
      where x.account = $1 and x.resource = 'interviews' and x.ats_id = n.ats_id)
    or exists (select from sparkhire.interviews i where i.account = $1 and i.job_uuid = m.uuid
      and ${isLike('i.candidate_email', 'n.candidate_email')} and i.deleted_at is null
      and not ${endedIn('i.status')}))`;

/** Keys of jobs for which a person was asked about this one. Each condition has an index. */
const askedWho = (condition: string, job: string) => `
  select ats_id from sync.conflicts where account = $1 and resource = 'jobs' and kind = 'possible_duplicate' and ${condition}
    and ${showed(job)}`;

/** The other way round: keys of jobs whose rows invite those who were invited to this one. @param job its uuid */
export const followers = (job: string) => `
  select n.job_ats_id as ats_id from sparkhire.interviews i
  left join lateral ${linkOf('interviews', 'i.uuid')} li on true
  cross join lateral (
    select job_ats_id from ats.interviews where account = $1 and ats_id = li.ats_id and deleted_at is null
      and ${means('interviews', 'li', 'i')}
    union all
    select o.job_ats_id from ats.interviews o
    where o.account = $1 and ${likeness('o.candidate_email')} = any (array[${['i.candidate_email', ...addressesOf('li.base')].map(likeness)}])
      and position('@' in o.candidate_email) > 0 and o.deleted_at is null
      and not exists (select from ${ownOf('o.ats_id')} x)
      and ${isLeft(arrivalOf('interviews', 'o.ats_id'))}) n
  where i.account = $1 and i.job_uuid = ${job}
  union
  ${askedWho('resolved_at is null', job)}
  union
  ${askedWho(isAnswered(), job)}`;

/** A person was shown this job among those that may be a row's, and pointed at the other one. */
const isPassedOver = (job: string, taken: string) => `exists (
  select from sync.conflicts c where c.account = $1 and c.resource = 'jobs' and c.kind = 'possible_duplicate'
    and c.resolution = 'link:' || ${taken} and c.resolution like 'link:%' and c.resolved_at is not null
    and ${showedAmong(job, 'c.')})`;

/**
 * The job of the link `lj` may be the same as this one although it has an object of its own: it was made within a day after
 * the row of this one was missing, or its row came by then and was held, and nobody was invited yet by whom that could be told.
 * Or both had come into question, and a person took the one: what becomes of whom the other had invited is still to be asked.
 */
export const isMadeInstead = (job: string) => `(${isPassedOver(job, 'lj.uuid')} or exists (
    select from ${linkOf('jobs', job)} lx
    cross join lateral (select ${missingSince('jobs', 'lx.ats_id')} as at) missing
    join sync.intents made on made.account = $1 and made.uuid = lj.uuid and made.resource = 'jobs' and made.action = 'create'
      and made.state = 'confirmed' and made.updated_at >= missing.at
        and least(made.updated_at, ${arrivalOf('jobs', 'lj.ats_id')}) < missing.at + interval '1 day'
    where not ${hasRow('jobs', 'lx.ats_id')}))
  and not ${isAnother('jobs', 'lj.ats_id', job)}`;

/** Interviews of the row `k` on such jobs: they are asked about one by one. */
export const onJobBefore = `
  select i.uuid from ${linkOf('jobs', 'k.job_uuid')} lj
  cross join lateral (${invitationsOf('k.label')}) e
  cross join lateral ${objectOf('interviews', 'e.uuid')} i
  where i.job_uuid <> k.job_uuid and ${isMadeInstead('i.job_uuid')}`;
