/** Deciding about the rows that need a look: users first, so that jobs and interviews know what will be there. */
import type { AccountSession } from '../account-session.js';
import { loadContexts, type RowRead } from '../desired/contexts.js';
import { decide } from '../reconcile/decide.js';
import {
  type Decision,
  type Policies,
  type PushResource,
  pushResources,
  type RowContext,
} from '../reconcile/types.js';

/** A decision with what recording and carrying it out needs. */
export interface Decided {
  decision: Decision;
  read: RowRead;
  /** Only where there is something to carry out. */
  context: RowContext | null;
}

/** Stands for an object that the plan makes first. */
const notMadeYet = '00000000-0000-0000-0000-000000000000';

/** What the plan brings about in the parents of the rows that are decided after them. */
interface Outlook {
  users: Map<string, string>;
  jobs: Map<string, boolean>;
}

/** Decides about every row that needs a look. Nothing is written, here or there. */
export async function decideAll(
  session: AccountSession,
  policies: Policies,
  now: number,
): Promise<Decided[]> {
  const outlook: Outlook = { users: new Map(), jobs: new Map() };
  const decided: Decided[] = [];
  for (const resource of pushResources) {
    for await (const chunk of loadContexts(session.db, session.account.name, resource, { now })) {
      for (const context of chunk.contexts) lookAhead(context, outlook);
      for (const result of decideChunk(chunk, policies)) {
        note(result, outlook);
        decided.push(result);
      }
      session.signal.throwIfAborted();
    }
  }
  return decided;
}

/** Decides about these rows as they are now; their parents are what they are. */
export async function decideAgain(
  session: AccountSession,
  resource: PushResource,
  keys: readonly string[],
  policies: Policies,
  now: number,
): Promise<Decided[]> {
  const decided: Decided[] = [];
  for await (const chunk of loadContexts(session.db, session.account.name, resource, { now, keys })) {
    for (const { parents } of chunk.contexts) {
      // What is only meant to be there is no use to what is sent now.
      if (parents.job !== null) {
        parents.job.willBeActive = parents.job.uuid !== null && parents.job.observedStatus === 'active';
      }
    }
    decided.push(...decideChunk(chunk, policies));
  }
  return decided;
}

function decideChunk(
  chunk: { contexts: RowContext[]; read: Map<string, RowRead> },
  policies: Policies,
): Decided[] {
  return chunk.contexts.map((context) => {
    const decision = decide(context, policies);
    return {
      decision,
      read: chunk.read.get(context.atsId)!,
      context: decision.action === null ? null : context,
    };
  });
}

/** Parents as they will be once the plan has come to these rows. */
function lookAhead({ parents }: RowContext, outlook: Outlook): void {
  const { job } = parents;
  if (job !== null) job.willBeActive = outlook.jobs.get(job.atsId) ?? job.willBeActive;
  for (const user of [parents.requestedBy, parents.owner]) {
    if (user !== null) user.uuid ??= outlook.users.get(user.atsId) ?? null;
  }
}

function note({ decision, context }: Decided, outlook: Outlook): void {
  const { action, atsId, resource } = decision;
  if (action === null) return;
  if (resource === 'users' && (action.action === 'create' || action.action === 'adopt')) {
    outlook.users.set(atsId, action.uuid ?? notMadeYet);
  }
  if (resource !== 'jobs') return;
  const status = action.changes.find(({ field }) => field === 'status')?.to;
  const values = context?.row?.values;
  if (action.action === 'close' || action.action === 'delete') outlook.jobs.set(atsId, false);
  else if (typeof status === 'string') outlook.jobs.set(atsId, status === 'active');
  else if (action.action === 'create' && values?.resource === 'jobs') {
    outlook.jobs.set(atsId, values.status === 'active');
  } else if (action.action === 'adopt') {
    const found = context?.adoptable.find(({ uuid }) => uuid === action.uuid);
    if (found?.resource === 'jobs') outlook.jobs.set(atsId, found.status === 'active');
  }
}
