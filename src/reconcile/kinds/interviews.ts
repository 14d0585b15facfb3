/**
 * Interviews: the deadline (or start) is written, questions until the candidate accepts, live ones are completed, and
 * pending ones are canceled. Everything else is fixed once a person was invited. A canceled or expired interview is
 * final, though Spark Hire itself may bring it back.
 */
import { hasEnded, isPending } from '../../interview-status.js';
import { addressForm } from '../../text/forms.js';
import { act, change, type Draft, holdBack, mergeField, raise, raiseAll } from '../draft.js';
import { alike, meansIts } from '../kin/kin.js';
import { isReplaced, noRow, waitForUser, whyUnusable } from '../parents.js';
import type {
  Base,
  DesiredInterview,
  Json,
  Linked,
  Observed,
  ObservedInterview,
  ParentJob,
  RowContext,
} from '../types.js';
import { sameInstant, sameValue, statusOf } from '../values/equality.js';
import { mergeQuestions, refuseQuestions, wishOf } from './questions.js';
import { changedActor, namedActor, type Rules } from './rules.js';
import { saidTexts, unchangeable } from './sent-already.js';

export const interviews: Rules<DesiredInterview, ObservedInterview> = {
  identity: ({ candidate, jobAtsId }) => ({
    candidate_email: addressForm(candidate.email),
    job_ats_id: jobAtsId,
  }),
  meant: ({ candidate_email: email = null, job_ats_id: job = null }) => ({
    candidate: { ats: { email }, sparkhire: null },
    job: { ats: job, sparkhire: null },
  }),
  label: ({ candidate }) => candidate.email,
  labelOf: ({ candidateEmail, candidateName, uuid }) => candidateEmail ?? candidateName ?? uuid,
  firstContact: () => 'link',
  likeness: 'the same candidate and job',

  candidates: sameWish,

  over: (values, context) => {
    const formerly = former(context);
    const others = ofJob(values, context).filter(
      ({ uuid, status }) =>
        context.ledTo.includes(uuid) || (!isPending(status) && formerly.get(uuid)?.longGone !== false),
    );
    const isNamesake = (one: Observed): one is ObservedInterview =>
      one.resource === 'interviews' && !one.deleted && context.namesakes.includes(one.uuid);
    return [...others, ...context.adoptable.filter(isNamesake)];
  },

  settledElsewhere: ({ jobAtsId }, { jobUuid }) => ({ job: { ats: jobAtsId, sparkhire: jobUuid } }),

  // One on a job that was made anew is asked about next.
  adopting(_values, { jobUuid }, draft) {
    if (jobUuid !== draft.context.parents.job?.uuid) draft.next = 'pending';
  },

  beforeCreate(values, draft) {
    const { jobAtsId, requestedByAtsId } = values;
    const { job, requestedBy } = draft.context.parents;
    if (values.complete === true) {
      const message =
        'There is nothing to complete, since nobody was invited: set desired to invited to invite, or to canceled.';
      raise(draft, 'UNMAPPED_ENUM', 'desired', message);
    }
    if (values.questionSetUuid !== null && draft.context.questionSet?.known === false)
      raiseUnknownSet(values, draft);
    if (job === null || !job.known) {
      const message = (job === null ? null : whyUnusable('job', job)) ?? noRow('job', jobAtsId);
      raise(draft, 'UNKNOWN_REFERENCE', 'job_ats_id', message);
    } else if (!job.willBeActive && job.withoutSlot === true && job.wanted) {
      const message = `Waits for job ${jobAtsId}, which has no free job slot in the plan: close another job, or extend the plan in Spark Hire.`;
      raise(draft, 'PLAN_LIMIT', 'job_ats_id', message);
    } else if (!job.willBeActive) {
      const stuck = job.uuid === null && (job.state === 'rejected' || job.state === 'held');
      const why = stuck && job.wanted ? whyUnusable('job', job) : null;
      if (why !== null) raise(draft, 'UNKNOWN_REFERENCE', 'job_ats_id', why);
      if (why === null || job.wantedOpen === false) draft.waits.push(whyInactive(jobAtsId, job));
    }
    waitForUser(draft, 'requested_by_ats_id', requestedByAtsId, requestedBy);
  },

  content: (values) => ({
    job: values.jobAtsId,
    candidate: { ...values.candidate },
    type: values.type,
    scheduled_at: deadlineOf(values),
    questions: wishOf(values),
    timezone: values.timezone,
    email_message: values.emailMessage,
    sms_consent: values.smsConsent,
    requested_by: values.requestedByAtsId,
  }),

  settled(values, adopted): Base {
    const deadline = deadlineOf(values);
    // What a deadline in days became is known from Spark Hire's answer alone.
    const moment = typeof deadline === 'string' ? deadline : null;
    const pair = (ats: Json): { ats: Json; sparkhire: Json } => ({ ats, sparkhire: null });
    return {
      candidate: pair({ ...values.candidate }),
      questions: pair(wishOf(values)),
      type: pair(values.type),
      job: pair(values.jobAtsId),
      ...namedActor('requested_by', values.requestedByAtsId),
      // What an invitation that somebody else sent had said is not known.
      ...(adopted === null
        ? { ...saidTexts(values), scheduled_at: { ats: deadline, sparkhire: moment } }
        : {}),
      // Days count from the invitation on, which has been sent: what is there is what was agreed.
      ...(adopted !== null && moment === null
        ? { scheduled_at: { ats: deadline, sparkhire: adopted.scheduledAt } }
        : {}),
    };
  },

  fields: (values, observed) =>
    hasEnded(observed.status)
      ? []
      : [
          {
            field: 'scheduled_at',
            desired: 'at' in values.deadline ? values.deadline.at : undefined,
            observed: observed.scheduledAt ?? undefined,
            same: sameInstant,
          },
        ],

  linked(row, linked, draft) {
    const { observed } = linked;
    const { base, uuid } = linked.link;
    const values = { ...row, complete: judgeCompleting(row, linked, draft) };
    const label = interviews.labelOf(observed);
    const status = statusOf(observed.status);
    unchangeable(values, linked, draft);
    Object.assign(draft.settles, changedActor(base, 'requested_by', values.requestedByAtsId));
    if (status === 'canceled' || status === 'expired') {
      final(values, base, draft, status);
      return;
    }
    if (status === 'completed') {
      refuseQuestions(values, base, draft);
      refuseDeadline(values, linked, draft);
    }
    const before = base.desired?.ats;
    // Wanted again after all, and it never ended. Whoever means somebody else says nothing of it.
    const isWantedAgain =
      before === 'canceled' || before === null || (before === 'completed' && values.complete !== true);
    if (isWantedAgain && meansIts(row, observed, base))
      draft.settles.desired = { ats: 'invited', sparkhire: status };
    if (status === 'completed') {
      if (values.complete === true && before !== 'completed')
        draft.settles.desired = { ats: 'completed', sparkhire: status };
      if (!values.share || observed.shared || base.share?.ats === true) return;
      change(draft, 'share', false, true);
      act(draft, 'share', uuid, label, 'completed, and the ATS wants a share link');
      return;
    }
    if (values.complete === true && before !== 'completed') {
      // A new start beside it would only mail the candidate about an interview that is over.
      change(draft, 'desired', status, 'completed');
      act(draft, 'update', uuid, label, 'completed in the ATS');
      return;
    }
    if (values.complete === true) {
      draft.note = 'It was completed and is pending again in Spark Hire: that is left as it is.';
      return;
    }
    for (const field of interviews.fields(values, observed, base)) mergeField(draft, base, uuid, field);
    refuseUnsendable(draft);
    mergeQuestions(values, observed, base, draft);
    if (draft.changes.length > 0) act(draft, 'update', uuid, label, null);
  },

  withdrawn({ link: { base, uuid }, observed }, draft) {
    const status = statusOf(observed.status);
    const before = base.desired?.ats;
    if (hasEnded(observed.status)) {
      // Remembered, so that it is not canceled once it is pending again, and that wanting it again is recognised. A row that
      // is not there may only be missing for a while: coming back is no new wish.
      const desired = draft.context.row === null ? null : 'canceled';
      if (before !== 'canceled' && before !== desired)
        draft.settles.desired = { ats: desired, sparkhire: status };
      if (status === 'completed') draft.note = 'Completed before it was withdrawn: it stays in Spark Hire.';
      return;
    }
    if (before === 'canceled' || (before === null && draft.context.row === null)) {
      draft.note = 'It had ended and is pending again in Spark Hire: that is left as it is.';
      return;
    }
    change(draft, 'desired', status, 'canceled');
    act(draft, 'cancel', uuid, interviews.labelOf(observed), 'withdrawn in the ATS');
  },
};

const former = ({ formerRows }: RowContext) => new Map(formerRows.map((row) => [row.uuid, row]));

/** Of the same candidate and type, on the row's job as it is or was before it was made anew, or on one it may have been. */
function ofJob(values: DesiredInterview, context: RowContext): ObservedInterview[] {
  const { job } = context.parents;
  return alike<ObservedInterview>(values, context).filter(
    ({ uuid, jobUuid }) =>
      jobUuid !== null && (jobUuid === job?.uuid || context.ledTo.includes(uuid) || isReplaced(job, jobUuid)),
  );
}

/**
 * Those that the row may stand for. A row whose predecessor is gone from its table is the same wish under another key,
 * whatever else it says and whether the interview has ended. Of several it goes on with one that is pending and says the
 * same, with one that says the same, with one that is pending, with the latest. What no row explains is adopted while
 * it is pending.
 */
function sameWish(values: DesiredInterview, context: RowContext): ObservedInterview[] {
  const formerly = former(context);
  const all = ofJob(values, context).filter(
    ({ uuid, status }) =>
      !context.ledTo.includes(uuid) && (isPending(status) || formerly.get(uuid)?.longGone === false),
  );
  const of = (isPendingOne: boolean, isSame: boolean) =>
    all.filter((one) => {
      const row = formerly.get(one.uuid);
      const pending = isPending(one.status);
      return row !== undefined && pending === isPendingOne && (!isSame || saysTheSame(values, row.base));
    });
  const latest = (found: ObservedInterview[]) =>
    [...found].sort((a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0)).slice(0, 1);
  const choices = [of(true, true), latest(of(false, true)), of(true, false), latest(of(false, false))];
  return choices.find((found) => found.length > 0) ?? all;
}

export const onlyLiveIsCompleted =
  'Set desired to invited or canceled: only live interviews are completed by the company, a one-way interview by its candidate.';

/** @returns whether it is to be completed. What was sent tells of which type it is: its package may be of another by now. */
function judgeCompleting(
  values: DesiredInterview,
  { link, observed }: Linked<ObservedInterview>,
  draft: Draft,
): boolean {
  if (values.complete !== true) return false;
  if ((link.base.type?.ats ?? observed.type ?? values.type) === 'live') return true;
  raise(draft, 'UNMAPPED_ENUM', 'desired', onlyLiveIsCompleted);
  return false;
}

function deadlineOf({ deadline }: DesiredInterview): Json {
  return 'at' in deadline ? deadline.at : { days: deadline.days };
}

/** Of a completed interview: another deadline is told for as long as the row says it. Who completes it may note when. */
function refuseDeadline(
  values: DesiredInterview,
  { link, observed: { scheduledAt } }: Linked<ObservedInterview>,
  draft: Draft,
): void {
  const { scheduled_at: pair } = link.base;
  const { deadline } = values;
  const follows = (draft.policies.fields.interviews.scheduled_at ?? 'merge') !== 'sparkhire';
  if (!('at' in deadline) || pair === undefined || values.complete === true || !follows) return;
  if (sameInstant(deadline.at, pair.ats)) return;
  if (sameInstant(deadline.at, scheduledAt)) {
    draft.settles.scheduled_at = { ats: deadline.at, sparkhire: scheduledAt };
    return;
  }
  const message =
    'The interview is completed, so its deadline cannot be moved any more: set it back, or invite with a new row beside this one.';
  raise(draft, 'IMMUTABLE_AFTER_SEND', 'deadline_at', message);
}

/** A deadline is not moved to where Spark Hire takes none; one that was sent and has passed by now is no wish. */
function refuseUnsendable(draft: Draft): void {
  if (!draft.changes.some(({ field }) => field === 'scheduled_at')) return;
  const unsendable = draft.context.row?.unsendable ?? [];
  const untimely = unsendable.filter(({ field }) => field === 'deadline_at');
  if (untimely.length === 0) return;
  holdBack(draft, 'scheduled_at');
  raiseAll(draft, untimely);
}

function whyInactive(jobAtsId: string, job: ParentJob): string {
  const { wanted, wantedOpen, uuid, observedStatus, state } = job;
  if (!wanted) return `waits: job ${jobAtsId} was withdrawn`;
  if (wantedOpen === false)
    return `waits for job ${jobAtsId} to be opened: the ATS has closed it, so nobody is invited to it any more`;
  if (state === 'conflict')
    return `waits for job ${jobAtsId}, about which a person has to decide: \`sparkhire-sync conflicts\``;
  if ((state === 'held' || state === 'rejected') && uuid !== null && observedStatus === 'active')
    return `waits for job ${jobAtsId}, whose own row is ${state}: the view ats.job_sync says why`;
  if (state === 'gone' && uuid === null)
    return `waits for job ${jobAtsId}, which was deleted in Spark Hire, confirmed by a person: withdraw this row, or name another job`;
  return uuid !== null && observedStatus !== null && observedStatus !== 'active'
    ? `waits for job ${jobAtsId}, which is ${observedStatus} in Spark Hire: make it active there. Or close it in the ATS and, once that is done, open it again`
    : `waits for job ${jobAtsId} to be active`;
}

function raiseUnknownSet({ questionSetUuid, fromPackage }: DesiredInterview, draft: Draft): void {
  draft.missesSet = true;
  const field = fromPackage?.includes('questions') ? 'package' : 'question_set_uuid';
  const giver = field === 'package' ? ' in the package' : '';
  const message = `Give the uuid of a question set of Spark Hire${giver}: there is no set ${questionSetUuid} (yet), and this row waits for it.`;
  raise(draft, 'UNKNOWN_REFERENCE', field, message);
}

/** Whether the row says what was agreed for one that is gone. A package says now what it likes: it is a template. */
function saysTheSame(values: DesiredInterview, { scheduled_at: agreed, questions }: Base): boolean {
  const isGiven = (column: string) => values.fromPackage?.includes(column) === true;
  const [deadline, was] = [deadlineOf(values), agreed?.ats ?? null];
  const isSameTime = typeof deadline === 'string' ? sameInstant(deadline, was) : sameValue(deadline, was);
  return (
    (isSameTime || isGiven('deadline_at')) &&
    (isGiven('questions') || sameValue(wishOf(values), questions?.ats ?? null))
  );
}

function final(values: DesiredInterview, base: Base, draft: Draft, status: string): void {
  const ended = status === 'canceled' ? 'canceled' : 'expired';
  if (values.complete === true) {
    const message = `The interview is ${ended}, which is final: it cannot be completed any more.`;
    raise(draft, 'IMMUTABLE_AFTER_SEND', 'desired', message);
    return;
  }
  if (base.desired?.ats === 'canceled') {
    const message = `The interview is ${ended}, which is final: inviting again takes a new row beside this one.`;
    raise(draft, 'IMMUTABLE_AFTER_SEND', 'desired', message);
    return;
  }
  const pair = base.scheduled_at;
  if (!('at' in values.deadline) || pair === undefined) return;
  if (typeof pair.ats === 'string' && sameInstant(values.deadline.at, pair.ats)) return;
  const message = `The interview is ${ended}, which is final: a later deadline takes a new row beside this one.`;
  raise(draft, 'IMMUTABLE_AFTER_SEND', 'deadline_at', message);
}
