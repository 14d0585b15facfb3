/** Rows that others name: an interview its job, both a user. */
import type { RowState } from './values/values.js';

/** In a plan, the uuid of a user whom it makes before the rows that name them. */
export const willBeMade = 'will be made';

/** A row that another one names. */
export interface ParentRow {
  atsId: string;
  /** What became of it; null or left out: that is not decided yet. */
  state?: RowState | null;
  /** What keeps it, where it is rejected or held (`rootOf`); null if that is not known. */
  why?: string | null;
}

export interface ParentJob extends ParentRow {
  /** Whether it is linked, or schema ats has (or had) such a row that is not rejected. */
  known: boolean;
  wanted: boolean;
  /** It is to be active, and the plan has no slot for it. */
  withoutSlot?: boolean;
  /** false: the ATS wants it closed, or does not want it. Nobody is invited to it then, whatever Spark Hire shows. */
  wantedOpen?: boolean;
  uuid: string | null;
  /** Objects that were deleted in Spark Hire while they were this row's, the last one last: another may have been made for it since. */
  replaces?: readonly string[];
  /** What Spark Hire says now. */
  observedStatus: string | null;
  /** What it will be once the actions before this one are done. */
  willBeActive: boolean;
}

export interface ParentUser extends ParentRow {
  /** Whether it is linked, or schema ats has (or had) such a row. */
  known: boolean;
  /** null as long as the user is not in Spark Hire; {@link willBeMade} in a plan that makes them first. */
  uuid: string | null;
}

/** The row whose user has, in Spark Hire, the address that another row wants. */
export interface AddressHolder {
  atsId: string;
  /**
   * What that row wants of the address: `gives_up` it for another one, `keeps` it, or was `withdrawn`; `swaps`: it waits
   * in its turn for the address that the user of the other row has, be it through further rows.
   */
  plans: 'gives_up' | 'keeps' | 'withdrawn' | 'swaps';
  /** The uuid of its user, if that was not listed any more: removed by a person, or not shown. */
  unlisted?: string;
  /** The plan carries that out before: the step in which the address is free. */
  freeInStep?: number;
}
