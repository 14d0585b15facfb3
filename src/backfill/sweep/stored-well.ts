/** Rows that were put aside as bad and have been stored well since: they are forgotten. */
import type { AccountSession } from '../../account-session.js';
import { query } from '../../db/database.js';
import { detailedNames, type ListedName } from '../resources.js';

/**
 * Called after a sweep that was proven to be complete: what it did not put aside again is well, unless it was the
 * single object that was bad, and that was not read since.
 */
export async function forgetStoredWell(
  session: AccountSession,
  name: ListedName,
  sweepStartedAt: Date,
): Promise<void> {
  const { db, account } = session;
  const unread = (detailedNames as readonly string[]).includes(name)
    ? `and not exists (select from sparkhire.${name} r
         where r.account = $1 and r.uuid::text = q.uuid and r.details_due and r.deleted_at is null)`
    : '';
  await query(
    db,
    `delete from sync.quarantine q where account = $1 and resource = $2 and last_seen_at < $3 ${unread}`,
    [account.name, name, sweepStartedAt],
  );
  if (name !== 'interviews') return;
  // Questions come with single interviews, so no sweep says that they are well: their rows do.
  await query(
    db,
    `delete from sync.quarantine q where account = $1 and resource = 'interview_questions' and exists (
       select from sparkhire.interview_questions r
       where r.account = $1 and r.uuid::text = q.uuid and r.mirrored_at > q.last_seen_at)`,
    [account.name],
  );
}
