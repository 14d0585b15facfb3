/**
 * One push of an account: what the ATS wants against what Spark Hire has, decided, checked, carried out.
 *
 *   what a dead process left, unknown outcomes ─► what changed in Spark Hire joins the queue
 *     ─► decide (users, jobs, interviews, share links) ─► plan: order, checksum, too much at once?
 *     ─► record what is decided ─► carry out, parents before children, each row decided anew just before
 *
 * A long run is planned anew on the way if the ATS has written meanwhile: what is urgent does not wait for all of it.
 *
 * In come rows of schema ats and the mirror, by way of desired/; out go requests to Spark Hire, and what became of them by
 * way of ledger/. What is right for a row is decided in reconcile/, not here: this room says when, in which order, how much
 * at once and with whose key. decide/ has what is to be known before, carry-out.ts the turns of rows, slots.ts what the plan of
 * Spark Hire has left, send/ one write, lost/ the writes whose answers were lost.
 *
 * It never runs beside itself for an account: the service has one activity for it, and commands hand theirs over.
 */
import type { AccountSession } from '../account-session.js';
import { ObjectFailures } from '../backfill/failures.js';
import { noProgress, type Progress } from '../backfill/progress.js';
import { type Clock, systemClock } from '../clock.js';
import type { Person } from '../db/audit.js';
import { enqueueObserved } from '../desired/queue.js';
import { SyncError } from '../errors.js';
import { findShift } from '../reconcile/kin/moved-keys.js';
import { makePlan, type Plan, phases } from '../reconcile/plan/plan.js';
import type { Policies } from '../reconcile/types.js';
import type { PushBasis, UserKeys } from './acting.js';
import { carryOut } from './carry-out.js';
import { Allotment } from './decide/allotment.js';
import type { Decided } from './decide/among-rows.js';
import { type Deciding, decideAll, recordDecided } from './decide/decisions.js';
import { askForSets } from './decide/question-sets.js';
import { ShareLinksFirst } from './decide/share-links-first.js';
import { spokenWait } from './lost/lost-answers.js';
import { settleUnknown } from './lost/settle.js';
import {
  closeMassChange,
  heldAsMoved,
  justMissing,
  massChangeFacts,
  noteApproval,
  openMassChange,
  releaseMoved,
} from './mass-change.js';
import { outdated } from './news.js';
import {
  addDone,
  type CarryOutCounts,
  countRows,
  noCarryOutCounts,
  noResult,
  type PushResult,
  WithoutKey,
} from './result.js';
import { PushRun, type Round, TurnCounts, type WholePush } from './round.js';
import type { Means } from './send/sending.js';
import { Slots } from './slots.js';

export type { PushResult } from './result.js';

export interface PushOptions {
  policies: Policies;
  /** How long a write of unknown outcome is looked for. Milliseconds. */
  settleMs: number;
  /** Writes under way at the same time. */
  concurrency: number;
  /** The users' own keys: who acts. The administrator, unless given. */
  keys?: UserKeys;
  /** Checksum of a held plan that a person releases. */
  approve?: string;
  /** Who releases it; nothing is written into the audit unless given. */
  by?: Person | undefined;
  /** Whether unknown outcomes and rows that just went missing are waited for, as a command does; the service comes again. */
  waitForUnknown: boolean;
  progress?: Progress;
  /** Told of the steps of each write, and waited for. */
  onStep?: Means['onStep'];
  /** The system's unless given. */
  clock?: Clock;
}

/** What would be done now. Writes nothing to Spark Hire. */
export async function planPush(session: AccountSession, policies: Policies, keys?: UserKeys): Promise<Plan> {
  const { plan } = await prepare(
    { session, policies, keys, clock: systemClock },
    new ShareLinksFirst(session),
  );
  return plan;
}

export async function push(session: AccountSession, options: PushOptions): Promise<PushResult> {
  const result = noResult();
  const { policies, concurrency, keys, by, settleMs, clock = systemClock } = options;
  const counts = noCarryOutCounts();
  const run = new PushRun(session, counts, clock, options.progress ?? noProgress);
  const whole: WholePush = {
    ...{ session, policies, concurrency, clock, keys, by, counts, run, result },
    onStep: run.before(options.onStep),
    carried: new Map(),
    turnCounts: new TurnCounts(),
    withoutKey: new WithoutKey(),
    shareLinks: new ShareLinksFirst(session),
  };
  const settle = async () => {
    const settled = await settleUnknown(session, { settleSeconds: settleMs / 1000, keys });
    addDone(counts, settled.done);
    return settled;
  };
  // Between two invitations their outcome is recorded: details would take the units of the next ones meanwhile.
  const waiting = spokenWait(session, settleMs, clock);
  const letDetails = session.limiter.holdBack('details');
  try {
    for (let { approve } = options; ; approve = undefined) {
      // As long as answers are lost, one write shows whether they still are.
      const probe = { isDue: (await settle()).waiting > 0 };
      // What was freed late is taken at once by those who wait for it; what came meanwhile has its turn.
      const { again, restMs } = await runRound(whole, probe, approve);
      // Also what this round left unknown is looked for.
      const { settled, nextLookInMs } = await settle();
      result.lookInMs = sooner(nextLookInMs, restMs);
      // What turned out to be absent is to be sent again, and nobody comes for it otherwise.
      if (again !== null || settled > 0) continue;
      if (!options.waitForUnknown || result.lookInMs === null) break;
      await waiting.sleep(Math.max(50, result.lookInMs));
    }
  } catch (error) {
    result.error = error;
  } finally {
    letDetails();
  }
  const { pushed } = result;
  pushed.created = counts.created;
  pushed.updated = counts.updated + counts.closed + counts.shared;
  pushed.canceled = counts.canceled + counts.deleted;
  pushed.adopted = counts.adopted;
  result.unread ??= whole.shareLinks.failure;
  Object.assign(result, whole.withoutKey.counts);
  await run.end(result.error ?? result.unread);
  await countRows(session, result);
  return result;
}

function sooner(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

/** What changed in Spark Hire joins the queue, every row that needs a look is decided, and what is to be done becomes a plan. */
async function prepare(given: PushBasis, shareLinks: ShareLinksFirst) {
  const { session, policies, clock } = given;
  await enqueueObserved(session.db, session.account.name);
  const slots = new Slots(session, policies, clock);
  await slots.begin();
  const allotment = new Allotment(session, slots);
  const decided = await decideInformed({ ...given, allotment }, shareLinks);
  return { slots, allotment, decided, plan: await planOf(given, decided, shareLinks) };
}

/** Decided again where what the rows need had to be read, and is news. */
async function decideInformed(deciding: Deciding, shareLinks: ShareLinksFirst): Promise<Decided[]> {
  const { session } = deciding;
  let decided = await decideAll(deciding);
  const made = () => decided.map(({ decision }) => decision);
  if (await askForSets(session, made())) decided = await decideAll(deciding);
  if (await shareLinks.read(made())) decided = await decideAll(deciding);
  return decided;
}

async function planOf(
  { session, policies }: PushBasis,
  decided: readonly Decided[],
  shareLinks: ShareLinksFirst,
): Promise<Plan> {
  const facts = await massChangeFacts(session, decided, policies);
  const plan = makePlan(
    decided.map(({ decision }) => decision).filter((decision) => !shareLinks.awaits(decision)),
    { ...facts, shift: findShift(decided), policies },
  );
  return session.place.moved ? heldAsMoved(plan) : plan;
}

/** Why another plan is to follow at once. */
type Again =
  /** The ATS has written meanwhile: the rest of a long plan waits for it. */
  | 'outdated'
  /** What was done leads to more (`leavesMore`). */
  | 'unfinished'
  /** A slot or seat was gone when it was to be taken: that is to be told. */
  | 'slot_lost'
  /** One is free by now for which others wait. */
  | 'slot_free'
  /** Interviews were canceled under jobs that wait to be closed. */
  | 'job_may_close';

interface RoundEnd {
  again: Again | null;
  /** When what was not carried out yet may be, in milliseconds; null if there is no such thing. */
  restMs: number | null;
}

/**
 * One plan: prepared, compared with the one that was approved, and then held for a person, or recorded and carried out.
 * @param approve checksum of a held plan that a person releases
 */
async function runRound(
  push: WholePush,
  probe: Round['probe'],
  approve: string | undefined,
): Promise<RoundEnd> {
  const { session, clock } = push;
  const began = clock.monotonic();
  const { slots, allotment, decided, plan } = await prepare(push, push.shareLinks);
  const { held } = plan;
  if (approve !== undefined && approve !== plan.checksum) throw planChanged(plan);
  push.turnCounts.begin(decided);
  push.withoutKey.begin(decided);
  if (held !== null && approve === undefined) {
    await hold(push, decided, { ...plan, held });
    return { again: null, restMs: null };
  }
  await release(push, decided, plan);
  // What a person released is carried out as they saw it: its rest would be held again.
  const known = decided.flatMap(({ read }) => read.queueIds);
  const isOutdated = held !== null ? null : outdated(session, clock.monotonic() - began, known, clock);
  const unread = new ObjectFailures();
  return carryOutPlan({ ...push, slots, allotment, probe, isOutdated, unread }, decided, plan);
}

const planChanged = ({ checksum }: Plan) =>
  new SyncError(
    'PLAN_CHANGED',
    `The plan is not the one that was approved any more: its checksum is ${checksum}.`,
    { remedy: 'Look at it with `sparkhire-sync plan`, and approve what it shows now.' },
  );

type HeldPlan = Plan & { held: NonNullable<Plan['held']> };

/** A person has to look at the plan first: what was found out is told, and nothing is done. */
async function hold({ session, result }: WholePush, decided: Decided[], plan: HeldPlan): Promise<void> {
  const { held, checksum } = plan;
  const why = session.place.moved ? 'moved' : held.isShift ? 'shift' : 'mass_change';
  await recordDecided(session, heldRows(decided, held), why);
  result.planHeld = { reason: held.reason, checksum };
  // Held for another reason, it may be small again.
  if (held.resources.length > 0) await openMassChange(session, plan);
  else await closeMassChange(session, null);
}

/** The plan is carried out next, which a person approved of if it was held. */
async function release({ session, result, by }: WholePush, decided: Decided[], plan: Plan): Promise<void> {
  // A row with an action is recorded when its turn comes, as it is then.
  await recordDecided(
    session,
    decided.filter(({ decision }) => decision.action === null),
  );
  result.planHeld = null;
  await closeMassChange(session, plan.held === null ? null : { by });
  if (plan.held === null) return;
  await noteApproval(session, by && { by, plan });
  await releaseMoved(session);
}

async function carryOutPlan(round: Round, decided: Decided[], plan: Plan): Promise<RoundEnd> {
  const { session, policies, counts, result, allotment } = round;
  const isApproved = plan.held !== null;
  const { actions: resting, forMs: restMs } = justMissing(isApproved ? [] : decided, policies);
  const before = { ...counts };
  for (const { resource, actions } of phases(plan)) {
    const due = actions.filter((action) => !resting.has(action));
    const isWhole = await carryOut(round, resource, allotment.inOrder(due));
    result.unread = round.unread.first;
    if (!isWhole) return { again: 'outdated', restMs };
  }
  if (isApproved) await noteApproval(session);
  return { again: whyAgain(round, decided, before, restMs !== null), restMs };
}

/** @param isResting some of the plan is not carried out yet */
function whyAgain(
  { counts, slots }: Round,
  decided: readonly Decided[],
  before: Readonly<CarryOutCounts>,
  isResting: boolean,
): Again | null {
  const done = (what: keyof CarryOutCounts) => counts[what] - before[what];
  if (done('unfinished') > 0) return 'unfinished';
  // What it found lacking may be what those leave that rest: the next plan comes after them.
  if (slots.lostSome && !isResting) return 'slot_lost';
  if (done('canceled') > 0 && decided.some(isWaitingJob)) return 'job_may_close';
  const isFree = slots.leftSome || done('closed') + done('deleted') > 0;
  return slots.anybodyWaits && isFree ? 'slot_free' : null;
}

/** What tells that keys have moved is looked at again as long as the plan is held, whatever comes of the row itself. */
function heldRows(decided: Decided[], held: HeldPlan['held']): Decided[] {
  if (held.isShift !== true) return decided;
  return decided.map((one) => {
    const { decision, renaming } = one;
    const isSettled = decision.state === 'synced' || decision.state === 'gone';
    return renaming === undefined || !isSettled
      ? one
      : { ...one, decision: { ...decision, state: 'pending', next: 'pending' } };
  });
}

const isWaitingJob = ({ decision }: Decided) => decision.resource === 'jobs' && decision.waits === true;
