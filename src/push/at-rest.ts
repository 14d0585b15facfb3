/** Whether a push of an account would find nothing at all. */
import { type Database, query } from '../db/database.js';
import { newsOfChanges, unsettled } from '../desired/queue.js';
import { isDecided } from '../ledger/conflicts.js';
import { isOpenToSparkHire } from '../ledger/intents.js';

/**
 * No write is under way or in doubt, no row is queued or waits, no question is open or has just been answered, and nothing
 * of the account has changed in the mirror. One statement of look-ups, where a push has a dozen.
 */
export async function isAtRest(db: Database, account: string): Promise<boolean> {
  const none = (from: string, condition = '') =>
    `(select true from ${from} where account = $1 ${condition} limit 1) is null`;
  const [row] = await query<{ rests: boolean }>(
    db,
    `select not news and ${none('sync.desired_queue')} and ${none('sync.desired_rows', unsettled)}
       and ${none('sync.intents', `and ${isOpenToSparkHire}`)}
       and ${none('sync.conflicts', 'and resolved_at is null')} and ${none('sync.conflicts', `and ${isDecided()}`)} as rests
     from ${newsOfChanges}`,
    [account],
  );
  return row!.rests;
}
