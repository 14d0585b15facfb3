/** Rows that got another key: what the old one had, and the new one that may be it. */
import type { Link, Observed } from './types.js';

/** What was deleted in Spark Hire and had stood for a row that is gone from its table. */
export interface FormerDeleted {
  /** null: it was never found, and a person decided that nothing is sent again. */
  object: Observed | null;
  atsId: string;
  /** A person agreed that there shall be none any more. */
  agreed: boolean;
}

/** A row that may be one that is gone from its table, under another key. */
export interface Successor {
  atsId: string;
  /** false: of an interview whose job may be the former one under another key, which is to be settled first. */
  sameJob: boolean;
}

/** A row that is gone from its table, and the object it is linked to. */
export type FormerRow = Pick<Link, 'uuid' | 'base'> & {
  atsId: string;
  /** It was known to be gone more than a day before the row came that may be the same. */
  longGone: boolean;
};
