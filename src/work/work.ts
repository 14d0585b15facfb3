/** The kinds of work that commands want done on an account, wherever it is done. */
import type { AccountSession } from '../account-session.js';
import { backfill } from '../backfill/backfill.js';
import { databaseNow } from '../backfill/pass.js';
import type { Progress } from '../backfill/progress.js';
import { type ResourceName, resourceNames } from '../backfill/resources.js';
import { type BackfillResult, mergeResult } from '../backfill/result.js';
import type { Settings } from '../config.js';
import { checkAccount } from '../status/account-checks.js';
import type { Check } from '../status/check.js';
import { runDetails } from '../tick/details.js';
import { isBootstrapped, runTick } from '../tick/tick.js';
import type { Budget } from './progress-feed.js';
import { applyWork, type PlanResult, planWork, pushInto } from './push-work.js';
import { doWebhooksWork, type WebhooksArguments, type WebhooksResult } from './webhooks-work.js';

export type { WebhooksResult };

export interface WorkProgress extends Progress {
  /** Requests used of the budget, as last heard. */
  budget: Budget | null;
}

export interface WorkContext {
  session: AccountSession;
  settings: Settings;
  progress: Progress;
}

interface Kinds {
  backfill: {
    arguments: { resources: ResourceName[]; details: boolean; fresh: boolean };
    result: BackfillResult;
  };
  sync: { arguments: Record<string, never>; result: BackfillResult };
  plan: { arguments: Record<string, never>; result: PlanResult };
  apply: { arguments: { approve?: string }; result: BackfillResult };
  webhooks: { arguments: WebhooksArguments; result: WebhooksResult };
  doctor: { arguments: Record<string, never>; result: Check[] };
}

export type WorkKind = keyof Kinds;
export type WorkArguments<K extends WorkKind> = Kinds[K]['arguments'];
export type WorkResult<K extends WorkKind> = Kinds[K]['result'];

type Doers = { [K in WorkKind]: (args: WorkArguments<K>, context: WorkContext) => Promise<WorkResult<K>> };

const doers: Doers = {
  backfill: (args, context) => fullPass(args, context),
  sync: (_, context) => syncOnce(context),
  plan: (_, context) => planWork(context),
  apply: (args, context) => applyWork(args, context),
  webhooks: (args, { session, settings }) => doWebhooksWork(args, session, settings),
  doctor: (_, { session, settings }) => checkAccount(session, settings),
};

function fullPass(
  wanted: WorkArguments<'backfill'>,
  { session, settings, progress }: WorkContext,
): Promise<BackfillResult> {
  return backfill(session, {
    ...wanted,
    detailConcurrency: settings.mirror.detailConcurrency,
    limits: settings.mirror.massDisappearance,
    progress,
  });
}

/** One round of everything: what is new, the details it makes due, and what the ATS wants. */
async function syncOnce(context: WorkContext): Promise<BackfillResult> {
  const result = await observeWhole(context);
  if (result.ok && !context.session.signal.aborted) await pushInto(result, context);
  return result;
}

/** One tick and the details it makes due; on an empty mirror, which has no place to go on from, the full pass. */
async function observeWhole(context: WorkContext): Promise<BackfillResult> {
  const { session, settings, progress } = context;
  if (!(await isBootstrapped(session))) {
    session.log.info({ event: 'first_sweep' }, 'nothing is mirrored yet: reading the whole account first');
    return fullPass({ resources: [...resourceNames], details: true, fresh: false }, context);
  }
  const since = await databaseNow(session);
  const { unordered, ...result } = await runTick(session, {
    refreshMs: settings.schedule.refreshSeconds * 1000,
  });
  for (const name of unordered) {
    result.notes.push(`${name}: the listing does not show what is new; \`sparkhire-sync backfill\` finds it`);
  }
  if (session.signal.aborted || (!result.ok && Object.keys(result.resources).length === 0)) return result;
  mergeResult(
    result,
    await runDetails(session, { detailConcurrency: settings.mirror.detailConcurrency, progress, since }),
  );
  return result;
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
