import type { Application, Candidate, Job } from '../world/records.js';
import type { Reading } from './reading.js';

/** Whether the user of the token is on the job's hiring team. */
function onHiringTeam(job: Job, { view, token, teams }: Reading): boolean {
  let found = teams.get(job.id);
  if (found === undefined) {
    const rows = [view.job_owners, view.job_hiring_managers].flatMap((table) => [...table.newestFirst()]);
    found = rows.some((row) => row.job_id === job.id && row.user_id === token.userId);
    teams.set(job.id, found);
  }
  return found;
}

export function seesJob(job: Job, reading: Reading): boolean {
  if (!job.confidential || reading.switches.confidentialJobs === 'nothing') return true;
  return onHiringTeam(job, reading);
}

/** What belongs to a job: its stages, posts, people and entries. */
export function seesOfJob(jobId: number | null, reading: Reading): boolean {
  const job = reading.view.jobs.get(jobId);
  return !job || reading.switches.confidentialJobs !== 'everything' || seesJob(job, reading);
}

export function seesCandidate(candidate: Candidate, { token }: Reading): boolean {
  return !candidate.private || token.credential.seesPrivate;
}

/** What belongs to a candidate: applications, entries and notes. */
export function seesOfCandidate(candidateId: number, reading: Reading): boolean {
  const candidate = reading.view.candidates.get(candidateId);
  if (!candidate || reading.switches.privateCandidates === 'person-only') return true;
  return seesCandidate(candidate, reading);
}

export function seesApplication(application: Application, reading: Reading): boolean {
  return seesOfJob(application.job_id, reading) && seesOfCandidate(application.candidate_id, reading);
}

export function seesOfApplication(applicationId: number | null, reading: Reading): boolean {
  const application = reading.view.applications.get(applicationId);
  return !application || seesApplication(application, reading);
}
