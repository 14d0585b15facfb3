/** SQL about rows that are gone from their table: what they had said, since when they are gone, and what they leave behind. */
import { pendingIn } from '../../../interview-status.js';
import { isAsked } from '../../../ledger/conflicts.js';
import { isOpen } from '../../../ledger/intents.js';
import { leftOver, linkedAs } from '../../../reconcile/kin/kin.js';
import { isRowOf } from '../../../reconcile/kinds/share-keys.js';
import type { PushResource } from '../../../reconcile/types.js';
import { tableOf } from '../../ats-rows.js';
import { isLike, isLikeOneOf, likeness, linkOfRow, none, some } from './look-ups.js';

/** What a person was asked about the row of the link `l`: `FormerRow.asked`. */
export const askedOfFormer = `(select jsonb_agg(jsonb_build_object('id', id::text, 'kind', kind, 'field', field, 'uuid', uuid,
    'take', resolution, 'ats', ats_value, 'sparkhire', sparkhire_value) order by id)
  from sync.conflicts where account = l.account and resource = l.resource and ats_id = l.ats_id
    and kind = 'field_diverged' and ${isAsked()})`;

/** Where the base of a row has what it had said of whom, or what, it meant. */
export const saidIn = {
  users: '{email,ats}',
  jobs: '{title,ats}',
  interviews: '{candidate,ats,email}',
} as const;

/** What a row was called when a person linked it. */
const linkedIn = `{${linkedAs},ats}`;

/** And to whom an invitation was sent, where both sides agreed on another address since. */
const sentTo = '{candidate,sparkhire,email}';

/** Interviews whose rows had said this address. Each condition has an index. @param more about their links `l` */
export const invitedAs = (email: string, more = '') => `
  select uuid from sync.links l where account = $1 and resource = 'interviews'
    and ${isLike(`base #>> '${saidIn.interviews}'`, email)} ${more}
  union all
  select uuid from sync.links l where account = $1 and resource = 'interviews' and base #>> '${sentTo}' is not null
    and ${isLike(`base #>> '${sentTo}'`, email)} ${more}`;

/** Whom the row of the link `l` had said that it invites. */
export const addressesOf = (base: string) =>
  [saidIn.interviews, sentTo].map((path) => `${base} #>> '${path}'`);

/** Objects whose rows had said the label of the row `k`: people may have changed that in Spark Hire. */
export const isSaidBefore = (resource: keyof typeof saidIn) =>
  resource === 'interviews'
    ? invitedAs('k.label')
    : `
  select uuid from sync.links
  where account = $1 and resource = '${resource}' and ${isLike(`base #>> '${saidIn[resource]}'`, 'k.label')}
  ${askedBefore(resource)}`;

const askedBefore = (resource: 'users' | 'jobs') => `
  union all
  select uuid from sync.conflicts
  where account = $1 and resource = '${resource}' and ats_id is not null and kind = 'field_diverged'
    and field = '${resource === 'users' ? 'email' : 'title'}' and ${isAsked()}
    and ${isLike("ats_value #>> '{}'", 'k.label')}`;

const noted = (
  column: string,
  resource: PushResource,
  key: string,
) => `(select ${column} from sync.desired_rows
  where account = $1 and resource = '${resource}' and ats_id = ${key} limit 1)`;

export const arrivalOf = (resource: PushResource, key: string) =>
  `coalesce(${noted('arrived_at', resource, key)}, now())`;

/** Since when a row is known to be gone from its table. */
export const missingSince = (resource: PushResource, key: string) =>
  `coalesce(${noted('missing_since', resource, key)}, (select min(queued_at) from sync.desired_queue
    where account = $1 and resource = '${resource}' and ats_id = ${key}), ${noted('updated_at', resource, key)})`;

/** Not where it has `deleted_at`: so loaders delete. */
const isThere = (resource: PushResource, key: string, more = '') =>
  some(
    `ats.${tableOf[resource].name} a where a.account = $1 and ${isRowOf(resource, key)} and a.deleted_at is null ${more}`,
  );

export const hasRow = (resource: PushResource, key: string) => isThere(resource, key);

/** Whom rows mean by an address, in the table and in Spark Hire. */
const addresses: Partial<Record<PushResource, string>> = { users: 'email', interviews: 'candidate_email' };

/**
 * The job of the interview's row is the interview's, as far as that is known: a row that names another one by now leaves its
 * interview to a row that says all of it. One that never asked for the interview has to say so (`isLeftOfAnother`).
 */
function isOwnJob(l: string, m: string): string {
  const asked = `${l}.base #>> '{${leftOver},ats}' is distinct from 'true'`;
  const job = `(select lj.uuid from sync.links lj where lj.account = $1 and lj.resource = 'jobs' and lj.ats_id = a.job_ats_id limit 1)`;
  return `(${asked} and ${l}.base #>> '{job,ats}' = a.job_ats_id or coalesce(${job} = ${m}.job_uuid, ${asked}))`;
}

/**
 * The row of the link `l` of the object `m` is in its table and means that object: it does not name somebody else by now, as
 * it does where a loader numbers its rows.
 */
export function means(resource: PushResource, l = 'l', m = 'm'): string {
  const address = addresses[resource];
  if (address === undefined) return hasRow(resource, `${l}.ats_id`);
  const said =
    resource === 'users'
      ? [saidIn.users, linkedIn].map((path) => `${l}.base #>> '${path}'`)
      : addressesOf(`${l}.base`);
  const [name, base] =
    resource === 'users' ? ['name', '{name,ats}'] : ['candidate_name', '{candidate,ats,name}'];
  // Without an address it is told by its name.
  const isCalled = `${likeness(`a.${name}`)} in (${likeness(`${l}.base #>> '${base}'`)}, ${likeness(`${m}.${name}`)})`;
  const isMeant = `${hasNoAddress(`a.${address}`)} and (${isNoName(`a.${name}`)} or ${isCalled}) or ${isLikeOneOf(`a.${address}`, [...said, `${m}.${address}`])}`;
  if (resource === 'users') return isThere(resource, `${l}.ats_id`, `and (${isMeant})`);
  return isThere(
    resource,
    `${l}.ats_id`,
    `and (${isMeant} or ${isCalled} and ${isEdited(l, m)}) and ${isOwnJob(l, m)}`,
  );
}

/**
 * By the address of the row `a` nobody is invited, or was, and no other row with an interview says the old address: under the same
 * name it is an edit then, also where a new row says the old address. Else lines have moved.
 */
const isEdited = (l: string, m: string) => `${none(`(${invitedAs('a.candidate_email')}) x`)}
  and ${none(`sparkhire.interviews i where i.account = $1 and ${isLike('i.candidate_email', 'a.candidate_email')}`)}
  and ${none(`ats.interviews o where o.account = $1 and ${isLike('o.candidate_email', `${m}.candidate_email`)}
    and o.deleted_at is null and o.ats_id <> ${l}.ats_id and ${some(`${linkOfRow('interviews', 'o.ats_id')} lo`)}`)}`;

/**
 * What spreadsheets leave where a name was, in the words that an index can look for: `lineProblem` knows more. Each stands as
 * sync.likeness has it, since PostgreSQL works constants out anew with each plan.
 */
export const noNames = `
  #REF! #NAME? #N/A #VALUE! #DIV/0! #NULL! #NUM! #SPILL! #CALC! #GETTING_DATA
  #BEZUG! #NV #WERT! #ZAHL! #I/T #VERDI! #NAVN? #SAKNAS! #NAMN? #VALEUR! #NOM?
  #¡REF! #¡VALOR! #¿NOMBRE? #VERW! #WAARDE! #NAAM? #RIF! #VALORE! #NOME?`
  .toLowerCase()
  .trim()
  .split(/\s+/);
export const isNoName = (column: string) => `(${likeness(column)} is null or ${likeness(column)} = ''
  or ${likeness(column)} in (${noNames.map((name) => `'${name}'`).join(', ')}))`;

/** How many of a job's invitations are looked at: a job under another key takes them along, so these show it. */
const mostLookedAt = 1000;

/** The rows that invite to the job of this key. */
export const invitingTo = (
  job: string,
) => `(select ats_id, candidate_email from ats.interviews where account = $1
    and left(job_ats_id, 200) = left(${job}, 200) and job_ats_id = ${job} and deleted_at is null limit ${mostLookedAt})`;

const hasNoAddress = (column: string) => `coalesce(position('@' in ${column}), 0) = 0`;

/** Whom the row `n` invites Spark Hire has as invited to the job `m`, or the row itself had. */
const wasInvited = `(${some(`sparkhire.interviews i where i.account = $1 and i.job_uuid = m.uuid
          and ${isLike('i.candidate_email', 'n.candidate_email')}`)}
        or ${some(`sync.links li join sparkhire.interviews i on i.account = $1 and i.uuid = li.uuid and i.job_uuid = m.uuid
          where li.account = $1 and li.resource = 'interviews' and li.ats_id = n.ats_id
            and (${hasNoAddress('n.candidate_email')} or ${isLikeOneOf('n.candidate_email', addressesOf('li.base'))})`)})`;

/** The row `a` invites none of those who were invited to the job `m`. */
const invitesNoneOfThem = none(`${invitingTo('a.ats_id')} n where ${wasInvited}`);

/** A row had invited somebody to the job `m`, or invites somebody who was: a database that was restored does not know for which row. */
const hasInvitations = some(`sparkhire.interviews i where i.account = $1 and i.job_uuid = m.uuid
      and (${some("sync.links li where li.account = $1 and li.resource = 'interviews' and li.uuid = i.uuid")}
        or ${some(`ats.interviews o where o.account = $1 and ${isLike('o.candidate_email', 'i.candidate_email')} and o.deleted_at is null`)})`);

/** The user's row `a` with the link `l` does not say, address and name, what the row of another user had said and says no more. */
const saysWhatNobodyElseSaid = (l: string) =>
  none(`sync.links x where x.account = $1 and x.resource = 'users' and x.ats_id <> ${l}.ats_id
        and ${isLike(`x.base #>> '${saidIn.users}'`, 'a.email')} and ${isLike("x.base #>> '{name,ats}'", 'a.name')}
        and ${none(`ats.users r where r.account = $1 and r.ats_id = x.ats_id and r.deleted_at is null and ${isLike('r.email', 'a.email')}`)}`);

/** The row of the interview `m` with the link `l` is there and means another one, which it may get in the same load. */
const meansAnother = (l: string, m: string) =>
  `${hasRow('interviews', `${l}.ats_id`)} and not ${means('interviews', l, m)}`;

/**
 * The request `a` names other interviews than the link `m` shows, as far as all of them are in Spark Hire, and their rows mean
 * them; what was deleted there no link shows any more.
 */
const namesOthers = `coalesce((with named as (
      select x.uuid, i.deleted_at is null as is_there from sync.links x
      left join sparkhire.interviews i on i.account = $1 and i.uuid = x.uuid
      where x.account = $1 and x.resource = 'interviews' and x.ats_id = any (a.interview_ats_ids) and not (${meansAnother('x', 'i')}))
    select m.interview_uuids is not null and (select count(*) from named) = cardinality(a.interview_ats_ids) and (
      exists (select uuid from named where is_there except select unnest(m.interview_uuids))
      or exists (select unnest(m.interview_uuids) except select uuid from named))), false)`;

/**
 * The row of the link `l` of the object `m` is in its table and has not gone over to another object, as all rows do where a
 * loader numbers them: an interview's by its candidate, a user's by address and name, a job's by its title and those it invites,
 * a share link's by what it shows.
 * @param isEmptyLeft SQL: whether a job may be left to which no row had invited anybody, as it is deleted or closed
 */
export function stays(resource: PushResource, l = 'l', m = 'm', isEmptyLeft = 'false'): string {
  const says = (column: string, ...paths: string[]) =>
    `${likeness(`a.${column}`)} in (${[...paths.map((path) => `${l}.base #>> '${path}'`), `${m}.${column}`].map(likeness).join(', ')})`;
  if (resource === 'users')
    return isThere(
      resource,
      `${l}.ats_id`,
      `and (${hasNoAddress('a.email')} or ${isNoName('a.name')} or ${says('email', saidIn.users, linkedIn)}
        or ${says('name', '{name,ats}')} and ${saysWhatNobodyElseSaid(l)})`,
    );
  if (resource === 'jobs')
    return isThere(
      resource,
      `${l}.ats_id`,
      `and (${says('title', saidIn.jobs, linkedIn)} or not (${isEmptyLeft} or ${hasInvitations.replaceAll('m.uuid', `${m}.uuid`)})
        or not ${invitesNoneOfThem.replaceAll('m.uuid', `${m}.uuid`)})`,
    );
  if (resource === 'share_links')
    return isThere(
      resource,
      `${l}.ats_id`,
      `and not ${namesOthers.replaceAll('m.interview', `${m}.interview`)}`,
    );
  return means(resource, l, m);
}

/**
 * The row `d` went before that. What was to be done about it, or a person was asked, may have taken longer. One that is
 * withdrawn and still there went when that was settled.
 */
export const wentBefore = (moment: string) =>
  `(d.state = 'gone' or d.missing_since is not null) and coalesce(d.missing_since, d.updated_at) < ${moment}`;

/**
 * The row of the link `l` went more than a day before the row `k` came. How long `k` has waited since, as for a person's answer
 * about its job, does not count. One that is there and names another candidate went when that was told.
 */
export function longGone(condition = '', age = '1 day'): string {
  return `(exists (select from sync.desired_rows d
    left join sync.desired_rows n on n.account = l.account and n.resource = l.resource and n.ats_id = k.ats_id
    where d.account = l.account and d.resource = l.resource and d.ats_id = l.ats_id ${condition}
      and ${wentBefore(`coalesce(n.arrived_at, now()) - interval '${age}'`)})
    or exists (select from sync.issues s
      left join sync.desired_rows n on n.account = l.account and n.resource = l.resource and n.ats_id = k.ats_id
      where s.account = l.account and s.resource = l.resource and s.ats_id = l.ats_id and s.field = 'candidate_email'
        and s.code = 'IMMUTABLE_AFTER_SEND' and s.resolved_at is null
        and s.opened_at < coalesce(n.arrived_at, now()) - interval '${age}'))`;
}

/** The ATS had the object `m` of the link `l` deleted. A user may go on being listed then. */
const isDeletedByUs = `exists (select from sync.intents i where i.account = l.account and i.resource = l.resource
      and i.ats_id = l.ats_id and i.action = 'delete' and i.state = 'confirmed' and i.uuid = m.uuid)`;

/** A row that is withdrawn and still there is not gone; a request is still there whose reviewer is named no more. */
export const isFromTable = `and (d.hash is null or d.resource = 'share_links')`;

/** Nobody's wish is the object of the link `l` any more by its row, and nothing of it is under way. */
function isGone(resource: PushResource, isKept = stays(resource)): string {
  return `not ${isKept}
    and not exists (select from sync.intents i where i.account = l.account and i.resource = l.resource
      and i.ats_id = l.ats_id and ${isOpen('i.')})`;
}

/**
 * The link `l` of the object `m` is that of a row which is gone from its table, or means somebody else by now, and nothing of it
 * is under way: the ATS may have given the row another key. An interview that has ended is history for rows that came a month
 * after its own was gone, and for those that came a day after where a later one is known (`isFollowed`); so is a closed share
 * link after a month. A job to which invitations lead is not over.
 * @param isFollowed SQL: whether a later interview is known
 */
export function isFormer(resource: PushResource, isFollowed: string): string {
  const ended: Partial<Record<PushResource, string>> = {
    users: `and (m.active is not false or not ${longGone()} and not ${isDeletedByUs})`,
    jobs: `and (m.status = 'active' or k.is_led_to or not ${longGone()})`,
    interviews: `and (${pendingIn('m.status')} or not ${longGone(isFromTable, '30 days')}
      and not (${longGone(isFromTable)} and ${isFollowed}))`,
    share_links: `and (m.status = 'active' or not ${longGone(isFromTable, '30 days')})`,
  };
  return `${isGone(resource)} ${ended[resource] ?? ''}`;
}

/**
 * The row of `l` is gone from its table, nothing of it is under way, and that it is gone was not settled more than a day
 * before the row `k` came.
 */
export function isGoneLately(resource: PushResource, isKept?: string): string {
  return `${isGone(resource, isKept)} and not ${longGone(isFromTable)}`;
}

/**
 * What stood for such a row and was deleted in Spark Hire; not what the ATS itself had deleted, nor a job or share link that
 * it had ended. An interview that it had ended is the same wish for a day, deleted or not.
 */
export function isFormerDeleted(resource: PushResource): string {
  const ended: Partial<Record<PushResource, string>> = {
    jobs: `and l.base #>> '{status,ats}' is distinct from 'inactive'`,
    share_links: `and m.status = 'active'`,
  };
  return `${isGoneLately(resource)} and not ${isDeletedByUs}
    ${ended[resource] ?? ''}`;
}
