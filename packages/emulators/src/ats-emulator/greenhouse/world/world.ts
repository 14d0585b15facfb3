import type { EmulatedClock } from '../../../emulation/emulated-clock.js';
import type * as records from './records.js';
import { type Row, type Snapshot, Table } from './table.js';

interface Rows {
  offices: records.Office;
  departments: records.Department;
  users: records.User;
  jobs: records.Job;
  job_posts: records.JobPost;
  job_interview_stages: records.JobStage;
  job_owners: records.JobOwner;
  job_hiring_managers: records.HiringManager;
  candidates: records.Candidate;
  applications: records.Application;
  application_stages: records.StageEntry;
  notes: records.Note;
  rejection_details: records.RejectionDetail;
  rejection_reasons: records.RejectionReason;
  sources: records.Source;
  custom_fields: records.CustomField;
  custom_field_options: records.CustomFieldOption;
}

export type TableName = keyof Rows;
export type RowOf<K extends TableName> = Rows[K];

const tableNames = [
  'offices',
  'departments',
  'users',
  'jobs',
  'job_posts',
  'job_interview_stages',
  'job_owners',
  'job_hiring_managers',
  'candidates',
  'applications',
  'application_stages',
  'notes',
  'rejection_details',
  'rejection_reasons',
  'sources',
  'custom_fields',
  'custom_field_options',
] as const satisfies readonly TableName[];

export type Tables = { readonly [K in TableName]: Table<Rows[K]> };
/** All tables at one time. */
export type View = { readonly [K in TableName]: Snapshot<Rows[K]> };

/** Ids are above what fits into 32 bits, and those of different tables never meet. */
const firstId = 4_000_000_000;
const idsPerTable = 100_000_000;

/** The company's recruiting, in memory. */
export class World {
  readonly tables: Tables;
  readonly clock: EmulatedClock;
  readonly organization = { id: 4_001_234, name: 'Fjellvik Care' };

  constructor(clock: EmulatedClock) {
    this.clock = clock;
    const made = tableNames.map((name, i) => [
      name,
      new Table<Row>(firstId + i * idsPerTable + 1001, () => clock.now()),
    ]);
    this.tables = Object.fromEntries(made) as unknown as Tables;
  }

  view(at: number): View {
    const made = tableNames.map((name) => [name, (this.tables[name] as Table<Row>).asOf(at)]);
    return Object.fromEntries(made) as unknown as View;
  }
}

export { tableNames };
