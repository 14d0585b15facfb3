/**
 * Carrying out the actions of a plan: a hundred rows at a time have their turns, several at a time. The turn of a row is the last
 * look at it before anything is sent:
 *
 *   1 it is decided anew: where its object is to be changed, that is read first; all others of the hundred at once
 *   2 what has become something else than was planned waits for the next plan, and its checks
 *   3 what takes a slot or seat asks whether there is one
 *   4 it is sent, and what came of it recorded (send/)
 */
import { listedResource } from '../backfill/resources.js';
import { readSingle, storeSingles } from '../backfill/singles.js';
import { named } from '../ledger/journal.js';
import { inMirrorTransaction } from '../mirror/store.js';
import type { PlannedAction, PushResource } from '../reconcile/types.js';
import { isAsPlanned } from '../reconcile/values/fingerprint.js';
import { decideNow, recordDecided } from './decide/decisions.js';
import { measureSkew } from './lost/looking.js';
import { changesObject } from './mass-change.js';
import { count, type Outcome } from './result.js';
import type { Round } from './round.js';
import { execute, type Planned } from './send/execute.js';
import { NotThere } from './send/refusal.js';
import { serverClockOf, stoppedBy } from './send/sending.js';

const chunkSize = 100;

/** Answers of unknown outcome in a row: then Spark Hire is not well, and more of them would help nobody. */
const mostUnknown = 5;

/**
 * Actions of one resource, begun in the order given.
 * @returns whether all of it had its turn: a long run ends for a new plan where the ATS has written meanwhile
 * @throws the first error that concerns more than one action; the session's reason if it was stopped
 */
export async function carryOut(
  round: Round,
  resource: PushResource,
  actions: readonly PlannedAction[],
): Promise<boolean> {
  const { session, carried, isOutdated, run } = round;
  const before = carried.get(resource) ?? 0;
  for (let from = 0; from < actions.length; from += chunkSize) {
    session.signal.throwIfAborted();
    if (from > 0 && (await isOutdated?.())) return false;
    const chunk = actions.slice(from, from + chunkSize);
    const planned = await decideAnew(round, resource, chunk);
    const told = (done: number) => {
      carried.set(resource, before + done);
      run.told(resource, before + done, before + actions.length);
    };
    await takeTurns(round, planned, (done) => told(from + done));
    told(from + chunk.length);
  }
  return true;
}

/** The actions that are still what was planned, in their order; what else the rows are now is recorded as well. */
async function decideAnew(
  round: Round,
  resource: PushResource,
  chunk: readonly PlannedAction[],
): Promise<Array<Planned | ToLookAt>> {
  const keys = chunk.flatMap((action) => (looksFirst(action) ? [] : [action.atsId]));
  if (keys.length === 0) return chunk.map((action) => ({ action, context: null }));
  const decided = await decideNow(round, resource, keys);
  await recordDecided(round.session, decided);
  round.withoutKey.add(decided);
  const now = new Map(decided.map((one) => [one.decision.atsId, one]));
  return chunk.flatMap((action): Array<Planned | ToLookAt> => {
    if (looksFirst(action)) return [{ action, context: null }];
    const one = now.get(action.atsId);
    if (one === undefined || !isAsPlanned(one.decision.action, action)) return [];
    return [{ action: one.decision.action!, context: one.context, next: one.decision.next }];
  });
}

/** When no more of the actions begin: one met what concerns the others, too, or answers are being lost. */
class StopRule {
  readonly #probe: Round['probe'];
  readonly #why: unknown[] = [];
  #unknownInARow = 0;

  constructor(probe: Round['probe']) {
    this.#probe = probe;
  }

  get isMet(): boolean {
    return this.#why.length > 0;
  }

  met(error: unknown): void {
    this.#why.push(error);
  }

  heed({ action }: PlannedAction, outcome: Outcome): void {
    this.#unknownInARow = outcome.kind === 'unknown' ? this.#unknownInARow + 1 : 0;
    if (outcome.kind === 'postponed' && outcome.error !== undefined) this.met(outcome.error);
    const most = this.#probe.isDue ? 1 : mostUnknown;
    if (outcome.kind === 'unknown' && this.#unknownInARow >= most && outcome.error !== null)
      this.met(outcome.error);
    const isAnswered = outcome.kind === 'rejected' || (outcome.kind === 'done' && action !== 'adopt');
    if (isAnswered) this.#probe.isDue = false;
  }

  /** @throws what was met first */
  throwIfMet(): void {
    if (this.isMet) throw this.#why[0];
  }
}

/**
 * What has left is always waited for and recorded, also where the session ends or an action meets what concerns them all;
 * what has not begun then stays pending.
 */
async function takeTurns(
  round: Round,
  planned: ReadonlyArray<Planned | ToLookAt>,
  told: (done: number) => void,
): Promise<void> {
  const { session, counts, probe, turnCounts } = round;
  const concurrency = round.allotment.oneByOne ? 1 : round.concurrency;
  const stopRule = new StopRule(probe);
  let next = 0;
  let done = 0;
  const lastOf = new Map<string | null, Promise<unknown>>();

  const isOver = () => stopRule.isMet || session.signal.aborted || next >= planned.length;

  async function nextTurn(): Promise<void> {
    const one = planned[next++]!;
    // Of rows that want one object the first of the plan takes it, not the quickest.
    const { uuid } = one.action;
    const itsTurn = (lastOf.get(uuid) ?? Promise.resolve()).then(() => turn(round, one));
    if (uuid !== null)
      lastOf.set(
        uuid,
        itsTurn.catch(() => {}),
      );
    try {
      const had = await itsTurn;
      count(counts, had?.action ?? one.action, had?.outcome ?? { kind: 'postponed' });
      if (had?.outcome.kind === 'done') turnCounts.had(had.action);
      if (had !== null) stopRule.heed(had.action, had.outcome);
    } catch (error) {
      stopRule.met(error);
    }
    done += 1;
    told(done);
  }

  async function worker(): Promise<void> {
    while (!isOver()) await nextTurn();
  }

  // Where something is made, it must be findable should the answer be lost: by Spark Hire's clock.
  if (serverClockOf(session).skewMs === null && planned.some(({ action }) => action.action === 'create')) {
    await measureSkew(session);
  }
  while (probe.isDue && !isOver()) await nextTurn();
  await Promise.all(Array.from({ length: Math.min(concurrency, planned.length - next) }, worker));
  counts.postponed += planned.length - next;
  stopRule.throwIfMet();
  if (session.signal.aborted) throw stoppedBy(session.signal);
}

// ---- the turn of one

/** An action whose row is decided anew in its turn, once its object was read. */
interface ToLookAt {
  action: PlannedAction;
  context: null;
}

/** Whether its object is read before, since somebody may have changed it: what is made, or only linked, has none. */
const looksFirst = ({ action, uuid }: PlannedAction): boolean => changesObject.has(action) && uuid !== null;

/** @returns null if nothing was tried: it is something else by now, or has to wait; else what was, as it was decided last */
async function turn(
  round: Round,
  planned: Planned | ToLookAt,
): Promise<{ action: PlannedAction; outcome: Outcome } | null> {
  const { slots } = round;
  let now: Planned | null = null;
  let outcome: Outcome | null = null;
  try {
    now = planned.context === null ? await readAndDecide(round, planned.action) : planned;
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
async function readAndDecide(round: Round, action: PlannedAction): Promise<Planned | null> {
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
    log.warn(
      event,
      `an object could not be read just before its change, so the change was not sent; it is tried again: ${message}`,
    );
    return null;
  }
  const [now] = await decideNow(round, resource, [atsId]);
  if (now !== undefined) round.withoutKey.add([now]);
  // What it waits for now is told at once.
  if (now?.decision.action === null) await recordDecided(session, [now]);
  if (now === undefined || !isAsPlanned(now.decision.action, action)) return null;
  await recordDecided(session, [now]);
  return { action: now.decision.action!, context: now.context, next: now.decision.next, unseen };
}

/** What is to be said of a row whose action is not carried out now. */
async function recordNow(round: Round, { resource, atsId }: PlannedAction): Promise<void> {
  await recordDecided(round.session, await decideNow(round, resource, [atsId]));
}
