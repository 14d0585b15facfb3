/** The kinds of work that commands want done on an account, wherever it is done. */
import type { AccountSession } from '../account-session.js';
import { type BackfillResult, backfill } from '../backfill/backfill.js';
import type { Progress } from '../backfill/progress.js';
import type { ResourceName } from '../backfill/resources.js';
import type { Settings } from '../config.js';
import type { Budget } from './progress-feed.js';

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
}

export type WorkKind = keyof Kinds;
export type WorkArguments<K extends WorkKind> = Kinds[K]['arguments'];
export type WorkResult<K extends WorkKind> = Kinds[K]['result'];

type Doers = { [K in WorkKind]: (args: WorkArguments<K>, context: WorkContext) => Promise<WorkResult<K>> };

const doers: Doers = {
  backfill: (args, { session, settings, progress }) =>
    backfill(session, {
      ...args,
      detailConcurrency: settings.mirror.detailConcurrency,
      limits: settings.mirror.massDisappearance,
      progress,
    }),
};

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
