/** A row that waits for something that came up only when it was about to be sent. */
import { type Database, inTransaction } from '../db/database.js';
import type { Issue, PlannedAction } from '../reconcile/types.js';
import type { Intent } from './intents.js';
import { openIssue } from './issues.js';

/**
 * The row is held with this issue: it heals by itself once the next decision finds nothing in its way.
 * @param intent what was prepared for it and surely not done: it is taken back
 */
export async function holdRow(
  db: Database,
  account: string,
  { resource, atsId }: Pick<PlannedAction, 'resource' | 'atsId'>,
  issue: Issue,
  intent?: Intent,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    if (intent !== undefined) {
      await tx.query(`delete from sync.intents where id = $1 and state in ('prepared', 'sent')`, [intent.id]);
    }
    await openIssue(tx, { account, resource, ats_id: atsId, ...issue });
    await tx.query(
      `update sync.desired_rows set state = 'held', updated_at = now()
       where account = $1 and resource = $2 and ats_id = $3 and state in ('pending', 'in_flight', 'held')`,
      [account, resource, atsId],
    );
  });
}
