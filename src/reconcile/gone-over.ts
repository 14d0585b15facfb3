/**
 * A linked row whose object, or its object's job, may not be its own any more. Where keys are the numbers of lines all rows go over
 * to other objects when one line goes. The first way that applies is taken; a row that has none is merged with its object
 * (`Rules.linked`), unless that is an interview left on another job (`settlesStranded`).
 */
import { hasEnded, isPending } from '../interview-status.js';
import { adopt, adoptsPointed } from './adopt.js';
import { answerTo, end, fieldAnswer, pointedAt } from './answers.js';
import { listing } from './asking.js';
import { act, ask, change, holdAnswers, keep, leaveAsItIs, newDraft, raise } from './draft.js';
import { findOrCreate } from './find-or-create.js';
import { comesFirst, formerOf, isAnothers, isBeyondDoubt } from './kin/kin.js';
import type { WantedRow } from './kinds/rules.js';
import { hasRow, isReplaced } from './parents.js';
import {
  type Base,
  type DesiredInterview,
  type Json,
  type Linked,
  nouns,
  type Observed,
  type ObservedInterview,
  type ParentJob,
  type RowContext,
} from './types.js';
import { sameText, sameValue, statusOf } from './values/equality.js';

interface Way {
  when: (context: RowContext) => boolean;
  /** @returns false if there is no such thing after all: the next way is tried */
  goes: (row: WantedRow, linked: Linked) => boolean;
}

const ways: readonly Way[] = [
  // Which interviews a link is to show is settled by the rows that get them.
  { when: ({ shares }) => shares?.areMoving === true, goes: waitsForInterviews },
  // Another row has left what this one means; it may get the object of this one for that.
  { when: isElsewhere, goes: movesOn },
  // Another row may mean its object, and cannot be used yet: nothing becomes of the object before.
  { when: (context) => comesFirst(context) !== null, goes: makesWay },
  // It came back and means something else: its object is that of a former row, and stays as it was withdrawn.
  { when: ({ isUsedAgain }) => isUsedAgain, goes: startsAnew },
  // It never asked for what it was left with. Once that is ended, it is a row without an object.
  { when: ({ isLeftOver }) => isLeftOver, goes: endsLeftOver },
];

/** @returns whether it does: all is said then */
export function goesOver(row: WantedRow, linked: Linked): boolean {
  return ways.some(({ when, goes }) => when(row.draft.context) && goes(row, linked));
}

/** Whether the row may mean something else than its object by now. */
export function isElsewhere({ isLeftOver, row, link, observed, shares }: RowContext): boolean {
  const values = row?.values ?? null;
  return isLeftOver || isAnothers(values, link?.base ?? {}, observed ?? undefined, shares?.interviews);
}

/**
 * Of a row that is withdrawn: whether it seems to go on under another key, whose first contact takes the object over or asks; or
 * whether it is there and means something else than its object, which is not its to end then.
 */
export function mayGoOn(context: RowContext): boolean {
  const isOwn = context.row !== null && !isElsewhere(context);
  return !isOwn && comesFirst(context) !== null;
}

function waitsForInterviews({ draft }: WantedRow): boolean {
  leaveAsItIs(draft, 'pending', 'Its interviews are given to the rows that mean them first.');
  return true;
}

/** What other rows have left, and this one may mean. */
interface Left extends WantedRow {
  /** What is the row's as far as that shows, or is nobody's. */
  its: readonly Observed[];
}

/** What the row goes over to, or a person is asked about. As in `ways`. */
const destinations: ReadonlyArray<{ when: (left: Left) => boolean; goes: (left: Left) => boolean }> = [
  {
    when: ({ draft: { context } }) => context.formerRows.length === 0 && context.invitedTo.length > 0,
    goes: mayBeInvitedTo,
  },
  // It may be somebody whose row is gone or means another one, under a new address.
  {
    when: ({ its, draft: { context } }) => its.length === 0 && hasFormerNamesake(context),
    goes: asksAboutNamesake,
  },
  // Surely not its own any more, and one of several: a person says which.
  { when: ({ its, draft: { context } }) => its.length > 1 && context.jobGoneOver, goes: asksWhich },
  {
    when: ({ its, draft: { context } }) => its.length === 1 && formerOf(context, its[0]!.uuid) !== undefined,
    goes: takesOver,
  },
];

/**
 * A row that means somebody else than its object takes over what that one's row has left, which gets its object instead.
 * @returns whether there is such a thing
 */
function movesOn(row: WantedRow): boolean {
  const { rules, values } = row;
  const { context } = row.draft;
  const its = rules.candidates(values, context).filter((one) => {
    const former = formerOf(context, one.uuid);
    if (isWorse(one, context)) return false;
    if (former === undefined) return values.resource === 'interviews';
    return isBeyondDoubt(values, one, former, context.jobGoneOver);
  });
  const left = { ...row, its };
  return destinations.find(({ when }) => when(left))?.goes(left) ?? false;
}

function takesOver(left: Left): boolean {
  adopt(left, left.its[0]!.uuid, left.rules.likeness);
  return true;
}

function asksWhich(left: Left): boolean {
  findOrCreate(left);
  return true;
}

const hasFormerNamesake = (context: RowContext) =>
  context.namesakes.some((uuid) => formerOf(context, uuid) !== undefined);

function asksAboutNamesake(left: Left): boolean {
  return !keepsItsOwn(left) && asksWhich(left);
}

/** A person decided that it is none of these: the row keeps its object, and they go on holding it. */
function keepsItsOwn({ rules, values, draft }: WantedRow): boolean {
  const answer = answerTo('possible_duplicate', draft.context, rules.identity(values));
  if (answer?.take !== 'create') return false;
  end(draft, answer, 'held');
  return true;
}

/**
 * A job of no row is called what the row says by now, and its candidates were invited there: lines may have moved whose jobs a
 * database that was restored does not know. A person says whether it is the row's; before that nobody is invited to the other one.
 */
function mayBeInvitedTo(row: WantedRow): boolean {
  if (keepsItsOwn(row)) return false;
  const { rules, values, draft } = row;
  const { adoptable, invitedTo, observed } = draft.context;
  const identity = rules.identity(values);
  const answer = answerTo('possible_duplicate', draft.context, identity);
  const jobs = adoptable.filter(({ uuid }) => invitedTo.includes(uuid));
  if (jobs.some(({ uuid }) => uuid === pointedAt(answer))) return adoptsPointed(row, answer);
  const own = rules.labelOf(observed!);
  const which =
    jobs.length === 1
      ? `${rules.labelOf(jobs[0]!)} in Spark Hire is called so and belongs`
      : `${jobs.length} jobs in Spark Hire are called so and belong`;
  ask(draft, {
    kind: 'possible_duplicate',
    uuid: jobs.length === 1 ? jobs[0]!.uuid : null,
    ats: identity,
    sparkhire: listing(jobs, draft.context, own),
    reason: `${which} to no row of the ATS, and candidates of this row were invited to it, while the row stands for ${own}.`,
    policy: 'ask',
  });
  return true;
}

/**
 * Whether the row would give a pending interview, which no other row takes over, for one that has ended. One that was completed is taken
 * where its own row is there and names somebody else: there lines have moved.
 */
function isWorse(one: Observed, context: RowContext): boolean {
  const { observed } = context;
  if (one.resource !== 'interviews' || observed?.resource !== 'interviews') return false;
  if (!isPending(observed.status) || !hasEnded(one.status) || comesFirst(context) !== null) return false;
  return statusOf(one.status) !== 'completed' || formerOf(context, one.uuid)?.isThere !== true;
}

/** Nothing becomes of its object before the other row is settled. */
export function makesWay({ draft }: Pick<WantedRow, 'draft'>): boolean {
  keep(draft);
  holdAnswers(draft);
  // The row of a request that names nobody is the request.
  const { atsId, isJob } = comesFirst(draft.context)!;
  if (isJob === true) {
    draft.waits.push(
      `waits for job ${atsId}, which may be the job of this row under another key: answer its question in \`sparkhire-sync conflicts\``,
    );
    return true;
  }
  const name = draft.context.resource === 'share_links' ? atsId.replace(/\/$/, '') : atsId;
  draft.heir = atsId;
  const { row, resource } = draft.context;
  const which =
    row === null
      ? 'which may be this one under another key'
      : `to which the ${nouns[resource]} of this row may belong`;
  draft.waits.push(
    `waits for row ${name}, ${which}: correct that row, answer the question about it, or delete it if it is something else`,
  );
  return true;
}

export function startsAnew(row: WantedRow): boolean {
  const { draft } = row;
  draft.why.add(`new in the ATS under the key of a former ${nouns[draft.context.resource]}`);
  findOrCreate(row);
  return true;
}

/** Once a person has seen that keys moved (`findShift`). */
function endsLeftOver({ rules, draft }: WantedRow, linked: Linked): boolean {
  draft.state = 'pending';
  draft.next = 'pending';
  draft.why.add('left with this row when keys moved');
  rules.withdrawn(linked, draft);
  return true;
}

/**
 * A row that was withdrawn in the load that moved keys takes over what it means, where that one's row is there and means
 * something else: to end it is this row's.
 */
export function movesToEnd(row: WantedRow): boolean {
  const { rules, values, draft } = row;
  const { formerRows, ...context } = draft.context;
  if (context.resource !== 'interviews') return false;
  const there = formerRows.filter(({ isThere }) => isThere);
  const [only, ...more] = rules
    .candidates(values, { ...context, formerRows: there })
    .filter(({ uuid }) => there.some((former) => former.uuid === uuid));
  if (only === undefined || more.length > 0) return false;
  adopt(row, only.uuid, rules.likeness);
  draft.next = 'pending';
  return true;
}

// ---- an interview that is its own, on a job that is not

/**
 * Pending interviews on a job that their row does not mean (any more): it was deleted in Spark Hire, or another was made for the row.
 * The API moves no interview, and whether a candidate can still answer one nobody knows: a person is asked, or what they decided is
 * carried out.
 * @returns whether that is all there is to do about the row
 */
export function settlesStranded(row: WantedRow, { link, observed }: Linked): boolean {
  const { values, draft } = row;
  if (values.resource !== 'interviews' || observed.resource !== 'interviews') return false;
  const { job } = draft.context.parents;
  const { uuid, base } = link;
  const on = strandedOn(values, observed, base, job);
  if (on === null) return false;
  const sides = {
    field: 'job',
    ats: { job_ats_id: values.jobAtsId, job_uuid: openJobOf(job, on.jobUuid) },
    sparkhire: { job_uuid: on.jobUuid },
  };
  const isStillPending = isPending(observed.status);
  // Once it was canceled for it the decision holds, whatever becomes of the job meanwhile.
  const isSame = (a: Json, b: Json) =>
    sameValue(a, b) || (!isStillPending && jobOf(a) !== undefined && jobOf(a) === jobOf(b));
  const about = fieldAnswer(draft.context, sides, isSame);
  const answer = about?.uuid === uuid ? about : undefined;
  if (!isStillPending) {
    if (answer?.take !== 'ats') return false;
    end(draft, answer, 'used_if_made', invitedAgain);
    findOrCreate(row);
    return true;
  }
  if (base.job?.sparkhire === on.jobUuid) return false;
  if (answer?.take === 'ats') {
    end(draft, answer, 'held');
    makesRoomForAnother(row, uuid, observed);
    return true;
  }
  if (answer?.take === 'sparkhire') {
    draft.settles.job = { ats: values.jobAtsId, sparkhire: on.jobUuid };
    end(draft, answer, 'settled');
  } else if (on.isDeleted && job?.wanted === true && isUnsettled(job, on.jobUuid)) {
    const isAsked = job.uuid === on.jobUuid || job.state === 'conflict';
    const before = isAsked
      ? 'decide about the job first (`sparkhire-sync conflicts`)'
      : 'it has to be in Spark Hire first; its own row of the view ats.job_sync says what it waits for';
    const message = `Job ${values.jobAtsId} was deleted in Spark Hire while this interview was pending: ${before}.`;
    raise(draft, 'UNKNOWN_REFERENCE', 'job_ats_id', message);
  } else {
    ask(draft, {
      kind: 'field_diverged',
      uuid,
      ...sides,
      reason: on.isDeleted
        ? 'Its job was deleted in Spark Hire while it was pending: whether the candidate can still answer is not known.'
        : `It is pending on another job of Spark Hire than ${values.jobAtsId} is now.`,
    });
  }
  return false;
}

const invitedAgain = 'a person decided to invite to the job of the row';

/** It is not ended before the other invitation can follow: where that cannot, the row waits as the other one would. */
function makesRoomForAnother(row: WantedRow, uuid: string, observed: ObservedInterview): void {
  const { rules, draft } = row;
  const next = newDraft(draft.context, draft.policies);
  findOrCreate({ ...row, draft: next });
  if (next.action === null) {
    findOrCreate(row);
    return;
  }
  change(draft, 'desired', observed.status, 'canceled');
  act(draft, 'cancel', uuid, rules.labelOf(observed), invitedAgain);
  draft.next = 'pending';
}

/** The job on which the interview is, if that is not the row's (any more); of one that was completed it is no matter. */
function strandedOn(
  { jobAtsId }: DesiredInterview,
  observed: ObservedInterview,
  base: Base,
  job: ParentJob | null,
): { jobUuid: string; isDeleted: boolean } | null {
  const isOtherKey = base.job !== undefined && !sameText(jobAtsId, base.job.ats);
  const deleted = observed.jobUuid === null && !isOtherKey ? deletedOf(job) : null;
  const jobUuid = observed.jobUuid ?? deleted;
  if (jobUuid === null || observed.status === 'completed') return null;
  const isDeleted = observed.jobDeleted === true || deleted !== null;
  const isOnAnother = job !== null && job.uuid !== null && job.uuid !== jobUuid;
  return isDeleted || (isOnAnother && (!isOtherKey || isReplaced(job, jobUuid)))
    ? { jobUuid, isDeleted }
    : null;
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
