/** When a long run is worth planning anew, so that what came meanwhile does not wait for all of it. */
import type { AccountSession } from '../account-session.js';
import type { Clock } from '../clock.js';
import { query } from '../db/database.js';
import { toSparkHire } from '../ledger/intents.js';

/** Planning takes a tenth of the time at most, and is not repeated within a second. */
const share = 10;
const leastMs = 1000;

/**
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
