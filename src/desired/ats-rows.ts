/** Rows of schema ats as they are read: types are PostgreSQL's, nothing is known of their meaning. One with `deleted_at` is none. */

import type { AtsTableName, atsTables } from '../db/objects/ats-tables.js';
import { trimmed } from '../text/invisible.js';

interface Read {
  text: string;
  boolean: boolean;
  /** May be NaN or infinite. */
  numeric: number;
  smallint: number;
  /** Milliseconds since the epoch; may be infinite. */
  timestamptz: number;
  jsonb: unknown;
  /** Arrays of PostgreSQL may have several dimensions. */
  'text[]': unknown;
}

/** What is read of a table, by its columns. */
type Values<Table extends AtsTableName> = {
  [Column in (typeof atsTables)[Table]['columns'][number] as Exclude<Column[0], 'deleted_at' | 'extra'>]:
    | Read[Column[1]]
    | null;
};
type RowOf<Table extends AtsTableName> = Values<Table> & { atsId: string };

export type AtsUser = RowOf<'users'>;
export type AtsJob = RowOf<'jobs'>;
/** Which job it is for only matters to orders. */
export type AtsPackage = Omit<Values<'packages'>, 'job_ats_id'>;
export type AtsInterview = RowOf<'interviews'>;
export type AtsShareRequest = RowOf<'share_requests'>;

/** Text of nothing but blanks, and of what nobody sees, says nothing: many exports write it for null. */
export function blankToNull(text: string | null | undefined): string | null {
  return text === null || text === undefined || trimmed(text) === '' ? null : text;
}

/** Only nothing refers to nobody: a reference of blanks is one that was lost. */
export function referenceOf(text: string | null): string | null {
  return text === '' ? null : text;
}

/** A word as it is compared with the known ones: blanks and case do not matter, nor how `canceled` is spelled. */
export function wordOf(text: string | null): string | null {
  const word = text === null ? null : trimmed(text).toLowerCase() || null;
  return word === 'cancelled' ? 'canceled' : word;
}
