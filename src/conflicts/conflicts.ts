/**
 * Conflicts as people and programs meet them. In comes a question about what is open, or a person's decision; out goes what
 * it means, what can be chosen, and the decision as the ledger keeps it. Carrying it out is not done here: the next round
 * finds it with the row.
 *
 * It reads the ledger and writes it by its functions alone; it asks neither Spark Hire nor the ATS.
 */
import { audit, type Person } from '../db/audit.js';
import { type Database, inTransaction, query } from '../db/database.js';
import { SyncError } from '../errors.js';
import { resolveOpen } from '../ledger/conflicts.js';
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
  /** Goes up by one whenever the values of the open conflict change; 1 for those it was opened with. */
  revision: number;
}

export interface ConflictFilter {
  /** Only of these accounts. */
  accounts?: readonly string[] | undefined;
  /** Resolved ones too. */
  all?: boolean;
  /** Only resolved ones, and of these so many: the latest. */
  closed?: number | undefined;
}

/** Oldest first; of those that are closed the one resolved last first. */
export async function listConflicts(db: Database, filter: ConflictFilter = {}): Promise<ConflictRow[]> {
  if (filter.closed !== undefined) {
    const closed = await query<{ row: ConflictRow }>(
      db,
      `select to_jsonb(c) as row from sync.conflicts c
       where ($1::text[] is null or account = any($1)) and resolved_at is not null order by resolved_at desc, id desc limit $2`,
      [filter.accounts ?? null, filter.closed],
    );
    return closed.map(({ row }) => row);
  }
  const rows = await query<{ row: ConflictRow }>(
    db,
    `select to_jsonb(c) as row from sync.conflicts c
     where ($1::text[] is null or account = any($1)) and ($2 or resolved_at is null) order by id`,
    [filter.accounts ?? null, filter.all === true],
  );
  return rows.map(({ row }) => row);
}

/** @throws SyncError CONFLICT_UNKNOWN */
export async function findConflict(
  db: Database,
  id: number,
  accounts?: readonly string[],
): Promise<ConflictRow> {
  const [found] = await query<{ row: ConflictRow }>(
    db,
    `select to_jsonb(c) as row from sync.conflicts c where id = $1 and ($2::text[] is null or account = any($2))`,
    [id, accounts ?? null],
  );
  if (found !== undefined) return found.row;
  throw new SyncError(
    'CONFLICT_UNKNOWN',
    `There is no conflict ${id}${accounts === undefined ? '' : ` of account ${accounts.join(' or ')}`}.`,
    {
      remedy: '`sparkhire-sync conflicts --all` lists all there are and were.',
    },
  );
}

export interface Decision {
  id: number;
  /** The revision whose values the person saw; the first unless given. */
  revision?: number;
  /** One of the choices of the conflict's kind. */
  take: string;
  /** Who decides. */
  by: string;
  /** Who that is for the audit, and why; nothing is written there unless given. */
  person?: Person | undefined;
  /** If given, the conflict must be of one of these accounts. */
  accounts?: readonly string[] | undefined;
}

/**
 * Records a person's decision; the next pass over the account carries it out.
 * @returns the row as it is now
 * @throws SyncError CONFLICT_UNKNOWN, CONFLICT_RESOLVED, CONFLICT_CHANGED if its values are others than those of the
 * revision, USAGE for a choice the conflict does not have
 */
export async function resolveConflict(db: Database, decision: Decision): Promise<ConflictRow> {
  const { id, take, by, person, revision = 1 } = decision;
  const row = await findConflict(db, id, decision.accounts);
  assertDecidable(row, decision);
  const { kind, resource, field, sparkhire_value: seen, ats_value: wanted } = row;
  const { choices, waiting } = explain({ kind, resource, field, seen, wanted });
  if (!choices.some((choice) => choice.take === take)) {
    const names = choices.map((choice) => choice.take).join(', ');
    throw new SyncError('USAGE', `Conflict ${id} (${row.kind}) cannot be resolved with "${take}".`, {
      remedy: names === '' ? waiting : `It can be resolved with: ${names}. Or wait: ${lowered(waiting)}`,
    });
  }
  // It may have been closed, or have got other values, since it was looked up.
  const done = await inTransaction(db, async (tx) => {
    const updated = await resolveOpen<ConflictRow>(tx, { id, revision, resolution: take, by });
    if (updated !== undefined && person !== undefined) await audit(tx, person, decided(updated));
    return updated;
  });
  if (done === undefined) {
    const now = await findConflict(db, id);
    assertDecidable(now, decision);
    throw resolvedAlready(now);
  }
  // A running service acts upon it at once.
  await query(db, "select pg_notify('sparkhire_desired', $1)", [done.account]);
  return done;
}

/**
 * Records the same decision about several, each by itself: what is refused of one (see `resolveConflict`) holds no other up.
 */
export async function resolveConflicts(
  db: Database,
  conflicts: ReadonlyArray<Pick<Decision, 'id' | 'revision'>>,
  decision: Omit<Decision, 'id' | 'revision'>,
): Promise<{ resolved: ConflictRow[]; refused: Array<{ id: number; error: SyncError }> }> {
  const resolved: ConflictRow[] = [];
  const refused: Array<{ id: number; error: SyncError }> = [];
  for (const conflict of conflicts) {
    try {
      resolved.push(await resolveConflict(db, { ...decision, ...conflict }));
    } catch (error) {
      if (!(error instanceof SyncError) || !ofConflict.has(error.code)) throw error;
      refused.push({ id: conflict.id, error });
    }
  }
  return { resolved, refused };
}

const ofConflict: ReadonlySet<string> = new Set([
  'CONFLICT_UNKNOWN',
  'CONFLICT_RESOLVED',
  'CONFLICT_CHANGED',
  'USAGE',
]);

function decided(row: ConflictRow) {
  const { kind, resource, ats_id, uuid, field, ats_value, sparkhire_value } = row;
  return {
    account: row.account,
    what: 'conflicts resolve',
    target: `conflict ${decidableName(row)}`,
    before: { kind, resource, ats_id, uuid, field, ats_value, sparkhire_value },
    after: { resolution: row.resolution },
  };
}

/** What names a conflict with the values it has now, for a decision: `7`, or `7.2` once these are not the first ones. */
export function decidableName({ id, revision }: Pick<ConflictRow, 'id' | 'revision'>): string {
  return revision === 1 ? String(id) : `${id}.${revision}`;
}

function assertDecidable(row: ConflictRow, { revision, take }: Decision): void {
  if (row.resolved_at !== null) throw resolvedAlready(row);
  if (row.revision === (revision ?? 1)) return;
  const what =
    revision === undefined
      ? `The values of conflict ${row.id} have changed since it was opened: it is at revision ${row.revision}.`
      : `Conflict ${row.id} is at revision ${row.revision}, and this decision is for revision ${revision}, which had other values.`;
  throw new SyncError('CONFLICT_CHANGED', `${what} ${valuesNow(row)}`, {
    remedy: `Look at it with \`sparkhire-sync conflicts show ${row.id}\`, then decide with \`sparkhire-sync conflicts resolve ${decidableName(row)} --take ${take}\`.`,
  });
}

function valuesNow({ ats_id, ats_value, sparkhire_value, reason }: ConflictRow): string {
  if (ats_id === null) return sentence(`Now: ${reason}`);
  return `The ATS now has ${shortly(ats_value)}, Spark Hire ${shortly(sparkhire_value)}.`;
}

const mostShown = 200;

function shortly(value: unknown): string {
  if (value === null) return 'nothing';
  const text = JSON.stringify(value);
  return text.length <= mostShown ? text : `${text.slice(0, mostShown)}…`;
}

/** With a full stop, unless it has one. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
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
