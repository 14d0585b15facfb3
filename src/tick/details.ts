/** What listings leave out, for the rows whose content has moved: an activity of its own beside the ticks. */
import type { AccountSession } from '../account-session.js';
import { detailsRun } from '../backfill/details-run.js';
import type { Progress } from '../backfill/progress.js';
import { recordedWork } from '../backfill/recorded.js';
import { detailedNames } from '../backfill/resources.js';
import { type BackfillResult, emptyResult } from '../backfill/result.js';
import { databaseNow } from '../backfill/sweep/pass.js';

export { hasDue } from '../backfill/details.js';

export interface DetailsOptions {
  detailConcurrency: number;
  progress: Progress;
  /**
   * When the work began that these details complete, by the database's clock (left out: now). Rows that changed
   * since are counted there, and not a second time here.
   */
  since?: Date;
}

/**
 * Reads every single object that is due; each resource is a run of its own. Never throws: what goes wrong is in the
 * result.
 */
export async function runDetails(session: AccountSession, options: DetailsOptions): Promise<BackfillResult> {
  const result = emptyResult(session.account.name);
  await recordedWork(session, null, result, async () => {
    const since = options.since ?? (await databaseNow(session));
    const pass = { startedAt: since.toISOString(), done: {} };
    for (const name of detailedNames) {
      session.signal.throwIfAborted();
      await detailsRun(session, name, options, pass, result);
    }
  });
  return result;
}
