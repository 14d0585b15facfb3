/** What is to be done for an account, in a stable order, with what waits; and whether it is too much at once. */

import { isOfKey, type KeyRemedy } from '../acting/key-remedy.js';
import { endsJob } from '../actions.js';
import type { Shift } from '../kin/moved-keys.js';
import {
  type ActionName,
  type ConflictDraft,
  type Decision,
  type Issue,
  type Json,
  nounFor,
  nouns,
  type PlannedAction,
  type Policies,
  type PushResource,
  pushResources,
  type RowState,
} from '../types.js';
import { digest } from '../values/fingerprint.js';

export const actionOrder = ['adopt', 'create', 'update', 'close', 'cancel', 'delete', 'share'] as const;

/** Invitations may be thousands: what changes about those that are out does not wait for them. */
const interviewOrder: readonly ActionName[] = ['adopt', 'cancel', 'update', 'share', 'create'];

/** A row that is not carried over as it is, and why. */
export interface WaitingRow {
  resource: PushResource;
  atsId: string;
  state: RowState;
  reason: string | null;
  issues: Issue[];
  /** It waits for nothing but who is to act, and this ends it. */
  lacks?: KeyRemedy;
}

export interface PlannedConflict extends ConflictDraft {
  resource: PushResource;
  atsId: string;
}

export interface Plan {
  actions: PlannedAction[];
  counts: Record<ActionName, number>;
  conflicts: PlannedConflict[];
  /** Rows that are held, rejected or in flight, and those with something to tell. */
  waiting: WaitingRow[];
  /** More at once than the policy allows, or keys that seem to have moved (mass_change): it waits for a person. */
  held: { reason: string; resources: PushResource[]; isShift?: true } | null;
  /** sha256 of the actions: the same actions, the same checksum. */
  checksum: string;
}

export interface PlanFacts {
  /**
   * Linked objects of each resource that can still be changed, closed or canceled: active users, active jobs, pending
   * interviews, active share links. Ended ones stay linked for ever: counted here, they would let any plan of an old account pass.
   */
  linked: Record<PushResource, number>;
  /**
   * Withdrawals of rows that went missing, carried out lately, where the plan goes on with such: they count with it, so
   * that a loader which deletes row by row is no way around the check.
   */
  lately?: Partial<Record<PushResource, number>>;
  /** Those whose table was lost and made again, and is empty yet. */
  emptied?: PushResource[];
  /** Interviews, by key, that an ATS canceled by a request for each: nobody loses a row that way. */
  canceledByName?: ReadonlySet<string>;
  /** How many of what would be created a connector asks for; needed only beyond what the policy allows. */
  fromConnector?: Partial<Record<PushResource, number>>;
  /** The keys of rows seem to have moved. */
  shift?: Shift | null;
  policies: Policies;
}

/**
 * What is done one after the other: parents first, but interviews are canceled before their jobs are closed. Jobs without
 * pending interviews are closed before others take their slots; users go last, when nobody acts with their keys any more.
 */
export interface Phase {
  resource: PushResource;
  actions: PlannedAction[];
}

const phaseOrder: readonly PushResource[] = [
  'users',
  'jobs',
  'jobs',
  'interviews',
  'jobs',
  'share_links',
  'users',
];

/** The actions of a plan in groups of one resource, none empty; a resource may come twice. */
export function phases(plan: Pick<Plan, 'actions'>): Phase[] {
  return phaseOrder
    .flatMap((resource, phase) => {
      const actions = plan.actions.filter((each) => phaseOf(each) === phase);
      const steps = [...new Set(actions.map(stepOf))];
      return steps.map((step) => ({ resource, actions: actions.filter((each) => stepOf(each) === step) }));
    })
    .filter(({ actions }) => actions.length > 0);
}

/** What is there is linked first: what others are, is decided by it. */
function stepOf({
  resource,
  action,
  step = resource === 'interviews' && action === 'adopt' ? -1 : 0,
}: PlannedAction): number {
  return step;
}

function phaseOf({ resource, action, changes, room }: PlannedAction): number {
  if (resource === 'users') return action === 'delete' ? 6 : 0;
  if (resource === 'interviews') return 3;
  if (resource === 'share_links') return 5;
  if (room === 'frees') return 1;
  return action !== 'create' && endsJob(action, changes) ? 4 : 2;
}

export function makePlan(decisions: readonly Decision[], facts: PlanFacts): Plan {
  const actions = decisions.flatMap(({ action }) => (action === null ? [] : [action])).sort(byOrder);
  const counts = Object.fromEntries(actionOrder.map((name) => [name, 0])) as Record<ActionName, number>;
  for (const { action } of actions) counts[action] += 1;
  const sorted = [...decisions].sort(
    (a, b) =>
      rank(a) - rank(b) || (a.action?.arrived ?? 0) - (b.action?.arrived ?? 0) || compare(a.atsId, b.atsId),
  );
  return {
    actions,
    counts,
    conflicts: sorted.flatMap(({ resource, atsId, conflicts }) =>
      conflicts.map((conflict) => ({ ...conflict, resource, atsId })),
    ),
    waiting: sorted
      .filter(({ reason, issues }) => reason !== null || issues.length > 0)
      .map(({ resource, atsId, state, reason, issues, lacks }) => ({
        ...{ resource, atsId, state, reason, issues },
        ...(lacks === undefined ? {} : { lacks }),
      })),
    held: tooMany(facts) ?? shifted(actions, facts) ?? tooMuch(actions, facts),
    checksum: digest(actions.map(canonicalAction)),
  };
}

/** What an approval pins. */
function canonicalAction({ resource, atsId, uuid, action, changes }: PlannedAction): Json {
  return { resource, ats_id: atsId, uuid, action, changes: changes.map((change) => ({ ...change })) };
}

const living: Record<PushResource, string> = {
  users: 'active users',
  jobs: 'active jobs',
  interviews: 'pending interviews',
  share_links: 'active share links',
};

function tooMany({ fromConnector = {}, policies }: PlanFacts): Plan['held'] {
  const { creations = Number.POSITIVE_INFINITY } = policies.massChange;
  const over = pushResources
    .map((resource) => ({ resource, count: fromConnector[resource] ?? 0 }))
    .filter(({ count }) => count > 0);
  const sum = over.reduce((all, { count }) => all + count, 0);
  if (sum <= creations) return null;
  const told = over.map(({ resource, count }) => `${count} ${nounFor(resource, count)}`);
  return {
    reason: `It would create ${told.join(' and ')} for the connected ATS: more than ${creations} at once.`,
    resources: over.map(({ resource }) => resource),
  };
}

const mostNamed = 5;

/** What may make one person, or one job, of another. */
function shifted(actions: PlannedAction[], { shift = null }: PlanFacts): Plan['held'] {
  if (shift === null || actions.length === 0) return null;
  const { resource, atsId, former, left = [] } = shift;
  const what =
    former === null
      ? `row ${atsId} was left with the ${nouns[resource]} of another row, and says something else`
      : `row ${atsId} now says what row ${former} said before`;
  const unsent = actions.length === 1 ? 'The change is' : `All ${actions.length} changes are`;
  const named = left.slice(0, mostNamed).map((name) => (resource === 'jobs' ? JSON.stringify(name) : name));
  if (left.length > mostNamed) named.push(`${left.length - mostNamed} more`);
  const unasked =
    left.length === 0
      ? 'What no row asks for afterwards'
      : `No row stands for ${nounFor(resource, left.length)} ${named.join(', ')} any more: what no row asks for afterwards`;
  return {
    reason: `The keys of your rows in ats.${resource} seem to have moved: ${what}. ${unsent} held until you approve. If the keys were moved by mistake, write the rows under their former keys again. ${unasked} is closed, canceled or deleted as your policies say.`,
    resources: [resource],
    isShift: true,
  };
}

function tooMuch(
  actions: PlannedAction[],
  { linked, lately = {}, emptied = [], canceledByName, policies }: PlanFacts,
): Plan['held'] {
  if (emptied.length > 0) {
    return {
      reason: `The table of the ATS's ${emptied.map(wordsOf).join(' and ')} was dropped and made again, and has no rows yet: everything its rows had asked for would be closed, canceled or deleted. Fill it in one transaction, and the rest goes on.`,
      resources: emptied,
    };
  }
  const { share, rows } = policies.massChange;
  const isByName = ({ resource, action, atsId }: PlannedAction) =>
    resource === 'interviews' && action === 'cancel' && canceledByName?.has(atsId) === true;
  const over = pushResources
    .map((resource) => {
      const of = actions.filter(
        (action) =>
          action.resource === resource &&
          action.completes !== true &&
          Object.hasOwn(verbs, action.action) &&
          !isByName(action),
      );
      const planned = of.length;
      const before = planned === 0 ? 0 : (lately[resource] ?? 0);
      // What is withdrawn by now was among what could be.
      return { resource, of, planned, before, count: planned + before, all: linked[resource] + before };
    })
    .filter(({ count, all }) => count > 0 && count >= rows && count > share * all);
  if (over.length === 0) return null;
  const told = over.map(
    ({ resource, planned, before }) =>
      `${planned >= linked[resource] ? `all ${planned}` : `${planned} of ${linked[resource]}`} ${living[resource]}${before === 0 ? '' : ` after ${before} whose rows went missing lately`}`,
  );
  const done = new Set(over.flatMap(({ of }) => of.map(({ action }) => action)));
  const does = Object.entries(verbs).flatMap(([action, verb]) =>
    done.has(action as ActionName) ? verb : [],
  );
  const limit = `limit: ${Math.round(share * 1000) / 10} % of them, if that is ${rows} or more`;
  return {
    reason: `This would ${does.join(' and ')} ${told.join(' and ')} at once (${limit}).`,
    resources: over.map(({ resource }) => resource),
  };
}

/** What is too much at once if it is done to many. */
const verbs: Partial<Record<ActionName, string>> = {
  update: 'change',
  close: 'close',
  cancel: 'cancel',
  delete: 'delete',
};

const wordsOf = (resource: PushResource) => (resource === 'share_links' ? 'share requests' : resource);

function byOrder(a: PlannedAction, b: PlannedAction): number {
  return (
    phaseOf(a) - phaseOf(b) ||
    stepOf(a) - stepOf(b) ||
    placeOf(a) - placeOf(b) ||
    (a.action === 'create' ? b.priority - a.priority : 0) ||
    a.arrived - b.arrived ||
    compare(a.atsId, b.atsId)
  );
}

function placeOf({ resource, action }: PlannedAction): number {
  const at = resource === 'interviews' ? interviewOrder.indexOf(action) : -1;
  return at < 0 ? actionOrder.indexOf(action) : at;
}

function rank({ resource }: { resource: PushResource }): number {
  return pushResources.indexOf(resource);
}

/** By code unit, the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A plan as `plan --json` prints it. */
export interface PlanJson {
  account: string;
  checksum: string;
  held: string | null;
  actions: Array<{
    resource: PushResource;
    ats_id: string;
    uuid: string | null;
    action: ActionName;
    changes: Array<{ field: string; from: Json; to: Json }>;
    reason: string;
    /** The user with whose key it is written; missing where that is the account's own. */
    actor?: string;
  }>;
  /** How many rows wait for nothing but the API key of who is to act; left out where none does. */
  withoutKey?: number;
  /** How many wait for nothing but their user, who is disabled or gone; likewise. */
  withoutUser?: number;
}

export function planJson(account: string, plan: Plan): PlanJson {
  return {
    account,
    checksum: plan.checksum,
    held: plan.held?.reason ?? null,
    actions: plan.actions.map(({ resource, atsId, uuid, action, changes, reason, actor }) => ({
      resource,
      ats_id: atsId,
      uuid,
      action,
      changes,
      reason,
      ...(actor === undefined ? {} : { actor }),
    })),
    ...lackingCounts(plan.waiting.flatMap(({ lacks }) => lacks ?? [])),
  };
}

/** What is told to programs of rows that wait for who is to act. */
export function lackingCounts(lacking: readonly KeyRemedy[]): { withoutKey?: number; withoutUser?: number } {
  const withoutKey = lacking.filter(isOfKey).length;
  const withoutUser = lacking.length - withoutKey;
  return { ...(withoutKey > 0 ? { withoutKey } : {}), ...(withoutUser > 0 ? { withoutUser } : {}) };
}
