import { z } from 'zod';
import { interviewStatuses } from '../../interview-status.js';
import type { Calls } from '../calls.js';
import {
  asArray,
  asObject,
  asRating,
  asStatus,
  asText,
  asTimestamp,
  asUuid,
  companyRefSchema,
  detail,
  identity,
  isObject,
  locationSchema,
  type OddField,
  objectOf,
  type Parsed,
  personSchema,
} from '../fields.js';
import {
  checkInput,
  emailInput,
  encodeQuery,
  nonEmpty,
  type Ranges,
  rangeInput,
  scheduledAt,
  someField,
  uuidInput,
} from '../input.js';
import type { Listing, Read } from '../reading.js';
import type { CallOptions } from '../request.js';
import {
  type InterviewQuestions,
  interviewQuestionSchema,
  interviewQuestions,
  questionInput,
} from './interview-questions.js';
import { type InterviewShareLink, interviewShareLink } from './interview-share-link.js';

/** What an interview tells of its job. */
const jobRefSchema = objectOf({
  uuid: asUuid,
  title: asText,
  status: asStatus,
  status_updated_at: asTimestamp,
  created_by: asObject(personSchema),
  location: asObject(locationSchema),
  created_at: asTimestamp,
  updated_at: asTimestamp,
});

/** What an interview tells of its share link: an object, or the bare url. */
export interface ShareLinkRef {
  uuid: string | null;
  url: string | null;
  status: string | null;
}

const shareLinkRefSchema = objectOf({ uuid: asUuid, url: asText, status: asStatus });

function asShareLink(value: unknown, odd?: OddField[]): ShareLinkRef | null {
  if (isObject(value)) {
    const link = shareLinkRefSchema.parse(value, odd);
    return link.uuid === null && link.url === null ? null : link;
  }
  return typeof value === 'string' && value !== '' ? { uuid: null, url: value, status: null } : null;
}

/**
 * An interview. `scheduled_at` is the deadline of a one-way interview and the start of a live one.
 * `questions` and `share_link` come with a single interview only: undefined in a list.
 */
export const interviewSchema = objectOf({
  uuid: identity,
  type: asText,
  status: asStatus,
  rating: asRating,
  job_post: asObject(jobRefSchema),
  job: asObject(jobRefSchema),
  assigned_to: asObject(personSchema),
  created_by: asObject(personSchema),
  company: asObject(companyRefSchema),
  scheduled_at: asTimestamp,
  completed_at: asTimestamp,
  share_link: detail(asShareLink),
  questions: detail(asArray(interviewQuestionSchema)),
  created_at: asTimestamp,
  updated_at: asTimestamp,
}).transform(({ job_post, job, ...rest }) => ({ ...rest, job: job_post ?? job }));
export type Interview = Parsed<typeof interviewSchema>;

/** Phone numbers come in pairs: as people write it, and as E.164. */
export const candidateInput = z.lazy(() =>
  z
    .strictObject({
      name: nonEmpty,
      email: emailInput,
      phone: nonEmpty.optional(),
      phone_parsed: z
        .string()
        .regex(/^\+[1-9]\d{1,14}$/, 'must be an E.164 number')
        .optional(),
    })
    .refine((input) => (input.phone === undefined) === (input.phone_parsed === undefined), {
      message: 'phone and phone_parsed must be given together',
    }),
);

/** @param now milliseconds since the epoch, for the year `scheduled_at` must lie in */
export function interviewCreateInput(now: () => number) {
  return z
    .strictObject({
      type: z.enum(['one_way', 'live']),
      scheduled_at: scheduledAt(now),
      /** One candidate, or several: each gets an interview and an e-mail. */
      assigned_to: z.union([candidateInput, z.array(candidateInput).min(1)]),
      job_post: z.strictObject({ uuid: uuidInput }),
      questions: z.array(questionInput).optional(),
      /** Wins over `questions`. */
      interview_question_set: uuidInput.optional(),
      email_message: z.string().optional(),
      /** A name of the tz database. */
      timezone: nonEmpty.optional(),
      has_sms_consent: z.boolean().optional(),
    })
    .refine(
      ({ type, questions, interview_question_set }) =>
        type !== 'one_way' || interview_question_set !== undefined || (questions ?? []).length > 0,
      { path: ['questions'], message: 'a one-way interview needs questions or a question set' },
    )
    .refine(
      ({ assigned_to, has_sms_consent }) =>
        has_sms_consent === true || [assigned_to].flat().every(({ phone }) => phone === undefined),
      { path: ['has_sms_consent'], message: 'a phone number needs consent to text messages' },
    );
}
export type InterviewCreate = z.input<ReturnType<typeof interviewCreateInput>>;

export function interviewUpdateInput(now: () => number) {
  return someField(
    z.strictObject({
      scheduled_at: scheduledAt(now).optional(),
      /** `canceled` before completion; `completed` for live interviews. */
      status: z.enum(['canceled', 'completed']).optional(),
    }),
  );
}
export type InterviewUpdate = z.input<ReturnType<typeof interviewUpdateInput>>;

export const interviewOrders = [
  'scheduled_asc',
  'scheduled_desc',
  'completed_asc',
  'completed_desc',
  'updated_asc',
  'updated_desc',
  'candidate_asc',
  'candidate_desc',
  'company_asc',
  'company_desc',
  'job_asc',
  'job_desc',
] as const;

export const interviewQueryInput = z.lazy(() =>
  z.strictObject({
    type: z.array(z.enum(['one_way', 'live'])).optional(),
    status: z.array(z.enum(interviewStatuses)).optional(),
    orderby: z.enum(interviewOrders).optional(),
    /** First and last position, 1-based and inclusive. */
    range: rangeInput.optional(),
  }),
);
export type InterviewQuery = z.input<typeof interviewQueryInput>;

export interface Interviews {
  list(query?: InterviewQuery, options?: CallOptions): Promise<Listing<Interview>>;
  get(uuid: string, options?: CallOptions): Promise<Read<Interview>>;
  /** Sends an e-mail to every candidate. Never repeated by itself: see `ApiError.outcome`. */
  create(input: InterviewCreate, options?: CallOptions): Promise<Read<Interview>[]>;
  update(uuid: string, input: InterviewUpdate, options?: CallOptions): Promise<Read<Interview>>;
  remove(uuid: string, options?: CallOptions): Promise<void>;
  questions: InterviewQuestions;
  shareLink: InterviewShareLink;
}

export function interviews(calls: Calls, now: () => number, ranges: Ranges): Interviews {
  const one = (uuid: string) => ({ template: '/interviews/:uuid', params: [uuid] });
  return {
    async list(query = {}, options) {
      const { type, status, orderby, range } = checkInput('interviews.list', interviewQueryInput, query);
      const encoded = encodeQuery({ arrays: { type, status }, orderby, range }, ranges);
      return calls.list({ template: '/interviews', query: encoded }, interviewSchema, options);
    },
    get: (uuid, options) => calls.get(one(uuid), interviewSchema, options),
    async create(input, options) {
      const body = checkInput('interviews.create', interviewCreateInput(now), input);
      return calls.createSeveral({ template: '/interviews' }, body, interviewSchema, options);
    },
    async update(uuid, input, options) {
      const body = checkInput('interviews.update', interviewUpdateInput(now), input);
      return calls.update(one(uuid), body, interviewSchema, options);
    },
    remove: (uuid, options) => calls.remove(one(uuid), options),
    questions: interviewQuestions(calls),
    shareLink: interviewShareLink(calls),
  };
}
