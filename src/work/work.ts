/** The kinds of work that commands want done on an account, wherever it is done. */
import type { Progress } from '../backfill/progress.js';
import type { ResourceName } from '../backfill/resources.js';
import type { BackfillResult } from '../backfill/result.js';
import { checkAccount } from '../status/account-checks.js';
import type { Check } from '../status/check.js';
import { doKeysWork, type KeysArguments, type KeysResult } from './keys-work.js';
import { fullPass, observe, type WorkContext } from './observe.js';
import type { Budget } from './progress-feed.js';
import { applyWork, type PlanResult, planWork, pushInto } from './push-work.js';
import { doWebhooksWork, type WebhooksArguments, type WebhooksResult } from './webhooks-work.js';

export type { KeysResult, WebhooksResult };

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
  plan: { arguments: Record<string, never>; result: PlanResult };
  apply: { arguments: { approve?: string }; result: BackfillResult };
  webhooks: { arguments: WebhooksArguments; result: WebhooksResult };
  keys: { arguments: KeysArguments; result: KeysResult };
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
  keys: (args, { session, settings }) => doKeysWork(args, session, settings),
  doctor: (_, { session, settings }) => checkAccount(session, settings),
};

/** One round of everything: what is new, the details it makes due, and what the ATS wants. */
async function syncOnce(context: WorkContext): Promise<BackfillResult> {
  const { result, fresh } = await observe(context, true);
  if (fresh && !context.session.signal.aborted) await pushInto(result, context);
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
