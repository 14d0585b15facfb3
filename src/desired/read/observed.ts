/** Objects of Spark Hire as the mirror has them: those that are linked, and those that may be a row's. */
import type { Transaction } from '../../db/database.js';
import { pendingIn } from '../../interview-status.js';
import { isAgreed, isNever } from '../../ledger/conflicts.js';
import { isCalled, isNamesake, isSame, leftOver, mayBeThere, type Said } from '../../reconcile/kin/kin.js';
import { identityOf } from '../../reconcile/kinds/index.js';
import {
  type Base,
  type FormerDeleted,
  type FormerRow,
  type Json,
  nothingAlike,
  type Observed,
  type ObservedJob,
  type PushResource,
  type RowLikes,
} from '../../reconcile/types.js';
import { canonical } from '../../reconcile/values/fingerprint.js';
import {
  askedOfFormer,
  hasRow,
  isFormer,
  isFormerDeleted,
  isFromTable,
  isGoneLately,
  longGone,
  stays,
} from './kin/former-sql.js';
import { isBeside } from './kin/invited-sql.js';
import { isLike, linkOfRow, some } from './kin/look-ups.js';
import { type Asked, foundRows, foundValues, type Resembling } from './kin/resembling.js';
import { baseOf, type ReadBase, shownMark, withBases, withShown } from './shown.js';

const common = `m.uuid, m.deleted_at is not null as deleted,
  (extract(epoch from m.created_at) * 1000)::float8 as "createdAt", (extract(epoch from m.updated_at) * 1000)::float8 as "updatedAt"`;

const columns: Record<PushResource, string> = {
  users: `${common}, m.name, m.email, m.role, m.active`,
  jobs: `${common}, m.title, m.description, m.details_at is not null as detailed, m.status, m.location`,
  interviews: `${common}, m.type, m.status, (extract(epoch from m.scheduled_at) * 1000)::float8 as "scheduledAt",
    m.job_uuid as "jobUuid", coalesce((select j.deleted_at is not null from sparkhire.jobs j
      where j.account = m.account and j.uuid = m.job_uuid limit 1), false) as "jobDeleted", m.candidate_name as "candidateName", m.candidate_email as "candidateEmail",
    m.share_link_uuid is not null or m.share_url is not null as shared, ${questions()} as questions`,
  share_links: `${common}, m.status, m.reviewer_name as "reviewerName", m.reviewer_email as "reviewerEmail",
    ${shownMark}`,
};

/** Of pending interviews: those of others are history. */
function questions(): string {
  const takes = `coalesce(q.takes_limit, case when coalesce(q.takes_completed, 0) <= 0 then q.takes_remaining end)`;
  return `case when ${pendingIn('m.status')} and m.details_at is not null and not m.details_due then coalesce((
    select jsonb_agg(jsonb_build_object('text', q.text, 'time_limit', q.time_limit, 'takes', ${takes})
      order by q.position)
    from sparkhire.interview_questions q
    where q.account = m.account and q.interview_uuid = m.uuid and q.deleted_at is null), '[]') end`;
}

type Stored = { uuid: string } & Record<string, unknown>;

function observedOf(resource: PushResource, stored: Stored): Observed {
  if (resource === 'users' || resource === 'share_links') return { resource, ...stored } as Observed;
  if (resource === 'jobs') {
    const { detailed, description, ...rest } = stored;
    return { resource, ...rest, description: detailed ? description : undefined } as ObservedJob;
  }
  const at = stored.scheduledAt as number | null;
  const scheduledAt = at === null || !Number.isFinite(at) ? null : new Date(at).toISOString();
  return { resource, ...stored, scheduledAt, questions: stored.questions ?? undefined } as Observed;
}

/** Linked objects by uuid; what the mirror does not have is missing. */
export async function readObserved(
  tx: Transaction,
  account: string,
  resource: PushResource,
  uuids: readonly string[],
): Promise<Map<string, Observed>> {
  if (uuids.length === 0) return new Map();
  // The limit holds the planner to one look into the index for each.
  const found = await tx.query<Stored>(
    `select o.* from unnest($2::uuid[]) as k(uuid)
     cross join lateral (select ${columns[resource]} from sparkhire.${resource} m
       where m.account = $1 and m.uuid = k.uuid limit 1) o`,
    [account, uuids],
  );
  const whole = await withShown(tx, account, found);
  return new Map(whole.map((stored) => [stored.uuid, observedOf(resource, stored)]));
}

/** A known interview of the same person and job is later. */
const isFollowed = `exists (
    select from sparkhire.interviews n join sync.links nl on nl.account = $1 and nl.resource = $2 and nl.uuid = n.uuid
    where n.account = $1 and n.job_uuid = k.job_uuid and ${isLike('n.candidate_email', 'k.label')}
      and n.created_at >= m.created_at and n.uuid <> m.uuid)`;

/**
 * Those that belong to nobody. What is over by now and older than a known interview of the same person and job is
 * history, like that one.
 */
const isFree: Record<PushResource, string> = {
  users: 'l.uuid is null',
  jobs: 'l.uuid is null',
  interviews: `l.uuid is null and (${pendingIn('m.status')} or not ${isFollowed})`,
  share_links: 'l.uuid is null',
};

/** A job that no row is known to have stood for, and to which candidates of the row `k` were invited. */
const wasNobodys = `select $1, 'jobs', null, '{}'::jsonb, false where k.is_led_to
  and not exists (select from sync.links where account = $1 and resource = 'jobs' and uuid = m.uuid)
  and not exists (select from sync.conflicts where account = $1 and resource = 'jobs' and uuid = m.uuid
    and kind = 'remote_deleted' and ats_id <> k.ats_id)`;

/** An interview that was left with the row's own key: it never asked for it (`leftOver`). */
const isOwnLeft = `(ats_id = k.ats_id and resource = 'interviews' and base #>> '{${leftOver},ats}' is not null)`;

/** An open job to which nobody was invited is not left for one that was closed for the ATS: its row is edited. */
const isEmptyLeft = `(l.base #>> '{status,ats}' is distinct from 'inactive' or mk.status is distinct from 'active' or mk.deleted_at is not null)`;

/** The row `k`, to whose former object its invitations lead, has left the one it is linked to. */
const jobGoneOver = `k.is_led_to and l.uuid is not null and ${some(`${linkOfRow('jobs', 'k.ats_id')} lk
  join sparkhire.jobs mk on mk.account = $1 and mk.uuid = lk.uuid where not ${stays('jobs', 'lk', 'mk', isEmptyLeft)}`)}`;

/**
 * What was deleted in Spark Hire, resembles the row, and had stood for a row that is gone from its table: linked to it, or
 * once a person had agreed that there shall be none. And what was never found, where a person decided that nothing is sent
 * again for such a row. By ats_id of the row. Three statements at most.
 * @param jobs the rows' jobs, by ats_id
 */
export async function readFormerDeleted(
  tx: Transaction,
  account: string,
  resource: PushResource,
  { asked, found: all }: Resembling,
): Promise<Map<string, FormerDeleted[]>> {
  const deleted = all.filter((one) => one.deleted);
  const found =
    deleted.length === 0
      ? []
      : await tx.query<Stored & Former & { ats_id: string; agreed: boolean }>(
          `select k.ats_id, l.ats_id as former_id, l.agreed, l.base as former_base, k.is_led_to, ${columns[resource]}
     from ${foundRows}
     cross join lateral (select * from sparkhire.${resource}
       where account = $1 and uuid = k.uuid and deleted_at is not null limit 1) m
     cross join lateral (
       select account, resource, ats_id, base, false as agreed from sync.links
       where account = $1 and resource = $2 and uuid = m.uuid
       union all
       select account, resource, ats_id, '{}'::jsonb, true from sync.conflicts
       where account = $1 and resource = $2 and uuid = m.uuid and ${isAgreed()}
       ${resource === 'jobs' ? `union all ${wasNobodys}` : ''}) l
     where l.ats_id is distinct from k.ats_id and ${isFormerDeleted(resource)}
     order by k.ats_id, m.created_at, m.uuid, l.agreed`,
          foundValues(account, resource, deleted),
        );
  const byRow = new Map(asked.map((one) => [one.row.atsId, one]));
  const whole = await withShown(tx, account, found);
  const former = new Map<string, FormerDeleted[]>();
  for (const {
    ats_id: atsId,
    former_id: formerId,
    former_base: base,
    agreed,
    is_led_to,
    ...stored
  } of whole) {
    const object = observedOf(resource, stored);
    const row = byRow.get(atsId)!;
    if (!is_led_to && !isThat(row, object, { base }) && !isNamesake(row.row.values!, object)) continue;
    former.set(atsId, [...(former.get(atsId) ?? []), { object, atsId: formerId, agreed }]);
  }
  const never = await readNever(tx, account, resource, asked);
  for (const { ats_id: atsId, former_id: formerId } of never)
    former.set(atsId, [...(former.get(atsId) ?? []), { object: null, atsId: formerId, agreed: true }]);
  return former;
}

const never = `l.account = $1 and l.resource = $2 and ${isNever('l.')}`;

/** What was never found, and is not to be sent again. Of these there are few; of rows there may be many, and large ones. */
async function readNever(
  tx: Transaction,
  account: string,
  resource: PushResource,
  asked: readonly Asked[],
): Promise<Array<{ ats_id: string; former_id: string }>> {
  const decided = await tx.query<{ id: string; identity: Json }>(
    `select l.id, l.ats_value as identity from sync.conflicts l where ${never}`,
    [account, resource],
  );
  if (decided.length === 0) return [];
  const ids = new Map<string, string[]>();
  for (const { id, identity } of decided) {
    const name = canonical(identity);
    ids.set(name, [...(ids.get(name) ?? []), id]);
  }
  const pairs = asked.flatMap(({ row }) =>
    (ids.get(canonical(identityOf(row.values!))) ?? []).map((id) => ({ id, atsId: row.atsId })),
  );
  return tx.query(
    `select k.ats_id, l.ats_id as former_id from unnest($3::text[], $4::bigint[]) as k(ats_id, id)
     join sync.conflicts l on l.id = k.id and ${never}
     where l.ats_id <> k.ats_id and ${isGoneLately(resource, hasRow(resource, 'l.ats_id'))} order by 1, 2`,
    [account, resource, pairs.map(({ atsId }) => atsId), pairs.map(({ id }) => id)],
  );
}

interface Former {
  former_id: string | null;
  former_base: Base;
  former_asked: FormerRow['asked'] | null;
  is_led_to: boolean;
}

/** A person said that it is the row's. */
const isPointed = '(k.ats_id, k.uuid) in (select * from unnest($8::text[], $9::uuid[]))';

/**
 * Objects without a link that may be the row's, or linked to a row that is gone from its table: by e-mail for users, by
 * title and place for jobs, by candidate and job for interviews, by reviewer for share links; oldest first. Only of rows
 * that are wanted, usable and not linked. One statement.
 * @param jobs the rows' jobs, by ats_id
 * @param pointed what a person said that a row's is
 */
export async function readAdoptable(
  tx: Transaction,
  account: string,
  resource: PushResource,
  { asked, found: all }: Resembling,
  pointed: ReadonlyMap<string, string>,
): Promise<Map<string, RowLikes>> {
  const there = all.filter((one) => !one.deleted);
  if (there.length === 0) return new Map();
  const isJob = resource === 'jobs';
  const isKept = `l.uuid is not null and ${isJob ? '' : `${isPointed} and`} ${stays(resource)}`;
  const found = await tx.query<
    Stored &
      Omit<Former, 'former_base'> &
      ReadBase & {
        ats_id: string;
        long_gone: boolean;
        is_kept: boolean;
        is_there: boolean;
        has_left: boolean;
      }
  >(
    `select k.ats_id, l.ats_id as former_id, ${baseOf(resource)}, k.is_led_to, ${isKept} as is_kept, ${isJob ? jobGoneOver : 'false'} as has_left,
       l.uuid is not null and ${longGone(isFromTable)} as long_gone, l.uuid is not null and ${hasRow(resource, 'l.ats_id')} as is_there,
       case when l.ats_id is not null then ${askedOfFormer} end as former_asked, ${columns[resource]}
     from ${foundRows}
     cross join lateral (select * from sparkhire.${resource}
       where account = $1 and uuid = k.uuid and deleted_at is null limit 1) m
     left join lateral (select * from sync.links
       where account = $1 and resource = $2 and uuid = k.uuid and not ${isOwnLeft} limit 1) l on true
     where (${isFree[resource]}) or (l.ats_id <> k.ats_id and (${isFormer(resource, isFollowed)}
       or ${isKept} and ${isJob ? `(${isPointed} or ${isBeside})` : isPointed}))
     order by k.ats_id, m.created_at, m.uuid`,
    [...foundValues(account, resource, there), [...pointed.keys()], [...pointed.values()]],
  );
  const byRow = new Map(asked.map((one) => [one.row.atsId, one]));
  const adoptable = new Map<string, RowLikes>();
  const whole = await withBases(tx, account, await withShown(tx, account, found), (one) => one.former_id);
  for (const one of whole) {
    const {
      ats_id: atsId,
      former_id,
      base,
      madeMark: _,
      former_asked,
      is_led_to,
      long_gone,
      is_kept,
      is_there,
      has_left,
      ...stored
    } = one;
    const object = observedOf(resource, stored);
    const former: FormerRow | undefined =
      former_id === null || is_kept
        ? undefined
        : {
            uuid: object.uuid,
            atsId: former_id,
            base: base!,
            longGone: long_gone,
            ...(is_there ? { isThere: true as const } : {}),
            ...(is_led_to ? { leads: true } : {}),
            ...(former_asked === null ? {} : { asked: former_asked }),
          };
    const row = byRow.get(atsId)!;
    const isCalledSo = isThat(row, object, former);
    const isOnlyLedTo =
      resource === 'interviews' ||
      (!isCalledSo && (former !== undefined || mayBeThere(row.row.values!, object)));
    const isLedTo = is_led_to && isOnlyLedTo;
    const isMeant = pointed.get(atsId) === object.uuid;
    const hasName = !isCalledSo && isNamesake(row.row.values!, object);
    if (!isMeant && !isCalledSo && !hasName && !(isLedTo && resource === 'jobs')) continue;
    const found = adoptable.get(atsId) ?? nothingAlike();
    if (has_left) found.jobGoneOver = true;
    if (is_kept) found.beside[object.uuid] = former_id!;
    found.adoptable.push(object);
    if (former !== undefined) found.formerRows.push(former);
    if (isLedTo) found.ledTo.push(object.uuid);
    if (isJob && is_led_to && isCalledSo && former_id === null) found.invitedTo.push(object.uuid);
    if (hasName && !isLedTo) found.namesakes.push(object.uuid);
    adoptable.set(atsId, found);
  }
  for (const [atsId, found] of adoptable) adoptable.set(atsId, withoutStrangers(found));
  return adoptable;
}

/** Where something else is the row's by what it is called, a job that nobody here knows is not. */
function withoutStrangers(found: RowLikes): RowLikes {
  const { adoptable, formerRows, ledTo } = found;
  if (ledTo.length === adoptable.length) return found;
  const isStrange = (uuid: string) =>
    ledTo.includes(uuid) && !formerRows.some((former) => former.uuid === uuid);
  return {
    ...found,
    adoptable: adoptable.filter(({ uuid }) => !isStrange(uuid)),
    ledTo: ledTo.filter((uuid) => !isStrange(uuid)),
  };
}

/** Where the row names a place the job has to be there. Interviews of a link are compared by its rules. */
function isThat({ row: { values } }: Asked, observed: Observed, former?: Said): boolean {
  const isPlaced = values?.resource === 'jobs' && values.place !== null;
  return (isPlaced ? isSame : isCalled)(values!, observed, former);
}
