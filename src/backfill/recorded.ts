/** Work that leaves a row in sync.runs. */
import type { AccountSession } from '../account-session.js';
import { finishRun, startRun } from '../db/checkpoints.js';
import { messageOf } from '../errors.js';
import { concernsOne } from './failures.js';
import { addCounts, noCounts, type ResourceCounts } from './progress.js';
import { type BackfillResult, countOpenConflicts, fail } from './result.js';

/**
 * Work on an account as a whole, as one run without a resource. Never throws: what goes wrong is in the result,
 * which gets its totals here.
 * @param kind null where only the parts of the work are recorded, each by itself
 */
export async function recordedWork(
  session: AccountSession,
  kind: string | null,
  result: BackfillResult,
  work: () => Promise<void>,
): Promise<void> {
  const started = performance.now();
  const sent = { ...session.sent };
  let run: string | undefined;
  try {
    if (kind !== null) run = await startRun(session.db, session.account.name, kind, null);
    await work();
  } catch (error) {
    fail(result, session.signal.aborted ? session.signal.reason : error);
  }
  result.requests = session.sent.requests - sent.requests;
  result.rateLimited = session.sent.rateLimited - sent.rateLimited;
  result.seconds = Math.round((performance.now() - started) / 10) / 100;
  try {
    await session.oddFields.keep();
    result.openConflicts = await countOpenConflicts(session);
    if (run !== undefined) await finish(session, run, result);
  } catch (error) {
    // The database went away: what is committed stands, and a later one closes the run.
    fail(result, error);
  }
}

async function finish(session: AccountSession, run: string, result: BackfillResult): Promise<void> {
  const sum = noCounts();
  for (const counts of Object.values(result.resources)) addCounts(sum, counts);
  const outcome = result.ok ? 'succeeded' : session.signal.aborted ? 'interrupted' : 'failed';
  const counts = { ...sum, requests: result.requests, rateLimited: result.rateLimited };
  await finishRun(session.db, run, outcome, counts, result.error?.message ?? null);
}

/** Runs a piece of work as a recorded run. Its error is recorded, noted in the result, and answered. */
export async function recorded(
  session: AccountSession,
  kind: string,
  resource: string,
  counts: ResourceCounts,
  result: BackfillResult,
  work: () => Promise<void>,
): Promise<unknown> {
  const id = await startRun(session.db, session.account.name, kind, resource);
  const before = { ...session.sent };
  let failure: unknown = null;
  try {
    await work();
  } catch (error) {
    failure = session.signal.aborted ? session.signal.reason : error;
  }
  const outcome = failure === null ? 'succeeded' : session.signal.aborted ? 'interrupted' : 'failed';
  await finishRun(
    session.db,
    id,
    outcome,
    {
      ...counts,
      requests: session.sent.requests - before.requests,
      rateLimited: session.sent.rateLimited - before.rateLimited,
    },
    failure === null ? null : messageOf(failure),
  );
  if (failure !== null) {
    session.log[outcome === 'interrupted' ? 'warn' : 'error'](
      { event: `run_${outcome}`, run: id, kind, resource, code: (failure as { code?: string }).code },
      messageOf(failure),
    );
    fail(result, failure);
    if (!concernsOne(failure)) throw failure;
  }
  return failure;
}
