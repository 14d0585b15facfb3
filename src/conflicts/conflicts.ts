/**
 * Conflicts as people and programs meet them. In comes a question about what is open, or a person's answer; out goes what
 * it means, what can be chosen, and the answer as the ledger keeps it. Carrying it out is not done here: the next round
 * finds it with the row.
 *
 * It reads the ledger and writes it by its functions alone; it asks neither Spark Hire nor the ATS.
 */
import { audit, type Person } from '../db/audit.js';
import { byThemselves, type Database, inTransaction, query, type Statements } from '../db/database.js';
import { SyncError } from '../errors.js';
import { resolveOpen } from '../ledger/answers.js';
import { wakePush } from '../ledger/queue.js';
import { naturally } from '../text/natural-order.js';
import { type Explanation, explain } from './choices.js';

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
  /** When what a person chose was carried out, or put aside. */
  acted_at: string | null;
  /** Which of the two; null before, and of what ended before that was noted. */
  carried_out: boolean | null;
  /** Goes up by one whenever the values of the open conflict change; 1 for those it was opened with. */
  revision: number;
}

export interface ConflictGroup {
  account: string;
  resource: string;
  kind: string;
  field: string | null;
  reason: string | null;
  /** When the first of them was opened. RFC 3339. */
  since: string;
  /** In the order of their rows' keys, as people count. */
  rows: ConflictRow[];
}

/** Those of an account that say the same of the same kind of thing; oldest first. */
export function groupConflicts(rows: readonly ConflictRow[]): ConflictGroup[] {
  const groups = new Map<string, ConflictGroup>();
  for (const row of rows) {
    const { account, resource, kind, field, reason, opened_at: since } = row;
    const key = JSON.stringify([account, resource, kind, field, reason]);
    const group = groups.get(key) ?? { account, resource, kind, field, reason, since, rows: [] };
    groups.set(key, group);
    group.rows.push(row);
    if (Date.parse(since) < Date.parse(group.since)) group.since = since;
  }
  for (const group of groups.values())
    group.rows.sort((a, b) => naturally(a.ats_id ?? a.uuid ?? '', b.ats_id ?? b.uuid ?? '') || a.id - b.id);
  return [...groups.values()].sort((a, b) => Date.parse(a.since) - Date.parse(b.since));
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
  const found = (await findConflicts(byThemselves(db), [{ id }], accounts)).get(id);
  if (found === undefined) throw unknown(id, accounts);
  return found;
}

/** Those there are, by their numbers. */
async function findConflicts(
  statements: Statements,
  conflicts: ReadonlyArray<{ id: number }>,
  accounts: readonly string[] | undefined,
  how = '',
): Promise<Map<number, ConflictRow>> {
  const rows = await statements.query<{ row: ConflictRow }>(
    `select to_jsonb(c) as row from sync.conflicts c where id = any($1) and ($2::text[] is null or account = any($2)) ${how}`,
    [conflicts.map(({ id }) => id), accounts ?? null],
  );
  return new Map(rows.map(({ row }) => [row.id, row]));
}

const unknown = (id: number, accounts: readonly string[] | undefined) =>
  new SyncError(
    'CONFLICT_UNKNOWN',
    `There is no conflict ${id}${accounts === undefined ? '' : ` of account ${accounts.join(' or ')}`}.`,
    { remedy: '`sparkhire-sync conflicts --all` lists all there are and were.' },
  );

// ---- an answer

/** A conflict that a person decides, as it is written on a command line and in messages. */
export interface Decidable {
  id: number;
  /** The revision whose values the person saw; the first unless given. */
  revision?: number;
}

/** `7`, or `7.2` once its values are not the first ones. */
export function decidableName({ id, revision = 1 }: Decidable): string {
  return revision === 1 ? String(id) : `${id}.${revision}`;
}

/** What `decidableName` says; the number alone stands for the values the conflict was opened with. null: it is none. */
export function decidedOf(text: string): Decidable | null {
  const [, number, revision] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  const id = Number(number);
  if (!Number.isSafeInteger(id)) return null;
  return revision === undefined ? { id } : { id, revision: Number(revision) };
}

/** Each number once; one that is named with its revision is meant so. */
export function distinct(decided: readonly Decidable[]): Decidable[] {
  const each = new Map<number, Decidable>();
  for (const one of decided)
    if (each.get(one.id)?.revision === undefined)
      each.set(one.id, one.revision === undefined ? (each.get(one.id) ?? one) : one);
  return [...each.values()];
}

export interface GivenAnswer extends Decidable {
  /** One of the choices of the conflict's kind. */
  take: string;
  /** Who decides. */
  by: string;
  /** Who that is for the audit, and why; nothing is written there unless given. */
  person?: Person | undefined;
  /** If given, the conflict must be of one of these accounts. */
  accounts?: readonly string[] | undefined;
}

type Refused = { id: number; error: SyncError };

/** So many are decided in one transaction: a flush of the disk for each would take half a minute for a thousand. */
const together = 100;

/**
 * Records a person's answer to conflicts; the next pass over their accounts carries it out. What is refused of one holds
 * no other up.
 * @returns the rows as they are now; of those refused the error: CONFLICT_UNKNOWN, CONFLICT_RESOLVED, CONFLICT_CHANGED if its
 * values are others than those of the revision, USAGE for a choice the conflict does not have
 */
export async function resolveConflicts(
  db: Database,
  conflicts: readonly Decidable[],
  answer: Omit<GivenAnswer, keyof Decidable>,
): Promise<{ resolved: ConflictRow[]; refused: Refused[] }> {
  const resolved: ConflictRow[] = [];
  const refused: Refused[] = [];
  for (let at = 0; at < conflicts.length; at += together) {
    const done = await resolveLocked(db, conflicts.slice(at, at + together), answer);
    resolved.push(...done.resolved);
    refused.push(...done.refused);
  }
  // A running service acts upon it at once.
  for (const account of new Set(resolved.map((row) => row.account)))
    await wakePush(byThemselves(db), account);
  return { resolved, refused };
}

/** They are locked while it is judged whether they can be decided so: none is closed or gets other values meanwhile. */
async function resolveLocked(
  db: Database,
  conflicts: readonly Decidable[],
  answer: Omit<GivenAnswer, keyof Decidable>,
): Promise<{ resolved: ConflictRow[]; refused: Refused[] }> {
  const { take, by, person, accounts } = answer;
  return inTransaction(db, async (tx) => {
    const known = await findConflicts(tx, conflicts, accounts, 'order by id for update');
    const judged = conflicts.map((conflict) => ({
      id: conflict.id,
      revision: conflict.revision ?? 1,
      error: whyNot(known.get(conflict.id), { ...answer, ...conflict }),
    }));
    const wanted = judged.filter(({ error }) => error === null).map(({ id, revision }) => ({ id, revision }));
    const resolved = await resolveOpen<ConflictRow>(tx, wanted, { resolution: take, by });
    if (person !== undefined) for (const row of resolved) await audit(tx, person, decided(row));
    const refused = judged.flatMap(({ id, error }) => (error === null ? [] : [{ id, error }]));
    return { resolved, refused };
  });
}

/** What the conflict means, and what can be decided. */
export function explanationOf(row: ConflictRow): Explanation {
  const { kind, resource, field, sparkhire_value: seen, ats_value: wanted } = row;
  return explain({ kind, resource, field, seen, wanted });
}

/** Why it cannot be decided so; null if it can. */
function whyNot(row: ConflictRow | undefined, answer: GivenAnswer): SyncError | null {
  const { id, take, revision, accounts } = answer;
  if (row === undefined) return unknown(id, accounts);
  if (row.resolved_at !== null) return resolvedAlready(row);
  if (row.revision !== (revision ?? 1)) return changed(row, answer);
  const { choices, waiting } = explanationOf(row);
  if (choices.some((choice) => choice.take === take)) return null;
  const names = choices.map((choice) => choice.take).join(', ');
  return new SyncError('USAGE', `Conflict ${id} (${row.kind}) cannot be resolved with "${take}".`, {
    remedy: names === '' ? waiting : `It can be resolved with: ${names}. Or wait: ${lowered(waiting)}`,
  });
}

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

function changed(row: ConflictRow, { revision, take }: GivenAnswer): SyncError {
  const what =
    revision === undefined
      ? `The values of conflict ${row.id} have changed since it was opened: it is at revision ${row.revision}.`
      : `Conflict ${row.id} is at revision ${row.revision}, and this decision is for revision ${revision}, which had other values.`;
  return new SyncError('CONFLICT_CHANGED', `${what} ${valuesNow(row)}`, {
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
