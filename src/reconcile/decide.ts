/**
 * One row and everything known about it → what is to be done with it. The rules are tried in this order:
 *
 *   1 a write of unknown outcome   nothing else until it is known
 *   2 withdrawn                    closed, canceled, deleted, or nothing to do; what is to be ended may have to be linked first
 *   3 wrong, or not to be told yet its issues, or what it waits for; nothing is sent. Of a linked row what is wrong in
 *                                  a single column is told in the end (`columnIssues`)
 *   4 linked, object not seen      nothing until the mirror has it
 *     linked, object deleted       remote_deleted, until a person decides
 *   5 linked to another one's      what it goes over to, or waits for (kin/gone-over.ts)
 *     linked to its own            its fields, merged into one write
 *   6 not linked                   adopted, or what it waits for, or created
 *   7 no slot or seat left         what takes one waits, the rest is written (in `finish`)
 *   8 refused before               the same content is not sent again (in `finish`); for the plan's limit: decided once more,
 *                                  by 7 (in `decide`)
 *   9 nobody may act               waits for a key (in `finish`)
 *
 * The room is pure: in come a row, its object and what people decided, as data; out go decisions, as data. No PostgreSQL, no
 * HTTP, no clock. kin/ says what is the same, kinds/ has the rules of each resource, values/ when two values mean the same,
 * acting/ who writes, plan/ the order.
 */

import { answerTo, end } from './answers.js';
import { type Draft, keep, newDraft, raiseAll } from './draft.js';
import { finish } from './finish.js';
import { adoptsWithdrawn, agreeGone, askDeleted, first } from './first-contact.js';
import { goesOver, isElsewhere, makesWay, mayGoOn, movesToEnd, startsAnew } from './kin/gone-over.js';
import { leftOver } from './kin/kin.js';
import { renamingOf } from './kin/moved-keys.js';
import { interviews } from './kinds/interviews.js';
import { jobs } from './kinds/jobs.js';
import type { Rules } from './kinds/rules.js';
import { shareLinks } from './kinds/share-links.js';
import { users } from './kinds/users.js';
import { lostAnswer } from './parents.js';
import type {
  Base,
  Decision,
  Desired,
  Issue,
  Json,
  Link,
  Linked,
  Policies,
  PushResource,
  RowContext,
} from './types.js';

const rulesOf = { users, jobs, interviews, share_links: shareLinks } as unknown as Record<
  PushResource,
  Rules
>;

/** What makes an object the one a row means: the ATS value (`ats`) of every conflict that is not of one field. */
export function identityOf(values: Desired): Json {
  return rulesOf[values.resource].identity(values);
}

// ---- where a row stands: whether it is wanted and can be used, and what is there for it

/** What stands for a row in Spark Hire. */
type RowObject =
  | { kind: 'none' }
  /** The mirror does not have it (yet): it may be there or not. */
  | { kind: 'unseen' }
  | { kind: 'deleted'; link: Link }
  | ({ kind: 'there' } & Linked);

type RowStanding =
  /** A write of it may be on its way. */
  | { kind: 'in_flight' }
  /** The ATS does not want it, or does not have it. */
  | { kind: 'withdrawn'; object: RowObject }
  /** With these issues, or for what it waits, it cannot be told what it wants. */
  | { kind: 'unusable'; issues: Issue[] }
  | { kind: 'wanted'; values: Desired; object: RowObject };

function standingOf(context: RowContext, policies: Policies): RowStanding {
  const { row, openIntent } = context;
  const object = objectOf(context);
  if (openIntent !== null) {
    return { kind: 'in_flight' };
  }
  if (row === null || !row.wanted || endsInactiveUser(context, policies)) {
    return { kind: 'withdrawn', object };
  }
  // What is wrong in columns that cannot be changed stops all of a row where its object is not there.
  const { issues, columnIssues = [], values } = row;
  const stopping = object.kind === 'there' ? issues : [...issues, ...columnIssues];
  if (values === null || stopping.length > 0) return { kind: 'unusable', issues: stopping };
  return { kind: 'wanted', values, object };
}

function objectOf({ link, observed }: RowContext): RowObject {
  if (link === null) return { kind: 'none' };
  if (observed === null) return { kind: 'unseen' };
  return observed.deleted ? { kind: 'deleted', link } : { kind: 'there', link, observed };
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

// ---- the rules

export function decide(context: RowContext, policies: Policies): Decision {
  const { refused } = context;
  const decision = decideOnce(context, policies);
  if (refused?.issue.code !== 'PLAN_LIMIT' || context.noRoom !== null || decision.action !== null)
    return decision;
  // What Spark Hire refused for want of a slot or seat is what the plan has no room for: all else goes on.
  const asked = decideOnce({ ...context, refused: null }, policies);
  if (asked.action?.room !== 'takes') return decision;
  return decideOnce(
    { ...context, refused: null, noRoom: { message: refused.issue.message, asks: true } },
    policies,
  );
}

function decideOnce(context: RowContext, policies: Policies): Decision {
  const draft = newDraft(context, policies);
  const rules = rulesOf[context.resource];
  const standing = standingOf(context, policies);
  let isOwn = false;
  switch (standing.kind) {
    case 'in_flight':
      waitForOutcome(draft);
      return finish(draft);
    case 'withdrawn':
      withdraw(rules, standing.object, draft);
      break;
    case 'unusable':
      tellUnusable(standing.issues, draft);
      break;
    case 'wanted':
      isOwn = want(rules, standing.values, standing.object, draft);
  }
  Object.assign(draft.settles, settledOnReturn(context, isOwn));
  raiseAll(draft, context.row?.asides ?? []);
  return finish(draft);
}

function waitForOutcome(draft: Draft): void {
  keep(draft);
  draft.unjudged = 'held';
  draft.state = 'in_flight';
  const isAsked = draft.context.openConflicts.some(({ kind }) => kind === 'unknown_outcome');
  draft.note = isAsked ? lostAnswer : 'The outcome of a write is not known yet.';
}

/** As it is it would not be sent, whatever the plan has left. */
function tellUnusable(issues: readonly Issue[], draft: Draft): void {
  raiseAll(draft, [...issues, ...(draft.context.row?.waits ?? [])]);
  keep(draft, 'asking');
  draft.unjudged = 'held';
  draft.state = issues.length > 0 ? 'rejected' : 'held';
}

/** @returns whether it is merged with an object that is its own */
function want(rules: Rules, values: Desired, object: RowObject, draft: Draft): boolean {
  switch (object.kind) {
    case 'none':
      first(rules, values, draft);
      return false;
    case 'unseen':
      unseen(draft);
      return false;
    case 'deleted':
      gone(rules, values, object.link, draft);
      return false;
    case 'there':
      if (goesOver({ rules, values, draft }, object)) return false;
      merge(rules, values, object, draft);
      return true;
  }
}

function merge(rules: Rules, values: Desired, linked: Linked, draft: Draft): void {
  const { row } = draft.context;
  // First: that a column differs says nothing where it cannot be used.
  raiseAll(draft, row?.columnIssues ?? []);
  // It says itself by now what it was left with.
  if (linked.link.base[leftOver]?.ats != null && renamingOf(draft.context) === undefined)
    draft.settles[leftOver] = { ats: null, sparkhire: null };
  rules.linked(values, linked, draft);
}

/** Of a row that was gone: its key counts as used again, whatever comes of it now, until its object is its own (`isOwn`). */
function settledOnReturn({ wasGone, row, link }: RowContext, isOwn: boolean): Base {
  if (isOwn) return link?.base.gone?.ats === true ? { gone: { ats: false, sparkhire: null } } : {};
  return wasGone && row?.wanted === true && link !== null ? { gone: { ats: true, sparkhire: null } } : {};
}

/**
 * The ATS does not want it, or does not have it. That may be a gap (a table that is being loaded again): what guards
 * against a second object stays, the link to a deleted one and what people decided.
 */
function withdraw(rules: Rules, object: RowObject, draft: Draft): void {
  draft.state = 'gone';
  draft.unjudged = 'held';
  const values = draft.context.row?.values ?? null;
  const mayBeOther = object.kind === 'none' || isElsewhere(draft.context);
  if (values !== null && mayBeOther && movesToEnd({ rules, values, draft })) return;
  if (object.kind === 'none' || object.kind === 'deleted') {
    if (adoptsWithdrawn(rules, draft)) return;
    // Whether there is an invitation to be canceled, only a person can tell.
    keep(draft, 'unknown_outcome');
    return;
  }
  if (object.kind === 'unseen') {
    unseen(draft);
    return;
  }
  if (mayGoOn(draft.context)) {
    makesWay({ draft });
    return;
  }
  draft.heir = draft.context.successor?.atsId;
  draft.unjudged = 'fields_held';
  rules.withdrawn(object, draft);
  // Before that is done the row may be back, also under another key: what it had said last these tell.
  const isToEnd = draft.action !== null || draft.waits.length > 0;
  if (draft.context.row === null && isToEnd) keep(draft, 'field_diverged');
}

/** What the mirror has not (yet) may be there or not: the next sweep or read tells, and nothing is done before. */
function unseen(draft: Draft): void {
  keep(draft);
  draft.unjudged = 'held';
  draft.state = 'pending';
  draft.note = 'Its object is not in the mirror (yet): decided as soon as Spark Hire was asked for it.';
}

/** The linked object does not exist any more, and the ATS wants it. */
function gone(rules: Rules, values: Desired, link: Link, draft: Draft): void {
  const given = answerTo('remote_deleted', draft.context, rules.identity(values));
  // What was decided about one object says nothing about the next.
  const answer = given?.uuid === link.uuid ? given : undefined;
  if (answer?.take === 'ats') {
    end(draft, answer, 'made', 'deleted in Spark Hire, and a person decided to make it again');
    first(rules, values, draft);
  } else if (answer?.take === 'sparkhire') {
    draft.unlink = true;
    agreeGone(draft, answer, 'Deleted in Spark Hire, confirmed by a person.');
  } else if (draft.context.isUsedAgain) {
    startsAnew({ rules, values, draft });
  } else {
    askDeleted(rules, values, draft, link.uuid);
  }
}
