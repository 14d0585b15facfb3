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

import { answerTo, holdAll, holdFields, use } from './answers.js';
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
  Observed,
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

export function decide(context: RowContext, policies: Policies): Decision {
  const { refused } = context;
  const decision = decideOnce(context, policies);
  if (refused?.issue.code !== 'PLAN_LIMIT' || context.noRoom != null || decision.action !== null)
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
  const { row, link, observed, openIntent } = context;
  const rules = rulesOf[context.resource];
  if (openIntent !== null) {
    keep(draft);
    holdAll(draft);
    draft.state = 'in_flight';
    const isAsked = context.openConflicts.some(({ kind }) => kind === 'unknown_outcome');
    draft.note = isAsked ? lostAnswer : 'The outcome of a write is not known yet.';
    return finish(draft);
  }
  let isOwn = false;
  if (row === null || !row.wanted || endsInactiveUser(context, policies)) {
    withdraw(rules, draft);
  } else if (row.values === null || stopping(context).length > 0) {
    const issues = stopping(context);
    raiseAll(draft, [...issues, ...(row.waits ?? [])]);
    // As it is it would not be sent, whatever the plan has left.
    keep(draft, 'asking');
    holdAll(draft);
    draft.state = issues.length > 0 ? 'rejected' : 'held';
  } else if (link === null) {
    first(rules, row.values, draft);
  } else if (observed === null) {
    unseen(draft);
  } else if (observed.deleted) {
    gone(rules, row.values, draft);
  } else if (!goesOver({ rules, values: row.values, draft })) {
    merge(rules, row.values, observed, draft);
    isOwn = true;
  }
  Object.assign(draft.settles, settledOnReturn(context, isOwn));
  raiseAll(draft, row?.asides ?? []);
  return finish(draft);
}

/** The linked object is the row's own. */
function merge(rules: Rules, values: Desired, observed: Observed, draft: Draft): void {
  const { row, link } = draft.context;
  const { base } = link!;
  // First: that a column differs says nothing where it cannot be used.
  raiseAll(draft, row!.columnIssues ?? []);
  // It says itself by now what it was left with.
  if (base[leftOver]?.ats != null && renamingOf(draft.context) === undefined)
    draft.settles[leftOver] = { ats: null, sparkhire: null };
  rules.linked(values, observed, draft);
}

/** Of a row that was gone: its key counts as used again, whatever comes of it now, until its object is its own (`isOwn`). */
function settledOnReturn({ wasGone, row, link }: RowContext, isOwn: boolean): Base {
  if (isOwn) return link?.base.gone?.ats === true ? { gone: { ats: false, sparkhire: null } } : {};
  return wasGone && row?.wanted === true && link !== null ? { gone: { ats: true, sparkhire: null } } : {};
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
  const { link, observed } = draft.context;
  draft.state = 'gone';
  holdAll(draft);
  const values = draft.context.row?.values ?? null;
  const mayBeOther = link === null || isElsewhere(draft.context);
  if (values !== null && mayBeOther && movesToEnd({ rules, values, draft })) return;
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
  if (mayGoOn(draft.context)) {
    makesWay({ draft });
    return;
  }
  draft.heir = draft.context.successor?.atsId;
  holdFields(draft);
  rules.withdrawn(observed, draft);
  // Before that is done the row may be back, also under another key: what it had said last these tell.
  const isToEnd = draft.action !== null || draft.waits.length > 0;
  if (draft.context.row === null && isToEnd) keep(draft, 'field_diverged');
}

/** What the mirror has not (yet) may be there or not: the next sweep or read tells, and nothing is done before. */
function unseen(draft: Draft): void {
  keep(draft);
  holdAll(draft);
  draft.state = 'pending';
  draft.note = 'Its object is not in the mirror (yet): decided as soon as Spark Hire was asked for it.';
}

/** The linked object does not exist any more, and the ATS wants it. */
function gone(rules: Rules, values: Desired, draft: Draft): void {
  const link = draft.context.link!;
  const decided = answerTo('remote_deleted', draft.context, rules.identity(values));
  // What was decided about one object says nothing about the next.
  const choice = decided?.uuid === link.uuid ? decided : undefined;
  if (choice?.choice === 'ats') {
    use(draft, choice, 'deleted in Spark Hire, and a person decided to make it again');
    first(rules, values, draft);
  } else if (choice?.choice === 'sparkhire') {
    draft.unlink = true;
    agreeGone(draft, choice, 'Deleted in Spark Hire, confirmed by a person.');
  } else if (draft.context.isUsedAgain) {
    startsAnew({ rules, values, draft });
  } else {
    askDeleted(rules, values, draft, link.uuid);
  }
}
