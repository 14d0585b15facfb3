/**
 * Rows a proven sweep did not meet. Absence alone deletes nothing: a row may be hidden from this key. Each is
 * asked for by itself, and only "gone" marks it as deleted. Where too much is missing at once, nobody is asked
 * and a person decides.
 */
import type { AccountSession } from '../account-session.js';
import { query } from '../db/database.js';
import { inMirrorTransaction } from '../mirror/store.js';
import { ApiError, type Read } from '../sparkhire/client.js';
import type { KeyView } from './facts.js';
import { ObjectFailures } from './failures.js';
import { addCounts, noCounts, type Progress, type ResourceCounts } from './progress.js';
import { type ListedName, listedResource } from './resources.js';
import { markGone, storeSingles } from './singles.js';

export interface Limits {
  /** Share of a resource's rows that may be missing, 0 to 1. */
  share: number;
  /** Fewer missing rows than this are never too many. */
  rows: number;
}

export interface Absence {
  missing: number;
  known: number;
  /** Rows the sweep met. */
  met: number;
  /** Whether another key, or one with fewer rights, made this sweep. */
  viewChanged: boolean;
}

/** Why so much absence needs a person; null if it does not. Pure. */
export function tooMuchMissing(absence: Absence, limits: Limits): string | null {
  const { missing, known, met, viewChanged } = absence;
  if (missing === 0) return null;
  if (viewChanged) return `the API key sees something else than before, and ${missing} rows are missing`;
  if (met === 0) return `the listing is empty, ${known} rows were known`;
  if (missing >= limits.rows && missing > known * limits.share) {
    return `${missing} of ${known} rows are missing from the listing`;
  }
  return null;
}

export interface DeletionResult {
  deleted: number;
  /** Rows that are there although the sweep did not meet them, and differ from what was known. */
  updated: number;
  /** What became of the questions of interviews. */
  questions: ResourceCounts;
  /** Rows that could not be asked for; they stay as they are. */
  failures: ObjectFailures;
  /** Whether a conflict is open that a person has to look at. */
  held: boolean;
}

/** Called after a sweep that was proven to be complete. */
export async function confirmDeletions(
  session: AccountSession,
  name: ListedName,
  sweepStartedAt: Date,
  limits: Limits,
  view: KeyView,
  progress: Progress,
): Promise<DeletionResult> {
  const { db, account, signal } = session;
  const missing = await query<{ uuid: string }>(
    db,
    `select uuid from sparkhire.${name} r
     where account = $1 and deleted_at is null and mirrored_at < $3
       and not exists (select from sync.sweep_seen s where s.account = $1 and s.resource = $2 and s.uuid = r.uuid)
     order by uuid`,
    [account.name, name, sweepStartedAt],
  );
  const [totals] = await query<{ known: number; met: number }>(
    db,
    `select (select count(*)::int from sparkhire.${name} where account = $1 and deleted_at is null) as known,
       (select count(*)::int from sync.sweep_seen where account = $1 and resource = $2) as met`,
    [account.name, name],
  );
  const reason = tooMuchMissing(
    { missing: missing.length, known: totals!.known, met: totals!.met, viewChanged: view.changed },
    limits,
  );
  const result: DeletionResult = {
    deleted: 0,
    updated: 0,
    questions: noCounts(),
    failures: new ObjectFailures(),
    held: false,
  };
  if (reason !== null) {
    await openConflict(session, name, reason, missing.length);
    return { ...result, held: true };
  }
  await closeConflict(session, name);
  if (missing.length === 0) return result;

  progress.begin(name, 'deletions', missing.length, 0);
  for (const [index, { uuid }] of missing.entries()) {
    signal.throwIfAborted();
    try {
      await confirm(session, name, uuid, result);
      result.failures.succeeded();
    } catch (error) {
      result.failures.add(error);
    }
    progress.advance(name, 'deletions', index + 1);
  }
  progress.end(name, 'deletions', `${result.deleted} gone`);
  return result;
}

async function confirm(
  session: AccountSession,
  name: ListedName,
  uuid: string,
  result: DeletionResult,
): Promise<void> {
  const { db, client, account, signal } = session;
  const resource = listedResource(name);
  let read: Read<{ uuid: string }> | null = null;
  try {
    read = await resource.get(client, uuid, { lane: 'sweep', signal });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // 403 is "not for this key", not "gone"; anything else tells nothing either.
    if (error.code === 'FORBIDDEN') return;
    if (error.code !== 'NOT_FOUND') throw error;
  }
  await inMirrorTransaction(db, account.name, async (tx) => {
    if (read !== null) {
      const { counts, questions } = await storeSingles(tx, resource, [read]);
      addCounts(result.questions, questions);
      if (resource.isDeleted?.(read.value) !== true) {
        result.updated += counts.updated;
        return;
      }
    }
    const gone = await markGone(tx, name, [uuid]);
    result.deleted += gone.deleted;
    result.questions.deleted += gone.questions;
  });
}

async function openConflict(
  session: AccountSession,
  name: string,
  reason: string,
  missing: number,
): Promise<void> {
  session.log.warn(
    { event: 'mass_disappearance', resource: name, missing },
    `nothing was marked as deleted: ${reason}`,
  );
  await query(
    session.db,
    `insert into sync.conflicts (account, resource, kind, reason, sparkhire_value)
     values ($1, $2, 'mass_disappearance', $3, jsonb_build_object('missing', $4::int))
     on conflict (account, resource, kind, coalesce(ats_id, ''), coalesce(uuid::text, ''), coalesce(field, ''))
       where resolved_at is null
     do update set reason = excluded.reason, sparkhire_value = excluded.sparkhire_value`,
    [session.account.name, name, reason, missing],
  );
}

async function closeConflict(session: AccountSession, name: string): Promise<void> {
  await query(
    session.db,
    `update sync.conflicts set resolved_at = now(), resolution = 'the rows are back', resolved_by = 'sparkhire-sync'
     where account = $1 and resource = $2 and kind = 'mass_disappearance' and resolved_at is null`,
    [session.account.name, name],
  );
}
