/**
 * Carrying out the actions of a plan: a hundred rows at a time have their turns, several at a time. Each is decided anew just
 * before: where its object is to be changed in its turn, which looks at that first, and else with the others here. What has
 * become something else than was planned waits for the next plan.
 */
import type { PlannedAction, PushResource } from '../reconcile/types.js';
import { isSame } from '../reconcile/values/fingerprint.js';
import { decideNow, recordDecided } from './decide/decisions.js';
import { measureSkew } from './lost/looking.js';
import { countOf } from './result.js';
import type { Round } from './round.js';
import type { Planned } from './send/intended.js';
import type { Outcome } from './send/outcome.js';
import { serverClockOf, stoppedBy } from './send/sending.js';
import { looksFirst, type ToLookAt, turn } from './turn.js';

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
    if (one === undefined || !isSame(one.decision.action, action)) return [];
    return [{ action: one.decision.action!, context: one.context!, next: one.decision.next }];
  });
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
  const { session, counts, probe, turns } = round;
  const concurrency = round.allotment.oneByOne ? 1 : round.concurrency;
  let next = 0;
  let done = 0;
  let unknownInARow = 0;
  let stopped: { error: unknown } | null = null;
  const lastOf = new Map<string | null, Promise<unknown>>();

  function count(action: PlannedAction, outcome: Outcome): void {
    unknownInARow = outcome.kind === 'unknown' ? unknownInARow + 1 : 0;
    if (outcome.kind === 'done') {
      counts[countOf[action.action]] += 1;
      turns.had(action);
      if (action.leavesMore === true) counts.unfinished += 1;
    } else if (outcome.kind === 'in_flight') counts.unknown += 1;
    else if (outcome.kind === 'held') counts.postponed += 1;
    else counts[outcome.kind] += 1;
    if (outcome.kind === 'postponed' && outcome.error !== undefined) stopped ??= { error: outcome.error };
    const most = probe.isDue ? 1 : mostUnknown;
    if (outcome.kind === 'unknown' && unknownInARow >= most && outcome.error !== null)
      stopped ??= { error: outcome.error };
    const isAnswered = outcome.kind === 'rejected' || (outcome.kind === 'done' && action.action !== 'adopt');
    if (isAnswered) probe.isDue = false;
  }

  const isOver = () => stopped !== null || session.signal.aborted || next >= planned.length;

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
      if (had === null) counts.postponed += 1;
      else count(had.action, had.outcome);
    } catch (error) {
      stopped ??= { error };
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
  if (stopped !== null) throw (stopped as { error: unknown }).error;
  if (session.signal.aborted) throw stoppedBy(session.signal);
}
