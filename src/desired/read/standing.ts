/**
 * Where the rows of a chunk stand: what they say, judged, and what the bookkeeping knows of them (`readKnown`, `readRows`); what people
 * decided about them, and what stands for them in Spark Hire.
 */
import type { Transaction } from '../../db/database.js';
import { atsTables } from '../../db/objects/ats-tables.js';
import { byPerson, isAnswered } from '../../ledger/conflicts.js';
import { isOpen } from '../../ledger/intents.js';
import { isToBeReplaced } from '../../reconcile/answers.js';
import { conflictKinds, type RowConflictKind } from '../../reconcile/conflict-kinds.js';
import { requestOf } from '../../reconcile/kinds/share-keys.js';
import { type Refusal, stillHolds } from '../../reconcile/refusals.js';
import {
  type Answer,
  type Issue,
  issueCodes,
  type JudgedRow,
  type Link,
  type Observed,
  type ParentJob,
  type ParentUser,
  type PushResource,
  type RowHistory,
  type ShareFacts,
} from '../../reconcile/types.js';
import { type AtsInterview, contentHash, tableOf } from '../ats-rows.js';
import { emailsForgotten } from '../forgotten.js';
import type { Judging, TableResource } from '../judge/judge.js';
import type { Known, ReadRow } from '../known-row.js';
import { readShareRows } from '../share-requests.js';
import type { Listed } from './addresses.js';
import { readObserved } from './observed.js';
import { likelyPackages } from './packages.js';
import { readableColumns, withTooLarge } from './readable.js';
import { readParentJobs, readParentUsers } from './relations.js';
import { readShareFacts } from './shares.js';
import { baseOf, type ReadBase, withBases } from './shown.js';

/** Each with its object, and the key it had before; null where it had none. */
export type AdoptedJobs = ReadonlyMap<string, { uuid: string; formerId: string | null }>;

export interface ContextOptions extends Judging {
  /** Only these rows, whether they need a look or not. */
  atsIds?: readonly string[];
  /** Jobs that are to be linked first, by ats_id: their interviews are looked for as if they were. */
  adoptedJobs?: AdoptedJobs;
  /** Whether a question set that the mirror does not have counts as not there; it does unless given. */
  setsAreTold?: boolean;
  /** Users that were seen at that time; null or left out: nobody knows. */
  listed?: Listed | null;
  /** Encryption keys with which stored API keys can be read; none unless given. */
  keyIds?: readonly string[];
  /** Rows of a chunk; 1,000 unless given. */
  chunkSize?: number;
}

/** The snapshot that a chunk is read in, and of what. */
export interface Reading {
  tx: Transaction;
  account: string;
  resource: PushResource;
  options: ContextOptions;
}

/** What people were asked about a row, and what they decided. */
export interface RowConflicts {
  open: RowHistory['openConflicts'];
  /** What was not carried out yet. */
  answers: Answer[];
  /** For a slot or seat, in milliseconds since the epoch. */
  waitingSince?: number;
}

/** All by ats_id, but for what says otherwise. */
export interface Standing {
  /** Of all rows that are looked at. */
  known: ReadonlyMap<string, Known>;
  conflicts: ReadonlyMap<string, RowConflicts>;
  /** Linked objects that the mirror has, by uuid. */
  observed: ReadonlyMap<string, Observed>;
  /** Those that schema ats has. */
  rows: ReadonlyMap<string, ReadRow>;
  /** Jobs that rows name. */
  jobs: ReadonlyMap<string, ParentJob>;
  /** Users that rows name. */
  users: ReadonlyMap<string, ParentUser>;
  /** What share links are to show, and whether the plan has them; null where the rows are none. */
  shares: ReadonlyMap<string, ShareFacts> | null;
  /** Linked rows that are sent as a whole, and judged as that. */
  asNew: ReadonlySet<string>;
}

export async function readStanding(reading: Reading, keys: readonly string[]): Promise<Standing> {
  const { tx, account, resource, options } = reading;
  const known = await readKnown(tx, account, resource, keys);
  const conflicts = await readConflicts(tx, account, resource, keys);
  const linked = [...known.values()].flatMap(({ link }) => link?.uuid ?? []);
  const observed = await readObserved(tx, account, resource, linked);
  const madeAgain = [...known].flatMap(([atsId, { link }]) => {
    const answers = conflicts.get(atsId)?.answers ?? [];
    return link !== null && isToBeReplaced(link, observed.get(link.uuid), answers) ? [atsId] : [];
  });
  const asNew = new Set(madeAgain);
  const rows = await readRows(tx, account, resource, known, options, asNew);
  const { jobs, users } = await readParents(reading, [...rows.values()]);
  const shares = resource === 'share_links' ? await readShareFacts(tx, account, [...rows.values()]) : null;
  return { known, conflicts, observed, rows, jobs, users, shares, asNew };
}

/** The object that stands for a row, where it has one that the mirror knows. */
export function objectOf({ known, observed }: Standing, atsId: string): Observed | undefined {
  return observed.get(known.get(atsId)!.link?.uuid ?? '');
}

async function readParents(
  { tx, account, options: { words, adoptedJobs } }: Reading,
  rows: readonly ReadRow[],
): Promise<{ jobs: Map<string, ParentJob>; users: Map<string, ParentUser> }> {
  const jobs = new Set<string>();
  const users = new Set<string>();
  for (const { values } of rows.map(({ judged }): JudgedRow => judged)) {
    if (values?.resource === 'interviews') {
      jobs.add(values.jobAtsId);
      if (values.requestedByAtsId !== null) users.add(values.requestedByAtsId);
    } else if (values?.resource === 'jobs' && values.ownerAtsId !== null) users.add(values.ownerAtsId);
  }
  const formerKeys = new Map([...(adoptedJobs ?? [])].map(([key, { formerId }]) => [key, formerId]));
  const found = await readParentJobs(tx, account, [...jobs], words?.statuses, formerKeys);
  for (const [key, job] of found) job.uuid = adoptedJobs?.get(key)?.uuid ?? job.uuid;
  return { jobs: found, users: await readParentUsers(tx, account, [...users]) };
}

/** Of a plan_limit conflict: see `limitValue`. */
function sinceOf(value: Answer['ats']): number | undefined {
  const since = Date.parse(String((value as { since?: unknown } | null)?.since));
  return Number.isNaN(since) ? undefined : since;
}

interface ConflictRecord {
  id: string;
  ats_id: string;
  kind: RowConflictKind;
  field: string | null;
  uuid: string | null;
  ats_value: Answer['ats'];
  sparkhire_value: Answer['sparkhire'];
  resolution: string | null;
  is_open: boolean;
}

/** By ats_id; only of rows that have any. One statement. */
export async function readConflicts(
  tx: Transaction,
  account: string,
  resource: PushResource,
  keys: readonly string[],
): Promise<Map<string, RowConflicts>> {
  const wanted = (
    condition: string,
  ) => `select id, ats_id, kind, field, uuid, ats_value, sparkhire_value, resolution,
      resolved_at is null as is_open from sync.conflicts
    where account = $1 and resource = $2 and ats_id = any($3) ${condition}`;
  const records = await tx.query<ConflictRecord>(
    `${wanted('and resolved_at is null')} union all ${wanted(`and ${isAnswered()}`)} order by id`,
    [account, resource, keys],
  );
  const found = new Map<string, RowConflicts>();
  for (const { ats_id: atsId, is_open: isOpen, resolution, ...record } of records) {
    const row: RowConflicts = found.get(atsId) ?? { open: [], answers: [] };
    const { open, answers } = row;
    found.set(atsId, row);
    const { id, kind, field, uuid } = record;
    if (isOpen) open.push({ id, kind, field, uuid });
    if (isOpen && conflictKinds[kind].keepsPlace === true) row.waitingSince = sinceOf(record.ats_value);
    else if (!isOpen && resolution !== null) {
      const { ats_value: ats, sparkhire_value: sparkhire } = record;
      // Nothing else is written than what the kind takes (`resolveConflicts`).
      answers.push({ id, kind, field, uuid, take: resolution, ats, sparkhire } as Answer);
    }
  }
  return found;
}

// ---- what the rows say, and what is known of them

interface KnownRecord extends Omit<Known, 'link' | 'refusal'>, ReadBase {
  atsId: string;
  uuid: string | null;
  how: Link['how'] | null;
  refusal: (Omit<Refusal, 'issue'> & { issue: unknown; error: string | null }) | null;
}

/** SQL: whether what the write `r` of the row `k` depends on has changed since. */
const parentChanged: Record<PushResource, string> = {
  // An address that some user lost, be it for another or with all else, may be the one that was taken.
  users: `exists (select from sync.changes c
    where c.recorded_at > r.updated_at and c.account = $1 and c.resource = 'users'
      and (c.change = 'deleted' or c.change = 'updated' and 'email' = any(c.changed_fields)))`,
  jobs: 'false',
  // The job of its row, else of the interview it is linked to.
  interviews: `(select coalesce(r.detail #>> '{look,jobUuid}', lj.uuid::text) is distinct from lj.uuid::text
      or coalesce(greatest(lj.linked_at, mj.mirrored_at) > r.updated_at, false)
    from (select) one
    left join lateral (select job_ats_id from ats.interviews where account = $1 and ats_id = k.ats_id limit 1) a on true
    left join lateral (select job_uuid from sparkhire.interviews where account = $1 and uuid = l.uuid limit 1) m on true
    left join lateral (select uuid, linked_at from sync.links
      where account = $1 and resource = 'jobs' and ats_id = a.job_ats_id limit 1) lj on true
    left join lateral (select mirrored_at from sparkhire.jobs
      where account = $1 and uuid = coalesce(lj.uuid, m.job_uuid) limit 1) mj on true)`,
  share_links: `coalesce((select max(mirrored_at) from sparkhire.interviews where account = $1 and uuid = any(array(
    select u::uuid from jsonb_array_elements_text(r.detail #> '{look,interviewUuids}') u))) > r.updated_at, false)`,
};

/** SQL: what is to be known of the last write `r` of the row `k`, if it was refused (`Refusal`); null otherwise. */
const refusalOf = (resource: PushResource) => `case
  when r.state = 'rejected' and r.detail -> 'issue' is not null and r.fingerprint is not null then jsonb_build_object(
    'action', r.action, 'hash', r.detail -> 'hash', 'fingerprint', r.fingerprint, 'actor', r.detail -> 'actor',
    'issue', r.detail -> 'issue', 'error', r.error,
    'forMs', (extract(epoch from clock_timestamp() - r.updated_at) * 1000)::float8,
    'times', (select count(*) from sync.intents n
      where n.account = $1 and n.resource = $2 and n.ats_id = k.ats_id and n.state = 'rejected'
        and n.detail -> 'issue' ->> 'code' = r.detail -> 'issue' ->> 'code'
        and n.detail -> 'issue' ->> 'field' is not distinct from r.detail -> 'issue' ->> 'field'
        and n.id > coalesce((select max(id) from sync.intents c where c.account = $1 and c.resource = $2
          and c.ats_id = k.ats_id and c.state = 'confirmed'), 0)),
    'isAccepted', r.detail -> 'accepted' is not null, 'isThere', r.detail -> 'isThere' is not null,
    'since', jsonb_build_object(
      'actorChanged', case when r.detail ->> 'actor' is null
        then exists (select from sync.accounts a where a.account = $1 and a.key_changed_at > r.updated_at)
        else exists (select from sync.user_keys a
            where a.account = $1 and a.user_uuid = (r.detail ->> 'actor')::uuid and a.updated_at > r.updated_at)
          or exists (select from sparkhire.users a
            where a.account = $1 and a.uuid = (r.detail ->> 'actor')::uuid and a.mirrored_at > r.updated_at) end,
      'answered', (select true from sync.conflicts c
        where c.account = $1 and c.resource = $2 and c.ats_id = k.ats_id and c.resolved_at > r.updated_at
          and ${byPerson('c.')} limit 1) is not null,
      'planChanged', coalesce(r.updated_at < (select coalesce(a.plan_changed_at, p.mirrored_at) from sparkhire.plans p
        left join sync.accounts a on a.account = p.account where p.account = $1), false),
      'parentChanged', ${parentChanged[resource]})) end`;

/** Asked of what is not there: a request that is there does not name that reviewer. */
const isMarked = (resource: PushResource) => `((select true from ats.${tableOf[resource].name} a
  where a.account = $1 and ${resource === 'share_links' ? `a.ats_id = ${requestOf('k.ats_id')}` : 'a.ats_id = k.ats_id and a.deleted_at is not null'} limit 1) is not null)`;

/** One statement, whatever the number of keys; of linked share links two. */
export async function readKnown(
  tx: Transaction,
  account: string,
  resource: PushResource,
  keys: readonly string[],
): Promise<Map<string, Known>> {
  const records = await tx.query<KnownRecord>(
    `select k.ats_id as "atsId", coalesce(q.ids, '{}') as "queueIds", d.state,
       coalesce(d.state = 'gone' and d.hash is null, false) as "wasGone", ${isMarked(resource)} as "isMarked",
       (extract(epoch from coalesce(d.arrived_at, q.first_at, now())) * 1000000)::float8 as arrived,
       (extract(epoch from q.first_at) * 1000000)::float8 as "queuedAt",
       (extract(epoch from clock_timestamp() - q.last_at) * 1000)::float8 as "queuedForMs",
       l.uuid, ${baseOf(resource)}, l.how, o.intent as "openIntent",
       ${refusalOf(resource)} as refusal,
       case when r.state = 'rejected' and r.action = 'update' and jsonb_typeof(r.detail #> '{expects,questions}') = 'array'
           and jsonb_typeof(r.detail #> '{was,questions}') = 'array'
         then jsonb_build_object('from', r.detail #> '{was,questions}', 'to', r.detail #> '{expects,questions}') end as edit
     from unnest($3::text[]) as k(ats_id)
     left join lateral (
       select array_agg(id::text order by id) as ids, min(queued_at) as first_at,
         max(queued_at) as last_at from sync.desired_queue
       where account = $1 and resource = $2 and ats_id = k.ats_id) q on true
     left join lateral (
       select state, hash, arrived_at from sync.desired_rows
       where account = $1 and resource = $2 and ats_id = k.ats_id limit 1) d on true
     left join lateral (
       select uuid, base, how from sync.links
       where account = $1 and resource = $2 and ats_id = k.ats_id limit 1) l on true
     left join lateral (
       select jsonb_build_object('id', id::text, 'action', action, 'state', state) as intent from sync.intents
       where account = $1 and resource = $2 and ats_id = k.ats_id and ${isOpen()}
       limit 1) o on true
     left join lateral (
       select action, state, error, fingerprint, detail, updated_at from sync.intents
       where account = $1 and resource = $2 and ats_id = k.ats_id order by id desc limit 1) r on true`,
    [account, resource, keys],
  );
  const whole = await withBases(tx, account, records, ({ atsId }) => atsId);
  return new Map(whole.map((record) => [record.atsId, knownOf(record)]));
}

function knownOf({
  atsId: _,
  madeMark: _mark,
  uuid,
  base,
  how,
  refusal: told,
  ...known
}: KnownRecord): Known {
  const refusal = told && { ...told, issue: refusalIssue(told) };
  return {
    ...known,
    link: uuid === null ? null : { uuid, base: base!, how: how! },
    refusal: refusal !== null && stillHolds(refusal) ? refusal : null,
  };
}

/** `detail.issue` where it was recorded, else the error as it stands. */
function refusalIssue({ issue, error }: NonNullable<KnownRecord['refusal']>): Issue {
  const { code, field, message } = (issue ?? {}) as Partial<Record<keyof Issue, unknown>>;
  const known = issueCodes.find((one) => one === code) ?? 'REMOTE_REJECTED';
  return {
    code: known,
    field: typeof field === 'string' ? field : null,
    message: typeof message === 'string' ? message : (error ?? 'Spark Hire refused it.'),
  };
}

function selectFrom(resource: TableResource): string {
  const table = atsTables[resource];
  const own = `t.ats_id as "atsId", ${readableColumns(table, 't')},
    ${contentHash(table, 't')} as hash`;
  // The limit holds the planner to one look into the index for each, also before it has statistics.
  const rowsOf = `unnest($2::text[]) as k(ats_id)
    cross join lateral (select * from ats.${resource}
      where account = $1 and ats_id = k.ats_id and deleted_at is null limit 1) t`;
  if (resource !== 'interviews') {
    return `select ${own} from ${rowsOf}`;
  }
  return `select ${own}, p.package is not null as has_package, ${readableColumns(atsTables.packages, 'p', 'p_')}
    from ${rowsOf}
    left join lateral (select * from ats.packages
      where account = $1 and package = t.package and deleted_at is null limit 1) p on true`;
}

/**
 * One statement, whatever the number of keys. Rows with `deleted_at` are left out, as those that are not there.
 * @param asNew rows with a link that are to be sent anew: judged like those without one
 */
export async function readRows(
  tx: Transaction,
  account: string,
  resource: PushResource,
  known: ReadonlyMap<string, Known>,
  judging: Judging,
  asNew: ReadonlySet<string> = new Set(),
): Promise<Map<string, ReadRow>> {
  if (resource === 'share_links') return readShareRows(tx, account, known);
  // Once there is a row: it takes the numbering plans of all countries, and mostly nothing changed.
  const { judgeRecord } = await import('../judge/judge.js');
  const rows = new Map<string, ReadRow>();
  const records = await tx.query<{ atsId: string; hash: string }>(selectFrom(resource), [
    account,
    [...known.keys()],
  ]);
  const isInterview = resource === 'interviews';
  const likely = isInterview ? await likelyPackages(tx, account, records) : undefined;
  const emailOf = (record: unknown) => (record as AtsInterview).candidate_email ?? '';
  const forgotten = await emailsForgotten(tx, account, isInterview ? records.map(emailOf) : []);
  for (const record of withTooLarge(records)) {
    const { link, arrived } = known.get(record.atsId)!;
    const isLinked = link !== null && !asNew.has(record.atsId);
    const isForgotten = isInterview && forgotten.has(emailOf(record));
    const around = { ...judging, isForgotten, likelyPackage: likely?.(record) };
    const judged = judgeRecord(resource, record, isLinked, around);
    rows.set(record.atsId, { judged: { ...judged, arrived }, hash: record.hash });
  }
  return rows;
}
