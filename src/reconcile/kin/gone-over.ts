/**
 * A linked row whose object may not be its own any more: where keys are the numbers of lines all rows go over to other objects
 * when one line goes. The first way that applies is taken; a row that has none is merged with its object (`Rules.linked`).
 */
import { hasEnded, isPending } from '../../interview-status.js';
import { answerTo, end, pointedAt } from '../answers.js';
import { ask, type Draft, keep } from '../draft.js';
import { adopt, adoptsPointed, first } from '../first-contact.js';
import type { Rules } from '../kinds/rules.js';
import { type Desired, type Linked, nouns, type Observed, type RowContext } from '../types.js';
import { statusOf } from '../values/equality.js';
import { isWaitedFor } from './former.js';
import { isAnothers, isBeyondDoubt } from './kin.js';
import { formerOf, listing } from './resembling.js';

interface Wanted {
  rules: Rules;
  values: Desired;
  draft: Draft;
}

interface Way {
  when: (context: RowContext) => boolean;
  /** @returns false if there is no such thing after all: the next way is tried */
  goes: (row: Wanted, linked: Linked) => boolean;
}

const ways: readonly Way[] = [
  // Which interviews a link is to show is settled by the rows that get them.
  { when: ({ shares }) => shares?.areMoving === true, goes: waitsForInterviews },
  // Another row has left what this one means; it may get the object of this one for that.
  { when: isElsewhere, goes: movesOn },
  // Another row may mean its object, and cannot be used yet: nothing becomes of the object before.
  { when: isWaitedFor, goes: makesWay },
  // It came back and means something else: its object is that of a former row, and stays as it was withdrawn.
  { when: ({ isUsedAgain }) => isUsedAgain, goes: startsAnew },
  // It never asked for what it was left with. Once that is ended, it is a row without an object.
  { when: ({ isLeftOver }) => isLeftOver, goes: endsLeftOver },
];

/** @returns whether it does: all is said then */
export function goesOver(row: Wanted, linked: Linked): boolean {
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
  return !isOwn && isWaitedFor(context);
}

function waitsForInterviews({ draft }: Wanted): boolean {
  keep(draft);
  draft.unjudged = 'held';
  draft.state = 'pending';
  draft.note = 'Its interviews are given to the rows that mean them first.';
  return true;
}

/**
 * A row that means somebody else than its object takes over what that one's row has left, which gets its object instead.
 * @returns whether there is such a thing
 */
function movesOn({ rules, values, draft }: Wanted): boolean {
  const { context } = draft;
  const { formerRows, jobGoneOver, namesakes, invitedTo } = context;
  if (formerRows.length === 0) return invitedTo.length > 0 && mayBeInvitedTo({ rules, values, draft });
  const [only, ...more] = rules.candidates(values, context).filter((one) => {
    const former = formerOf(context, one.uuid);
    if (isWorse(one, context)) return false;
    if (former === undefined) return values.resource === 'interviews';
    return isBeyondDoubt(values, one, former, jobGoneOver);
  });
  if (only === undefined) {
    const isAsked = namesakes.some((uuid) => formerOf(context, uuid) !== undefined);
    const answer = answerTo('possible_duplicate', context, rules.identity(values));
    if (!isAsked) return false;
    if (answer?.take === 'create') {
      // That somebody else has this name goes on being so, while the row keeps its object.
      end(draft, answer, 'held');
      return false;
    }
    // It may be somebody whose row is gone or means another one, under a new address.
    first(rules, values, draft);
    return true;
  }
  if (more.length > 0 && jobGoneOver) {
    // Surely not its own any more, and one of several: a person says which.
    first(rules, values, draft);
    return true;
  }
  if (more.length > 0 || formerOf(context, only.uuid) === undefined) return false;
  adopt(rules, values, only.uuid, rules.likeness, draft);
  return true;
}

/**
 * A job of no row is called what the row says by now, and its candidates were invited there: lines may have moved whose jobs a
 * database that was restored does not know. A person says whether it is the row's; before that nobody is invited to the other one.
 */
function mayBeInvitedTo({ rules, values, draft }: Wanted): boolean {
  const { adoptable, invitedTo, observed } = draft.context;
  const identity = rules.identity(values);
  const answer = answerTo('possible_duplicate', draft.context, identity);
  if (answer?.take === 'create') {
    end(draft, answer, 'held');
    return false;
  }
  const jobs = adoptable.filter(({ uuid }) => invitedTo.includes(uuid));
  if (jobs.some(({ uuid }) => uuid === pointedAt(answer))) return adoptsPointed(rules, values, answer, draft);
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
  if (!isPending(observed.status) || !hasEnded(one.status) || isWaitedFor(context)) return false;
  return statusOf(one.status) !== 'completed' || formerOf(context, one.uuid)?.isThere !== true;
}

/** Nothing becomes of its object before the other row is settled. */
export function makesWay({ draft }: Pick<Wanted, 'draft'>): boolean {
  keep(draft);
  draft.unjudged = 'held';
  // The row of a request that names nobody is the request.
  const { atsId, isJob } = draft.context.successor!;
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
    `waits for row ${name}, ${which}: correct what its issues say, answer its question, or delete it if it is another one`,
  );
  return true;
}

export function startsAnew({ rules, values, draft }: Wanted): boolean {
  draft.why.add(`new in the ATS under the key of a former ${nouns[draft.context.resource]}`);
  first(rules, values, draft);
  return true;
}

/** Once a person has seen that keys moved (`findShift`). */
function endsLeftOver({ rules, draft }: Wanted, linked: Linked): boolean {
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
export function movesToEnd({ rules, values, draft }: Wanted): boolean {
  const { formerRows, ...context } = draft.context;
  if (context.resource !== 'interviews') return false;
  const there = formerRows.filter(({ isThere }) => isThere);
  const [only, ...more] = rules
    .candidates(values, { ...context, formerRows: there })
    .filter(({ uuid }) => there.some((former) => former.uuid === uuid));
  if (only === undefined || more.length > 0) return false;
  adopt(rules, values, only.uuid, rules.likeness, draft);
  draft.next = 'pending';
  return true;
}
