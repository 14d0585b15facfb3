import { z } from 'zod';
import { type Answer, type Call, created, noContent, ok } from '../core.js';
import { invalid } from '../http/api-error.js';
import { activeStatus, parseBody, text } from '../http/input.js';
import { createJob, deleteJob, editJob, type PlaceInput } from '../life/job-life.js';

const location = z.object({ city: text, state: z.string(), country: text });
const locality = z
  .object({ work_mode: z.enum(['remote', 'on_site', 'hybrid']), work_place: z.string().default('') })
  .refine((place) => place.work_mode === 'remote' || place.work_place.trim() !== '', {
    message: 'work_place is required unless the work is remote',
  });
const newJob = z
  .object({
    location: location.optional(),
    locality: locality.optional(),
    title: text,
    description: text,
    status: activeStatus,
  })
  .refine((job) => job.location !== undefined || job.locality !== undefined, {
    message: 'location or locality is required',
  });
const jobChanges = z.object({
  location: location.optional(),
  locality: locality.optional(),
  title: text.optional(),
  description: text.optional(),
  status: activeStatus.optional(),
});

function placeOf(input: z.infer<typeof jobChanges>): PlaceInput | undefined {
  if (input.locality) return { workMode: input.locality.work_mode, workPlace: input.locality.work_place };
  return input.location;
}

export function listJobs({ core, user, query }: Call): Answer {
  return ok(core.lists.jobs(user, query).map((job) => core.render.job(job, false)));
}

export function postJob({ core, user, body }: Call): Answer {
  core.visibility.requireWriter(user);
  const input = parseBody(newJob, body);
  const { title, description, status } = input;
  const job = createJob(core, { title, description, status, location: placeOf(input)! }, user.uuid);
  return created(core.render.job(job, true));
}

export function getJob({ core, user, params }: Call): Answer {
  return ok(core.render.job(core.visibility.requireJob(user, params.uuid!), true));
}

export function putJob({ core, user, params, body }: Call): Answer {
  const job = core.visibility.requireChangeableJob(user, params.uuid!);
  core.visibility.requireWriter(user);
  const { locality: place, ...input } = parseBody(jobChanges, body);
  if (place && core.switches.jobPutLocality === '400') {
    throw invalid('api.invalid_parameter', 'locality: cannot be changed');
  }
  const applied = core.switches.jobPutLocality === 'applied' ? { ...input, locality: place } : input;
  const former = core.render.job(job, true);
  const { title, description, status } = input;
  editJob(core, job, { title, description, status, location: placeOf(applied) }, user.uuid);
  return ok(core.switches.updateEcho === 'old' ? former : core.render.job(job, true));
}

export function removeJob({ core, user, params }: Call): Answer {
  const job = core.visibility.requireChangeableJob(user, params.uuid!);
  core.visibility.requireWriter(user);
  deleteJob(core, job, user.uuid);
  return noContent;
}
