/** Rows of schema ats: where those of a resource are, as what they are read, and the hash of what they say. */

import { type AtsTable, type AtsTableName, atsTables, type ColumnType } from '../db/objects/ats-tables.js';
import type { PushResource } from '../reconcile/types.js';
import { trimmed } from '../text/invisible.js';

/** Types are PostgreSQL's, nothing is known of their meaning. A row with `deleted_at` is none. */
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

/** Where the rows of a resource come from. */
export const tableOf: Record<PushResource, AtsTable> = {
  users: atsTables.users,
  jobs: atsTables.jobs,
  interviews: atsTables.interviews,
  share_links: atsTables.share_requests,
};

/** PostgreSQL cannot put together all that it can hold in columns: what is larger, in bytes, is hashed by itself first. */
const largestHashed = 1_000_000;

export const isList = (type: ColumnType) => type === 'jsonb' || type === 'text[]';

/**
 * SQL of the hash of a row's content, the same in every session (a timestamptz as text is not); null with
 * `deleted_at`, since that row is gone. What is the writer's own does not count.
 */
export function contentHash({ columns, unhashed = ['extra'] }: AtsTable, alias: string): string {
  const parts = columns
    .filter(([name]) => !unhashed.includes(name))
    .map(([name, type]) => {
      const column = `${alias}.${name}`;
      // As in hashes that are stored.
      if (name === 'deleted_at') return 'false';
      if (type === 'timestamptz') return `extract(epoch from ${column})`;
      if (type === 'text')
        return `case when octet_length(${column}) > ${largestHashed} then md5(${column}) else ${column} end`;
      if (!isList(type)) return column;
      return `case when pg_column_size(${column}) > ${largestHashed} then to_jsonb(md5(${column}::text)) else to_jsonb(${column}) end`;
    });
  return `case when ${alias}.deleted_at is null then md5(jsonb_build_array(${parts.join(', ')})::text)::uuid end`;
}

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
