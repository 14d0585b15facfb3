/**
 * Why rows are not in step: what is at the beginning of each chain. Pure.
 *
 * A row says why it waits, and often that is another row: the job of an invitation, the owner of the job. A root is a reason
 * behind which there is none: the job that somebody made inactive, the word that is not known, the row that is not there.
 */
import { kindsWith } from '../reconcile/conflict-kinds.js';
import { heldWords } from '../reconcile/parents.js';
import type { IssueCode, RowState } from '../reconcile/types.js';

export interface RowKey {
  account: string;
  /** `plan` of what is about no row. */
  resource: string;
  atsId: string;
}

/** A row that another one names. */
export interface NamedRow extends RowKey {
  /** Whether schema ats has it. */
  isThere: boolean;
  /** Whether it stands for an object of Spark Hire. */
  isLinked: boolean;
  /** Title of a job, name of a user. */
  name: string | null;
}

/** What is said of a row. */
export interface Reason {
  /** A code of an issue; IN_FLIGHT: a write is on its way, or its answer was lost. */
  code: IssueCode | 'IN_FLIGHT';
  /** Column of the ats table; null for the row as a whole. */
  field: string | null;
  message: string;
  /** Rows that it says the row waits for. */
  needs: NamedRow[];
}

export interface Said {
  key: RowKey;
  state: RowState;
  name: string | null;
  reasons: Reason[];
  /** Open conflicts of the row. */
  conflicts: OpenConflict[];
}

export interface OpenConflict {
  id: number;
  kind: string;
  field: string | null;
}

/** Rows of which the same is said, in the same words. */
export interface AlikeRows extends Said {
  count: number;
  /** When the first of them began to wait. */
  since: Date;
  /** Some of them, or all; oldest first. `key` is the first. */
  rows: Array<{ atsId: string; since: Date; messages: string[] }>;
}

export interface Root extends Reason {
  /** Same roots have the same. */
  id: string;
  /** Of the row at the beginning; of one that is named and says nothing, that one. */
  row: RowKey;
  name: string | null;
  /** null of a row that is only named: nothing is said of it. */
  state: RowState | null;
  conflict: OpenConflict | null;
}

export const idOf = ({ account, resource, atsId }: RowKey) => JSON.stringify([account, resource, atsId]);

/**
 * What keeps this row, at the beginning of each chain; each once.
 * @param said what is said of rows that others name, by `idOf`
 */
export function rootsOf(row: Said, said: ReadonlyMap<string, Said>): Root[] {
  const roots = new Map<string, Root>();
  const visit = (at: Said, path: ReadonlySet<string>) => {
    for (const reason of at.reasons) {
      const before = reason.needs.flatMap((need) => {
        const found = said.get(idOf(need));
        if (found === undefined || path.has(idOf(need))) return [];
        const reasons = found.reasons.filter((one) => keepsOthers(need, one));
        return reasons.length === 0 ? [] : [{ ...found, reasons }];
      });
      if (before.length === 0) {
        const root = asRoot(at, reason);
        if (!roots.has(root.id)) roots.set(root.id, root);
      }
      for (const next of before) visit(next, new Set([...path, idOf(next.key)]));
    }
  };
  visit(row, new Set([idOf(row.key)]));
  return [...roots.values()];
}

/** Of an object that is there, a question about a field of its own keeps nobody else; but whether a job is open does. */
function keepsOthers({ isLinked }: NamedRow, { code, field }: Reason): boolean {
  return !isLinked || code !== 'DECISION_NEEDED' || field === null || field === 'status';
}

/** A plan that is held waits for a person, whatever rows are in it. */
export const heldPlan = 'plan';

function asRoot(at: Said, reason: Reason): Root {
  const { code, field, message, needs } = reason;
  const { account, resource, atsId } = at.key;
  const [named] = needs;
  if (named !== undefined) {
    const { isThere: _, isLinked: __, name, ...row } = named;
    return {
      ...reason,
      id: idIn(account, 'row', row.resource, row.atsId, message),
      row,
      name,
      state: null,
      conflict: null,
    };
  }
  const conflict = code === 'DECISION_NEEDED' ? conflictAt(at, field) : null;
  if (code === 'DECISION_NEEDED' && conflict === null && Object.values(heldWords).includes(message)) {
    const row = { account, resource: heldPlan, atsId: '' };
    return { ...reason, id: idIn(account, heldPlan, message), row, name: null, state: null, conflict };
  }
  return {
    ...reason,
    id: idIn(account, code, resource, field, ...sameCause(at, reason)),
    row: { account, resource, atsId },
    name: at.name,
    state: at.state,
    conflict,
  };
}

const idIn = (...parts: Array<string | null>) => JSON.stringify(parts);

/** Codes whose messages are the same where the cause is; others have the value of the row in them. */
export const saidAlike: ReadonlySet<string> = new Set([
  'DECISION_NEEDED',
  'UNMAPPED_ENUM',
  'UNKNOWN_REFERENCE',
  'PLAN_LIMIT',
  'REMOTE_REJECTED',
  'IN_FLIGHT',
]);

/** What two rows must have in common, besides code and column, for one cause to be that of both. */
function sameCause({ key: { resource, atsId } }: Said, { code, message }: Reason): string[] {
  // Others wait for users and jobs: each is a question of its own.
  if (code === 'DECISION_NEEDED' && (resource === 'users' || resource === 'jobs')) return [atsId];
  return saidAlike.has(code) ? [message] : [];
}

const nouns: Readonly<Record<string, string>> = { users: 'User', jobs: 'Job' };

/** With the row that it is about, where others wait for that one: they say it of themselves, as "It is …". */
export function spoken({ code, message, row: { resource, atsId } }: Root): string {
  const noun = nouns[resource];
  if (code !== 'DECISION_NEEDED' || noun === undefined) return message;
  const name = `${noun} ${atsId}`;
  return message.startsWith('It ') ? `${name}${message.slice(2)}` : `${name}: ${message}`;
}

const asking: ReadonlySet<string> = new Set(kindsWith(({ asks }) => asks));

/** Fields of conflicts and columns of issues are called differently at times. */
function conflictAt({ conflicts }: Said, field: string | null): OpenConflict | null {
  const asked = conflicts.filter(({ kind }) => asking.has(kind));
  return asked.find((one) => one.field === field) ?? asked[0] ?? null;
}

const byAge = (a: { since: Date }, b: { since: Date }) => a.since.getTime() - b.since.getTime();

export interface CauseGroup {
  root: Root;
  /** How many rows are at the beginning. */
  roots: number;
  since: Date;
  /** Rows that the cause keeps, those at the beginning too. */
  count: number;
  /** Some of them, or all; oldest first. */
  rows: GroupedRow[];
}

export interface GroupedRow extends RowKey {
  state: RowState;
  since: Date;
  /** What is said of it, where it is at the beginning and that is something else than of the first. */
  message: string | null;
}

/** Rows by what is at the beginning of their waiting, oldest first. A row with several roots is in the group of each. @param most rows of a group that are named */
export function groupByCause(
  alike: readonly AlikeRows[],
  said: ReadonlyMap<string, Said>,
  most = Number.POSITIVE_INFINITY,
): CauseGroup[] {
  const groups = new Map<string, CauseGroup>();
  for (const one of [...alike].sort((a, b) => a.since.getTime() - b.since.getTime())) {
    for (const root of rootsOf(one, said)) {
      const isRoot = idOf(root.row) === idOf(one.key);
      const group = groups.get(root.id) ?? { root, roots: 0, since: one.since, count: 0, rows: [] };
      groups.set(root.id, group);
      group.count += one.count;
      if (isRoot) group.roots += one.count;
      const at = one.reasons.findIndex(({ code, field }) => code === root.code && field === root.field);
      for (const { atsId, since, messages } of one.rows) {
        const own = isRoot ? (messages[at] ?? null) : null;
        const message = own === group.root.message ? null : own;
        group.rows.push({ ...one.key, atsId, since, state: one.state, message });
      }
    }
  }
  const inOrder = [...groups.values()].sort(
    (a, b) => byAge(a, b) || b.count - a.count || (a.root.id < b.root.id ? -1 : 1),
  );
  return inOrder.map((group) => ({
    ...group,
    roots: Math.max(1, group.roots),
    rows: group.rows.sort((a, b) => byAge(a, b) || (idOf(a) < idOf(b) ? -1 : 1)).slice(0, most),
  }));
}
