/** What the carrying out of one plan goes by. */
import type { ObjectFailures } from '../backfill/failures.js';
import type { Person } from '../db/audit.js';
import type { PlannedAction, PushResource } from '../reconcile/types.js';
import type { CarryOutCounts } from './counts.js';
import { type Deciding, decideAgain, recordDecided } from './decide/decisions.js';
import type { ShareLinksFirst } from './decide/share-links-first.js';
import type { PushRun } from './push-run.js';
import type { Replanning } from './replanning.js';
import type { PushResult, WithoutKey } from './result.js';
import type { Means } from './send/sending.js';
import type { Turns } from './turns.js';

/** What all rounds of a push have in common. */
export interface Rounds extends Omit<Deciding & Means, 'planLeft'> {
  /** Writes under way at the same time. */
  concurrency: number;
  /** Told after each action. */
  run: PushRun;
  counts: CarryOutCounts;
  /** How many actions of each resource were carried out before the present plan. */
  carried: Map<PushResource, number>;
  turns: Turns;
  withoutKey: WithoutKey;
  shareLinks: ShareLinksFirst;
  /** Who releases a held plan; nothing is written into the audit unless given. */
  by: Person | undefined;
  result: PushResult;
}

export interface Round extends Rounds, Deciding {
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

/** What is to be said of a row whose action is not carried out now. */
export async function decideOne(round: Round, { resource, atsId }: PlannedAction): Promise<void> {
  await recordDecided(round.session, await decideAgain(round, resource, [atsId]));
}
