/**
 * One incremental tick: what is new at Spark Hire since the last one, for a request a listing where nothing is.
 * A tick deletes nothing and reads no single objects; whatever it stores makes details due (details.ts).
 *
 * In come the newest rows of each listing, down to the watermark; out go rows of the mirror and details that are due.
 * Nothing here writes to Spark Hire.
 */
import type { AccountSession } from '../account-session.js';
import { makeDoubtfulDue } from '../backfill/details.js';
import { checkCompanyOfKey, pullCompany, pullPlan } from '../backfill/facts.js';
import { concernsOne } from '../backfill/failures.js';
import { noteListedUsers } from '../backfill/listed-users.js';
import { addCounts, noCounts, type ResourceCounts } from '../backfill/progress.js';
import { recordedWork } from '../backfill/recorded.js';
import { detailedNames, type ResourceName, rangedResources, wholeResources } from '../backfill/resources.js';
import { type BackfillResult, emptyResult, fail, isUnavailable } from '../backfill/result.js';
import { learnRanges } from '../backfill/sweep/ranges.js';
import { saveCheckpoint } from '../db/checkpoints.js';
import { byThemselves } from '../db/database.js';
import { messageOf } from '../errors.js';
import { lookAtKeyRight, lookWhetherRestored } from './key-right.js';
import { pullNews, pullWhole } from './news.js';
import { type SeldomName, type TickStart, tickStart } from './start.js';

export interface TickOptions {
  /**
   * Question sets, share links, company and plan are looked at if their last turn is so long ago. Milliseconds; null:
   * somebody else does that.
   */
  refreshMs: number | null;
  /** What was known at its beginning; it looks for itself unless given. */
  start?: TickStart;
}

export interface TickResult extends BackfillResult {
  /** Listings whose order says nothing of what is new, or not for certain: only sweeps find all of it. */
  unordered: string[];
  /** Users, jobs and interviews were read, whatever became of the rest: what writing rests on. */
  fresh: boolean;
}

/** Never throws: what goes wrong is in the result. */
export async function runTick(session: AccountSession, options: TickOptions): Promise<TickResult> {
  const { refreshMs } = options;
  const result: TickResult = { ...emptyResult(session.account.name), unordered: [], fresh: false };
  await recordedWork(session, 'tick', result, async () => {
    const start = options.start ?? (await tickStart(session));
    if (start.isOtherKey) await checkCompanyOfKey(session);
    await attempt(session, result, 'users', async (counts) => {
      const uuids = await pullWhole(session, wholeResources.users, counts);
      if (uuids !== null) noteListedUsers(session, { uuids: new Set(uuids), at: start.at });
    });
    const { at, watermarks } = start;
    await attempt(session, result, 'jobs', async (counts) => {
      if (watermarks.jobs !== null) await learnRanges(session, 'tick');
      await pullNews(session, rangedResources.jobs, { watermark: watermarks.jobs, at }, counts, result);
    });
    await attempt(session, result, 'interviews', (counts) =>
      pullNews(session, rangedResources.interviews, { watermark: watermarks.interviews, at }, counts, result),
    );
    // What was refused to it waits for its right: that is given back by a person, who looks for what comes of it.
    if (start.isDemoted) await lookWhetherRestored(session);
    const isFresh = result.ok;
    if (refreshMs !== null) await refresh(session, result, start.seldomDue(refreshMs), refreshMs);
    result.fresh = isFresh;
  });
  return result;
}

/**
 * Looks at what ticks look at only now and then, if it is its turn. Never throws: what goes wrong is in the result.
 * @returns null if nothing is due
 */
export async function runRefresh(session: AccountSession, refreshMs: number): Promise<BackfillResult | null> {
  const due = (await tickStart(session)).seldomDue(refreshMs);
  if (due.length === 0) return null;
  const result = emptyResult(session.account.name);
  await recordedWork(session, 'refresh', result, () => refresh(session, result, due, refreshMs));
  return result;
}

async function refresh(
  session: AccountSession,
  result: BackfillResult,
  due: readonly SeldomName[],
  refreshMs: number,
): Promise<void> {
  if (due.length === 0) return;
  for (const name of due) await attempt(session, result, name, (counts) => pullSeldom(session, name, counts));
  await lookAtKeyRight(session, refreshMs);
  for (const name of detailedNames) await makeDoubtfulDue(session, name, { settled: true });
}

/** One part of a tick: what concerns it alone does not keep the others from their turn. */
async function attempt(
  session: AccountSession,
  result: BackfillResult,
  name: ResourceName,
  work: (counts: ResourceCounts) => Promise<void>,
): Promise<void> {
  const counts = noCounts();
  result.resources[name] = counts;
  try {
    session.signal.throwIfAborted();
    await work(counts);
    if (counts.quarantined > 0) {
      result.notes.push(`${name}: ${counts.quarantined} rows could not be stored, see sync.quarantine`);
    }
  } catch (error) {
    if (session.signal.aborted) throw session.signal.reason;
    if (isUnavailable(name, error)) {
      result.notes.push(`${name}: not available to this key (${messageOf(error)})`);
      await complete(session, name);
      return;
    }
    if (!concernsOne(error)) throw error;
    fail(result, error);
    session.log.warn(
      { event: 'tick_part_failed', resource: name, code: error.code },
      `the tick continues without ${name}: ${error.message}`,
    );
  }
}

async function pullSeldom(session: AccountSession, name: SeldomName, counts: ResourceCounts): Promise<void> {
  switch (name) {
    case 'question_sets':
      await pullWhole(session, wholeResources.question_sets, counts);
      return;
    case 'share_links':
      await pullWhole(session, wholeResources.share_links, counts);
      return;
    case 'companies':
      addCounts(counts, await pullCompany(session, null, 'tick'));
      return complete(session, name);
    case 'plans':
      addCounts(counts, await pullPlan(session, null, 'tick'));
      return complete(session, name);
  }
}

async function complete(session: AccountSession, name: ResourceName): Promise<void> {
  await saveCheckpoint(byThemselves(session.db), session.account.name, name, 'incremental', {
    completed: true,
  });
}
