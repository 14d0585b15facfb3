/** What is not there when it is to be changed, and no listing has told yet: its row is decided anew as one whose object was deleted. */
import type { AccountSession } from '../../account-session.js';
import { markGone } from '../../backfill/singles.js';
import { query } from '../../db/database.js';
import { inMirrorTransaction } from '../../mirror/store.js';
import type { PlannedAction } from '../../reconcile/types.js';
import { look } from './perform.js';

/**
 * Takes as deleted what Spark Hire did not find twice in a row, where nothing else explains that: it has been linked for an hour, so
 * no copy is that far behind; the account's own key does not find it either, and finds another of its kind. One statement, and
 * two requests at most.
 */
export async function tookAsGone(
  { db, account, client, signal, log }: AccountSession,
  { resource, uuid, atsId }: PlannedAction,
): Promise<boolean> {
  const [known] = await query<{ other: string | null }>(
    db,
    `select (select uuid from sparkhire.${resource} where account = $1 and uuid <> $3 and deleted_at is null
       order by account, uuid limit 1) as other
     from sync.links where account = $1 and resource = $2 and uuid = $3 and linked_at < now() - interval '1 hour'`,
    [account.name, resource, uuid],
  );
  if (known === undefined) return false;
  const seen = (one: string) => look(client, resource, one, signal).catch(() => null);
  if ((await seen(uuid!)) !== 'gone') return false;
  const other = known.other === null ? undefined : await seen(known.other);
  if (other === null || other === 'gone') return false;
  await inMirrorTransaction(db, account.name, (tx) => markGone(tx, resource, [uuid!]));
  log.info(
    { event: 'object_gone', resource, ats_id: atsId, uuid },
    'Spark Hire does not have what was to be changed',
  );
  return true;
}
