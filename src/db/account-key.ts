/** Whether an account is worked with another key than before: what was refused to that one may be allowed to this. */
import { createHash } from 'node:crypto';
import { type Database, query } from './database.js';

/** Tells one key from another without telling anything about it. */
export function accountKeyMark(account: string, key: string): string {
  return createHash('sha256')
    .update(`sparkhire-sync account key\0${account}\0${key}`)
    .digest('hex')
    .slice(0, 12);
}

export async function noteAccountKey(db: Database, account: string, key: string): Promise<void> {
  await query(
    db,
    `insert into sync.accounts as a (account, key_mark) values ($1, $2)
     on conflict (account) do update set key_mark = excluded.key_mark,
       key_changed_at = case when a.key_mark is null then a.key_changed_at else clock_timestamp() end
     where a.key_mark is distinct from excluded.key_mark`,
    [account, accountKeyMark(account, key)],
  );
}
