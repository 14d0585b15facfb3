/** Whether an account is worked with another key than before: see `checkCompanyOfKey`. */
import { createHash } from 'node:crypto';

/** Tells one key from another without telling anything about it. */
export function accountKeyMark(account: string, key: string): string {
  return createHash('sha256')
    .update(`sparkhire-sync account key\0${account}\0${key}`)
    .digest('hex')
    .slice(0, 12);
}
