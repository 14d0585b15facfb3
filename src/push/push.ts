/**
 * One push of an account: what the ATS wants against what Spark Hire has, decided, checked, carried out.
 *
 *   what a dead process left, unknown outcomes ─► what changed in Spark Hire joins the queue
 *     ─► decide (users, jobs, interviews, share links) ─► plan: order, checksum, too much at once?
 *     ─► record what is decided ─► carry out, parents before children, each row decided anew just before
 *
 * A long run is planned anew on the way if the ATS has written meanwhile: what is urgent does not wait for all of it.
 *
 * It never runs beside itself for an account: the service has one activity for it, and commands hand theirs over.
 */
import type { AccountSession } from '../account-session.js';
import { ObjectFailures } from '../backfill/failures.js';
import { listedResource } from '../backfill/resources.js';
import { storeSingles } from '../backfill/singles.js';
import { type Clock, systemClock } from '../clock.js';
import type { Person } from '../db/audit.js';
import { enqueueObserved } from '../desired/queue.js';
import { contentHash, tableOf } from '../desired/tables.js';
import { named } from '../ledger/journal.js';
import { inMirrorTransaction } from '../mirror/store.js';
import { makePlan, type Plan, phases } from '../reconcile/plan.js';
import type { PlannedAction, Policies, PushResource, RowContext, RowState } from '../reconcile/types.js';
import type { ApiError } from '../sparkhire/client.js';
import type { UserKeys } from './acting.js';
import {
  addDone,
  type CarryOutCounts,
  type CarryOutOptions,
  carryOut,
  noCarryOutCounts,
  type Rechecked,
} from './carry-out.js';
import type { Decided } from './decide/decided.js';
import { decideAgain, decideAll, recordDecided } from './decide/decisions.js';
import { Limits } from './decide/limits.js';
import { askForSets } from './decide/question-sets.js';
import { ShareLinksFirst } from './decide/share-links-first.js';
import { spokenWait } from './lost/lost-answers.js';
import { settleUnknown } from './lost/settle.js';
import {
  changing,
  closeMassChange,
  justMissing,
  massChangeFacts,
  noteApproval,
  openMassChange,
} from './mass-change.js';
import { heldAsMoved, releaseMoved } from './moved.js';
import { PushRun } from './push-run.js';
import { Replanning } from './replanning.js';
import { countRows, noResult, type PushResult, WithoutKey } from './result.js';
import { isSame, planChanged } from './same-plan.js';
import { NotThere } from './send/refusal.js';
import type { SendingOptions } from './send/sending.js';

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
  onProgress?: (resource: PushResource, done: number, total: number) => void;
  /** Told of the steps of each write, and waited for. */
  onStep?: SendingOptions['onStep'];
  /** The system's unless given. */
  clock?: Clock;
}

const chunkSize = 100;

/** What would be done now. Writes nothing to Spark Hire. */
export async function planPush(session: AccountSession, policies: Policies, keys?: UserKeys): Promise<Plan> {
  const shareLinks = new ShareLinksFirst(session);
  return (await prepare(session, { policies, keys, clock: systemClock }, shareLinks)).plan;
}

export async function push(session: AccountSession, options: PushOptions): Promise<PushResult> {
  const result = noResult();
  const { clock = systemClock } = options;
  const settling = { settleSeconds: options.settleMs / 1000, lookersOf: options.keys?.lookersOf };
  const counts = noCarryOutCounts();
  const carried: Carried = new Map();
  const withoutKey = new WithoutKey();
  const shareLinks = new ShareLinksFirst(session);
  const run = new PushRun(session, counts, clock);
  const onStep = run.before(options.onStep);
  // Between two invitations their outcome is recorded: details would take the units of the next ones meanwhile.
  const waiting = spokenWait(session, options.settleMs, clock);
  const release = session.limiter.holdBack('details');
  try {
    for (let approve = options.approve; ; approve = undefined) {
      const before = await settleUnknown(session, settling);
      addDone(counts, before.done);
      // As long as answers are lost, one write shows whether they still are.
      const probe = { isDue: before.waiting > 0 };
      // What was freed late is taken at once by those who wait for it; what came meanwhile has its turn.
      const { again, restMs } = await pass(
        session,
        { ...options, clock, onStep },
        result,
        { counts, carried, withoutKey, shareLinks, probe },
        approve,
      );
      // Also what this pass left unknown is looked for.
      const { nextLookInMs, settled, done } = await settleUnknown(session, settling);
      addDone(counts, done);
      const lookInMs = sooner(nextLookInMs, restMs);
      result.lookInMs = lookInMs;
      // What turned out to be absent is to be sent again, and nobody comes for it otherwise.
      if (again || settled > 0) continue;
      if (!options.waitForUnknown || lookInMs === null) break;
      await waiting.sleep(Math.max(50, lookInMs));
    }
  } catch (error) {
    result.error = error;
  } finally {
    release();
  }
  const { pushed } = result;
  pushed.created = counts.created;
  pushed.updated = counts.updated + counts.closed + counts.shared;
  pushed.canceled = counts.canceled + counts.deleted;
  pushed.adopted = counts.adopted;
  result.unread ??= shareLinks.failure;
  Object.assign(result, withoutKey.counts);
  await run.end(result.error ?? result.unread);
  await countRows(session, result);
  return result;
}

/** How many actions of each resource were carried out before the present plan. */
type Carried = Map<PushResource, number>;

type Clocked = PushOptions & { clock: Clock };

/** What the carrying out of one plan goes by. */
interface Run {
  options: Clocked;
  counts: CarryOutCounts;
  limits: Limits;
  carried: Carried;
  withoutKey: WithoutKey;
  shareLinks: ShareLinksFirst;
  probe: CarryOutOptions['probe'];
  /** null: all of it is carried out, whatever comes. */
  replanning: Replanning | null;
  /** Objects that could not be read just before they were to be changed: their rows stay pending. */
  unread: ObjectFailures;
}

interface Prepared {
  decided: Decided[];
  plan: Plan;
  limits: Limits;
}

async function prepare(
  session: AccountSession,
  { policies, keys, clock }: Pick<Clocked, 'policies' | 'keys' | 'clock'>,
  shareLinks: ShareLinksFirst,
): Promise<Prepared> {
  const { db, account } = session;
  await enqueueObserved(db, account.name);
  const limits = new Limits(session, policies, clock);
  await limits.begin();
  const decide = () => decideAll(session, policies, limits, clock.now(), keys?.keyIds);
  let decided = await decide();
  const made = () => decided.map(({ decision }) => decision);
  if (await askForSets(session, made())) decided = await decide();
  if (await shareLinks.read(made())) decided = await decide();
  const facts = await massChangeFacts(session, decided, policies);
  const plan = makePlan(
    made().filter((decision) => !shareLinks.awaits(decision)),
    { ...facts, policies },
  );
  return { decided, limits, plan: session.place.moved ? heldAsMoved(plan) : plan };
}

function sooner(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

interface Passed {
  /** Whether another plan is to follow at once: it ended early, freed what rows wait for, or lost it. */
  again: boolean;
  /** When what was not carried out yet may be, in milliseconds; null if there is no such thing. */
  restMs: number | null;
}

async function pass(
  session: AccountSession,
  options: Clocked,
  result: PushResult,
  told: Pick<Run, 'counts' | 'carried' | 'withoutKey' | 'shareLinks' | 'probe'>,
  approve: string | undefined,
): Promise<Passed> {
  const { clock } = options;
  const { counts, withoutKey, shareLinks } = told;
  const began = clock.monotonic();
  const { decided, plan, limits } = await prepare(session, options, shareLinks);
  if (approve !== undefined && approve !== plan.checksum) throw planChanged(approve, plan);
  withoutKey.begin(decided);
  const isHeld = plan.held !== null && approve !== plan.checksum;
  // A row with an action is recorded when its turn comes, as it is then.
  await recordDecided(
    session,
    isHeld ? decided : decided.filter(({ decision }) => decision.action === null),
    !isHeld ? null : session.place.moved ? 'moved' : 'mass_change',
  );
  if (isHeld) {
    result.planHeld = { reason: plan.held!.reason, checksum: plan.checksum };
    if (plan.held!.resources.length > 0) await openMassChange(session, plan);
    return { again: false, restMs: null };
  }
  result.planHeld = null;
  await closeMassChange(session, plan.held !== null);
  const isApproved = plan.held !== null;
  if (isApproved) {
    await noteApproval(session, options.by && { by: options.by, plan });
    await releaseMoved(session);
  }
  // What a person released is carried out as they saw it: its rest would be held again.
  const known = decided.flatMap(({ read }) => read.queueIds);
  const replanning = isApproved ? null : new Replanning(session, clock.monotonic() - began, known, clock);
  const resting = justMissing(isApproved ? [] : decided, options.policies);
  const run: Run = { ...told, options, limits, replanning, unread: new ObjectFailures() };
  const freed = () => counts.closed + counts.deleted;
  const before = freed();
  const { unfinished, canceled } = counts;
  for (const { resource, actions } of phases(plan)) {
    const due = actions.filter((action) => !resting.actions.has(action));
    const isWhole = await carryOutResource(session, resource, limits.inOrder(due), run);
    result.unread = run.unread.first;
    if (!isWhole) return { again: true, restMs: resting.forMs };
  }
  if (isApproved) await noteApproval(session);
  // What it found lacking may be what those leave that rest: the next plan comes after them.
  const lostSome = limits.lostSome && resting.forMs === null;
  const isFree = limits.leftSome || freed() > before;
  // A job is closed once the interviews under it are canceled.
  const mayClose = counts.canceled > canceled && decided.some(isWaitingJob);
  return {
    again: counts.unfinished > unfinished || lostSome || mayClose || (limits.anybodyWaits && isFree),
    restMs: resting.forMs,
  };
}

const isWaitingJob = ({ decision }: Decided) => decision.resource === 'jobs' && decision.waits === true;

/** @returns whether all of it had its turn */
async function carryOutResource(
  session: AccountSession,
  resource: PushResource,
  actions: readonly PlannedAction[],
  run: Run,
): Promise<boolean> {
  const { options, counts, limits, carried, replanning } = run;
  const { keys: userKeys, clock, onStep } = options;
  const before = carried.get(resource) ?? 0;
  const progress = (done: number) => {
    carried.set(resource, before + done);
    options.onProgress?.(resource, before + done, before + actions.length);
  };
  for (let from = 0; from < actions.length; from += chunkSize) {
    session.signal.throwIfAborted();
    if (from > 0 && (await replanning?.isDue())) return false;
    const chunk = actions.slice(from, from + chunkSize);
    const keys = chunk.map(({ atsId }) => atsId);
    const decided = await decideNow(session, run, resource, keys);
    await recordDecided(session, decided);
    run.withoutKey.add(decided);
    const planned = new Map(chunk.map((action) => [action.atsId, action]));
    const order = new Map(keys.map((key, index) => [key, index]));
    // What has become something else meanwhile waits for the next plan, and its checks.
    const stillPlanned = decided
      .filter(({ decision }) => isSame(decision.action, planned.get(decision.atsId)))
      .sort((a, b) => order.get(a.decision.atsId)! - order.get(b.decision.atsId)!);
    const next = new Map<string, RowState>(
      stillPlanned.map(({ decision }) => [decision.atsId, decision.next]),
    );
    await carryOut(
      session,
      stillPlanned.map(({ decision }) => decision.action!),
      stillPlanned.map(({ context }) => context!),
      {
        clock,
        onStep,
        probe: run.probe,
        concurrency: limits.oneByOne ? 1 : options.concurrency,
        contentHash: (of, alias) => contentHash(tableOf[of], alias),
        recheck: (action, context) => recheck(session, run, action, context),
        ended(action, outcome) {
          // Whoever was to act turned out to have no key that works.
          if (outcome?.kind === 'held') run.withoutKey.met(action, outcome.remedy);
          limits.ended(action, outcome);
        },
        movedOn: (action) => decideOne(session, run, action),
        room: limits,
        actingFor: async (_, context) => userKeys?.acting(context) ?? { kind: 'administrator' },
        nextState: ({ atsId }) => next.get(atsId),
        progress: (done) => progress(from + done),
      },
      counts,
    );
    progress(Math.min(actions.length, from + chunkSize));
  }
  return true;
}

/** Looks once more at what is about to be changed, and at what the plan has left for it. */
async function recheck(
  session: AccountSession,
  run: Run,
  action: PlannedAction,
  context: RowContext,
): Promise<Rechecked | null> {
  const now = await lookAgain(session, run, action, context);
  if (now === null || (await run.limits.take(now.action))) return now;
  await decideOne(session, run, action);
  return null;
}

/** Decides about these rows as they are now. */
function decideNow(
  session: AccountSession,
  { options: { policies, keys, clock }, limits }: Run,
  resource: PushResource,
  rows: readonly string[],
): Promise<Decided[]> {
  return decideAgain(session, resource, rows, policies, limits, clock.now(), keys?.keyIds);
}

/** What is to be said of a row whose action is not carried out now. */
async function decideOne(
  session: AccountSession,
  run: Run,
  { resource, atsId }: PlannedAction,
): Promise<void> {
  await recordDecided(session, await decideNow(session, run, resource, [atsId]));
}

/**
 * An object that is about to be changed is read once more, and its row decided anew: what somebody changed in Spark Hire
 * since the last tick is not to be overwritten unseen.
 */
async function lookAgain(
  session: AccountSession,
  run: Run,
  action: PlannedAction,
  context: RowContext,
): Promise<Rechecked | null> {
  const { resource, atsId, uuid } = action;
  if (!changing.has(action.action) || uuid === null) return { action, context };
  const { db, account, client, signal, log } = session;
  const listed = listedResource(resource);
  let unseen: NotThere | undefined;
  try {
    const read = await listed.get(client, uuid, { lane: 'write', signal });
    run.unread.succeeded();
    await inMirrorTransaction(db, account.name, (tx) => storeSingles(tx, listed, [read]));
  } catch (error) {
    const told = NotThere.from(error);
    if (!(told instanceof NotThere)) {
      if (signal.aborted) throw error;
      // One that cannot be read now keeps no other from its turn.
      run.unread.add(error);
      const { code, message } = error as ApiError;
      const event = { event: 'object_unread', ...named(action), code };
      log.warn(event, `it is not changed as long as it cannot be read: ${message}`);
      return null;
    }
    // The sweep finds out what it is. What ends it overwrites nothing; an edit might overwrite another, and is not sent.
    if (action.action === 'update') unseen = told;
  }
  const [now] = await decideNow(session, run, resource, [atsId]);
  // What it waits for now is told at once.
  if (now?.decision.action === null) await recordDecided(session, [now]);
  if (now === undefined || now.context === null || !isSame(now.decision.action, action)) return null;
  await recordDecided(session, [now]);
  return { action: now.decision.action!, context: now.context, unseen };
}
