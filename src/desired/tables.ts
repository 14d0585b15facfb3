/** The tables of schema ats as this program reads and fills them. */
import type { PushResource } from '../reconcile/types.js';

export type ColumnType = 'text' | 'boolean' | 'numeric' | 'smallint' | 'timestamptz' | 'jsonb' | 'text[]';

export const importableTables = ['users', 'jobs', 'packages', 'interviews', 'share_requests'] as const;
export type AtsTableName = (typeof importableTables)[number];

export interface AtsTable {
  name: AtsTableName;
  /** The column that, with the account, is the primary key. */
  key: 'ats_id' | 'package';
  /** All others but `account`. */
  columns: ReadonlyArray<readonly [name: string, type: ColumnType]>;
  /** Those that no decision rests on; `extra` unless given. */
  unhashed?: readonly string[];
}

type Words<Names extends string> = Names extends `${infer First} ${infer Rest}` ? First | Words<Rest> : Names;
const text = <const Names extends string>(names: Names) =>
  names.split(' ').map((name) => [name as Words<Names>, 'text'] as const);
const last = [
  ['deleted_at', 'timestamptz'],
  ['extra', 'jsonb'],
] as const;

export const atsTables = {
  users: {
    name: 'users',
    key: 'ats_id',
    columns: [...text('name email role'), ['active', 'boolean'], ...last],
  },
  jobs: {
    name: 'jobs',
    key: 'ats_id',
    columns: [
      ...text('title description status city region country work_mode work_place owner_ats_id'),
      ...last,
    ],
  },
  packages: {
    name: 'packages',
    key: 'package',
    columns: [
      ...text('type question_set_uuid'),
      ['questions', 'jsonb'],
      ['deadline_days', 'numeric'],
      ...text('email_message timezone job_ats_id'),
      ...last,
    ],
    unhashed: ['extra', 'job_ats_id'],
  },
  interviews: {
    name: 'interviews',
    key: 'ats_id',
    columns: [
      ...text('job_ats_id candidate_name candidate_email candidate_phone candidate_phone_e164'),
      ['sms_consent', 'boolean'],
      ...text('type package question_set_uuid'),
      ['questions', 'jsonb'],
      ['deadline_at', 'timestamptz'],
      ...text('timezone email_message requested_by_ats_id desired'),
      ['share', 'boolean'],
      ['priority', 'smallint'],
      ...last,
    ],
  },
  share_requests: {
    name: 'share_requests',
    key: 'ats_id',
    columns: [
      ['reviewers', 'jsonb'],
      ['interview_ats_ids', 'text[]'],
      ['send_email', 'boolean'],
      ...text('status'),
      ...last,
    ],
  },
} as const satisfies Record<AtsTableName, AtsTable>;

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
