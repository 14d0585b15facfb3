/** The table sync.conflicts as people and programs meet it: what is open, and a person's decision. */
import { type Database, query } from '../db/database.js';
import { SyncError } from '../errors.js';
import { explain } from './choices.js';

/** A row of sync.conflicts, with the names of its columns; times as RFC 3339. */
export interface ConflictRow {
  id: number;
  account: string;
  resource: string;
  kind: string;
  ats_id: string | null;
  uuid: string | null;
  field: string | null;
  base_value: unknown;
  ats_value: unknown;
  sparkhire_value: unknown;
  reason: string | null;
  policy: string | null;
  opened_at: string;
  resolved_at: string | null;
  resolution: string | null;
  resolved_by: string | null;
}

export interface ConflictFilter {
  /** Only of this account. */
  account?: string;
  /** Resolved ones too. */
  all?: boolean;
}

/** Oldest first. */
export async function listConflicts(db: Database, filter: ConflictFilter = {}): Promise<ConflictRow[]> {
  const rows = await query<{ row: ConflictRow }>(
    db,
    `select to_jsonb(c) as row from sync.conflicts c
     where ($1::text is null or account = $1) and ($2 or resolved_at is null) order by id`,
    [filter.account ?? null, filter.all === true],
  );
  return rows.map(({ row }) => row);
}

/** @throws SyncError CONFLICT_UNKNOWN */
export async function findConflict(db: Database, id: number, account?: string): Promise<ConflictRow> {
  const [found] = await query<{ row: ConflictRow }>(
    db,
    `select to_jsonb(c) as row from sync.conflicts c where id = $1 and ($2::text is null or account = $2)`,
    [id, account ?? null],
  );
  if (found !== undefined) return found.row;
  throw new SyncError(
    'CONFLICT_UNKNOWN',
    `There is no conflict ${id}${account ? ` of account ${account}` : ''}.`,
    {
      remedy: '`sparkhire-sync conflicts --all` lists all there are and were.',
    },
  );
}

export interface Decision {
  id: number;
  /** One of the choices of the conflict's kind. */
  take: string;
  /** Who decides. */
  by: string;
  /** If given, the conflict must be of this account. */
  account?: string;
}

/**
 * Records a person's decision; the next sweep carries it out.
 * @returns the row as it is now
 * @throws SyncError CONFLICT_UNKNOWN, CONFLICT_RESOLVED, USAGE for a choice the conflict does not have
 */
export async function resolveConflict(db: Database, decision: Decision): Promise<ConflictRow> {
  const { id, take, by } = decision;
  const row = await findConflict(db, id, decision.account);
  if (row.resolved_at !== null) throw resolvedAlready(row);
  const { kind, resource, field, sparkhire_value: seen } = row;
  const { choices, waiting } = explain({ kind, resource, field, seen });
  if (!choices.some((choice) => choice.take === take)) {
    const names = choices.map((choice) => choice.take).join(', ');
    throw new SyncError('USAGE', `Conflict ${id} (${row.kind}) cannot be resolved with "${take}".`, {
      remedy: names === '' ? waiting : `It can be resolved with: ${names}. Or wait: ${lowered(waiting)}`,
    });
  }
  // A sweep may have closed it since it was looked up.
  const [done] = await query<{ row: ConflictRow }>(
    db,
    `update sync.conflicts c set resolved_at = now(), resolution = $2, resolved_by = $3
     where id = $1 and resolved_at is null returning to_jsonb(c) as row`,
    [id, take, by],
  );
  if (done === undefined) throw resolvedAlready(await findConflict(db, id));
  // A running service acts upon it at once.
  await query(db, "select pg_notify('sparkhire_desired', $1)", [done.row.account]);
  return done.row;
}

function resolvedAlready(row: ConflictRow): SyncError {
  return new SyncError(
    'CONFLICT_RESOLVED',
    `Conflict ${row.id} was resolved already, by ${row.resolved_by}: ${row.resolution}.`,
    { remedy: '`sparkhire-sync conflicts` lists what is open.' },
  );
}

function lowered(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
