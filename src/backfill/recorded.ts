/** Work that leaves a row in sync.runs. */
import type { AccountSession } from '../account-session.js';
import { messageOf } from '../errors.js';
import { concernsOne } from './failures.js';
import { addCounts, noCounts, noProgress, type Progress, type ResourceCounts } from './progress.js';
import { type BackfillResult, countOpenConflicts, fail } from './result.js';
import { bothProgress, Run } from './run.js';

/**
 * Work on an account as a whole, as one run without a resource. Never throws: what goes wrong is in the result,
 * which gets its totals here.
 * @param kind null where only the parts of the work are recorded, each by itself
 */
export async function recordedWork(
  session: AccountSession,
  kind: string | null,
  result: BackfillResult,
  work: (progress: Progress) => Promise<void>,
): Promise<void> {
  const started = performance.now();
  const sent = { ...session.sent };
  const run =
    kind === null ? null : new Run(session, { kind, resource: null, counts: () => sumOf(result.resources) });
  try {
    // A tick is mostly over before anybody could look.
    if (kind === 'backfill') await run?.begin();
    await work(run?.progress ?? noProgress);
  } catch (error) {
    fail(result, session.signal.aborted ? session.signal.reason : error);
  }
  result.requests = session.sent.requests - sent.requests;
  result.rateLimited = session.sent.rateLimited - sent.rateLimited;
  result.seconds = Math.round((performance.now() - started) / 10) / 100;
  try {
    await session.oddFields.keep();
    result.openConflicts = await countOpenConflicts(session);
  } catch (error) {
    fail(result, error);
  }
  // Where the database went away, what is committed stands, and a later one closes the run.
  await run?.end(result.ok ? null : result.error?.message).catch((error: unknown) => fail(result, error));
}

function sumOf(resources: BackfillResult['resources']): ResourceCounts {
  const sum = noCounts();
  for (const counts of Object.values(resources)) addCounts(sum, counts);
  return sum;
}

/** A part of the work on an account. */
export interface Part {
  kind: 'sweep' | 'details';
  resource: string;
  /** Counted up meanwhile. */
  counts: ResourceCounts;
  progress: Progress;
}

/** Runs a piece of work as a recorded run. Its error is recorded, noted in the result, and answered. */
export async function recorded(
  session: AccountSession,
  { kind, resource, counts, progress }: Part,
  result: BackfillResult,
  work: (progress: Progress) => Promise<void>,
): Promise<unknown> {
  const run = new Run(session, { kind, resource, counts: () => counts });
  let failure: unknown = null;
  let id: string | undefined;
  try {
    id = await run.begin();
    await work(bothProgress(progress, run.progress));
  } catch (error) {
    failure = session.signal.aborted ? session.signal.reason : error;
  }
  await run.end(failure);
  if (failure !== null) {
    const outcome = session.signal.aborted ? 'interrupted' : 'failed';
    session.log[outcome === 'interrupted' ? 'warn' : 'error'](
      { event: `run_${outcome}`, run: id, kind, resource, code: (failure as { code?: string }).code },
      messageOf(failure),
    );
    fail(result, failure);
    if (!concernsOne(failure)) throw failure;
  }
  return failure;
}
