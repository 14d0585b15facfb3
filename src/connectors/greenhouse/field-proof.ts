/**
 * Whether Greenhouse keeps the custom fields of an application that a change leaves out. The first change that can tell is the
 * trial: what the other fields hold is committed before it leaves, so that nothing is lost unseen if the process ends there, and
 * the verdict counts for every later process. At most one application is ever emptied.
 */
import { z } from 'zod';
import { byThemselves, type Database, query } from '../../db/database.js';

/** Of an application; anything else is as if there were none. */
export const fieldsSchema = z.record(z.string(), z.object({ value: z.unknown() }));
export type Shown = z.output<typeof fieldsSchema>;

export interface FieldTrial {
  application: string;
  /** The key of the field that is changed, and what it held. */
  field: string;
  was: string | null;
  /** What the others held, by their keys; not there any more once the candidate was erased. */
  before?: Record<string, string>;
  /** Milliseconds since the epoch. */
  at: number;
}

export type FieldProof =
  | { is: 'kept' }
  | ({ is: 'tried' } & FieldTrial)
  | ({ is: 'emptied'; gone: string[] } & FieldTrial);

/** Longer than any list of Greenhouse is behind: what is not shown by then did not arrive. */
const unshownMs = 30 * 60_000;

/** @returns null where the application has nothing that could be lost */
export function trialOf(application: string, field: string, before: Shown, at: number): FieldTrial | null {
  const others = Object.entries(before).flatMap(([key, one]) => {
    const text = key === field ? null : textOf(one);
    return text === null ? [] : [[key, text] as const];
  });
  if (others.length === 0) return null;
  return { application, field, was: textOf(before[field]), before: Object.fromEntries(others), at };
}

/**
 * @param after the fields as they are shown now; undefined: the application is not shown
 * @returns null: it can not be told any more, another trial has to
 */
export function verdictOf(trial: FieldTrial, after: Shown | undefined, now: number): FieldProof | null {
  const { before, field, was, at } = trial;
  if (after === undefined || before === undefined) return null;
  if (textOf(after[field]) === was) return now - at > unshownMs ? null : { ...trial, is: 'tried' };
  const gone = Object.keys(before).filter((key) => textOf(after[key]) === null);
  return gone.length === 0 ? { is: 'kept' } : { ...trial, is: 'emptied', gone };
}

/** Of a selection its name, in whatever form it is shown; null for one without a value. */
export function textOf(field: Shown[string] | undefined): string | null {
  const value = field?.value;
  const named = typeof value === 'object' && value !== null ? (value as { name?: unknown }).name : value;
  if (Array.isArray(value)) return value.length === 0 ? null : JSON.stringify(value);
  if (named === null || named === undefined) return value == null ? null : JSON.stringify(value);
  return String(named).trim() || null;
}

export interface FieldProofs {
  read(): Promise<FieldProof | null>;
  write(proof: FieldProof | null): Promise<void>;
}

export function fieldProofs(db: Database, account: string, source: string): FieldProofs {
  return {
    async read() {
      const [row] = await query<{ proof: FieldProof | null }>(
        db,
        'select custom_fields as proof from sync.ats_cursors where account = $1 and source = $2',
        [account, source],
      );
      return row?.proof ?? null;
    },
    async write(proof) {
      await byThemselves(db).query(
        `insert into sync.ats_cursors (account, source, custom_fields) values ($1, $2, $3)
         on conflict (account, source) do update set custom_fields = excluded.custom_fields`,
        [account, source, proof === null ? null : JSON.stringify(proof)],
      );
    },
  };
}
