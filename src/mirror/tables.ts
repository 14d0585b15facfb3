/** The mirrored tables: their columns, and which of them only a single read carries. */

export type ColumnType =
  | 'text'
  | 'boolean'
  | 'integer'
  | 'numeric(3,2)'
  | 'uuid'
  | 'uuid[]'
  | 'timestamptz'
  | 'jsonb';

export interface MirrorTable {
  name: TableName;
  /** Column and type, without account, uuid, raw and the bookkeeping columns. */
  columns: ReadonlyArray<readonly [name: string, type: ColumnType]>;
  /**
   * What sync.changes tells of a new row: what it is, and what is likely to change. All columns would take three times as
   * long and 680 bytes of an interview; the rest is in the row, or in what its first change says that it was before.
   */
  toldWhenCreated: readonly string[];
  /** Parts of `raw` that list items lack: a list item never blanks them. */
  detailPaths: readonly string[];
  /** Columns that come out of such a part. */
  detailColumns: Readonly<Record<string, string>>;
  /** Keys of the documented list item. One that is missing is gone; other keys of the object stay. */
  listedKeys: readonly string[];
  /** Whether the table's rows come from a listing. */
  isListed: boolean;
  /** Whether the single object is read for each row whose list item lacks something. */
  hasDetails: boolean;
  /** Whether the statuses a row had are kept: sparkhire.interview_statuses. */
  keepsStatuses?: true;
}

export type TableName =
  | 'users'
  | 'jobs'
  | 'interviews'
  | 'interview_questions'
  | 'question_sets'
  | 'share_links'
  | 'companies';

const stamps = [
  ['created_at', 'timestamptz'],
  ['updated_at', 'timestamptz'],
] as const;

export const mirrorTables: Readonly<Record<TableName, MirrorTable>> = {
  users: {
    name: 'users',
    columns: [
      ['name', 'text'],
      ['email', 'text'],
      ['role', 'text'],
      ['active', 'boolean'],
      ['avatar', 'text'],
      ['company_uuid', 'uuid'],
      ...stamps,
    ],
    toldWhenCreated: ['name', 'email', 'role', 'active'],
    // Only the answer to a creation names the role.
    detailPaths: ['role'],
    detailColumns: { role: 'role' },
    listedKeys: ['name', 'email', 'active', 'avatar', 'company', 'created_at', 'updated_at'],
    isListed: true,
    hasDetails: false,
  },
  jobs: {
    name: 'jobs',
    columns: [
      ['title', 'text'],
      ['status', 'text'],
      ['description', 'text'],
      ['location', 'text'],
      ['open_interview_uuid', 'uuid'],
      ['open_interview_link', 'text'],
      ['open_interview_expires_at', 'timestamptz'],
      ['open_interview_status', 'text'],
      ['created_by_uuid', 'uuid'],
      ['created_by_email', 'text'],
      ['status_updated_by_uuid', 'uuid'],
      ['status_updated_at', 'timestamptz'],
      ['company_uuid', 'uuid'],
      ...stamps,
    ],
    toldWhenCreated: ['title', 'status', 'location', 'created_by_email'],
    detailPaths: ['description', 'open_interview.questions'],
    detailColumns: { description: 'description' },
    listedKeys: [
      'title',
      'status',
      'created_by',
      'status_updated_by',
      'status_updated_at',
      'company',
      'location',
      'open_interview',
      'created_at',
      'updated_at',
    ],
    isListed: true,
    hasDetails: true,
  },
  interviews: {
    name: 'interviews',
    columns: [
      ['type', 'text'],
      ['status', 'text'],
      ['rating', 'numeric(3,2)'],
      ['job_uuid', 'uuid'],
      ['job_title', 'text'],
      ['candidate_uuid', 'uuid'],
      ['candidate_name', 'text'],
      ['candidate_email', 'text'],
      ['created_by_uuid', 'uuid'],
      ['created_by_email', 'text'],
      ['scheduled_at', 'timestamptz'],
      ['completed_at', 'timestamptz'],
      ['share_link_uuid', 'uuid'],
      ['share_url', 'text'],
      ['share_status', 'text'],
      ['watch_url', 'text'],
      ['company_uuid', 'uuid'],
      ...stamps,
    ],
    toldWhenCreated: [
      'type',
      'status',
      'rating',
      'job_uuid',
      'candidate_name',
      'candidate_email',
      'scheduled_at',
      'completed_at',
    ],
    detailPaths: ['questions', 'share_link'],
    detailColumns: { share_link_uuid: 'share_link', share_url: 'share_link', share_status: 'share_link' },
    listedKeys: [
      'type',
      'status',
      'rating',
      'job_post',
      'job',
      'assigned_to',
      'created_by',
      'company',
      'scheduled_at',
      'completed_at',
      'created_at',
      'updated_at',
    ],
    isListed: true,
    hasDetails: true,
    keepsStatuses: true,
  },
  interview_questions: {
    name: 'interview_questions',
    columns: [
      ['interview_uuid', 'uuid'],
      ['position', 'integer'],
      ['text', 'text'],
      ['time_limit', 'integer'],
      ['takes_limit', 'integer'],
      ['takes_completed', 'integer'],
      ['takes_remaining', 'integer'],
      ['completed', 'boolean'],
      ['skipped', 'boolean'],
      ['started_at', 'timestamptz'],
      ...stamps,
    ],
    toldWhenCreated: ['interview_uuid', 'position', 'text', 'completed'],
    detailPaths: [],
    detailColumns: {},
    listedKeys: [],
    isListed: false,
    hasDetails: false,
  },
  question_sets: {
    name: 'question_sets',
    columns: [['name', 'text'], ['questions', 'jsonb'], ...stamps],
    toldWhenCreated: ['name'],
    // Where the listing carries them nothing is left to be read.
    detailPaths: ['questions'],
    detailColumns: { questions: 'questions' },
    listedKeys: ['name', 'questions', 'created_at', 'updated_at'],
    isListed: true,
    hasDetails: true,
  },
  share_links: {
    name: 'share_links',
    columns: [
      ['url', 'text'],
      ['status', 'text'],
      ['reviewer_name', 'text'],
      ['reviewer_email', 'text'],
      ['interview_uuids', 'uuid[]'],
      ['created_by_uuid', 'uuid'],
      ...stamps,
    ],
    toldWhenCreated: ['url', 'status', 'reviewer_name', 'reviewer_email'],
    detailPaths: ['interviews'],
    detailColumns: { interview_uuids: 'interviews' },
    listedKeys: ['url', 'status', 'reviewer', 'created_by', 'updated_by', 'created_at', 'updated_at'],
    isListed: true,
    hasDetails: true,
  },
  companies: {
    name: 'companies',
    columns: [['name', 'text'], ['website', 'text'], ['summary', 'text'], ['industry', 'text'], ...stamps],
    toldWhenCreated: ['name', 'website'],
    detailPaths: [],
    detailColumns: {},
    listedKeys: [],
    isListed: false,
    hasDetails: false,
  },
};

/** One row on its way into a mirrored table. */
export interface MirrorRow {
  /** Lower case. */
  uuid: string;
  /** Values by column; a missing one is null. Timestamps and uuids as text, jsonb as plain data. */
  columns: Readonly<Record<string, unknown>>;
  /** The object as received. */
  raw: unknown;
  /** Detail paths the object did not carry: what is stored under them stays, and of a list item is to be read. */
  keep: readonly string[];
  /** Whether this is the single object (or the only form there is) rather than a list item. */
  single: boolean;
}
