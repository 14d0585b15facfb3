/** Whether there is anything for a push: whether it would find nothing at all, and whether a long one is worth planning anew. */
import type { AccountSession } from '../account-session.js';
import type { Clock } from '../clock.js';
import { type Database, query } from '../db/database.js';
import { newsOfChanges, unsettled } from '../desired/queue.js';
import { isOpenToSparkHire, toSparkHire } from '../ledger/intents.js';

/**
 * No write is under way or in doubt, no row is queued or waits, no question is open, and nothing of the account has changed in
 * the mirror. A row whose question was just answered waits; an answer that goes on holding asks for nothing by itself. One
 * statement of look-ups, where a push has a dozen.
 */
export async function isAtRest(db: Database, account: string): Promise<boolean> {
  const none = (from: string, condition = '') =>
    `(select true from ${from} where account = $1 ${condition} limit 1) is null`;
  const [row] = await query<{ rests: boolean }>(
    db,
    `select not news and ${none('sync.desired_queue')} and ${none('sync.desired_rows', unsettled)}
       and ${none('sync.intents', `and ${isOpenToSparkHire}`)}
       and ${none('sync.conflicts', 'and resolved_at is null')} as rests
     from ${newsOfChanges}`,
    [account],
  );
  return row!.rests;
}

/** Planning takes a tenth of the time at most, and is not repeated within a second. */
const share = 10;
const leastMs = 1000;

/**
 * What came meanwhile does not wait for all of a long run.
 * @param planningMs how long the plan took that is carried out from now on
 * @param known entries of the queue that it was made with: those of rows whose turn has not come are still there
 * @returns what tells whether the ATS has written since, or a write of unknown outcome is to be looked for
 */
export function outdated(
  { db, account }: AccountSession,
  planningMs: number,
  known: readonly string[],
  clock: Clock,
): () => Promise<boolean> {
  const notBefore = clock.monotonic() + Math.max(leastMs, share * planningMs);
  return async () => {
    if (clock.monotonic() < notBefore) return false;
    const [row] = await query<{ due: boolean }>(
      db,
      `select exists (select from sync.desired_queue q where account = $1
           and not exists (select from unnest($2::bigint[]) as k(id) where k.id = q.id))
         or exists (select from sync.intents
           where account = $1 and ${toSparkHire} and state = 'unknown' and look_at <= clock_timestamp()) as due`,
      [account.name, known],
    );
    return row!.due;
  };
}
