/**
 * Whether the account's own key still is an administrator's. One that lost the right shows fewer rows, and a tick,
 * which looks for what is new, finds nothing wrong with that: the mirror would grow old and be called up to date.
 */
import type { AccountSession } from '../account-session.js';
import { mayReadKeys } from '../backfill/facts.js';
import { query } from '../db/database.js';
import { ApiError } from '../sparkhire/client.js';

/**
 * One request, and none for a key that was no administrator's when the rows were read.
 * @param everyMs how rarely it is asked
 */
export async function lookAtKeyRight(session: AccountSession, everyMs: number): Promise<void> {
  const { db, account, log } = session;
  const [known] = await query<{ user: string; demoted: boolean }>(
    db,
    `update sync.accounts set key_asked_at = clock_timestamp()
     where account = $1 and key_administers and key_user_uuid is not null
       and not coalesce(key_asked_at between clock_timestamp() - $2 * interval '1 ms' and clock_timestamp(), false)
     returning key_user_uuid as user, key_demoted_at is not null as demoted`,
    [account.name, everyMs],
  );
  if (known === undefined) return;
  const administers = await mayReadKeys(session, known.user, 'tick', false);
  // That it could not be told changes nothing.
  if (administers === null || administers === !known.demoted) return;
  await query(
    db,
    `update sync.accounts set key_demoted_at = case when $2 then null else clock_timestamp() end,
       key_changed_at = case when $2 then clock_timestamp() else key_changed_at end
     where account = $1`,
    [account.name, administers],
  );
  if (administers) log.info({ event: 'key_restored' }, "the account's own key may read users' keys again");
  else {
    log.warn(
      { event: 'key_demoted' },
      "the account's own key may no longer read users' keys, so its user seems to be no administrator now. Rows that it no longer shows are not deleted. Make its user an administrator again, or set another key",
    );
  }
}

/** Of a key that has lost its right, in each tick. Where it cannot be told the next one asks. */
export async function lookWhetherRestored(session: AccountSession): Promise<void> {
  try {
    await lookAtKeyRight(session, 0);
  } catch (error) {
    if (session.signal.aborted || !(error instanceof ApiError)) throw error;
  }
}
