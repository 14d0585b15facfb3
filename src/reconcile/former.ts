/** Rows that got another key: what the old one had, and the new one that may be it. */
import type { Json, JudgedRow, Link, Observed, Resolution } from './types.js';

/** What was deleted in Spark Hire and had stood for a row that is gone from its table. */
export interface FormerDeleted {
  /** null: it was never found, and a person decided that nothing is sent again. */
  object: Observed | null;
  /** null: no row is known that it stood for; candidates of this row were invited to it. */
  atsId: string | null;
  /** A person agreed that there shall be none any more. */
  agreed: boolean;
}

/** A row that may be one that is gone from its table, under another key. */
export interface Successor {
  atsId: string;
  /** false: of an interview whose job may be the former one under another key, which is to be settled first. */
  sameJob: boolean;
  /** It is withdrawn by now: it says who acts, and is told what keeps the object from being ended. */
  withdrawn?: JudgedRow;
}

/** A row that is gone from its table, and the object it is linked to. */
export type FormerRow = Pick<Link, 'uuid' | 'base'> & {
  atsId: string;
  /** Fields about which a person was asked under its key; `choice` is null until they answered. Answers that were acted upon are in the base. */
  asked?: Array<Omit<Resolution, 'choice'> & { choice: string | null }>;
  /** It was known to be gone more than a day before the row came that may be the same. */
  longGone: boolean;
  /** Of a job: whom its rows had invited this row invites now. */
  leads?: true;
};

/** What such a row may have said last of a field: what was agreed, or what a person was asked about since. */
export function saidBefore({ base, asked = [] }: Pick<FormerRow, 'base' | 'asked'>, field: string): Json[] {
  const since = asked.filter((one) => one.kind === 'field_diverged' && one.field === field);
  return [base[field]?.ats ?? null, ...since.map(({ ats }) => ats)];
}

/** Of an interview: the address that was agreed last, and the one that it was sent to, where that is another. */
export function addressesSaid({ base }: Pick<FormerRow, 'base'>): string[] {
  const sides = [base.candidate?.ats, base.candidate?.sparkhire] as Array<
    { email?: Json } | null | undefined
  >;
  return sides.flatMap((side) => (typeof side?.email === 'string' ? side.email : []));
}

/** The answers of people about its fields that nobody has acted upon yet. */
export function answersOf({ asked = [] }: FormerRow): Resolution[] {
  return asked.flatMap((one) => (one.choice === null ? [] : [{ ...one, choice: one.choice }]));
}
