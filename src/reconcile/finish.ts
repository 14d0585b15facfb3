/** The end of deciding: what was gathered about a row becomes its decision. */
import { hasEnded } from '../interview-status.js';
import { isDisabled, type WhoActs, waitsForKey, whoActs } from './acting/acting.js';
import type { KeyRemedy } from './acting/key-remedy.js';
import { endsOf, usedBy } from './answers.js';
import { conflictKinds } from './conflict-kinds.js';
import { type Draft, keep, raiseAll } from './draft.js';
import { whyAbsent } from './parents.js';
import { roomOf, withoutRoom } from './plan/slots.js';
import { refuses, waitsAsRefused } from './refusals.js';
import type { Decision, IssueCode, PlannedAction, Refused, RowContext, RowState } from './types.js';

export function finish(draft: Draft): Decision {
  const { context, issues, conflicts } = draft;
  const refusedForRoom = wasRefusedForRoom(draft);
  // What Spark Hire refused for want of a slot or seat is what the plan has no room for: all else goes on.
  const noRoom = refusedForRoom ? { message: context.refused!.issue.message, asks: true } : context.noRoom;
  const lacksRoom = noRoom !== null && roomOf(draft) === 'takes';
  if (lacksRoom) withoutRoom(draft, noRoom);
  const { action, lacks } = allowed(
    draft,
    actionOf(draft, lacksRoom),
    refusedForRoom ? null : context.refused,
  );
  const dropped = draft.action !== null && action === null;
  const state = stateOf(draft, action === null ? draft.state : 'pending');
  return {
    resource: context.resource,
    atsId: context.atsId,
    state,
    next: action === null ? state : stateOf(draft, draft.next ?? draft.state),
    reason: draft.waits.length > 0 ? draft.waits.join('; ') : draft.note,
    issues,
    ...(draft.waits.length > 0 ? { waits: true } : {}),
    ...(draft.heir === undefined || action !== null ? {} : { heir: draft.heir }),
    action,
    conflicts,
    keeps: draft.keeps,
    settles: draft.settles,
    overwritten: dropped ? [] : draft.overwritten,
    ...endsOf(draft, action !== null),
    unlink: draft.unlink,
    missesSet: draft.missesSet,
    ...(lacks !== undefined && state === 'held' ? { lacks } : {}),
  };
}

/** What is to be written. @param lacksRoom what it would take of the plan is left out */
function actionOf(draft: Draft, lacksRoom: boolean): PlannedAction | null {
  if (draft.action === null) return null;
  const { resource, atsId, row, addressHolder } = draft.context;
  const { name, uuid, label } = draft.action;
  const room = roomOf(draft);
  const answers = usedBy(draft, name === 'create');
  return {
    resource,
    atsId,
    uuid,
    action: name,
    changes: draft.changes,
    reason: [...draft.why].join(', '),
    priority: row?.values?.resource === 'interviews' ? row.values.priority : 0,
    arrived: row?.arrived ?? 0,
    settles: draft.writes,
    label,
    ...(room === null ? {} : { room }),
    ...(draft.byPerson === true ? { byPerson: true } : {}),
    ...(completes(draft) ? { completes: true } : {}),
    ...(lacksRoom ? { stillWaits: true } : {}),
    ...(leavesMore(draft) ? { leavesMore: true } : {}),
    ...(answers.length > 0 ? { answers } : {}),
    ...(addressHolder?.freeInStep === undefined ? {} : { step: addressHolder.freeInStep }),
  };
}

/** Who would write it. Adopting asks Spark Hire for nothing: nobody does, and it cannot have been refused. */
function writerOf({ action, context, policies }: Draft): WhoActs | null {
  return action === null || action.name === 'adopt' ? null : whoActs(context.actor, policies.keys);
}

/** Whether the last answer to just this was that the plan has no slot or seat for it. */
function wasRefusedForRoom(draft: Draft): boolean {
  const { refused } = draft.context;
  if (refused === null || !waitsAsRefused(draft.context) || roomOf(draft) !== 'takes') return false;
  const acts = writerOf(draft);
  return acts !== null && acts.kind !== 'wait' && refuses(refused, actionOf(draft, false)!, acts);
}

/** The action, unless it was refused as it is, or nobody may act: then what keeps it is raised. */
function allowed(
  draft: Draft,
  action: PlannedAction | null,
  refused: Refused | null,
): { action: PlannedAction | null; lacks: KeyRemedy | undefined } {
  const { context } = draft;
  let { lacks } = draft;
  const acts = writerOf(draft);
  if (action === null || acts === null) return { action, lacks };
  if (refused !== null && refuses(refused, action, acts)) {
    raiseAll(draft, [refused.issue]);
    // Spark Hire's word on the plan's limit belongs to the refusal.
    if (refused.issue.code === 'PLAN_LIMIT') keep(draft, 'plan_limit');
    return { action: null, lacks };
  }
  if (acts.kind === 'wait') {
    if (context.actor?.uuid != null) lacks = acts.remedy;
    raiseAll(draft, [waitsForKey(context.resource, whyActsNobody(context, acts.message))]);
    return { action: null, lacks };
  }
  // A row that gets its turn keeps its place until it is known that it was done.
  if (action.room === 'takes') keep(draft, 'plan_limit');
  return { action: acts.kind === 'user' ? { ...action, actor: context.actor!.label } : action, lacks };
}

/** Of a user who is not in Spark Hire their row says why. */
function whyActsNobody({ actor, parents }: RowContext, message: string): string {
  const named = parents.requestedBy ?? parents.owner;
  return actor !== null && actor.uuid === null && !isDisabled(actor) && named !== null
    ? whyAbsent(actor.atsId, named)
    : message;
}

/** Spark Hire made it with another status than it was asked to: see `Base`. */
function completes({ context: { row, link }, changes }: Draft): boolean {
  const isOpen = link?.base.status !== undefined && link.base.status.ats === null;
  return (
    isOpen && row?.wanted === true && changes.length > 0 && changes.every(({ field }) => field === 'status')
  );
}

/**
 * A job that is made again leaves invitations on the old one; an invitation may be canceled to be sent to another job; of an
 * interview that has ended the next decision tells what can't be done about it any more, and writes nothing.
 */
function leavesMore({ action, next, context }: Draft): boolean {
  const { resource, link, formerDeleted } = context;
  const leavesInvitations =
    resource === 'jobs' && action?.name === 'create' && (link !== null || formerDeleted.length > 0);
  const adopted =
    action?.name === 'adopt' ? context.adoptable.find(({ uuid }) => uuid === action.uuid) : null;
  const isOver = adopted?.resource === 'interviews' && hasEnded(adopted.status);
  return leavesInvitations || isOver || (action?.name === 'cancel' && next === 'pending');
}

/** Issues that end without the row being touched. */
const healing: ReadonlySet<IssueCode> = new Set(['UNKNOWN_REFERENCE', 'PLAN_LIMIT', 'DECISION_NEEDED']);

function stateOf(draft: Draft, otherwise: RowState): RowState {
  const kept = draft.context.openConflicts.some(
    ({ id, kind }) => conflictKinds[kind].cause === 'write' && draft.keeps.includes(id),
  );
  // What the plan has no room for waits: nothing in the row is wrong, and nobody has to choose.
  if (draft.conflicts.some(({ kind }) => conflictKinds[kind].asks) || kept) return 'conflict';
  if (draft.issues.some(({ code }) => !healing.has(code))) return 'rejected';
  if (draft.waits.length > 0 || draft.issues.length > 0) return 'held';
  return otherwise;
}
