import type { Core } from '../core.js';
import { ApiError } from '../http/api-error.js';
import type { ActiveStatus, Job, JobLocation } from '../records.js';
import type { WebhookEvent } from '../webhooks.js';
import { deleteInterview } from './interview-life.js';

export interface JobInput {
  title: string;
  description: string;
  status: ActiveStatus;
  location: PlaceInput;
}

export type PlaceInput =
  | { city: string; state: string; country: string }
  | { workMode: 'remote' | 'on_site' | 'hybrid'; workPlace: string };

const shortCountries: Record<string, string> = {
  'united states': 'USA',
  'united states of america': 'USA',
  us: 'USA',
  'united kingdom': 'UK',
};

/** What comes back of a place: one address, which is not what went in. */
export function locationOf(core: Core, place: PlaceInput): JobLocation {
  const uuid = core.state.ids.uuid();
  if ('workMode' in place) {
    const address = place.workPlace.trim() || (place.workMode === 'remote' ? 'Remote' : '');
    return { uuid, address, workMode: place.workMode };
  }
  const country = shortCountries[place.country.trim().toLowerCase()] ?? place.country.trim();
  const address = [place.city.trim(), place.state.trim(), country].filter((part) => part !== '').join(', ');
  return { uuid, address, workMode: null };
}

function announceJob(core: Core, event: WebhookEvent, job: Job): void {
  core.webhooks.emit({
    event,
    visibleTo: (user) => core.visibility.seesJob(user, job),
    payload: () => {
      if (event === 'JobDeleted' && core.switches.deletedPayload === 'uuid-only') return { uuid: job.uuid };
      return core.render.job(job, core.switches.webhookPayload === 'detail');
    },
  });
}

function takeSlot(core: Core): void {
  const { jobLimit } = core.state.plan;
  if (jobLimit !== -1 && core.state.activeJobs() >= jobLimit) {
    throw new ApiError('slot', 'job.no_slots', 'All job slots of the plan are taken.');
  }
}

/** @throws ApiError when it is to be active and no slot is free */
export function createJob(core: Core, input: JobInput, createdBy: string): Job {
  if (input.status === 'active') takeSlot(core);
  const now = core.clock.now();
  const job: Job = {
    seq: core.state.nextSeq(),
    uuid: core.state.ids.uuid(),
    title: input.title,
    description: input.description,
    status: input.status,
    location: locationOf(core, input.location),
    openInterview: null,
    createdBy,
    statusUpdatedBy: createdBy,
    statusUpdatedAt: now,
    members: new Set(),
    createdAt: now,
    updatedAt: now,
  };
  core.state.jobs.set(job.uuid, job);
  announceJob(core, 'JobCreated', job);
  return job;
}

/** @throws ApiError when it becomes active and no slot is free */
export function editJob(core: Core, job: Job, changes: Partial<JobInput>, by: string): void {
  const { title, description, status, location } = changes;
  if (status === 'active' && job.status !== 'active') takeSlot(core);
  const now = core.clock.now();
  core.state.jobs.change(job, () => {
    if (title !== undefined) job.title = title;
    if (description !== undefined) job.description = description;
    if (location !== undefined) job.location = locationOf(core, location);
    if (status !== undefined && status !== job.status) {
      job.status = status;
      job.statusUpdatedAt = now;
      job.statusUpdatedBy = by;
    }
    job.updatedAt = now;
  });
  if (title !== undefined) core.state.interviews.forgetOrder((name) => name.startsWith('job/'));
  if (core.switches.jobEditTouches) {
    for (const interview of core.state.interviews.values()) {
      if (interview.jobUuid !== job.uuid) continue;
      core.state.interviews.change(interview, () => {
        interview.updatedAt = now;
      });
    }
  }
  announceJob(core, 'JobUpdated', job);
}

/** Deletes the job and sets it inactive, which frees its slot. */
export function deleteJob(core: Core, job: Job, by: string): void {
  const now = core.clock.now();
  core.state.jobs.change(job, () => {
    if (job.status === 'active') {
      job.status = 'inactive';
      job.statusUpdatedAt = now;
      job.statusUpdatedBy = by;
    }
    job.updatedAt = now;
  });
  if (core.switches.deletedJob !== 'inactive-and-listed') {
    core.state.jobs.delete(job.uuid);
    core.state.deleted.jobs.set(job.uuid, job);
  }
  if (core.switches.interviewsOfDeletedJob === 'deleted') {
    for (const interview of [...core.state.interviews.values()]) {
      if (interview.jobUuid === job.uuid) deleteInterview(core, interview, true);
    }
  }
  announceJob(core, 'JobDeleted', job);
}
