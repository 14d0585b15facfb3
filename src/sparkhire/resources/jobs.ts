import { z } from 'zod';
import type { Calls } from '../calls.js';
import {
  asArray,
  asInteger,
  asObject,
  asPlainObject,
  asStatus,
  asText,
  asTimestamp,
  asUuid,
  companyRefSchema,
  detail,
  identity,
  locationSchema,
  objectOf,
  type Parsed,
  personSchema,
} from '../fields.js';
import { checkInput, encodeQuery, nonEmpty, type Ranges, rangeInput, someField } from '../input.js';
import type { Listing, Read } from '../reading.js';
import type { CallOptions } from '../request.js';

const openQuestionSchema = objectOf({
  uuid: asUuid,
  text: asText,
  time_limit: asInteger,
});

/** The interview anybody can take by its link. `questions` comes with a single job only. */
export const openInterviewSchema = objectOf({
  uuid: asUuid,
  link: asText,
  expires_at: asTimestamp,
  status: asStatus,
  questions: detail(asArray(openQuestionSchema)),
});

/** A job. `description` comes with a single job only: undefined in a list. */
export const jobSchema = objectOf({
  uuid: identity,
  title: asText,
  status: asStatus,
  description: detail(asText),
  location: asObject(locationSchema),
  open_interview: asObject(openInterviewSchema),
  job_video: asPlainObject,
  created_by: asObject(personSchema),
  status_updated_by: asObject(personSchema),
  status_updated_at: asTimestamp,
  company: asObject(companyRefSchema),
  created_at: asTimestamp,
  updated_at: asTimestamp,
});
export type Job = Parsed<typeof jobSchema>;

const statusInput = z.enum(['active', 'inactive']);
const locationInput = z.lazy(() => z.strictObject({ city: nonEmpty, state: z.string(), country: nonEmpty }));
const localityInput = z.lazy(() =>
  z
    .strictObject({ work_mode: z.enum(['remote', 'on_site', 'hybrid']), work_place: z.string().default('') })
    .refine(({ work_mode, work_place }) => work_mode === 'remote' || work_place.trim() !== '', {
      path: ['work_place'],
      message: 'is needed unless the work is remote',
    }),
);

/** `location` or `locality`, not both. */
export const jobCreateInput = z.lazy(() =>
  z
    .strictObject({
      title: nonEmpty,
      description: nonEmpty,
      status: statusInput,
      location: locationInput.optional(),
      locality: localityInput.optional(),
    })
    .refine((input) => (input.location === undefined) !== (input.locality === undefined), {
      message: 'exactly one of location and locality must be given',
    }),
);
export type JobCreate = z.input<typeof jobCreateInput>;

/** There is no `locality` here: how a job is worked cannot be changed over the API. */
export const jobUpdateInput = z.lazy(() =>
  someField(
    z.strictObject({
      title: nonEmpty.optional(),
      description: nonEmpty.optional(),
      status: statusInput.optional(),
      location: locationInput.optional(),
    }),
  ),
);
export type JobUpdate = z.input<typeof jobUpdateInput>;

export const jobOrders = [
  'title_asc',
  'title_desc',
  'updated_asc',
  'updated_desc',
  'created_asc',
  'created_desc',
  'location_asc',
  'location_desc',
] as const;

export const jobQueryInput = z.lazy(() =>
  z.strictObject({
    status: z.array(statusInput).optional(),
    orderby: z.enum(jobOrders).optional(),
    /** First and last position, 1-based and inclusive. */
    range: rangeInput.optional(),
  }),
);
export type JobQuery = z.input<typeof jobQueryInput>;

export interface Jobs {
  list(query?: JobQuery, options?: CallOptions): Promise<Listing<Job>>;
  get(uuid: string, options?: CallOptions): Promise<Read<Job>>;
  /** An active job takes one of the plan's job slots. */
  create(input: JobCreate, options?: CallOptions): Promise<Read<Job>>;
  update(uuid: string, input: JobUpdate, options?: CallOptions): Promise<Read<Job>>;
  /** Deletes the job, which also becomes inactive. */
  remove(uuid: string, options?: CallOptions): Promise<void>;
}

export function jobs(calls: Calls, ranges: Ranges): Jobs {
  const one = (uuid: string) => ({ template: '/jobs/:uuid', params: [uuid] });
  return {
    async list(query = {}, options) {
      const { status, orderby, range } = checkInput('jobs.list', jobQueryInput, query);
      const encoded = encodeQuery({ arrays: { status }, orderby, range }, ranges);
      return calls.list({ template: '/jobs', query: encoded }, jobSchema, options);
    },
    get: (uuid, options) => calls.get(one(uuid), jobSchema, options),
    create: async (input, options) =>
      calls.create(
        { template: '/jobs' },
        checkInput('jobs.create', jobCreateInput, input),
        jobSchema,
        options,
      ),
    update: async (uuid, input, options) =>
      calls.update(one(uuid), checkInput('jobs.update', jobUpdateInput, input), jobSchema, options),
    remove: (uuid, options) => calls.remove(one(uuid), options),
  };
}
