/**
 * Pending interviews on a job that their row does not mean (any more): it was deleted in Spark Hire, or another was made
 * for the row. The API moves no interview, and whether a candidate can still answer one nobody knows: a person decides.
 */
import { isPending } from '../../interview-status.js';
import { end, fieldAnswer } from '../answers.js';
import { act, ask, change, type Draft, newDraft, raise } from '../draft.js';
import { first } from '../first-contact.js';
import { hasRow, isReplaced } from '../parents.js';
import type { DesiredInterview, Json, Linked, ObservedInterview, ParentJob } from '../types.js';
import { sameText, sameValue } from '../values/equality.js';
import type { Rules } from './rules.js';

/**
 * Tells it, or carries out what was decided.
 * @returns whether that is all there is to do about the row
 */
export function settleStranded(
  rules: Rules,
  values: DesiredInterview,
  { link, observed }: Linked<ObservedInterview>,
  draft: Draft,
): boolean {
  const { context } = draft;
  const { status } = observed;
  const { uuid, base } = link;
  const { job } = context.parents;
  const isOtherKey = base.job !== undefined && !sameText(values.jobAtsId, base.job.ats);
  const deleted = observed.jobUuid === null && !isOtherKey ? deletedOf(job) : null;
  const jobUuid = observed.jobUuid ?? deleted;
  const jobDeleted = observed.jobDeleted === true || deleted !== null;
  const isElsewhere =
    job !== null &&
    job.uuid !== null &&
    job.uuid !== jobUuid &&
    (!isOtherKey || isReplaced(job, jobUuid ?? ''));
  if (jobUuid === null || !(jobDeleted || isElsewhere) || status === 'completed') return false;
  const sides = {
    field: 'job',
    ats: { job_ats_id: values.jobAtsId, job_uuid: openJobOf(job, jobUuid) },
    sparkhire: { job_uuid: jobUuid },
  };
  // Once it was canceled for it the decision holds, whatever becomes of the job meanwhile.
  const isSame = (a: Json, b: Json) =>
    sameValue(a, b) || (!isPending(status) && jobOf(a) !== undefined && jobOf(a) === jobOf(b));
  const answer = fieldAnswer(context, sides, isSame);
  const isDecided = answer?.uuid === uuid;
  const why = 'a person decided to invite to the job of the row';
  if (!isPending(status)) {
    if (!isDecided || answer.take !== 'ats') return false;
    end(draft, answer, 'made', why);
    first(rules, values, draft);
    return true;
  }
  if (base.job?.sparkhire === jobUuid) return false;
  if (isDecided && answer.take === 'ats') {
    end(draft, answer, 'held');
    // It is not ended before the other one can follow: where that cannot, the row waits as the other one would.
    const next = newDraft(context, draft.policies);
    first(rules, values, next);
    if (next.action === null) first(rules, values, draft);
    else {
      change(draft, 'desired', status, 'canceled');
      act(draft, 'cancel', uuid, rules.labelOf(observed), why);
      draft.next = 'pending';
    }
    return true;
  }
  if (isDecided && answer.take === 'sparkhire') {
    draft.settles.job = { ats: values.jobAtsId, sparkhire: jobUuid };
    end(draft, answer, 'settled');
  } else if (jobDeleted && job?.wanted === true && isUnsettled(job, jobUuid)) {
    const isAsked = job.uuid === jobUuid || job.state === 'conflict';
    const first = isAsked
      ? 'decide about the job first (`sparkhire-sync conflicts`)'
      : 'it has to be in Spark Hire first; its own row of the view ats.job_sync says what it waits for';
    const message = `Job ${values.jobAtsId} was deleted in Spark Hire while this interview was pending: ${first}.`;
    raise(draft, 'UNKNOWN_REFERENCE', 'job_ats_id', message);
  } else {
    ask(draft, {
      kind: 'field_diverged',
      uuid,
      ...sides,
      reason: jobDeleted
        ? 'Its job was deleted in Spark Hire while it was pending: whether the candidate can still answer is not known.'
        : `It is pending on another job of Spark Hire than ${values.jobAtsId} is now.`,
    });
  }
  return false;
}

/** The deleted object that was the row's job last: an interview whose job Spark Hire does not name any more was on that one. */
function deletedOf(job: ParentJob | null): string | null {
  const isDeleted = job !== null && job.uuid !== null && job.observedStatus === null;
  return isDeleted ? job.uuid : (job?.replaces?.at(-1) ?? null);
}

/** Whether a person is to decide about the job first, or it is still to be made. */
function isUnsettled(job: ParentJob, deleted: string): boolean {
  return job.uuid === deleted || (job.uuid === null && hasRow(job) && job.state !== 'gone');
}

const jobOf = (side: Json) => (side as { job_ats_id?: Json } | null)?.job_ats_id;

/** Where the candidate could be invited to instead; null: nowhere as things stand. */
function openJobOf(job: ParentJob | null, from: string): string | null {
  if (job === null || job.uuid === from || !job.wanted || job.wantedOpen === false) return null;
  return job.observedStatus === 'inactive' ? null : job.uuid;
}
