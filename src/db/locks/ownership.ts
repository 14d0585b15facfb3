/**
 * Who holds the locks of accounts, asked of PostgreSQL itself: no table of ours could go stale.
 *
 * Here is who may work on an account, and on which database: locks of the session, and what proves that they are still held.
 */

import type { Transaction } from '../database.js';
import { accountLockKey } from './account-lock.js';

export interface LockHolder {
  account: string;
  /** The server process of the connection that holds the lock. */
  pid: number;
  application: string | null;
  /** The address the holder connected from; null for a socket on the same machine, or if it may not be seen. */
  client: string | null;
  /** When the holder's connection was made. */
  connectedAt: Date | null;
}

/** The holders of these accounts' locks, by account. An account nobody works on is not among them. */
export async function lockHolders(
  { query }: Pick<Transaction, 'query'>,
  accounts: readonly string[],
): Promise<Map<string, LockHolder>> {
  // A lock of 64 bits shows as two halves.
  const rows = await query<LockHolder>(
    `select a.account, l.pid, nullif(s.application_name, '') as application, host(s.client_addr) as client,
       s.backend_start as "connectedAt"
     from (select account, ${accountLockKey('account')} as key from unnest($1::text[]) account) a
     join pg_locks l on l.locktype = 'advisory' and l.granted and l.objsubid = 1
       and l.database = (select oid from pg_database where datname = current_database())
       and l.classid::bigint = (a.key >> 32) & 4294967295 and l.objid::bigint = a.key & 4294967295
     left join pg_stat_activity s on s.pid = l.pid`,
    [accounts],
  );
  return new Map(rows.map((row) => [row.account, row]));
}
