/** Rows of stage_entries as what the program knows of an ATS. Pure. */
import type { Application, Entry, Job, Stage, User } from '../connector.js';
import type { EntryRow, JobRow } from './statements.js';

export interface StageRow {
  job_id: string | null;
  stage: string;
  job_title: string | null;
}

/** As the statements make it. */
export const stageIdOf = ({ job_id, stage }: StageRow) => `${job_id ?? ''}/${stage}`;

export const stageOf = (row: StageRow): Stage => ({
  id: stageIdOf(row),
  name: row.stage,
  jobId: row.job_id ?? '',
  jobTitle: row.job_title,
  isActive: true,
});

export const entryOf = (row: EntryRow): Entry => ({
  id: row.entry_id,
  applicationId: row.application_id,
  stageId: stageIdOf(row),
  enteredAt: row.entered_at,
  isCurrent: row.is_current,
  isFresh: row.is_fresh === true,
});

/** Where rows differ, that of the entry where they stand tells, the latest of several. */
export function applicationOf(rows: readonly EntryRow[]): Application {
  const at = ({ entered_at }: EntryRow) => entered_at?.getTime() ?? 0;
  const [row] = [...rows].sort((a, b) => Number(b.is_current) - Number(a.is_current) || at(b) - at(a));
  const { application_id, candidate_id, candidate_name, candidate_email, candidate_phone } = row!;
  return {
    id: application_id,
    jobId: row!.job_id,
    isProspect: row!.job_id === null,
    isActive: rows.some(({ is_active }) => is_active),
    candidate: {
      id: candidate_id ?? application_id,
      name: candidate_name ?? '',
      email: candidate_email,
      phone: candidate_phone,
      mayEmail: true,
      isPrivate: false,
      isAnonymized: candidate_name === null,
    },
    entries: rows.map(entryOf),
    requestedBy: row!.requested_by,
    url: row!.url,
  };
}

export const jobOf = (row: JobRow): Job => ({
  id: row.job_id,
  title: row.job_title ?? '',
  description: row.description ?? row.job_title ?? '',
  status: row.job_state,
  isConfidential: false,
  city: row.city,
  region: row.region,
  country: row.country,
  ownerId: null,
});

export const userOf = (email: string): User => ({ id: email, name: email, email, isActive: true });
