/** What a story is about, as it is looked for and as it is told. */
import type { RowState } from '../reconcile/types.js';

/** A row of the ATS, an object of Spark Hire, a row with the object that it stands for, or an entry into a stage of a connected ATS. */
export interface Subject {
  account: string;
  resource: string;
  atsId: string | null;
  uuid: string | null;
}

export interface StorySubject {
  resource: string;
  /** Key of the row, or of the entry; null: no row of the ATS stands for it. */
  ats_id: string | null;
  /** null: it is not in Spark Hire. */
  uuid: string | null;
  /** Name of a user or candidate, title of a job. */
  name: string | null;
  /** As the views of schema ats have it; null without a row. */
  state: RowState | null;
  /** What Spark Hire shows; null if it does not. */
  status: string | null;
  /** Of an entry into a stage of a connected ATS that has no row (`resource` is `entries`): whose it is, as the ATS calls them. */
  entry?: { source: string; application_id: string; candidate_id: string | null };
  /** Why it is as it is, in a sentence. */
  summary: string;
  /** What keeps it, at the beginning of each chain; empty if nothing does. */
  causes: Cause[];
}

/** As a group of `issues`, for this row alone. */
export interface Cause {
  code: string;
  root: {
    resource: string;
    ats_id: string | null;
    name: string | null;
    field: string | null;
    conflict: number | null;
  };
  message: string;
  remedy: string;
  waits_for: 'person' | 'itself';
}
