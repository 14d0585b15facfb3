/** What is sent to Spark Hire, made from what the ATS wants. Plain objects in the shapes of its API. */
import type {
  DesiredInterview,
  DesiredJob,
  DesiredQuestion,
  DesiredShareLink,
  DesiredUser,
  FieldChange,
  Place,
} from '../../reconcile/types.js';

export function createUser({ name, email, role, roleOfNone }: DesiredUser) {
  return { name, email: email.trim(), role: role ?? roleOfNone ?? ('standard' as const) };
}

/** @param changes of `name` and `email` */
export function updateUser(changes: readonly FieldChange[]): { name?: string; email?: string } {
  return pick(changes, ['name', 'email']);
}

export interface JobLocation {
  city: string;
  state: string;
  country: string;
}

export interface JobLocality {
  work_mode: 'remote' | 'on_site' | 'hybrid';
  work_place: string;
}

/** Exactly one of `location` and `locality` is there; a row without a place is not created. */
export function createJob({ title, description, status, place }: DesiredJob) {
  return { title, description: description ?? '', status, ...(place === null ? {} : where(place)) };
}

/** @param changes of `title`, `description`, `status` and `place`; a place is a location here */
export function updateJob(changes: readonly FieldChange[]): {
  title?: string;
  description?: string;
  status?: 'active' | 'inactive';
  location?: JobLocation;
} {
  const place = changes.find(({ field }) => field === 'place')?.to as unknown as Place | undefined;
  return {
    ...pick<{ title?: string; description?: string; status?: 'active' | 'inactive' }>(changes, [
      'title',
      'description',
      'status',
    ]),
    ...(place?.kind === 'location' ? { location: location(place) } : {}),
  };
}

export function closeJob() {
  return { status: 'inactive' as const };
}

/**
 * @param context the job's uuid in Spark Hire; now in milliseconds since the epoch:
 *   a deadline in days counts from it, and none is later than a year from it; sms: whether the plan sends text
 *   messages. Without that or the candidate's consent no number leaves
 */
export function createInterview(
  desired: DesiredInterview,
  context: { jobUuid: string; now: number; sms: boolean },
) {
  const { candidate, questionSetUuid, questions, timezone, emailMessage, smsConsent } = desired;
  const { name, phone, phoneE164 } = candidate;
  const texts = context.sms && smsConsent && phone !== null && phoneE164 !== null;
  return {
    type: desired.type,
    scheduled_at: deadlineAt(desired.deadline, context.now),
    assigned_to: {
      name,
      email: candidate.email.trim(),
      ...(texts ? { phone, phone_parsed: phoneE164 } : {}),
    },
    job_post: { uuid: context.jobUuid },
    ...(questionSetUuid !== null
      ? { interview_question_set: questionSetUuid }
      : questions !== null && questions.length > 0
        ? { questions: questions.map(question) }
        : {}),
    ...(emailMessage === null ? {} : { email_message: emailMessage }),
    ...(timezone === null ? {} : { timezone }),
    ...(texts ? { has_sms_consent: true } : {}),
  };
}

/** @param changes of `scheduled_at`, or `desired` where it was completed */
export function updateInterview(changes: readonly FieldChange[]): {
  scheduled_at?: string;
  status?: 'completed';
} {
  if (changes.some(({ field, to }) => field === 'desired' && to === 'completed'))
    return { status: 'completed' };
  return pick(changes, ['scheduled_at']);
}

export function cancelInterview() {
  return { status: 'canceled' as const };
}

/** One reviewer a request: nothing says which link is whose where several are asked for. @param uuids of its interviews */
export function createShareLink({ reviewer, status, sendEmail }: DesiredShareLink, uuids: readonly string[]) {
  return {
    status,
    reviewers: [{ name: reviewer.name, email: reviewer.email.trim() }],
    interviews: uuids.map((uuid) => ({ uuid })),
    // No e-mail is asked for by leaving the field out.
    ...(sendEmail ? { send_email: true } : {}),
  };
}

/** The status is all that can be changed of a link. */
export function openShareLink() {
  return { status: 'active' as const };
}

export function closeShareLink() {
  return { status: 'inactive' as const };
}

const day = 24 * 60 * 60 * 1000;

/**
 * The moment as RFC 3339, UTC, in whole seconds; days end at the latest on the same day of next year.
 * @param now milliseconds since the epoch
 */
export function deadlineAt(deadline: DesiredInterview['deadline'], now: number): string {
  const latest = new Date(now);
  latest.setUTCFullYear(latest.getUTCFullYear() + 1);
  // A minute short of it, for the time a request takes and clocks that differ.
  const at =
    'at' in deadline
      ? Date.parse(deadline.at)
      : Math.min(now + deadline.days * day, latest.getTime() - 60_000);
  return new Date(Math.floor(at / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/** Of an interview that is created, or one to be added. */
export function question({ text, time_limit, takes }: DesiredQuestion) {
  return { text, time_limit, ...(takes === null ? {} : { takes }) };
}

function where(place: Place): { location: JobLocation } | { locality: JobLocality } {
  if (place.kind === 'location') return { location: location(place) };
  return { locality: { work_mode: place.work_mode, work_place: place.work_place ?? '' } };
}

function location(place: Extract<Place, { kind: 'location' }>): JobLocation {
  return { city: place.city, state: place.state ?? '', country: place.country ?? '' };
}

function pick<T>(changes: readonly FieldChange[], fields: readonly string[]): T {
  return Object.fromEntries(
    changes.filter(({ field }) => fields.includes(field)).map(({ field, to }) => [field, to]),
  ) as T;
}
