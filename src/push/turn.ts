/**
 * The turn of one action, which is the last look at its row before anything is sent:
 *
 *   1 an object that is to be changed is read once more, and its row decided anew
 *   2 what has become something else than was planned waits for the next plan, and its checks
 *   3 what takes a slot or seat asks whether there is one
 *   4 it is sent, and what came of it recorded (send/)
 */
import type { ObjectFailures } from '../backfill/failures.js';
import { listedResource } from '../backfill/resources.js';
import { readSingle, storeSingles } from '../backfill/singles.js';
import type { Person } from '../db/audit.js';
import { named } from '../ledger/journal.js';
import { inMirrorTransaction } from '../mirror/store.js';
import { type PlannedAction, rowName } from '../reconcile/actions.js';
import type { PushResource } from '../reconcile/types.js';
import { isSame } from '../reconcile/values/fingerprint.js';
import type { Decided } from './decide/decided.js';
import { type Deciding, decideAgain, recordDecided } from './decide/decisions.js';
import type { ShareLinksFirst } from './decide/share-links-first.js';
import { changesObject } from './mass-change.js';
import type { PushRun } from './push-run.js';
import type { CarryOutCounts, PushResult, WithoutKey } from './result.js';
import { execute } from './send/execute.js';
import type { Planned } from './send/intended.js';
import type { Outcome } from './send/outcome.js';
import { NotThere } from './send/refusal.js';
import type { Means } from './send/sending.js';

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
  /** Whether it is worth planning anew on the way; null: all of it is carried out, whatever comes. */
  isOutdated: (() => Promise<boolean>) | null;
  /** Objects that could not be read just before they were to be changed: their rows stay pending. */
  unread: ObjectFailures;
}

/** An action whose row is decided anew in its turn, once its object was read. */
export interface ToLookAt {
  action: PlannedAction;
  context: null;
}

/** Whether its object is read before, since somebody may have changed it: what is made, or only linked, has none. */
export const looksFirst = ({ action, uuid }: PlannedAction): boolean =>
  changesObject.has(action) && uuid !== null;

/** @returns null if nothing was tried: it is something else by now, or has to wait; else what was, as it was decided last */
export async function turn(
  round: Round,
  planned: Planned | ToLookAt,
): Promise<{ action: PlannedAction; outcome: Outcome } | null> {
  const { planLeft } = round;
  let now: Planned | null = null;
  let outcome: Outcome | null = null;
  try {
    now = planned.context === null ? await lookAgain(round, planned.action) : planned;
    if (now !== null && !(await planLeft.take(now.action))) await decideOne(round, planned.action);
    else if (now !== null) outcome = await execute(round, now);
    if (outcome?.kind === 'postponed' && outcome.movedOn === true) await decideOne(round, planned.action);
  } finally {
    // Whoever was to act turned out to have no key that works.
    if (outcome?.kind === 'held') round.withoutKey.met(planned.action, outcome.remedy);
    planLeft.ended(planned.action, outcome);
  }
  return now === null || outcome === null ? null : { action: now.action, outcome };
}

/**
 * An object that is about to be changed is read once more, and its row decided anew: what somebody changed in Spark Hire
 * since the last tick is not to be overwritten unseen.
 */
async function lookAgain(round: Round, action: PlannedAction): Promise<Planned | null> {
  const { resource, atsId } = action;
  const uuid = action.uuid!;
  const { session, unread } = round;
  const { db, account, client, signal, log } = session;
  const listed = listedResource(resource);
  let unseen: NotThere | undefined;
  const told = await readSingle(client, listed, uuid, { lane: 'write', signal });
  if (told.state === 'there') {
    unread.succeeded();
    await inMirrorTransaction(db, account.name, (tx) => storeSingles(tx, listed, [told.read]));
  } else if (told.state === 'gone' || told.state === 'hidden') {
    // The sweep finds out what it is. What ends it overwrites nothing; an edit might overwrite another, and is not sent.
    if (action.action === 'update') unseen = new NotThere(told.error);
  } else {
    if (signal.aborted) throw told.error;
    // One that cannot be read now keeps no other from its turn.
    unread.add(told.error);
    const { code, message } = told.error;
    const event = { event: 'object_unread', ...named(action), code };
    log.warn(event, `it is not changed as long as it cannot be read: ${message}`);
    return null;
  }
  const [now] = await decideAgain(round, resource, [atsId]);
  if (now !== undefined) round.withoutKey.add([now]);
  // What it waits for now is told at once.
  if (now?.decision.action === null) await recordDecided(session, [now]);
  if (now === undefined || now.context === null || !isSame(now.decision.action, action)) return null;
  await recordDecided(session, [now]);
  return { action: now.decision.action!, context: now.context, next: now.decision.next, unseen };
}

/** What is to be said of a row whose action is not carried out now. */
async function decideOne(round: Round, { resource, atsId }: PlannedAction): Promise<void> {
  await recordDecided(round.session, await decideAgain(round, resource, [atsId]));
}

/** What is made, canceled and made again takes a few. */
const most = 10;

/** How often rows have their turn in one push. One that comes again and again, and is the same each time, would never let it end. */
export class Turns {
  /** Of rows that had a turn after the first plan: how often in a row they were as the ATS has them now. */
  readonly #had = new Map<string, { hash: string | null; times: number }>();
  /** Of what the present plan is to do, by row; null: it is the first, which ends by itself. */
  #planned: Map<string, string | null> | null = null;
  #isFirst = true;
  #endless: PlannedAction | null = null;

  /**
   * With a new plan. All of the plan before has been carried out.
   * @throws if a row has had its turn so often that it is a fault of the program
   */
  begin(decided: readonly Decided[]): void {
    if (this.#endless !== null) {
      const { resource, atsId, action } = this.#endless;
      throw new Error(
        `row ${atsId} (${resource}) had its turn more than ${most} times in one round, the last time for "${action}", although the ATS did not change it: the round was ended, and all other rows were carried out`,
      );
    }
    if (!this.#isFirst)
      this.#planned = new Map(
        decided.flatMap(({ decision, read }) =>
          decision.action === null ? [] : [[rowName(decision), read.hash] as const],
        ),
      );
    this.#isFirst = false;
  }

  /** It was carried out. */
  had(action: PlannedAction): void {
    if (this.#planned === null) return;
    const name = rowName(action);
    const hash = this.#planned.get(name) ?? null;
    const before = this.#had.get(name);
    const times = before?.hash === hash ? before.times + 1 : 1;
    this.#had.set(name, { hash, times });
    if (times > most) this.#endless ??= action;
  }
}
