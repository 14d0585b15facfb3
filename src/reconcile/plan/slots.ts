/** Slots and seats of the plan: which actions take or leave one, and what becomes of a row that gets none. */
import { endsJob, statusWritten } from '../actions.js';
import { ask, type Draft, holdBack, keep, raise } from '../draft.js';
import type { PlannedAction } from '../types.js';
import { sameStatus } from '../values/equality.js';

/** Why a row gets no slot or seat. */
export interface NoRoom {
  /** A sentence that says what to do. */
  message: string;
  /** Whether it takes a person: not where the plan just could not be read. */
  asks: boolean;
}

/** Said of a row as long as nobody knows whether there is room for it: no person is needed. */
export const planUnread =
  'The plan could not be read just now, so it is not known whether there is room for this: it is read again automatically.';

// What is told to those for whom the plan has no slot or seat, by why that is so.

export const limited = ['users', 'jobs'] as const;
export type Limited = (typeof limited)[number];

export const full: Record<Limited, NoRoom> = {
  users: {
    message:
      'The plan has no free seat for this user, and another one may cost money, so nothing was sent. Free a seat, or extend the plan in Spark Hire.',
    asks: true,
  },
  jobs: {
    message:
      'The plan has no free job slot, so the job is not active: close another job, or extend the plan in Spark Hire.',
    asks: true,
  },
};
export const hidden: NoRoom = {
  message:
    'This key cannot read the plan, so another user may cost money, and nothing was sent. Let the key read it, or set policies.users.paid to allow.',
  asks: true,
};
export const untold: NoRoom = {
  message:
    'The plan does not say whether another user costs money, so nothing was sent. Look at the plan in Spark Hire. If it may cost money, set policies.users.paid to allow.',
  asks: true,
};
export const unread: NoRoom = { message: planUnread, asks: false };

/** What the action of the draft does to the plan's slots (jobs) or seats (users). */
export function roomOf(draft: Draft): PlannedAction['room'] | null {
  const { action, context, changes } = draft;
  const { observed } = context;
  if (action === null) return null;
  if (context.resource === 'users') {
    // What a deleted user leaves is free for the next pass: he may be the one for whom this one still acts.
    return action.name === 'create' ? 'takes' : null;
  }
  if (context.resource !== 'jobs') return null;
  if (statusWritten(changes) === 'active') return 'takes';
  const isActive = observed?.resource === 'jobs' && sameStatus(observed.status, 'active');
  // Under pending interviews it is closed after they were canceled, which is after others were activated.
  return endsJob(action.name, changes) && isActive && context.pendingInterviews === 0 ? 'frees' : null;
}

/**
 * Takes out of the draft what the plan has no room for; everything else goes on. A new job may be made inactive: its
 * base says that the ATS wanted just that, so it is activated like a job that the ATS opens.
 */
export function withoutRoom(draft: Draft, { message, asks }: NoRoom): void {
  const { context } = draft;
  const { label, name } = draft.action!;
  raise(draft, 'PLAN_LIMIT', null, message);
  if (asks) ask(draft, { kind: 'plan_limit', ats: limitValue(label, context.wishedAt), reason: message });
  else keep(draft, 'plan_limit');
  if (name !== 'create') holdBack(draft, 'status');
  else if (context.resource === 'jobs' && mayBeInactive(draft)) {
    const status = draft.changes.find(({ field }) => field === 'status')!;
    status.to = 'inactive';
    draft.writes.status = { ats: 'inactive', sparkhire: 'inactive' };
    draft.why.clear();
    draft.why.add('inactive until the plan has a slot for it');
    return;
  }
  if (name === 'create' || draft.changes.length === 0) draft.action = null;

  function mayBeInactive({ policies: { jobs, fields } }: Draft): boolean {
    // Where only the first value of the status is the ATS's, it has to be the right one.
    return jobs.withoutSlot === 'inactive' && (fields.jobs.status ?? 'merge') !== 'sparkhire';
  }
}

/** The ATS value of a plan_limit conflict: what waits, and since when, in milliseconds since the epoch. */
export function limitValue(label: string, since: number | null): { label: string; since: string | null } {
  return { label, since: since === null ? null : new Date(since).toISOString() };
}
