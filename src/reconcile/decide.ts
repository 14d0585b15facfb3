/**
 * One row and everything known about it → what is to be done with it. The rules are tried in this order:
 *
 *   1 a write of unknown outcome   nothing else until it is known
 *   2 withdrawn                    closed, canceled, deleted, or nothing to do; what is to be ended may have to be linked first
 *   3 wrong, or not to be told yet its issues, or what it waits for; nothing is sent. Of a linked row what is wrong in
 *                                  a single column is told in the end (`columnIssues`)
 *   4 linked, object not seen      nothing until the mirror has it
 *     linked, object deleted       remote_deleted, until a person decides
 *   5 linked to another one's      what it goes over to, or waits for (gone-over.ts)
 *     linked to its own            an interview on a job that is not the row's (any more): a person decides; else its
 *                                  fields, merged into one write (kinds/)
 *   6 not linked                   adopted, or what it waits for, or created (find-or-create.ts, adopt.ts)
 *   7 no slot or seat left         what takes one waits, the rest is written (finish.ts)
 *   8 refused before               the same content is not sent again (finish.ts); for want of a slot or seat: by 7
 *   9 nobody may act               waits for a key (finish.ts)
 *
 * The room is pure: in come a row, its object and what people decided, as data; out go decisions, as data. No PostgreSQL, no
 * HTTP, no clock. kin/ says what is the same, kinds/ has the rules of each resource, here are those of all, values/ when two values mean the same,
 * acting/ who writes, plan/ the order.
 */

import { adoptsWithdrawn } from './adopt.js';
import { answerTo, end } from './answers.js';
import { askDeleted } from './asking.js';
import { type Draft, holdAnswers, keep, leaveAsItIs, newDraft, raiseAll } from './draft.js';
import { agreeGone, findOrCreate } from './find-or-create.js';
import { finish } from './finish.js';
import {
  goesOver,
  isElsewhere,
  makesWay,
  mayGoOn,
  movesToEnd,
  settlesStranded,
  startsAnew,
} from './gone-over.js';
import { leftOver } from './kin/kin.js';
import { renamingOf } from './kin/moved-keys.js';
import { kinds } from './kinds/index.js';
import type { Rules, WantedRow } from './kinds/rules.js';
import { lostAnswer } from './parents.js';
import type { Base, Decision, Desired, Issue, Link, Linked, Policies, RowContext } from './types.js';

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
  const draft = newDraft(context, policies);
  const rules = kinds[context.resource];
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
      isOwn = want({ rules, values: standing.values, draft }, standing.object);
  }
  Object.assign(draft.settles, settledOnReturn(context, isOwn));
  raiseAll(draft, context.row?.asides ?? []);
  return finish(draft);
}

function waitForOutcome(draft: Draft): void {
  const isAsked = draft.context.openConflicts.some(({ kind }) => kind === 'unknown_outcome');
  leaveAsItIs(draft, 'in_flight', isAsked ? lostAnswer : 'The outcome of a write is not known yet.');
}

/** As it is it would not be sent, whatever the plan has left. */
function tellUnusable(issues: readonly Issue[], draft: Draft): void {
  raiseAll(draft, [...issues, ...(draft.context.row?.waits ?? [])]);
  keep(draft, 'asking');
  holdAnswers(draft);
  draft.state = issues.length > 0 ? 'rejected' : 'held';
}

/** @returns whether it is merged with an object that is its own */
function want(row: WantedRow, object: RowObject): boolean {
  switch (object.kind) {
    case 'none':
      findOrCreate(row);
      return false;
    case 'unseen':
      unseen(row.draft);
      return false;
    case 'deleted':
      wasDeleted(row, object.link);
      return false;
    case 'there':
      if (goesOver(row, object)) return false;
      merge(row, object);
      return true;
  }
}

function merge(row: WantedRow, linked: Linked): void {
  const { rules, values, draft } = row;
  const { context } = draft;
  // First: that a column differs says nothing where it cannot be used.
  raiseAll(draft, context.row?.columnIssues ?? []);
  // It says itself by now what it was left with.
  if (linked.link.base[leftOver]?.ats != null && renamingOf(context) === undefined)
    draft.settles[leftOver] = { ats: null, sparkhire: null };
  if (!settlesStranded(row, linked)) rules.linked(values, linked, draft);
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
  holdAnswers(draft);
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
  draft.heir = (draft.context.waitsFor ?? draft.context.successor)?.atsId;
  draft.unjudged = 'fields_held';
  rules.withdrawn(object, draft);
  // Before that is done the row may be back, also under another key: what it had said last these tell.
  const isToEnd = draft.action !== null || draft.waits.length > 0;
  if (draft.context.row === null && isToEnd) keep(draft, 'field_diverged');
}

/** What the mirror has not (yet) may be there or not: the next sweep or read tells, and nothing is done before. */
function unseen(draft: Draft): void {
  leaveAsItIs(
    draft,
    'pending',
    'Its object is not in the mirror (yet): decided as soon as Spark Hire was asked for it.',
  );
}

/** The linked object does not exist any more, and the ATS wants it. */
function wasDeleted(row: WantedRow, { uuid }: Link): void {
  const { rules, values, draft } = row;
  const given = answerTo('remote_deleted', draft.context, rules.identity(values));
  // What was decided about one object says nothing about the next.
  const answer = given?.uuid === uuid ? given : undefined;
  if (answer?.take === 'ats') {
    end(draft, answer, 'used_if_made', 'deleted in Spark Hire, and a person decided to make it again');
    findOrCreate(row);
  } else if (answer?.take === 'sparkhire') {
    draft.unlink = true;
    agreeGone(draft, answer, 'Deleted in Spark Hire, confirmed by a person.');
  } else if (draft.context.isUsedAgain) {
    startsAnew(row);
  } else {
    askDeleted(row, uuid);
  }
}
