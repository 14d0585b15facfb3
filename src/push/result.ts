/** What a push came to. */
import type { AccountSession } from '../account-session.js';
import { query } from '../db/database.js';
import type { KeyRemedy } from '../reconcile/acting/key-remedy.js';
import { lackingCounts } from '../reconcile/plan/plan.js';
import {
  type ActionName,
  type Issue,
  type PlannedAction,
  pushResources,
  type RowState,
} from '../reconcile/types.js';
import type { Decided } from './decide/among-rows.js';

export interface PushResult {
  pushed: Record<'created' | 'updated' | 'canceled' | 'adopted' | 'conflicts' | 'rejected' | 'held', number>;
  /** How many of the rows held wait for nothing but the API key of who is to act; left out where none does. */
  withoutKey?: number;
  /** How many for nothing but their user, who is disabled or gone; likewise. */
  withoutUser?: number;
  /** Why the plan waits for a person. */
  planHeld: { reason: string; checksum: string } | null;
  /** When it is worth coming again, for writes of unknown outcome and rows that just went missing; null without any. */
  lookInMs: number | null;
  /** What ended it early; null if nothing did. */
  error: unknown;
  /** Why objects that were to be changed could not be read before, where all else went on; null if all could. */
  unread: unknown;
}

export function noResult(): PushResult {
  return {
    pushed: { created: 0, updated: 0, canceled: 0, adopted: 0, conflicts: 0, rejected: 0, held: 0 },
    planHeld: null,
    lookInMs: null,
    error: null,
    unread: null,
  };
}

type RowName = Pick<PlannedAction, 'resource' | 'atsId'>;

/** Rows that wait for nothing but who is to act. A person has to do something about it. */
export class WithoutKey {
  readonly #rows = new Map<string, KeyRemedy>();

  get counts(): Pick<PushResult, 'withoutKey' | 'withoutUser'> {
    return lackingCounts([...this.#rows.values()]);
  }

  /** With a new plan, whose decisions are about every row that is held. */
  begin(decided: readonly Decided[]): void {
    this.#rows.clear();
    this.add(decided);
  }

  add(decided: readonly Decided[]): void {
    for (const { decision } of decided) if (decision.lacks !== undefined) this.met(decision, decision.lacks);
  }

  met({ resource, atsId }: RowName, remedy: KeyRemedy): void {
    this.#rows.set(`${resource} ${atsId}`, remedy);
  }
}

/** What is left in the rows, whenever it came about. */
export async function countRows(session: AccountSession, { pushed, planHeld }: PushResult): Promise<void> {
  const rows = await query<{ state: RowState; rows: number }>(
    session.db,
    `select state, count(*)::int as rows from sync.desired_rows
     where account = $1 and resource = any($2) and state in ('held', 'rejected', 'conflict') group by 1`,
    [session.account.name, pushResources],
  );
  const of = (state: RowState) => rows.find((row) => row.state === state)?.rows ?? 0;
  pushed.held = of('held') + (planHeld === null ? 0 : 1);
  pushed.rejected = of('rejected');
  pushed.conflicts = of('conflict');
}

/** What became of an action that had its turn. */
export type Outcome =
  | { kind: 'done' }
  /** Spark Hire refused it: the row has an issue, of this code where it was refused just now. */
  | { kind: 'rejected'; code?: Issue['code'] }
  /** Sent, and nobody knows: it will be looked for. */
  | { kind: 'unknown'; error: unknown }
  /** Surely not sent: nobody may act for the row now. */
  | { kind: 'held'; remedy: KeyRemedy }
  /**
   * Surely not sent; the row stays pending. `error`: what would stop the others too. `movedOn`: its object is not any more
   * what it was when that was decided, and the mirror has it as it is now.
   */
  | { kind: 'postponed'; error?: unknown; movedOn?: true }
  /** The row has an open intent. */
  | { kind: 'in_flight' };

/** What the actions of a push came to. */
export const noCarryOutCounts = () => ({
  created: 0,
  updated: 0,
  closed: 0,
  canceled: 0,
  deleted: 0,
  adopted: 0,
  shared: 0,
  rejected: 0,
  /** Sent, and the outcome is not known yet. */
  unknown: 0,
  /** Not sent; the row stays pending. */
  postponed: 0,
  /** Done, and more is to follow at once; counted above as well. */
  unfinished: 0,
});
export type CarryOutCounts = ReturnType<typeof noCarryOutCounts>;

/** Where an action that was done is counted. */
export const countOf: Record<ActionName, keyof CarryOutCounts> = {
  create: 'created',
  update: 'updated',
  close: 'closed',
  cancel: 'canceled',
  delete: 'deleted',
  adopt: 'adopted',
  share: 'shared',
};

const countOfUndone = {
  rejected: 'rejected',
  unknown: 'unknown',
  in_flight: 'unknown',
  held: 'postponed',
  postponed: 'postponed',
} as const satisfies Record<Exclude<Outcome['kind'], 'done'>, keyof CarryOutCounts>;

export function count(
  counts: CarryOutCounts,
  { action, leavesMore }: PlannedAction,
  { kind }: Outcome,
): void {
  counts[kind === 'done' ? countOf[action] : countOfUndone[kind]] += 1;
  if (kind === 'done' && leavesMore === true) counts.unfinished += 1;
}

/** Counts what was sent earlier and turned out to be done. */
export function addDone(counts: CarryOutCounts, actions: readonly ActionName[]): void {
  for (const action of actions) counts[countOf[action]] += 1;
}
