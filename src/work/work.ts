/**
 * The kinds of work that commands want done on an account, wherever it is done.
 *
 * In comes a piece of work with its arguments as data, from a command, the console or the service; out goes its result as
 * data. So a command may hand it to the owner of the account, and shows the same either way. It brings rooms together and
 * decides nothing.
 */
import type { Progress } from '../backfill/progress.js';
import type { Budget } from '../backfill/progress-feed.js';
import { type ResourceName, resourceNames } from '../backfill/resources.js';
import type { BackfillResult } from '../backfill/result.js';
import type { Person } from '../db/audit.js';
import { SyncError } from '../errors.js';
import { activityRecords } from '../ledger/activity-records.js';
import type { PlanFilter } from '../reconcile/plan/render.js';
import type { Check } from '../status/checks/check.js';
import type { AtsArguments, AtsResult, PulledFirst } from './ats-work.js';
import type { ForgetArguments, ForgetResult } from './forget-work.js';
import type { KeysArguments, KeysResult } from './keys-work.js';
import { fullPass, observe, type WorkContext } from './observe.js';
import type { PlanResult } from './push-work.js';
import type { WebhooksArguments, WebhooksResult } from './webhooks-work.js';

export type { ForgetResult, KeysResult, WebhooksResult };

export interface WorkProgress extends Progress {
  /** Requests used of the budget, as last heard. */
  budget: Budget | null;
}

interface Kinds {
  backfill: {
    arguments: { resources: ResourceName[]; details: boolean; fresh: boolean };
    result: BackfillResult;
  };
  sync: { arguments: Record<string, never>; result: BackfillResult };
  plan: { arguments: PlanFilter; result: PlanResult };
  apply: { arguments: { approve?: string; by?: Person }; result: BackfillResult };
  webhooks: { arguments: WebhooksArguments; result: WebhooksResult };
  keys: { arguments: KeysArguments; result: KeysResult };
  doctor: { arguments: Record<string, never>; result: Check[] };
  ats: { arguments: AtsArguments; result: AtsResult };
  forget: { arguments: ForgetArguments; result: ForgetResult };
}

export type WorkKind = keyof Kinds;
export type WorkArguments<K extends WorkKind> = Kinds[K]['arguments'];
export type WorkResult<K extends WorkKind> = Kinds[K]['result'];

type Doers = { [K in WorkKind]: (args: WorkArguments<K>, context: WorkContext) => Promise<WorkResult<K>> };

/** Loaded when they are wanted: a command does one of them. */
const pushWork = () => import('./push-work.js');
const atsWork = () => import('./ats-work.js');

const doers: Doers = {
  backfill: sweepAll,
  sync: (_, context) => asTick(context, () => syncOnce(context)),
  plan: async (args, context) => (await pushWork()).planWork(args, context),
  apply: async (args, context) => (await pushWork()).applyWork(args, context),
  webhooks: async (args, { session, settings }) =>
    (await import('./webhooks-work.js')).doWebhooksWork(args, session, settings),
  keys: async (args, { session, settings }) =>
    (await import('./keys-work.js')).doKeysWork(args, session, settings),
  doctor: async (_, { session, settings }) => [
    ...(await (await import('../status/checks/account-checks.js')).checkAccount(session, settings)),
    ...(await (await import('../status/checks/ats-checks.js')).checkAts(session)),
    ...(await (await import('../status/checks/order-checks.js')).checkOrders(session)),
  ],
  ats: async (args, { session }) => (await atsWork()).doAtsWork(args, session),
  forget: async (args, context) => (await import('./forget-work.js')).forgetWork(args, context),
};

/** As the service's sweep: one of everything looks who else works for the account. */
async function sweepAll(args: WorkArguments<'backfill'>, context: WorkContext): Promise<BackfillResult> {
  const result = await fullPass(args, context);
  if (!result.ok || args.resources.length < resourceNames.length) return result;
  const { session } = context;
  const before = session.sent.requests;
  await (await import('../webhooks/others.js')).lookForOthers(session);
  result.requests += session.sent.requests - before;
  return result;
}

/** What it fails with is told of the account until it works again, as of a service's tick. */
async function asTick(
  { session }: WorkContext,
  work: () => Promise<BackfillResult>,
): Promise<BackfillResult> {
  const records = activityRecords(session.db, session.account.name);
  const note = async ({
    code,
    message,
    remedy,
  }: Pick<SyncError, 'message' | 'remedy'> & { code: string }) => {
    if (code === 'ABORTED') return;
    const failure = { code, message, remedy: remedy ?? null, retryInMs: 0 };
    await records.failed('tick', failure).catch(() => {});
  };
  try {
    const result = await work();
    if (result.error !== undefined) await note({ remedy: undefined, ...result.error });
    else if (result.ok) await records.recovered('tick');
    return result;
  } catch (error) {
    if (error instanceof SyncError) await note(error);
    throw error;
  }
}

/** One round of everything: what is new, the details it makes due, and what the ATS wants. */
async function syncOnce(context: WorkContext): Promise<BackfillResult> {
  const { session } = context;
  const { result, fresh } = await observe(context, true);
  // What was completed meanwhile is known then: who left the stage after it has nothing to be taken back.
  const ats = session.ats === undefined ? null : await (await atsWork()).pullFirst(session);
  if (fresh && !session.signal.aborted) await (await pushWork()).pushInto(result, context);
  if (ats !== null) addAts(result, ats);
  return result;
}

function addAts(result: BackfillResult, ats: PulledFirst): void {
  if ('failure' in ats) {
    result.ok = false;
    result.error ??= ats.failure;
    return;
  }
  const { notes, ...counts } = ats.result;
  result.ats = counts;
  result.notes.push(...notes);
}

export function isWorkKind(kind: string): kind is WorkKind {
  return Object.hasOwn(doers, kind);
}

export function doWork<K extends WorkKind>(
  kind: K,
  args: WorkArguments<K>,
  context: WorkContext,
): Promise<WorkResult<K>> {
  return doers[kind](args, context);
}
