/**
 * What the plan brings about in what rows depend on: noted as they are decided, users first, and foreseen for those that are
 * decided after them. What is sent is decided in its turn by what is there then.
 */
import type { AdoptedJobs } from '../../desired/read/standing.js';
import { statusWritten } from '../../reconcile/actions.js';
import { rootOf, toldOf } from '../../reconcile/parents.js';
import { planUnread } from '../../reconcile/plan/slots.js';
import {
  type Decision,
  type ParentJob,
  type ParentUser,
  type RowContext,
  willBeMade,
} from '../../reconcile/types.js';
import type { Asking } from './among-rows.js';

export class Outlook {
  /** Jobs about which a person is asked. */
  asking: Asking = new Map();
  /** What the users and jobs that were decided before are by then, and why, by resource and ats_id. */
  readonly #parents = new Map<string, Partial<ParentJob>>();
  readonly #adopted = new Map<string, { uuid: string; formerId: string | null }>();
  /** Rows of interviews that go over to others. */
  readonly #moving = new Set<string>();
  /** Jobs that may be another one's: what is asked about that, or is wrong with them, comes first. */
  readonly #inDoubt = new Set<string>();

  /** Jobs that are adopted first. */
  get adopted(): AdoptedJobs {
    return this.#adopted;
  }

  /** A row was decided, or decided anew. */
  note(decision: Decision, context: RowContext): void {
    const { action, atsId, resource, issues, heir } = decision;
    const isAdopted = action?.action === 'adopt';
    if (resource === 'interviews' && isAdopted && context.link !== null) this.#moving.add(atsId);
    if (resource !== 'users' && resource !== 'jobs') return;
    const state = action === null ? decision.state : 'pending';
    const parent: Partial<ParentJob> = { state, why: rootOf(toldOf(decision)) };
    this.#parents.set(`${resource} ${atsId}`, parent);
    // One that was rejected until now and is carried over after all is there.
    if (state !== 'rejected') parent.known = true;
    if (resource === 'users') {
      if (isAdopted || action?.action === 'create') parent.uuid = action.uuid ?? willBeMade;
      return;
    }
    parent.withoutSlot = issues.some(({ code, message }) => code === 'PLAN_LIMIT' && message !== planUnread);
    parent.willBeActive = !isUnsettled(decision) && willBeActive(action, context);
    if (heir !== undefined) this.#inDoubt.add(heir);
    if (isAdopted) {
      const former = context.formerRows.find(({ uuid }) => uuid === action.uuid);
      this.#adopted.set(atsId, { uuid: action.uuid!, formerId: former?.atsId ?? null });
    }
  }

  /** The row as it is once the plan has come to it. */
  foresee(context: RowContext): RowContext {
    const { parents, actor, shares } = context;
    const areMoving = shares?.interviews.some(({ atsId }) => this.#moving.has(atsId)) === true;
    return {
      ...context,
      parents: {
        job: parents.job && this.#job(parents.job),
        requestedBy: parents.requestedBy && this.#user(parents.requestedBy),
        owner: parents.owner && this.#user(parents.owner),
      },
      actor: actor && { ...actor, uuid: this.#uuidOf(actor) },
      ...(areMoving ? { shares: { ...shares, areMoving } } : {}),
    };
  }

  #job(job: ParentJob): ParentJob {
    const then = { ...job, ...this.#parents.get(`jobs ${job.atsId}`) };
    const isDoubtful = this.#inDoubt.has(job.atsId) && !this.#adopted.has(job.atsId);
    return { ...then, willBeActive: then.willBeActive && !isDoubtful && then.wantedOpen !== false };
  }

  #user(user: ParentUser): ParentUser {
    return { ...user, ...this.#parents.get(`users ${user.atsId}`), uuid: this.#uuidOf(user) };
  }

  #uuidOf({ atsId, uuid }: Pick<ParentUser, 'atsId' | 'uuid'>): string | null {
    return uuid ?? this.#parents.get(`users ${atsId}`)?.uuid ?? null;
  }
}

/** Its job as it is: what is only meant to be there is no use to what is sent now. */
export function asItIs(context: RowContext): RowContext {
  const { parents } = context;
  const { job } = parents;
  if (job === null) return context;
  const willBeActive = job.uuid !== null && job.observedStatus === 'active' && job.wantedOpen !== false;
  return { ...context, parents: { ...parents, job: { ...job, willBeActive } } };
}

/** The row does not mean its object any more, or may not: nobody is invited to that. */
function isUnsettled({ action, heir, conflicts }: Decision): boolean {
  const isAsked = conflicts.some(({ kind }) => kind === 'possible_duplicate');
  return heir !== undefined || (action === null && isAsked);
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
      const status = statusWritten(action?.changes ?? []);
      return typeof status === 'string' ? status === 'active' : now;
    }
  }
}
