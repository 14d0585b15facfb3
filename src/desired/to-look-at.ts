/** Keys of the rows that need a look, and of which resources there are any. */
import { type Database, query } from '../db/database.js';
import { isDecided } from '../ledger/conflicts.js';
import { type PushResource, pushResources } from '../reconcile/types.js';

/** Rows that are looked at each time. */
export const unsettled = `and state in ('pending', 'held', 'rejected', 'conflict', 'in_flight')`;

/** In the order of ats_id; those that are given, where they are. */
export async function* keyChunks(
  db: Database,
  account: string,
  resource: PushResource,
  size: number,
  chosen: readonly string[] | undefined,
): AsyncGenerator<string[]> {
  if (chosen !== undefined) {
    const keys = [...new Set(chosen)].sort();
    for (let from = 0; from < keys.length; from += size) yield keys.slice(from, from + size);
    return;
  }
  let last: string | null = null;
  for (;;) {
    const keys: string[] = await keysAfter(db, account, resource, last, size);
    if (keys.length > 0) yield keys;
    if (keys.length < size) return;
    last = keys.at(-1)!;
  }
}

/** Of which resources rows need a look: mostly of none. One statement. */
export async function resourcesToLookAt(db: Database, account: string): Promise<Set<PushResource>> {
  const isAny = (from: string, condition = '') => `coalesce((select true from ${from}
    where account = $1 and resource = r.resource ${condition} limit 1), false)`;
  const found = await query<{ resource: PushResource }>(
    db,
    `select r.resource from unnest($2::text[]) as r(resource)
     where ${isAny('sync.desired_queue')} or ${isAny('sync.desired_rows', unsettled)}
       or ${isAny('sync.conflicts', `and ${isDecided()}`)}`,
    [account, pushResources],
  );
  return new Set(found.map(({ resource }) => resource));
}

async function keysAfter(
  db: Database,
  account: string,
  resource: PushResource,
  last: string | null,
  size: number,
): Promise<string[]> {
  const source = (from: string, condition = '') => `(select distinct ats_id from ${from}
    where account = $1 and resource = $2 ${last === null ? '' : 'and ats_id > $4'} ${condition} order by ats_id limit $3)`;
  const rows = await query<{ ats_id: string }>(
    db,
    `${source('sync.desired_queue')} union
     ${source('sync.desired_rows', unsettled)} union
     ${source('sync.conflicts', `and ${isDecided()}`)} order by ats_id limit $3`,
    last === null ? [account, resource, size] : [account, resource, size, last],
  );
  return rows.map(({ ats_id }) => ats_id);
}
