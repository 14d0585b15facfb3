import { z } from 'zod';
import { type Answer, type Call, type Core, created, noContent, ok } from '../core.js';
import { conflict, invalid } from '../http/api-error.js';
import { email, parseBody, questionInput, text, timestamp, timezone } from '../http/input.js';
import {
  cancelInterview,
  completeInterview,
  createInterview,
  deleteInterview,
  type NewQuestion,
  rescheduleInterview,
} from '../life/interview-life.js';
import type { User } from '../records.js';

const person = z
  .object({
    name: text,
    email,
    phone: z.string().nullish(),
    phone_parsed: z
      .string()
      .regex(/^\+[1-9]\d{1,14}$/, 'must be in E.164 format')
      .nullish(),
  })
  .refine((one) => !one.phone === !one.phone_parsed, {
    message: 'phone and phone_parsed go together',
  });
const newInterview = z.object({
  type: z.enum(['one_way', 'live']),
  scheduled_at: timestamp,
  assigned_to: z.union([person, z.array(person).min(1)]),
  email_message: z.string().nullish(),
  job_post: z.union([z.object({ uuid: text }), text]),
  questions: z.array(questionInput).nullish(),
  interview_question_set: z.string().nullish(),
  timezone: timezone.nullish(),
  has_sms_consent: z.boolean().nullish(),
});
const interviewChanges = z.object({
  scheduled_at: timestamp.optional(),
  status: z.string().optional(),
});

export function listInterviews({ core, user, query }: Call): Answer {
  const page = core.lists.interviews(user, query);
  return ok(page.map((interview) => core.render.interview(interview, false)));
}

export function getInterview({ core, user, params }: Call): Answer {
  return ok(core.render.interview(core.visibility.requireInterview(user, params.uuid!), true));
}

export function postInterview({ core, user, body }: Call): Answer {
  core.visibility.requireWriter(user);
  const input = parseBody(newInterview, body);
  const people = Array.isArray(input.assigned_to) ? input.assigned_to : [input.assigned_to];
  requireDate(core, input.scheduled_at);
  const jobUuid = requireActiveJob(core, user, input.job_post);
  const questions = questionsFor(core, input);
  if (input.type === 'one_way' && questions.length === 0) {
    throw invalid('interview.questions_required', 'A one-way interview needs questions.');
  }
  const sms = smsFor(core, people, input.has_sms_consent ?? false);
  const made = people.map((one) =>
    createInterview(core, {
      type: input.type,
      scheduledAt: input.scheduled_at,
      jobUuid,
      candidate: {
        name: one.name,
        email: one.email,
        phone: sms ? (one.phone ?? null) : null,
        phoneParsed: sms ? (one.phone_parsed ?? null) : null,
      },
      createdBy: user.uuid,
      questions,
      emailMessage: input.email_message ?? null,
      timezone: input.timezone ?? 'UTC',
    }),
  );
  const answers = made.map((interview) => core.render.interview(interview, true));
  const shape = core.switches.interviewPostShape;
  const single =
    !Array.isArray(input.assigned_to) ||
    shape === 'object-always' ||
    (shape === 'object-for-single-array' && answers.length === 1);
  return created(single ? answers[0] : answers);
}

export function putInterview({ core, user, params, body }: Call): Answer {
  const interview = core.visibility.requireInterview(user, params.uuid!);
  core.visibility.requireWriter(user);
  const input = parseBody(interviewChanges, body);
  const former = core.render.interview(interview, true);
  const status = input.status === core.switches.canceledSpelling ? 'canceled' : input.status;
  if (status !== undefined && status !== 'canceled' && status !== 'completed') {
    throw invalid('interview.invalid_status', 'status: can only become canceled or completed');
  }
  if (status === 'completed' && interview.type !== 'live') {
    throw conflict('interview.not_live', 'Only the candidate completes a one-way interview.');
  }
  if (input.scheduled_at !== undefined) requireDate(core, input.scheduled_at);
  // A cancelation settles it: a new date beside it would only mail the candidate twice.
  if (status === 'canceled') cancelInterview(core, interview);
  else {
    if (input.scheduled_at !== undefined && input.scheduled_at !== interview.scheduledAt) {
      rescheduleInterview(core, interview, input.scheduled_at);
    }
    if (status === 'completed') completeInterview(core, interview);
  }
  return created(core.switches.updateEcho === 'old' ? former : core.render.interview(interview, true));
}

export function removeInterview({ core, user, params }: Call): Answer {
  const interview = core.visibility.requireInterview(user, params.uuid!);
  core.visibility.requireWriter(user);
  deleteInterview(core, interview);
  return noContent;
}

function requireDate(core: Core, scheduledAt: number): void {
  const now = core.clock.now();
  const inOneYear = new Date(now);
  inOneYear.setUTCFullYear(inOneYear.getUTCFullYear() + 1);
  if (scheduledAt <= now) throw invalid('interview.date_in_past', 'scheduled_at: must lie in the future');
  if (scheduledAt > inOneYear.getTime()) {
    throw invalid('interview.date_too_late', 'scheduled_at: must be within one year');
  }
}

function requireActiveJob(core: Core, user: User, jobPost: string | { uuid: string }): string {
  const uuid = typeof jobPost === 'string' ? jobPost : jobPost.uuid;
  const job = core.state.jobs.get(uuid);
  if (!job || !core.visibility.seesJob(user, job)) {
    throw invalid('interview.job_not_found', 'job_post: there is no such job');
  }
  if (job.status !== 'active') throw conflict('interview.job_inactive', 'job_post: the job is not active');
  return uuid;
}

/** The questions to copy: those of the set, if there is one, else those that were sent. */
function questionsFor(core: Core, input: z.infer<typeof newInterview>): NewQuestion[] {
  if (!input.interview_question_set) return input.questions ?? [];
  const set = core.state.questionSets.get(input.interview_question_set);
  if (!set) throw invalid('interview.question_set_not_found', 'interview_question_set: there is no such set');
  return set.questions.map(({ text: wording, timeLimit, takes }) => ({ text: wording, timeLimit, takes }));
}

/** Whether text messages go out. @throws ApiError where a number comes without consent or without the feature */
function smsFor(core: Core, people: Array<z.infer<typeof person>>, consent: boolean): boolean {
  if (!people.some((one) => one.phone)) return false;
  if (!consent) {
    throw invalid('interview.sms_consent_required', 'has_sms_consent: must be true when a phone is given');
  }
  if (core.state.plan.features.interview_sms_notifications) return true;
  if (core.switches.smsWithoutFeature === '400') {
    throw invalid('interview.sms_not_available', 'phone: the plan has no SMS notifications');
  }
  return false;
}
