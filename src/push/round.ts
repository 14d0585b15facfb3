/** What the carrying out of one plan goes by. */
import type { AccountSession } from '../account-session.js';
import type { ObjectFailures } from '../backfill/failures.js';
import type { Clock } from '../clock.js';
import type { PlannedAction, Policies, PushResource } from '../reconcile/types.js';
import type { CarryOutCounts } from './counts.js';
import type { Decided } from './decide/decided.js';
import { decideAgain, recordDecided } from './decide/decisions.js';
import type { Limits } from './decide/limits.js';
import type { ShareLinksFirst } from './decide/share-links-first.js';
import type { PushRun } from './push-run.js';
import type { Replanning } from './replanning.js';
import type { WithoutKey } from './result.js';
import type { Means } from './send/sending.js';
import type { Turns } from './turns.js';

/** How many actions of each resource were carried out before the present plan. */
export type Carried = Map<PushResource, number>;

export interface Round {
  session: AccountSession;
  policies: Policies;
  /** Writes under way at the same time. */
  concurrency: number;
  /** Told after each action. */
  run: PushRun;
  means: Means & { clock: Clock; slots: Limits };
  limits: Limits;
  counts: CarryOutCounts;
  carried: Carried;
  turns: Turns;
  withoutKey: WithoutKey;
  shareLinks: ShareLinksFirst;
  /**
   * Answers were lost of late: one action goes first, and the others follow once it has an answer; if that is lost as
   * well, none follows. Is not due any more then, for whoever comes next.
   */
  probe: { isDue: boolean };
  /** null: all of it is carried out, whatever comes. */
  replanning: Replanning | null;
  /** Objects that could not be read just before they were to be changed: their rows stay pending. */
  unread: ObjectFailures;
}

/** Decides about these rows as they are now. */
export function decideNow(
  { session, policies, limits, means: { clock, keys } }: Round,
  resource: PushResource,
  rows: readonly string[],
): Promise<Decided[]> {
  return decideAgain(session, resource, rows, policies, limits, clock.now(), keys?.keyIds);
}

/** What is to be said of a row whose action is not carried out now. */
export async function decideOne(round: Round, { resource, atsId }: PlannedAction): Promise<void> {
  await recordDecided(round.session, await decideNow(round, resource, [atsId]));
}
