/** The end of deciding: what was gathered about a row becomes its decision. */
import { hasEnded } from '../interview-status.js';
import { isDisabled, waitsForKey, whoActs } from './acting/acting.js';
import { endsOf, usedBy } from './answers.js';
import { conflictKinds } from './conflict-kinds.js';
import { type Draft, keep, raiseAll } from './draft.js';
import { whyAbsent } from './parents.js';
import { roomOf, withoutRoom } from './plan/slots.js';
import { refuses } from './refusals.js';
import type { Decision, IssueCode, RowContext, RowState } from './types.js';

export function finish(draft: Draft): Decision {
  const { context, policies, issues, conflicts } = draft;
  const { resource, atsId, row } = context;
  const lacksRoom = context.noRoom !== null && roomOf(draft) === 'takes';
  if (lacksRoom) withoutRoom(draft, context.noRoom!);
  let action: Decision['action'] = null;
  let { lacks } = draft;
  if (draft.action !== null) {
    const { name, uuid, label } = draft.action;
    const room = roomOf(draft);
    const answers = usedBy(draft, name === 'create');
    action = {
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
      ...(context.addressHolder?.freeInStep === undefined ? {} : { step: context.addressHolder.freeInStep }),
    };
    // Adopting asks Spark Hire for nothing, so it cannot have been refused; and users are made and changed by the
    // administrator.
    const acts = name === 'adopt' ? null : whoActs(context.actor, policies.keys);
    if (acts !== null && context.refused !== null && refuses(context.refused, action, acts)) {
      raiseAll(draft, [context.refused.issue]);
      // Spark Hire's word on the plan's limit belongs to the refusal.
      if (context.refused.issue.code === 'PLAN_LIMIT') keep(draft, 'plan_limit');
      action = null;
    }
    if (action !== null && acts?.kind === 'wait') {
      if (context.actor?.uuid != null) lacks = acts.remedy;
      raiseAll(draft, [waitsForKey(resource, whyActsNobody(context, acts.message))]);
      action = null;
    }
    // A row that gets its turn keeps its place until it is known that it was done.
    if (action !== null && room === 'takes') keep(draft, 'plan_limit');
    if (action !== null && acts?.kind === 'user') action.actor = context.actor!.label;
  }
  const dropped = draft.action !== null && action === null;
  const state = stateOf(draft, action === null ? draft.state : 'pending');
  return {
    resource,
    atsId,
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
  const isMadeAgain =
    resource === 'jobs' && action?.name === 'create' && (link !== null || formerDeleted.length > 0);
  const adopted =
    action?.name === 'adopt' ? context.adoptable.find(({ uuid }) => uuid === action.uuid) : null;
  const isOver = adopted?.resource === 'interviews' && hasEnded(adopted.status);
  return isMadeAgain || isOver || (action?.name === 'cancel' && next === 'pending');
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
