/**
 * The turn of one action, which is the last look at its row before anything is sent:
 *
 *   1 an object that is to be changed is read once more, and its row decided anew
 *   2 what has become something else than was planned waits for the next plan, and its checks
 *   3 what takes a slot or seat asks whether there is one
 *   4 it is sent, and what came of it recorded (send/)
 */
import { listedResource } from '../backfill/resources.js';
import { readSingle, storeSingles } from '../backfill/singles.js';
import { named } from '../ledger/journal.js';
import { inMirrorTransaction } from '../mirror/store.js';
import type { PlannedAction } from '../reconcile/actions.js';
import { isSame } from '../reconcile/values/fingerprint.js';
import { decideNow, recordDecided } from './decide/decisions.js';
import { changesObject } from './mass-change.js';
import type { Round } from './round.js';
import { execute } from './send/execute.js';
import type { Planned } from './send/intended.js';
import type { Outcome } from './send/outcome.js';
import { NotThere } from './send/refusal.js';

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
  const { slots } = round;
  let now: Planned | null = null;
  let outcome: Outcome | null = null;
  try {
    now = planned.context === null ? await lookAgain(round, planned.action) : planned;
    if (now !== null && !(await slots.take(now.action))) await recordNow(round, planned.action);
    else if (now !== null) outcome = await execute(round, now);
    if (outcome?.kind === 'postponed' && outcome.movedOn === true) await recordNow(round, planned.action);
  } finally {
    // Whoever was to act turned out to have no key that works.
    if (outcome?.kind === 'held') round.withoutKey.met(planned.action, outcome.remedy);
    slots.ended(planned.action, outcome);
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
  const [now] = await decideNow(round, resource, [atsId]);
  if (now !== undefined) round.withoutKey.add([now]);
  // What it waits for now is told at once.
  if (now?.decision.action === null) await recordDecided(session, [now]);
  if (now === undefined || now.context === null || !isSame(now.decision.action, action)) return null;
  await recordDecided(session, [now]);
  return { action: now.decision.action!, context: now.context, next: now.decision.next, unseen };
}

/** What is to be said of a row whose action is not carried out now. */
async function recordNow(round: Round, { resource, atsId }: PlannedAction): Promise<void> {
  await recordDecided(round.session, await decideNow(round, resource, [atsId]));
}
