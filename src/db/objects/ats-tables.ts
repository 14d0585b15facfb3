/** The tables of schema ats as this program reads and fills them: the one list of their columns. */
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
