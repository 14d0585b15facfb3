/** What Spark Hire answered, in the words of deciding: whether it shows what was sent, and the pairs it settles. Pure. */

import { sameQuestions } from '../../reconcile/kinds/questions.js';
import { shown } from '../../reconcile/kinds/rules.js';
import type { Base, Json, Observed, ObservedQuestion, Pair, PushResource } from '../../reconcile/types.js';
import {
  type Same,
  sameEmail,
  sameInstant,
  sameStatus,
  sameText,
  sameWords,
} from '../../reconcile/values/equality.js';
import { isEmpty } from '../../reconcile/values/fields.js';
import type {
  AdvancedShareLink,
  Interview,
  InterviewQuestion,
  Job,
  Read,
  User,
} from '../../sparkhire/client.js';

export type Answered = Read<User> | Read<Job> | Read<Interview> | Read<AdvancedShareLink>;

export function observedOf(resource: PushResource, { value }: Answered): Observed {
  const createdAt = value.created_at === null ? null : Date.parse(value.created_at);
  const updatedAt = value.updated_at === null ? null : Date.parse(value.updated_at);
  const common = { uuid: value.uuid, deleted: false, createdAt, updatedAt };
  if (resource === 'users') {
    const { name, email, role, active } = value as User;
    return { ...common, resource, name, email, role: role ?? null, active };
  }
  if (resource === 'jobs') {
    const { title, description, status, location } = value as Job;
    const address = location?.formatted_address ?? null;
    return { ...common, resource, title, description, status, location: address };
  }
  if (resource === 'share_links') {
    const { status, reviewer, interviews } = value as AdvancedShareLink;
    return {
      ...common,
      resource,
      status,
      reviewerName: reviewer?.name ?? null,
      reviewerEmail: reviewer?.email ?? null,
      interviewUuids: interviews?.map(({ uuid }) => uuid) ?? null,
    };
  }
  const { type, status, scheduled_at, job, assigned_to, share_link, questions } = value as Interview;
  return {
    ...common,
    resource,
    type,
    status,
    scheduledAt: scheduled_at,
    jobUuid: job?.uuid ?? null,
    candidateName: assigned_to?.name ?? null,
    candidateEmail: assigned_to?.email ?? null,
    shared: share_link !== undefined && share_link !== null,
    questions: questions?.map(observedQuestion),
  };
}

/** Without a limit of its takes, those that remain tell it while nothing was recorded. */
export function observedQuestion({ text, time_limit, takes }: InterviewQuestion): ObservedQuestion {
  const limit = takes?.limit ?? ((takes?.completed ?? 0) <= 0 ? (takes?.remaining ?? null) : null);
  return { text, time_limit, takes: limit };
}

/** Whether it carries what makes it that object, so that it may go into the mirror. */
export function isWhole(resource: PushResource, { value }: Answered): boolean {
  if (value.created_at === null) return false;
  if (resource === 'users') return (value as User).email !== null;
  if (resource === 'jobs') return (value as Job).title !== null && (value as Job).status !== null;
  if (resource === 'share_links') {
    return (value as AdvancedShareLink).status !== null && (value as AdvancedShareLink).reviewer !== null;
  }
  return (value as Interview).status !== null && (value as Interview).job !== null;
}

const comparisons: Record<string, Same> = {
  title: sameWords,
  name: sameWords,
  email: sameEmail,
  status: sameStatus,
  scheduled_at: sameInstant,
  questions: sameQuestions,
};

/** Values as they can be read back; those of a withdrawn or shared interview too. */
function readable(observed: Observed): Record<string, Json> {
  const values = shown(observed);
  if (observed.resource !== 'interviews') return values;
  return { ...values, status: observed.status, shared: observed.shared };
}

/** Fields of what is expected that the object shows otherwise. What cannot be read back is not among them. */
export function notShown(observed: Observed, expects: Record<string, Json>): string[] {
  const values = readable(observed);
  return Object.entries(expects)
    .filter(([field, wanted]) => {
      const value = values[field];
      return value !== undefined && !(comparisons[field] ?? sameText)(value, wanted);
    })
    .map(([field]) => field);
}

/**
 * Fields that still show what they showed before, though their change was accepted. A value of Spark Hire's own (it
 * may tidy up what it is sent) is no refusal.
 * @param was what the fields showed before, of those that could be read
 */
export function unmoved(
  observed: Observed,
  expects: Record<string, Json>,
  was: Record<string, Json>,
): string[] {
  const values = readable(observed);
  return notShown(observed, expects).filter((field) => {
    const before = was[field];
    if (before === undefined) return false;
    const [shows, wanted] = [values[field]!, expects[field]!];
    return (
      (comparisons[field] ?? sameText)(shows, before) || (field === 'questions' && isHalfway(shows, wanted))
    );
  });
}

/** Another number of questions, or other time limits, are no form of their own: some of the edit was not done. */
function isHalfway(shows: Json, wanted: Json): boolean {
  const limits = (list: Json) =>
    (Array.isArray(list) ? list : []).map((one) => (one as unknown as ObservedQuestion).time_limit);
  const [now, then] = [limits(shows), limits(wanted)];
  return now.length !== then.length || now.some((limit, at) => limit !== null && limit !== then[at]);
}

/** Deleted users may go on being there as disabled, and jobs whose deletion was accepted as inactive. */
export function showsDeleted(resource: PushResource, { value }: Answered, isAccepted: boolean): boolean {
  if (resource === 'jobs') return isAccepted && sameStatus((value as Job).status, 'inactive');
  return resource === 'users' && (value as User).active === false;
}

/** Whether everything that is expected can be read back at all. */
export function canBeTold(observed: Observed, expects: Record<string, Json>): boolean {
  const values = readable(observed);
  return Object.keys(expects).every((field) => values[field] !== undefined);
}

/**
 * The base after the write: what was sent, beside what Spark Hire shows for it. If it goes on showing the old value
 * (a late read, or a value it makes its own of), the pair says just that: neither side counts as changed, so nothing
 * is written again, and whatever it shows later is compared with what the ATS wants then.
 */
export function settledPairs(settles: Base, observed: Observed | null, isPartial = false): Base {
  if (observed === null) return settles;
  const values = toldBy(shown(observed), isPartial);
  return Object.fromEntries(
    Object.entries(settles).map(([field, pair]) => {
      const value = values[field];
      return [field, value === undefined ? pair : { ats: pair.ats, sparkhire: value }];
    }),
  );
}

/** An answer that is not the whole object (its uuid, say) tells nothing of what it leaves out. */
function toldBy(values: Record<string, Json>, isPartial: boolean): Record<string, Json> {
  if (!isPartial) return values;
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

/**
 * The base after a creation. What Spark Hire made otherwise than it was sent, and not just in a form of its own, does
 * not count as agreed: a status is what it is, and the ATS has not had its way (null), so that its wish is carried over
 * like a later change; anything else has no pair, so that it is judged as on first contact. A role is shown once and never again: what was made is kept.
 */
export function settledByCreation(
  settles: Base,
  observed: Observed | null,
  isPartial = false,
): { base: Base; differs: boolean } {
  const base = settledPairs(settles, observed, isPartial);
  if (observed === null) return { base, differs: false };
  const made: Record<string, Json> =
    observed.resource === 'users' ? { ...shown(observed), role: observed.role } : shown(observed);
  const told = toldBy(made, isPartial);
  let differs = false;
  for (const [field, { ats }] of Object.entries(settles)) {
    const value = told[field];
    if (value === undefined || !isMadeOtherwise(observed, field, ats, value)) continue;
    differs = true;
    if (field === 'status') base.status = { ats: null, sparkhire: value };
    else if (field === 'role') base.role = { ats, sparkhire: value };
    else delete base[field];
  }
  return { base, differs };
}

function isMadeOtherwise(observed: Observed, field: string, sent: Json, made: Json): boolean {
  switch (field) {
    case 'status':
      return made !== null && !sameStatus(made, sent);
    case 'role':
      return made !== null && sent !== null && !sameStatus(made, sent);
    case 'email':
      return made !== null && !sameEmail(made, sent);
    case 'scheduled_at':
      return observed.resource === 'interviews' && isOtherTime(observed.type, sent, made);
    case 'name':
    case 'title':
    case 'description':
      return isEmpty(made) && !isEmpty(sent);
    default:
      return false;
  }
}

/**
 * Whether Spark Hire, which showed the last deadline in a form of its own (the end of its day, say), may show the same for
 * another one: then that it goes on showing it is no refusal.
 * @param pair as it was last settled @param from what it shows
 */
export function isFormOfBoth(type: string | null, pair: Pair | undefined, from: Json, to: Json): boolean {
  if (typeof pair?.ats !== 'string' || typeof to !== 'string' || !sameInstant(pair.sparkhire, from))
    return false;
  return !sameInstant(pair.ats, from) && !isOtherTime(type, to, from);
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Seconds may be cut off, and a deadline (not a start) may become the end of its day. Days are no moment. */
function isOtherTime(type: string | null, sent: Json, made: Json): boolean {
  if (typeof sent !== 'string' || typeof made !== 'string') return false;
  const late = Date.parse(made) - Date.parse(sent);
  return late <= -minuteMs || late >= (type === 'live' ? minuteMs : dayMs);
}
