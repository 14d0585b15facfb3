/**
 * Intents: what is about to be written to Spark Hire, committed before it is.
 *
 *                        the row changed, or it surely was never sent
 *                 ┌───────────────────────────────▶ (removed)
 *                 │                      │
 *   prepare ▶ prepared ──markSent──▶ sent ──answered──────────▶ confirmed
 *                                     ├────refused────────────▶ rejected
 *                                     ├──no telling───▶ unknown ──found, or shows what was wanted──▶ confirmed
 *                                     └──process died──────▲ │ └─absent to the end, or shows something else──▶ rejected
 *                                                            └── cannot be told: stays, a person chooses
 *
 * A row has at most one intent that is prepared, sent or unknown; a unique index says so, whatever happened to the
 * locks. `markSent` commits just before the request leaves. Who finds an intent `sent` whose process is dead treats
 * it as unknown (`closeAbandoned`); one that is only prepared never left. That process may just stand still: what it
 * has marked can leave until {@link fenceMs} later, so it is absent only a settling time after that.
 */
import { type Database, inTransaction, query, type Statements } from '../db/database.js';
import { asksForOne, pendingIn } from '../interview-status.js';
import { rowKeyOf, tableNameOf } from '../reconcile/kinds/share-keys.js';
import { limitValue } from '../reconcile/plan/slots.js';
import type { ActionName, Base, Issue, Json, PushResource, RowState } from '../reconcile/types.js';
import { openConflicts } from './conflicts.js';
import { openIssue } from './issues.js';
import { type Books, tellConflict, tellRejected } from './journal.js';
import { moveRow, movingRows, type RowKey } from './rows.js';

/** What is needed to find out what became of a write, whoever does it. */
export interface IntentDetail {
  /** Hash of the row's content that was decided upon; set by `prepare`. */
  hash?: string | null;
  /** The object the row is linked to when the write is decided. */
  linked: string | null;
  /** Pairs to settle once it is confirmed. */
  settles: Base;
  /** Ids of the answers that it carries out. */
  answers?: string[];
  /** Values the object shows once it is done. */
  expects: Record<string, Json>;
  /** Values that the fields of an update showed before it; it has an effect if it shows others. */
  was?: Record<string, Json>;
  /** The row was missing from its table when its object was changed, closed or canceled. */
  missing?: true;
  /** What makes an object the one that the row means, as conflicts of the row have it. */
  identity: Json;
  /** Objects of the kind that are there already: a person saw them, and wants another. */
  beside?: string[];
  /** The user with whose key it is sent; the account's unless given. */
  actor?: string;
  /** Tells the account's key that it is sent with from another one (`accountKeyMark`). */
  keyMark?: string;
  /** What a created object is known by. */
  look: { email?: string; jobUuid?: string; title?: string; interviewUuids?: string[]; status?: string };
  /** State of the row once it is confirmed. */
  final: RowState;
  /** For people. */
  label: string;
  /** Spark Hire's clock less the database's when it was sent, in milliseconds; null if not known. */
  skewMs?: number | null;
  /** The last change of the mirror when it was first sent (`sync.changes.seq`): what it knew by then this did not make. */
  knownThen?: number;
  /** Of an unknown outcome: it left within so many milliseconds of `sent_at`, or never; {@link fenceMs} unless given. */
  leftWithinMs?: number;
  /** Spark Hire accepted it, and it does not show (yet). */
  accepted?: boolean;
  /** Whether it takes a slot or seat of the plan. */
  room?: 'takes';
  /** Since when the row wishes for one, in milliseconds since the epoch. */
  wishedAt?: number;
  /** The row goes on waiting for one once this is confirmed. */
  stillWaits?: boolean;
  /** Why it was refused. */
  issue?: Issue;
}

/**
 * Longest time from the beginning of the commit of `sent` to the first byte, in milliseconds. A process that stood
 * still for longer does not send; one that seems dead may still send until then, whoever took its account over.
 */
export const fenceMs = 5000;

export interface Intent {
  id: string;
  resource: PushResource;
  atsId: string;
  action: ActionName;
  detail: IntentDetail;
}

/** SQL: it is under way, or its outcome is not known. Written as the indexes are. @param of stands before its columns */
export const isOpen = (of = '') => `${of}state in ('prepared', 'sent', 'unknown')`;
/** What is written back to the ATS has rounds of its own. */
export const toSparkHire = `resource <> 'ats_results'`;
export const isOpenToSparkHire = `${toSparkHire} and ${isOpen()}`;

/**
 * Commits an intent.
 * @returns null if the row has one that is open, or another row is about to make the same (an invitation of the same
 * person to the same job, a user with the same e-mail): then it waits
 */
export async function prepareIntent(
  db: Database,
  account: string,
  intent: Omit<Intent, 'id'> & { uuid: string | null; fingerprint: string },
): Promise<Intent | null> {
  const { resource, atsId, action, detail, uuid, fingerprint } = intent;
  const [row] = await query<{ id: string; hash: string | null }>(
    db,
    `insert into sync.intents (account, resource, ats_id, action, fingerprint, uuid, detail)
     select $1, $2, $3, $4, $5, $6, $7::jsonb || jsonb_build_object('hash',
       (select hash from sync.desired_rows where account = $1 and resource = $2 and ats_id = $3))
     on conflict do nothing
     returning id, detail ->> 'hash' as hash`,
    [account, resource, atsId, action, fingerprint, uuid, JSON.stringify(detail)],
  );
  if (row === undefined) return null;
  return { id: row.id, resource, atsId, action, detail: { ...detail, hash: row.hash } };
}

/**
 * A row that is to exist in Spark Hire must still be wanted when it is sent, and be the one that was decided about:
 * a loader may work past the triggers that fill the queue. $3 is the key of the row in its table.
 */
function stillWanted(resource: PushResource, contentNow: string | undefined): string {
  const same = contentNow && `and (${contentNow})::text is not distinct from i.detail ->> 'hash'`;
  return `exists (select from ats.${tableNameOf(resource)} a where (a.account, a.ats_id) = (i.account, $3)
    and ${resource === 'interviews' ? asksForOne('a') : 'a.deleted_at is null'} ${same ?? ''})`;
}
/**
 * Nothing of the kind is there already, whoever made it: what the decision did not see is adopted, or is another row's,
 * and the next decision says so. But what a person saw and wants another one beside. Written as the indexes are
 * (migration 0020): it is asked once for each write, of tables of any size.
 */
const unseen = `and coalesce(i.detail -> 'beside' ? m.uuid::text, false) is false`;
const soughtEmail = `i.detail #>> '{look,email}'`;
/** Null for what is no uuid, which no object has. */
const soughtJob = `substring(i.detail #>> '{look,jobUuid}' from '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$')::uuid`;
/** The same as far as the index goes, and as a whole where it does not go to the end. */
const sameEmail = (column: string) => `sync.likeness(${column}) = sync.likeness(${soughtEmail})
      and (length(${column}) <= 300 or lower(${column} collate "C") = lower(${soughtEmail} collate "C"))`;
const notThereYet: Partial<Record<PushResource, string>> = {
  interviews: `and not exists (select from sparkhire.interviews m
    where m.account = i.account and m.deleted_at is null and ${pendingIn('m.status')}
      and m.job_uuid = ${soughtJob}
      and ${sameEmail('m.candidate_email')}
      and (m.type is null or m.type = i.detail #>> '{settles,type,ats}') ${unseen})`,
  users: `and not exists (select from sparkhire.users m
    where m.account = i.account and m.deleted_at is null and m.active is not false
      and ${sameEmail('m.email')} ${unseen})`,
};

const needsRow: ReadonlySet<ActionName> = new Set(['create', 'update', 'share']);

/**
 * Commits that the request leaves now. What was decided must still hold: nobody ended the intent, nothing about the
 * row waits in the queue to be judged again, and it is linked to what it was linked to.
 * @param contentNow SQL for the hash of the content that row `a` of its table has now, as sync.desired_rows keeps it; without
 * it a change is known by the queue alone
 * @returns the moment by the database's clock in milliseconds; null if it must not be sent
 */
export async function markSent(
  db: Database,
  intent: Intent,
  skewMs: number | null,
  contentNow?: string,
): Promise<number | null> {
  const text = `with marked as (
       update sync.intents i
       set state = 'sent', sent_at = clock_timestamp(), updated_at = clock_timestamp(),
         detail = jsonb_build_object('knownThen', (select coalesce(max(seq), 0) from sync.changes)) || i.detail
           || jsonb_build_object('skewMs', $2::float8)
       where i.id = $1 and i.state in ('prepared', 'sent')
         and not exists (select from sync.desired_queue q
           where (q.account, q.resource, q.ats_id) = (i.account, i.resource, i.ats_id))
         and not exists (select from sync.desired_queue q
           where (q.account, q.resource, q.ats_id) = (i.account, $4, $3))
         and i.detail ->> 'hash' is not distinct from (select d.hash::text from sync.desired_rows d
           where (d.account, d.resource, d.ats_id) = (i.account, i.resource, i.ats_id))
         and i.detail ->> 'linked' is not distinct from (select l.uuid::text from sync.links l
           where (l.account, l.resource, l.ats_id) = (i.account, i.resource, i.ats_id))
         ${needsRow.has(intent.action) ? `and ${stillWanted(intent.resource, contentNow)}` : ''}
         ${intent.action === 'create' ? (notThereYet[intent.resource] ?? '') : ''}
       returning i.account, i.resource, i.ats_id, i.sent_at),
     flying as (${movingRows('sent', 'marked')})
     select extract(epoch from sent_at)::float8 * 1000 as at from marked`;
  const values = [intent.id, skewMs, rowKeyOf(intent), tableNameOf(intent.resource)];
  // What it asks depends on these alone: the content is that of the resource, and given or not.
  const kind = `${intent.resource}_${intent.action}${contentNow === undefined ? '' : '_content'}`;
  const [row] = await query<{ at: number }>(db, { name: `mark_sent_${kind}`, text }, values);
  return row?.at ?? null;
}

/** The key of the user who was to act is refused: nobody but the administrator writes it. */
export async function actedByAdministrator(db: Database, { id }: Intent, keyMark: string): Promise<void> {
  await query(
    db,
    `update sync.intents set detail = detail - 'actor' || jsonb_build_object('keyMark', $2::text) where id = $1`,
    [id, keyMark],
  );
}

/** Takes back what surely was not sent: the row is pending again. */
export async function removeIntent(db: Database, intent: Intent): Promise<void> {
  await query(
    db,
    `with gone as (
       delete from sync.intents where id = $1 and state in ('prepared', 'sent') returning account, resource, ats_id)
     ${movingRows('unsent', 'gone')}`,
    [intent.id],
  );
}

/**
 * Spark Hire said no: the row is not sent again while its content is the same. What the plan does not allow waits: it
 * is sent again once the plan has changed, or after a while.
 */
export async function rejectIntent(
  session: Books,
  intent: Intent,
  issue: Issue,
  error: string,
  isThere = false,
): Promise<void> {
  const account = session.account.name;
  const isLimit = issue.code === 'PLAN_LIMIT';
  const opened = await inTransaction(session.db, async (tx) => {
    const ended = await tx.query(
      `update sync.intents set state = 'rejected', error = $2, updated_at = clock_timestamp(),
         detail = detail || $3::jsonb
       where id = $1 and ${isOpen()} returning id`,
      [intent.id, error, JSON.stringify({ issue, ...(isThere ? { isThere } : {}) })],
    );
    if (ended.length === 0) return null;
    const row = { account, ...intent };
    await openIssue(tx, row, issue);
    await moveRow(tx, row, 'refused', isLimit ? 'held' : 'rejected');
    if (!isLimit) return [];
    // A person has to see to that.
    const { label, wishedAt = null } = intent.detail;
    const { resource, atsId } = intent;
    const limit = { kind: 'plan_limit', ats: limitValue(label, wishedAt), reason: issue.message } as const;
    return openConflicts(tx, account, [{ ...limit, resource, ats_id: atsId }]);
  });
  if (opened === null) return;
  for (const conflict of opened) tellConflict(session, conflict);
  if (!isLimit) tellRejected(session, intent, [issue]);
}

/**
 * Spark Hire shows it, or said that it is done; or another row stands for its object, which ends it as well.
 * @returns whether it was open still
 */
export async function endConfirmed(
  tx: Statements,
  id: string,
  { uuid, owner }: { uuid: string; owner: string | null },
): Promise<boolean> {
  const ended = await tx.query(
    `update sync.intents set state = $2, uuid = $3, error = $4, look_at = null, updated_at = clock_timestamp()
     where id = $1 and ${isOpen()} returning id`,
    [
      id,
      owner === null ? 'confirmed' : 'rejected',
      uuid,
      owner === null ? null : `row ${owner} has this object`,
    ],
  );
  return ended.length > 0;
}

/**
 * Something came up only when the row was about to be sent: it is held with this issue, and heals by itself once the next
 * decision finds nothing in its way.
 * @param intent what was prepared for it and surely not done: it is taken back
 */
export async function holdRow(db: Database, row: RowKey, issue: Issue, intent?: Intent): Promise<void> {
  await inTransaction(db, async (tx) => {
    if (intent !== undefined) {
      await tx.query(`delete from sync.intents where id = $1 and state in ('prepared', 'sent')`, [intent.id]);
    }
    await openIssue(tx, row, issue);
    await moveRow(tx, row, 'held');
  });
}

/** Its attempt is over, and it may have been carried out: it has to be looked for. */
export async function markUnknown(
  db: Database,
  intent: Intent,
  error: string,
  skewMs: number | null,
  accepted = false,
): Promise<void> {
  await query(
    db,
    `with doubtful as (
       update sync.intents set state = 'unknown', error = $2, updated_at = clock_timestamp(),
         look_at = clock_timestamp(), detail = detail || jsonb_strip_nulls(
           jsonb_build_object('skewMs', $3::float8, 'accepted', nullif($4::boolean, false), 'leftWithinMs',
             least(greatest(extract(epoch from clock_timestamp() - sent_at) * 1000, 0), ${fenceMs})))
       where id = $1 and state = 'sent' returning account, resource, ats_id)
     ${movingRows('doubtful', 'doubtful')}`,
    [intent.id, error, skewMs, accepted],
  );
}

const underWay = new WeakMap<Database, Set<string>>();

/** Says that this process carries the intent out, until the function it answers is called. */
export function holdIntent(db: Database, { id }: Intent): () => void {
  const held = underWay.get(db) ?? new Set();
  underWay.set(db, held.add(id));
  return () => void held.delete(id);
}

/** Without knowing how far the clocks were apart when it was sent, its own time is all that tells since when to look. */
const wasSetBack = "(sent_at > clock_timestamp() and detail ->> 'skewMs' is not null)";

/**
 * Intents that nobody carries out any more: what never left is removed, what may have left is unknown. For the owner
 * of the account; those under way in this process are left alone. What was sent in the future was sent by a clock that
 * has been set back since: it counts as sent now, and stays as far from Spark Hire's clock as it was.
 * @returns whether any intent was open, these or others
 */
export async function closeAbandoned(db: Database, account: string): Promise<boolean> {
  const held = [...(underWay.get(db) ?? [])];
  const [row] = await query<{ open: boolean }>(
    db,
    `with removed as (
       delete from sync.intents where account = $1 and ${toSparkHire} and state = 'prepared' and not id = any($2::bigint[])
       returning account, resource, ats_id),
     freed as (${movingRows('unsent', 'removed')}),
     doubtful as (
       update sync.intents set state = 'unknown', updated_at = clock_timestamp(),
         look_at = case when state = 'sent' or look_at is not null then clock_timestamp() end,
         error = case when state = 'sent' then 'the process ended before its outcome was recorded' else error end,
         sent_at = case when ${wasSetBack} then clock_timestamp() else sent_at end,
         created_at = least(created_at, clock_timestamp()),
         detail = case when ${wasSetBack} then detail || jsonb_build_object('skewMs', (detail ->> 'skewMs')::float8
           + extract(epoch from sent_at - clock_timestamp()) * 1000) else detail end
       where account = $1 and ${toSparkHire} and not id = any($2::bigint[])
         and (state = 'sent' or (state = 'unknown' and ${wasSetBack})))
     select exists (select from sync.intents
       where account = $1 and ${isOpenToSparkHire}) as open`,
    [account, held],
  );
  return row!.open;
}
