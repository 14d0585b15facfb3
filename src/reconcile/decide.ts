/**
 * One row and everything known about it → what is to be done with it. The rules are tried in this order:
 *
 *   1 a write of unknown outcome   nothing else until it is known
 *   2 withdrawn                    closed, canceled, deleted, or nothing to do
 *   3 wrong, or not to be told yet its issues, or what it waits for; nothing is sent. Of a linked row what is wrong in
 *                                  a single column is told in the end (`columnIssues`)
 *   4 linked, object not seen      nothing until the mirror has it
 *     linked, object deleted       remote_deleted, until a person decides
 *   5 linked                       its fields, merged into one write; where it means somebody else by now, what that one's row left
 *   6 not linked                   adopted, or what it waits for, or created
 *   7 no slot or seat left         what takes one waits, the rest is written (in `finish`)
 *   8 refused before               the same content is not sent again (in `finish`)
 *
 * The room is pure: in come a row, its object and what people decided, as data; out go decisions, as data. No PostgreSQL, no
 * HTTP, no clock. kin/ says what is the same, kinds/ has the rules of each resource, values/ when two values mean the same,
 * acting/ who writes, plan/ the order.
 */

import { answerTo } from './answers.js';
import { type Draft, keep, newDraft, raiseAll, standAll } from './draft.js';
import { finish } from './finish.js';
import { adoptsWithdrawn, agreeGone, askDeleted, first } from './first-contact.js';
import { isWaitedFor } from './kin/former.js';
import { isAnothers, leftOver } from './kin/kin.js';
import { renamingOf } from './kin/moved-keys.js';
import { interviews } from './kinds/interviews.js';
import { jobs } from './kinds/jobs.js';
import type { Rules } from './kinds/rules.js';
import { shareLinks } from './kinds/share-links.js';
import { users } from './kinds/users.js';
import { movesOn, movesToEnd } from './moves-on.js';
import { lostAnswer } from './parents.js';
import {
  type Decision,
  type Desired,
  type Issue,
  type Json,
  nouns,
  type Observed,
  type Policies,
  type PushResource,
  type RowContext,
} from './types.js';

const rulesOf = { users, jobs, interviews, share_links: shareLinks } as unknown as Record<
  PushResource,
  Rules
>;

/** What makes an object the one a row means: the ATS value (`ats`) of every conflict that is not of one field. */
export function identityOf(values: Desired): Json {
  return rulesOf[values.resource].identity(values);
}

export function decide(context: RowContext, policies: Policies): Decision {
  const { refused } = context;
  const decision = judge(context, policies);
  if (refused?.code !== 'PLAN_LIMIT' || context.noRoom != null || decision.action !== null) return decision;
  // What Spark Hire refused for want of a slot or seat is what the plan has no room for: all else goes on.
  const asked = judge({ ...context, refused: null }, policies);
  if (asked.action?.room !== 'takes') return decision;
  return judge({ ...context, refused: null, noRoom: { message: refused.message, asks: true } }, policies);
}

function judge(context: RowContext, policies: Policies): Decision {
  const draft = newDraft(context, policies);
  const { row, link, observed, openIntent } = context;
  const rules = rulesOf[context.resource];
  if (openIntent !== null) {
    keep(draft);
    standAll(draft);
    draft.state = 'in_flight';
    const isAsked = context.openConflicts.some(({ kind }) => kind === 'unknown_outcome');
    draft.note = isAsked ? lostAnswer : 'The outcome of a write is not known yet.';
    return finish(draft);
  }
  // Whatever comes of it now: as long as it means something else, its key is used again.
  if (context.wasGone && row?.wanted === true && link !== null)
    draft.settles.gone = { ats: true, sparkhire: null };
  if (row === null || !row.wanted || endsInactiveUser(context, policies)) {
    withdraw(rules, draft);
  } else if (row.values === null || stopping(context).length > 0) {
    const issues = stopping(context);
    raiseAll(draft, [...issues, ...(row.waits ?? [])]);
    // As it is it would not be sent, whatever the plan has left.
    keep(draft, 'asking');
    standAll(draft);
    draft.state = issues.length > 0 ? 'rejected' : 'held';
  } else if (link === null) {
    first(rules, row.values, draft);
  } else if (observed === null) {
    unseen(draft);
  } else if (observed.deleted) {
    gone(rules, row.values, draft);
  } else if (context.shares?.areMoving === true) {
    keep(draft);
    standAll(draft);
    draft.state = 'pending';
    draft.note = 'Its interviews are given to the rows that mean them first.';
  } else if (isElsewhere(context) && movesOn(rules, row.values, draft)) {
    // It gets what the other row leaves.
  } else if (isWaitedFor(context)) {
    makeWay(draft);
  } else if (context.isUsedAgain) {
    another(rules, row.values, draft);
  } else if (context.isLeft === true) {
    leave(rules, observed, draft);
  } else {
    delete draft.settles.gone;
    if (link.base.gone?.ats === true) draft.settles.gone = { ats: false, sparkhire: null };
    // First: that a column differs says nothing where it cannot be used.
    raiseAll(draft, row.columnIssues ?? []);
    // It says itself by now what it was left with.
    if (link.base[leftOver]?.ats != null && renamingOf(context) === undefined)
      draft.settles[leftOver] = { ats: null, sparkhire: null };
    rules.linked(row.values, observed, draft);
  }
  raiseAll(draft, row?.asides ?? []);
  return finish(draft);
}

/** Whether the row may mean something else than its object by now. */
const isElsewhere = (context: RowContext) =>
  context.isLeft === true ||
  isAnothers(
    context.row?.values ?? null,
    context.link?.base ?? {},
    context.observed ?? undefined,
    context.shares?.interviews,
  );

/** What was left with the row is ended, once a person has seen that keys moved (`findShift`); then the row is one without an object. */
function leave(rules: Rules, observed: Observed, draft: Draft): void {
  draft.state = 'pending';
  draft.next = 'pending';
  draft.why.add('left with this row when keys moved');
  rules.withdrawn(observed, draft);
}

/** What stops all of a row: what is wrong in columns that cannot be changed does so where its object is not there. */
function stopping({ row, observed }: RowContext): Issue[] {
  const { issues = [], columnIssues = [] } = row ?? {};
  return observed === null || observed.deleted ? [...issues, ...columnIssues] : issues;
}

/**
 * Whether the ATS says that a user is not active any more, and that ends the user: by policy, or because there is none
 * any more. By policy one that is not linked is not linked now either: only to be deleted.
 */
function endsInactiveUser({ row, link, observed }: RowContext, policies: Policies): boolean {
  const values = row?.values;
  if (values?.resource !== 'users' || values.active !== false) return false;
  return policies.users.withdrawn === 'delete' || (link !== null && observed?.deleted === true);
}

/**
 * The ATS does not want it, or does not have it. That may be a gap (a table that is being loaded again): what guards
 * against a second object stays, the link to a deleted one and what people decided.
 */
function withdraw(rules: Rules, draft: Draft): void {
  const { link, observed, resolutions } = draft.context;
  draft.state = 'gone';
  standAll(draft);
  const values = draft.context.row?.values ?? null;
  if (values !== null && (link === null || isElsewhere(draft.context)) && movesToEnd(rules, values, draft))
    return;
  if (link === null || observed?.deleted === true) {
    if (adoptsWithdrawn(rules, draft)) return;
    // Whether there is an invitation to be canceled, only a person can tell.
    keep(draft, 'unknown_outcome');
    return;
  }
  if (observed === null) {
    unseen(draft);
    return;
  }
  if (mayGoOn(draft)) {
    makeWay(draft);
    return;
  }
  draft.heir = draft.context.successor?.atsId;
  for (const { id, kind, field, ats } of resolutions) {
    // Its object is known now; and to close a job is judged here too.
    if (kind !== 'field_diverged' || (field === 'status' && ats === 'inactive')) draft.standing.delete(id);
  }
  rules.withdrawn(observed, draft);
  // Before that is done the row may be back, also under another key: what it had said last these tell.
  const isToEnd = draft.action !== null || draft.waits.length > 0;
  if (draft.context.row === null && isToEnd) keep(draft, 'field_diverged');
}

/**
 * Whether the row seems to go on under another key, whose first contact takes the object over or asks; or whether it is there
 * and means something else than its object, which is not its to end then.
 */
function mayGoOn({ context }: Draft): boolean {
  const { row } = context;
  const isOwn = row !== null && !isElsewhere(context);
  return !isOwn && isWaitedFor(context);
}

/** Nothing becomes of its object before the other row is settled. */
function makeWay(draft: Draft): void {
  keep(draft);
  // The row of a request that names nobody is the request.
  const { atsId, isJob } = draft.context.successor!;
  if (isJob === true) {
    draft.waits.push(
      `waits for job ${atsId}, which may be the job of this row under another key: answer its question in \`sparkhire-sync conflicts\``,
    );
    return;
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
}

/** What the mirror has not (yet) may be there or not: the next sweep or read tells, and nothing is done before. */
function unseen(draft: Draft): void {
  keep(draft);
  standAll(draft);
  draft.state = 'pending';
  draft.note = 'Its object is not in the mirror (yet): decided as soon as Spark Hire was asked for it.';
}

/** The row means something else than its object by now: whether that is there or not, it is one for the first time. */
function another(rules: Rules, values: Desired, draft: Draft): void {
  draft.why.add(`new in the ATS under the key of a former ${nouns[draft.context.resource]}`);
  first(rules, values, draft);
}

/** The linked object does not exist any more, and the ATS wants it. */
function gone(rules: Rules, values: Desired, draft: Draft): void {
  const link = draft.context.link!;
  const decided = answerTo('remote_deleted', draft.context, rules.identity(values));
  // What was decided about one object says nothing about the next.
  const choice = decided?.uuid === link.uuid ? decided : undefined;
  if (choice?.choice === 'ats') {
    draft.carried.add(choice.id);
    draft.why.add('deleted in Spark Hire, and a person decided to make it again');
    first(rules, values, draft);
  } else if (choice?.choice === 'sparkhire') {
    draft.unlink = true;
    agreeGone(draft, choice, 'Deleted in Spark Hire, confirmed by a person.');
  } else if (draft.context.isUsedAgain) {
    another(rules, values, draft);
  } else {
    askDeleted(rules, values, draft, link.uuid);
  }
}
