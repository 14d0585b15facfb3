/**
 * Deciding about the rows that need a look: users first, so that jobs and interviews know what will be there; and recording
 * it.
 *
 * In come contexts of desired/; out go decisions, recorded by the ledger, for plan and turn. It sends nothing.
 */
import type { AccountSession } from '../../account-session.js';
import { listedUsers } from '../../backfill/listed-users.js';
import { inTransaction } from '../../db/database.js';
import { speaksOfContent } from '../../db/sqlstate.js';
import { loadContexts, type RowRead } from '../../desired/contexts.js';
import type { Words } from '../../desired/judge/words.js';
import { resourcesToLookAt } from '../../desired/row-keys.js';
import { messageOf } from '../../errors.js';
import { named, tellConflict, tellRejected } from '../../ledger/journal.js';
import { recordDecisions } from '../../ledger/record.js';
import { decide } from '../../reconcile/decide.js';
import { tellHeirs } from '../../reconcile/kin/heirs.js';
import { renamingOf } from '../../reconcile/kin/moved-keys.js';
import { type HeldFor, rootOf, toldOf } from '../../reconcile/parents.js';
import { planUnread } from '../../reconcile/plan/room.js';
import {
  type Decision,
  type ParentRow,
  type Policies,
  type PushResource,
  pushResources,
  type RowContext,
} from '../../reconcile/types.js';
import { passAddressesOn } from './addresses.js';
import { type Asking, askingIn, waitForAnswers } from './asked-about.js';
import type { Decided } from './decided.js';
import type { Limits } from './limits.js';
import { setsAreTold } from './question-sets.js';

/** Stands for an object that the plan makes first. */
const notMadeYet = '00000000-0000-0000-0000-000000000000';

/** What the plan brings about in the parents of the rows that are decided after them. */
interface Outlook {
  users: Map<string, string>;
  jobs: Map<string, boolean>;
  /** Whether jobs wait for a slot of the plan. */
  withoutSlot: Map<string, boolean>;
  /** Jobs that are adopted first. */
  adopted: Map<string, { uuid: string; formerId: string | null }>;
  /** Rows of interviews that go over to others. */
  moving: Set<string>;
  /** Jobs that may be another one's: what is asked about that, or is wrong with them, comes first. */
  inDoubt: Set<string>;
  /** Jobs about which a person is asked. */
  asking: Asking;
  /** What the users and jobs that were decided before are by then, and why, by resource and ats_id. */
  parents: Map<string, Pick<ParentRow, 'state' | 'why'> & { known?: boolean }>;
}

/** Decides about every row that needs a look. Nothing is written, here or there. */
export async function decideAll(
  session: AccountSession,
  policies: Policies,
  limits: Limits,
  now: number,
  keyIds: readonly string[] = [],
): Promise<Decided[]> {
  const outlook: Outlook = {
    users: new Map(),
    jobs: new Map(),
    withoutSlot: new Map(),
    adopted: new Map(),
    moving: new Set(),
    inDoubt: new Set(),
    asking: new Map(),
    parents: new Map(),
  };
  const options = {
    now,
    keyIds,
    words: wordsOf(policies),
    adoptedJobs: outlook.adopted,
    setsAreTold: setsAreTold(session),
    listed: listedUsers(session),
  };
  const decided: Decided[] = [];
  const toLookAt = await resourcesToLookAt(session.db, session.account.name);
  for (const resource of pushResources) {
    const found: Decided[] = [];
    const these = toLookAt.has(resource) ? options : { ...options, keys: [] };
    for await (const chunk of loadContexts(session.db, session.account.name, resource, these)) {
      for (const context of chunk.contexts) lookAhead(context, outlook);
      const results = decideChunk(chunk, policies);
      for (const [index, result] of results.entries()) note(result.decision, chunk.contexts[index]!, outlook);
      found.push(...results);
      session.signal.throwIfAborted();
    }
    const waiting = waitForAnswers(found, outlook.asking, policies);
    if (resource === 'jobs') outlook.asking = askingIn(waiting);
    const passed = resource === 'users' ? passAddressesOn(waiting, policies) : waiting;
    for (const [index, one] of passed.entries())
      if (one !== found[index]) note(one.decision, one.context!, outlook);
    const { all, changed } = await limits.allot(resource, passed);
    for (const { decision, context } of changed) note(decision, context!, outlook);
    // Before it is carried out each row is read again: thousands of contexts would only take memory.
    for (const { decision, read, renaming } of all) decided.push({ decision, read, context: null, renaming });
    // A row that was withdrawn under a new key needs no look by itself, but is told what keeps the old one's object.
    const seen = new Set(all.map(({ decision }) => decision.atsId));
    const heirs = all.flatMap(({ decision: { heir, action } }) =>
      action === null && heir !== undefined ? [heir] : [],
    );
    const unseen = [...new Set(heirs)].filter((atsId) => !seen.has(atsId));
    if (unseen.length > 0)
      decided.push(...(await decideAgain(session, resource, unseen, policies, limits, now, keyIds)));
  }
  return tellHeirs(decided);
}

function wordsOf({ users, jobs }: Policies): Words {
  return { roles: users.roles, statuses: jobs.statuses };
}

/** Decides about these rows as they are now; their parents are what they are. */
export async function decideAgain(
  session: AccountSession,
  resource: PushResource,
  keys: readonly string[],
  policies: Policies,
  limits: Limits,
  now: number,
  keyIds: readonly string[] = [],
): Promise<Decided[]> {
  const decided: Decided[] = [];
  const options = {
    now,
    keys,
    keyIds,
    words: wordsOf(policies),
    setsAreTold: setsAreTold(session),
    listed: listedUsers(session),
  };
  for await (const chunk of loadContexts(session.db, session.account.name, resource, options)) {
    for (const context of chunk.contexts) {
      const { parents } = context;
      limits.adjust(context);
      // What is only meant to be there is no use to what is sent now.
      if (parents.job !== null) {
        parents.job.willBeActive =
          parents.job.uuid !== null &&
          parents.job.observedStatus === 'active' &&
          parents.job.wantedOpen !== false;
      }
    }
    decided.push(...decideChunk(chunk, policies));
  }
  return decided;
}

/** Records what was decided, with the turns in the queue that it answers. `held`: why the plan waits for a person. */
export async function recordDecided(
  session: AccountSession,
  decided: readonly Decided[],
  held: HeldFor | null = null,
): Promise<void> {
  for (let from = 0; from < decided.length; from += 1000) {
    const chunk = decided.slice(from, from + 1000);
    // Rows of one resource at a time: their hashes are by ats_id.
    for (const resource of pushResources) {
      const rows = chunk.filter(({ decision }) => decision.resource === resource);
      if (rows.length > 0) await recordOrHalve(session, rows, held);
    }
  }
}

/** What cannot be recorded of one row, such as a key that is too long for an index, keeps no other from its turn. */
async function recordOrHalve(
  session: AccountSession,
  rows: readonly Decided[],
  held: HeldFor | null,
): Promise<void> {
  const decisions = rows.map(({ decision }) => decision);
  const queueIds = rows.flatMap(({ read }) => read.queueIds);
  const hashes = new Map(rows.map(({ decision, read }) => [decision.atsId, read.hash]));
  try {
    const { conflicts, rejected } = await inTransaction(session.db, (tx) =>
      recordDecisions(tx, session.account.name, decisions, { queueIds, hashes, held }),
    );
    for (const conflict of conflicts) tellConflict(session, conflict);
    for (const decision of rejected) tellRejected(session, decision, toldOf(decision, held));
  } catch (error) {
    if (!speaksOfContent(error)) throw error;
    if (rows.length === 1) {
      session.log.error(
        { event: 'row_not_recorded', ...named(decisions[0]!) },
        `the result of a row cannot be stored, so it stays pending: ${messageOf(error)}`,
      );
      return;
    }
    const half = Math.ceil(rows.length / 2);
    await recordOrHalve(session, rows.slice(0, half), held);
    await recordOrHalve(session, rows.slice(half), held);
  }
}

function decideChunk(
  chunk: { contexts: RowContext[]; read: Map<string, RowRead> },
  policies: Policies,
): Decided[] {
  return chunk.contexts.map((context) => {
    const decision = decide(context, policies);
    const isNeeded =
      decision.action !== null || context.refused?.code === 'PLAN_LIMIT' || context.addressHolder != null;
    return {
      decision,
      read: chunk.read.get(context.atsId)!,
      context: isNeeded ? context : null,
      renaming: renamingOf(context),
    };
  });
}

/** Parents as they will be once the plan has come to these rows. */
function lookAhead({ parents, actor, shares }: RowContext, outlook: Outlook): void {
  const { job } = parents;
  if (outlook.moving.size > 0 && shares?.interviews.some(({ atsId }) => outlook.moving.has(atsId)))
    shares.areMoving = true;
  for (const user of [parents.requestedBy, parents.owner])
    if (user !== null) Object.assign(user, outlook.parents.get(`users ${user.atsId}`));
  if (job !== null) {
    Object.assign(job, outlook.parents.get(`jobs ${job.atsId}`));
    const isDoubtful = outlook.inDoubt.has(job.atsId) && !outlook.adopted.has(job.atsId);
    const will = outlook.jobs.get(job.atsId) ?? job.willBeActive;
    job.willBeActive = will && !isDoubtful && job.wantedOpen !== false;
    job.withoutSlot = outlook.withoutSlot.get(job.atsId) ?? job.withoutSlot;
  }
  for (const user of [parents.requestedBy, parents.owner, actor]) {
    if (user !== null) user.uuid ??= outlook.users.get(user.atsId) ?? null;
  }
}

function note(decision: Decision, context: RowContext, outlook: Outlook): void {
  const { action, atsId, resource, issues, heir } = decision;
  if (resource === 'users' || resource === 'jobs') {
    const state = action === null ? decision.state : 'pending';
    // One that was rejected until now and is carried over after all is there.
    const known = state === 'rejected' ? {} : { known: true };
    outlook.parents.set(`${resource} ${atsId}`, { state, why: rootOf(toldOf(decision)), ...known });
  }
  if (resource === 'users') {
    const comes = action?.action === 'create' || action?.action === 'adopt';
    if (comes) outlook.users.set(atsId, action.uuid ?? notMadeYet);
    else outlook.users.delete(atsId);
  }
  if (resource === 'interviews' && action?.action === 'adopt' && context.link !== null)
    outlook.moving.add(atsId);
  if (resource !== 'jobs') return;
  outlook.withoutSlot.set(
    atsId,
    issues.some(({ code, message }) => code === 'PLAN_LIMIT' && message !== planUnread),
  );
  if (heir !== undefined && action === null) outlook.inDoubt.add(heir);
  outlook.jobs.set(atsId, !isUnsettled(decision) && willBeActive(action, context));
  if (action?.action === 'adopt') {
    const former = context.formerRows?.find(({ uuid }) => uuid === action.uuid);
    outlook.adopted.set(atsId, { uuid: action.uuid!, formerId: former?.atsId ?? null });
  }
}

/** The row does not mean its object any more, or may not: nobody is invited to that. */
function isUnsettled({ action, heir, conflicts }: Decision): boolean {
  return (
    action === null && (heir !== undefined || conflicts.some(({ kind }) => kind === 'possible_duplicate'))
  );
}

function willBeActive(action: Decision['action'], { link, observed, adoptable }: RowContext): boolean {
  const now =
    link !== null && observed?.resource === 'jobs' && !observed.deleted && observed.status === 'active';
  switch (action?.action) {
    case 'close':
    case 'delete':
      return false;
    case 'adopt': {
      const found = adoptable.find(({ uuid }) => uuid === action.uuid);
      return found?.resource === 'jobs' && found.status === 'active';
    }
    default: {
      // Without an action it stays what it is: one that waits or is wrong is not made.
      const status = action?.changes.find(({ field }) => field === 'status')?.to;
      return typeof status === 'string' ? status === 'active' : now;
    }
  }
}
