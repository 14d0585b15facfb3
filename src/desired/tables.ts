/** Rows of schema ats: where those of a resource are, and the hash of what they say. */
import { type AtsTable, atsTables, type ColumnType } from '../db/objects/ats-tables.js';
import type { PushResource } from '../reconcile/types.js';

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
