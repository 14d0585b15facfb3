/**
 * What rows of one plan mean for each other. What it brings about in what rows depend on is noted as they are decided, users first, and
 * foreseen for those that are decided after them (`Outlook`); what is sent is decided in its turn by what is there then. All else is
 * found out once each is decided by itself, and with what it is told here a row is decided anew (decisions.ts): what a person is asked
 * about waits, an address passes from one user to another, and heirs are told what waits for them.
 */
import type { RowRead } from '../../desired/contexts.js';
import type { AdoptedJobs } from '../../desired/read/standing.js';
import { statusWritten } from '../../reconcile/actions.js';
import { uuidsOf } from '../../reconcile/answers.js';
import type { Renaming } from '../../reconcile/kin/moved-keys.js';
import { rootOf, toldOf } from '../../reconcile/parents.js';
import { planUnread } from '../../reconcile/plan/slots.js';
import {
  type Decision,
  nouns,
  type ParentJob,
  type ParentUser,
  type RowContext,
  willBeMade,
} from '../../reconcile/types.js';

/** What a row is told besides what was read of it: with that it is decided anew. */
export interface Told {
  atsId: string;
  context: Partial<RowContext>;
}

/** A decision with what recording it needs. */
export interface Decided {
  decision: Decision;
  read: RowRead;
  /** Of a linked user or job whose row says something else than before, or is gone. */
  renaming?: Renaming | undefined;
}

/** With what it was decided from: to decide anew, and to carry it out. */
export interface Considered extends Decided {
  context: RowContext;
}

// ---- what the plan brings about

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

// ---- what a person is asked about

/** Rows for which a person is asked about an object, by its uuid. */
export type Asking = ReadonlyMap<string, string>;

const ends: ReadonlySet<string> = new Set(['close', 'cancel', 'delete']);

export function askingIn(decided: readonly Considered[]): Asking {
  const asking = new Map<string, string>();
  for (const { decision } of decided)
    for (const { kind, uuid, sparkhire } of decision.conflicts)
      if (kind === 'possible_duplicate')
        for (const asked of [uuid ?? [], uuidsOf(sparkhire)].flat()) asking.set(asked, decision.atsId);
  return asking;
}

/**
 * What a person is asked about is not ended meanwhile, nor what another row takes over in the same plan: neither an object that
 * may be another row's, nor an invitation whose row is gone and whose job may be another row's, since rows of that job may name
 * it once that is settled.
 * @param decided all rows of a resource that need a look
 * @param asked those of them for which a person is asked
 * @param jobs the same of jobs
 */
export function waitForAnswers(decided: readonly Considered[], asked: Asking, jobs: Asking): Told[] {
  const taken = decided.flatMap(
    ({ decision: { action, atsId } }): Array<[string, string]> =>
      action?.action === 'adopt' ? [[action.uuid!, atsId]] : [],
  );
  const asking = new Map([...taken, ...asked]);
  if (asking.size === 0 && jobs.size === 0) return [];
  const firstOf = ({ decision: { action, atsId }, context }: Considered): RowContext['waitsFor'] => {
    if (action === null || !ends.has(action.action)) return null;
    const asker = asking.get(action.uuid ?? '');
    if (asker !== undefined && asker !== atsId) return { atsId: asker };
    const { row, observed } = context;
    const job =
      observed?.resource === 'interviews' && row === null ? jobs.get(observed.jobUuid ?? '') : undefined;
    return job === undefined ? null : { atsId: job, isJob: true };
  };
  return decided.flatMap((one): Told[] => {
    const waitsFor = firstOf(one);
    return waitsFor === null ? [] : [{ atsId: one.decision.atsId, context: { waitsFor } }];
  });
}

// ---- users' addresses: who gives one up goes before who takes it

type Users = ReadonlyMap<string, Considered>;

/** Who waits for an address that a row gives up in this plan, by the ats_id of that row. */
export function waitersByGiver(users: Users): ReadonlyMap<string, string[]> {
  const waiters = new Map<string, string[]>();
  for (const [atsId, { context }] of users) {
    const holder = context.addressHolder;
    if (holder?.plans === 'gives_up')
      waiters.set(holder.atsId, [...(waiters.get(holder.atsId) ?? []), atsId]);
  }
  return waiters;
}

/**
 * Tells those who wait for the address of a giver whether it is free by then. Decided anew they may be givers themselves, for whom
 * others wait; rows that wait for each other in a ring never are.
 * @param users as they were decided last, by ats_id
 */
export function passAddressesOn(
  users: Users,
  waiters: ReadonlyMap<string, readonly string[]>,
  givers: readonly string[],
): Told[] {
  return givers.flatMap((giver): Told[] => {
    const freeing = users.get(giver)?.decision.action;
    if (!freeing?.changes.some(({ field }) => field === 'email')) return [];
    return (waiters.get(giver) ?? []).flatMap((atsId): Told[] => {
      const holder = users.get(atsId)!.context.addressHolder!;
      if (holder.freeInStep !== undefined) return [];
      return [{ atsId, context: { addressHolder: { ...holder, freeInStep: (freeing.step ?? 0) + 1 } } }];
    });
  });
}

// ---- rows that may be others under a new key, and cannot be used yet

/**
 * They are told whose object waits for them, with their first issue or with what they wait for. Those that are withdrawn by now are
 * told what keeps that from being ended: the ATS looks at its own rows.
 */
export function tellHeirs<T extends { decision: Decision }>(decided: T[]): T[] {
  const older = new Map<string, Decision[]>();
  for (const { decision } of decided) {
    const { resource, heir } = decision;
    if (heir === undefined) continue;
    const key = `${resource} ${heir}`;
    older.set(key, [...(older.get(key) ?? []), decision]);
  }
  if (older.size === 0) return decided;
  return decided.map((each) => {
    const rows = older.get(`${each.decision.resource} ${each.decision.atsId}`);
    return rows === undefined ? each : { ...each, decision: withOlder(each.decision, rows) };
  });
}

function withOlder(decision: Decision, older: readonly Decision[]): Decision {
  const { resource, state, issues, reason } = decision;
  if (state === 'gone') {
    const [kept] = older.filter((one) => isWaiting(one));
    return kept === undefined
      ? decision
      : { ...decision, state: kept.state, next: kept.state, issues: kept.issues, reason: kept.reason };
  }
  if (!isWaiting(decision)) return decision;
  const told = `The ${nouns[resource]} of row ${older.map(({ atsId }) => atsId).join(', ')}, which may be this one under its former key, stays as it is until then`;
  const [first, ...rest] = issues;
  if (first !== undefined)
    return { ...decision, issues: [{ ...first, message: `${first.message} ${told}.` }, ...rest] };
  return reason === null ? decision : { ...decision, reason: `${reason}. ${told}` };
}

const isWaiting = ({ state }: Decision) => state === 'rejected' || state === 'held';
