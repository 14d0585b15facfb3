/** The check of `doctor` that looks at the users' stored keys, with the encryption keys of whoever owns the account. */
import type { AccountSession } from '../account-session.js';
import type { Settings } from '../config.js';
import { encryptionKeys, unreadableRemedy } from '../encryption.js';
import { type AccountTold, firstOf, lackingUsers } from '../keys/missing.js';
import { listKeys, type StoredKey, type UserState } from '../keys/store.js';
import type { Check, CheckResults } from './checks/check.js';

const name = 'user_keys';

/**
 * @param told what Spark Hire said of the account just now
 * @returns nothing where no key of a user is stored, and none is missing
 */
export async function checkUserKeys(
  { db, account }: Pick<AccountSession, 'db' | 'account'>,
  { secrets, policies }: Pick<Settings, 'secrets' | 'policies'>,
  results: CheckResults,
  told: AccountTold = {},
): Promise<Check[]> {
  const { passed, warned, failed, threw } = results;
  try {
    const encryption = encryptionKeys(secrets);
    const lacking = await lackingUsers(db, account.name, policies, encryption, told);
    const checks = lacking.map(({ detail, remedy }) => warned(name, detail, remedy));
    const stored = (await listKeys(db, account.name)).filter(({ state }) => state !== 'unverified');
    const keys = stored.filter(({ keyId }) => keyId !== null);
    if (keys.length === 0) return checks;
    const known = encryption.byId;
    const unreadable = keys.filter(({ keyId }) => !known.has(keyId!));
    if (unreadable.length > 0) {
      const ids = [...new Set(unreadable.map(({ keyId }) => keyId))].join(', ');
      const detail = `${unreadable.length} of ${counted(keys.length)} cannot be read: encrypted with ${ids}`;
      checks.push(failed(name, detail, known.size === 0 ? noneSet : unreadableRemedy));
    }
    for (const [state, what] of Object.entries(notUsed)) {
      const theirs = keys.filter((key) => !unreadable.includes(key) && whyNotUsed(key) === state);
      if (theirs.length === 0) continue;
      const detail = `${firstOf(theirs.map(({ email }) => email))}: ${what.detail}, so rows that name them wait, unless policies.keys.refused says otherwise`;
      checks.push(warned(name, detail, what.remedy));
    }
    if (checks.length > 0) return checks;
    return [passed(name, `${counted(keys.length)} stored, ${keys.length === 1 ? 'it' : 'all'} can be read`)];
  } catch (error) {
    return [threw(name, error)];
  }
}

/** Stored keys that are not used, by why. */
const notUsed = {
  inactive: {
    detail: 'disabled in Spark Hire',
    remedy: 'Enable the user in Spark Hire, or name somebody else.',
  },
  gone: {
    detail: 'gone from Spark Hire',
    remedy: 'Name somebody else, and remove the key with `sparkhire-sync keys forget EMAIL`.',
  },
  active: {
    detail: 'Spark Hire does not accept their key any more',
    remedy: 'Store a new key with `sparkhire-sync keys set EMAIL`.',
  },
} as const;

/** As the rows are told of it. */
function whyNotUsed({ state, userNow, userState }: StoredKey): UserState | null {
  if (userNow !== null && userNow !== 'active') return userNow;
  return state === 'refused' ? (userState ?? 'active') : null;
}

const noneSet = 'Set SYNC_ENCRYPTION_KEY to the key they were stored with.';

function counted(keys: number): string {
  return keys === 1 ? '1 key of a user' : `${keys} keys of users`;
}
