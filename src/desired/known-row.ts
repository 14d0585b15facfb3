/** A row of schema ats as it was read, and what the bookkeeping knows of it. */
import type { Refusal } from '../reconcile/refusals.js';
import type { IntentState, JudgedRow, Link, RowHistory } from '../reconcile/types.js';

/** A row as it stands in schema ats. */
export interface ReadRow {
  judged: JudgedRow;
  hash: string;
}

/** What the bookkeeping knows of a row. */
export interface Known {
  queueIds: string[];
  /** As last judged; null if it never was. */
  state: string | null;
  /** Microseconds since the epoch. */
  arrived: number;
  /** When the oldest change that waits to be judged was written; null if none does. */
  queuedAt: number | null;
  /** How long ago the latest was written, in milliseconds; null if none waits. */
  queuedForMs: number | null;
  link: Link | null;
  openIntent: { id: string; action: string; state: IntentState } | null;
  /** Its row has `deleted_at`, or its request names other reviewers. It is gone as one that is not there, and surely not by a slip. */
  isMarked: boolean;
  /** That it was not there was settled last: if it is there now, it came back. */
  wasGone: boolean;
  /** The last write, if it was to edit questions and did not come to its end. */
  edit: RowHistory['edit'];
  /** The last write, if Spark Hire refused it and nothing is known to have changed since. */
  refusal: Refusal | null;
}
