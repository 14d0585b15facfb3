/** Rows that got another key: what the old one had, and the new one that may be it. */
import type { Answer, JudgedRow, Link, Observed } from '../values/values.js';

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
  /** Of an interview: it is the row of a job, which may be that of the interview under another key, as a person is asked. */
  isJob?: true;
  /** It is withdrawn by now: it says who acts, and is told what keeps the object from being ended. */
  withdrawn?: JudgedRow;
}

/** A row that is gone from its table, or has gone over to another object, and the object it is linked to. */
export type FormerRow = Pick<Link, 'uuid' | 'base'> & {
  atsId: string;
  /** Fields about which a person was asked under its key; `take` is null until they answered. Answers that were carried out are in the base. */
  asked?: Array<Omit<Answer<'field_diverged'>, 'take'> & { take: Answer<'field_diverged'>['take'] | null }>;
  /** It was known to be gone more than a day before the row came that may be the same. */
  longGone: boolean;
  /** It is in its table: it has gone over, or was only edited. */
  isThere?: true;
  /** Of a job: whom its rows had invited this row invites now. */
  leads?: boolean;
};

/** The answers of people about its fields that nobody has carried out yet. */
export function answersOf({ asked = [] }: FormerRow): Answer[] {
  return asked.flatMap(({ take, ...one }) => (take === null ? [] : [{ ...one, take }]));
}

/** Whether what the row is linked to goes on under another key, which is to be settled first. */
export function isWaitedFor({ successor }: { successor: Successor | null }): boolean {
  return successor !== null && successor.withdrawn === undefined;
}
