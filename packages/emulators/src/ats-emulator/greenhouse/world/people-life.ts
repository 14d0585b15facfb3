import { dropEntries, enter, type Living, stagesOf } from './life.js';
import type { Application, Candidate, Job } from './records.js';

/** What anonymizing takes away here, by the names that webhooks use. */
export const anonymizedFields = [
  'full_name',
  'current_company',
  'current_title',
  'email_addresses',
  'phone_numbers',
  'tags',
  'notes',
  'custom_application_fields',
  'custom_candidate_fields',
  'candidate_stage_data',
] as const;

export type AnonymizedField = (typeof anonymizedFields)[number];

const emptied: Record<AnonymizedField, (candidate: Candidate) => Partial<Candidate>> = {
  full_name: ({ id }) => ({ first_name: 'Anonymized', last_name: String(id), preferred_name: null }),
  current_company: () => ({ company: null }),
  current_title: () => ({ title: null }),
  email_addresses: () => ({ email_addresses: [] }),
  phone_numbers: () => ({ phone_numbers: [] }),
  tags: () => ({ tags: [] }),
  custom_candidate_fields: () => ({ custom_values: {} }),
  notes: () => ({}),
  custom_application_fields: () => ({}),
  candidate_stage_data: () => ({}),
};

export function applicationsOf({ world }: Living, candidateId: number): Application[] {
  return world.tables.applications.filter((one) => one.candidate_id === candidateId);
}

/** `candidate_stage_data` destroys the history: the person stands in the first stage, as if applying now. */
export function anonymize(
  living: Living,
  candidateId: number,
  fields: readonly AnonymizedField[],
): Candidate {
  const { tables, clock } = living.world;
  let changes: Partial<Candidate> = {};
  for (const field of fields) changes = { ...changes, ...emptied[field](tables.candidates.one(candidateId)) };
  const candidate = tables.candidates.change(candidateId, changes);
  if (fields.includes('notes')) {
    for (const note of tables.notes.filter((one) => one.candidate_id === candidateId))
      tables.notes.delete(note.id);
  }
  for (const application of applicationsOf(living, candidateId)) {
    if (fields.includes('custom_application_fields')) {
      tables.applications.change(application.id, { custom_values: {} });
    }
    if (!fields.includes('candidate_stage_data') || application.job_id === null) continue;
    dropEntries(living, application.id);
    const reset = tables.applications.change(application.id, { entry_id: null, created_at: clock.now() });
    const first = stagesOf(tables, application.job_id)[0];
    if (first) enter(living, reset, first.id);
  }
  living.tell({ event: 'candidate_anonymized', candidateId, fields });
  return candidate;
}

/** Two people were one: the applications of the second live on under the first, the second is gone. */
export function merge(living: Living, winnerId: number, loserId: number): Candidate {
  const { tables } = living.world;
  const loser = tables.candidates.one(loserId);
  const winner = tables.candidates.one(winnerId);
  if (loser === winner) throw new RangeError('A candidate cannot be merged with itself.');
  const jobs = new Set(applicationsOf(living, winnerId).map(({ job_id }) => job_id));
  for (const { id, job_id } of applicationsOf(living, loserId)) {
    // Both had applied for the job: one of the two applications goes.
    if (job_id !== null && jobs.has(job_id)) deleteApplication(living, id);
    else tables.applications.change(id, { candidate_id: winnerId });
  }
  for (const note of tables.notes.filter((one) => one.candidate_id === loserId)) {
    tables.notes.change(note.id, { candidate_id: winnerId });
  }
  const known = new Set(winner.email_addresses.map(({ value }) => value.toLowerCase()));
  const merged = tables.candidates.change(winnerId, {
    email_addresses: [
      ...winner.email_addresses,
      ...loser.email_addresses.filter(({ value }) => !known.has(value.toLowerCase())),
    ],
  });
  tables.candidates.delete(loserId);
  living.tell({ event: 'merge_candidate', candidate: loser, into: winnerId });
  return merged;
}

export function deleteCandidate(living: Living, candidateId: number): void {
  const { tables } = living.world;
  const candidate = tables.candidates.one(candidateId);
  const applicationIds = applicationsOf(living, candidateId).map(({ id }) => id);
  for (const id of applicationIds) dropApplication(living, id);
  for (const note of tables.notes.filter((one) => one.candidate_id === candidateId))
    tables.notes.delete(note.id);
  tables.candidates.delete(candidateId);
  living.tell({ event: 'delete_candidate', candidate, applicationIds });
}

export function deleteApplication(living: Living, applicationId: number): void {
  const application = living.world.tables.applications.one(applicationId);
  dropApplication(living, applicationId);
  living.tell({ event: 'delete_application', application });
}

function dropApplication(living: Living, applicationId: number): void {
  const { tables } = living.world;
  dropEntries(living, applicationId);
  for (const one of tables.rejection_details.filter((row) => row.application_id === applicationId)) {
    tables.rejection_details.delete(one.id);
  }
  tables.applications.delete(applicationId);
}

export function editCandidate(living: Living, candidateId: number, changes: Partial<Candidate>): Candidate {
  const candidate = living.world.tables.candidates.change(candidateId, changes);
  living.tell({ event: 'update_candidate', candidate });
  return candidate;
}

export function editJob(living: Living, jobId: number, changes: Partial<Job>): Job {
  const job = living.world.tables.jobs.change(jobId, changes);
  living.tell({ event: 'job_updated', jobId });
  return job;
}
