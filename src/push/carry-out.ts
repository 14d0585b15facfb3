/** Carrying out the actions of a plan, several at a time. */
import type { AccountSession } from '../account-session.js';
import { rowName } from '../reconcile/actions.js';
import type { ActionName, PlannedAction, RowContext } from '../reconcile/types.js';
import { measureSkew } from './lost/looking.js';
import { type ExecuteOptions, execute, type Outcome } from './send/execute.js';
import type { NotThere } from './send/refusal.js';
import { serverClockOf, stoppedBy } from './send/sending.js';

export interface Rechecked {
  action: PlannedAction;
  context: RowContext;
  /** It could not be seen: an edit of it is refused without being sent. */
  unseen?: NotThere | undefined;
}

export interface CarryOutOptions extends ExecuteOptions {
  /** Actions under way at the same time; 6 unless given. */
  concurrency?: number;
  /**
   * Answers were lost of late: one action goes first, and the others follow once it has an answer; if that is lost as
   * well, none follows. Is not due any more then, for whoever comes next.
   */
  probe?: { isDue: boolean } | undefined;
  /**
   * Looks at the row once more just before its turn. @returns what is to be done now; null if that is something else
   * than was planned: it waits for the next plan
   */
  recheck?: (action: PlannedAction, context: RowContext) => Promise<Rechecked | null>;
  /** Called once nothing of an action is under way any more. @param outcome null if it had no turn, or died */
  ended?: (action: PlannedAction, outcome: Outcome | null) => void;
  /** Called after each action. */
  progress?: (done: number, total: number) => void;
}

export interface CarryOutCounts {
  created: number;
  updated: number;
  closed: number;
  canceled: number;
  deleted: number;
  adopted: number;
  shared: number;
  rejected: number;
  /** Sent, and the outcome is not known yet. */
  unknown: number;
  /** Not sent; the row stays pending. */
  postponed: number;
  /** Done, and more is to follow at once; counted above as well. */
  unfinished: number;
}

const countOf: Record<ActionName, keyof CarryOutCounts> = {
  create: 'created',
  update: 'updated',
  close: 'closed',
  cancel: 'canceled',
  delete: 'deleted',
  adopt: 'adopted',
  share: 'shared',
};

/** Answers of unknown outcome in a row: then Spark Hire is not well, and more of them would help nobody. */
const mostUnknown = 5;

export function noCarryOutCounts(): CarryOutCounts {
  return {
    created: 0,
    updated: 0,
    closed: 0,
    canceled: 0,
    deleted: 0,
    adopted: 0,
    shared: 0,
    rejected: 0,
    unknown: 0,
    postponed: 0,
    unfinished: 0,
  };
}

/** Counts what was sent earlier and turned out to be done. */
export function addDone(counts: CarryOutCounts, actions: readonly ActionName[]): void {
  for (const action of actions) counts[countOf[action]] += 1;
}

/**
 * Carries out actions of one resource, begun in the order given. What has left is always waited for and recorded,
 * also where the session ends or an action meets what concerns them all; what has not begun then stays pending.
 * @param contexts of the actions' rows
 * @param counts is added to, so that a caller has them also when this rejects
 * @throws the first error that concerns more than one action; the session's reason if it was stopped
 */
export async function carryOut(
  session: AccountSession,
  actions: readonly PlannedAction[],
  contexts: readonly RowContext[],
  options: CarryOutOptions,
  counts: CarryOutCounts = noCarryOutCounts(),
): Promise<CarryOutCounts> {
  const { concurrency = 6, progress, probe } = options;
  const byRow = new Map(contexts.map((context) => [rowName(context), context]));
  let next = 0;
  let done = 0;
  let unknownInARow = 0;
  let stopped: { error: unknown } | null = null;

  function count(action: PlannedAction, outcome: Outcome): void {
    unknownInARow = outcome.kind === 'unknown' ? unknownInARow + 1 : 0;
    if (outcome.kind === 'done') {
      counts[countOf[action.action]] += 1;
      if (action.leavesMore === true) counts.unfinished += 1;
    } else if (outcome.kind === 'in_flight') counts.unknown += 1;
    else if (outcome.kind === 'held') counts.postponed += 1;
    else counts[outcome.kind] += 1;
    if (outcome.kind === 'postponed' && outcome.error !== undefined) stopped ??= { error: outcome.error };
    const most = probe?.isDue === true ? 1 : mostUnknown;
    if (outcome.kind === 'unknown' && unknownInARow >= most && outcome.error !== null)
      stopped ??= { error: outcome.error };
    const isAnswered = outcome.kind === 'rejected' || (outcome.kind === 'done' && action.action !== 'adopt');
    if (probe !== undefined && isAnswered) probe.isDue = false;
  }

  const isOver = () => stopped !== null || session.signal.aborted || next >= actions.length;

  async function turn(): Promise<void> {
    const action = actions[next++]!;
    const context = byRow.get(rowName(action))!;
    let outcome: Outcome | null = null;
    try {
      const now: Rechecked | null =
        options.recheck === undefined ? { action, context } : await options.recheck(action, context);
      if (now === null) counts.postponed += 1;
      else {
        outcome = await execute(session, now.action, now.context, { ...options, unseen: now.unseen });
        count(now.action, outcome);
      }
    } catch (error) {
      stopped ??= { error };
    }
    options.ended?.(action, outcome);
    done += 1;
    progress?.(done, actions.length);
  }

  async function worker(): Promise<void> {
    while (!isOver()) await turn();
  }

  // Where something is made, it must be findable should the answer be lost: by Spark Hire's clock.
  if (serverClockOf(session).skewMs === null && actions.some(({ action }) => action === 'create')) {
    await measureSkew(session);
  }
  while (probe?.isDue === true && !isOver()) await turn();
  await Promise.all(Array.from({ length: Math.min(concurrency, actions.length - next) }, worker));
  counts.postponed += actions.length - next;
  if (stopped !== null) throw (stopped as { error: unknown }).error;
  if (session.signal.aborted) throw stoppedBy(session.signal);
  return counts;
}
