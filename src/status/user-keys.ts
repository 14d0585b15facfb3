/** The check of `doctor` that looks at the users' stored keys, with the encryption keys of whoever owns the account. */
import type { AccountSession } from '../account-session.js';
import type { Settings } from '../config.js';
import type { Database } from '../db/database.js';
import { encryptionKeys, unreadableRemedy } from '../keys/encryption.js';
import { missingKeys } from '../keys/missing.js';
import { listKeys } from '../keys/store.js';
import type { Check, CheckResults } from './check.js';

const name = 'user_keys';

/** @returns nothing where no key of a user is stored, and none is missing */
export async function checkUserKeys(
  { db, account }: Pick<AccountSession, 'db' | 'account'>,
  { secrets = {}, policies }: Partial<Pick<Settings, 'secrets' | 'policies'>>,
  results: CheckResults,
): Promise<Check[]> {
  const { passed, warned, failed, threw } = results;
  try {
    const missing =
      policies?.keys.missing === 'hold'
        ? await checkMissing(db, account.name, policies.keys, secrets, results)
        : [];
    const stored = (await listKeys(db, account.name)).filter(({ state }) => state !== 'unverified');
    const keys = stored.filter(({ keyId }) => keyId !== null);
    if (keys.length === 0) return missing;
    const known = encryptionKeys(secrets).byId;
    const unreadable = keys.filter(({ keyId }) => !known.has(keyId!));
    const refused = keys.filter((key) => key.state === 'refused' && !unreadable.includes(key));
    const checks = [...missing];
    if (unreadable.length > 0) {
      const ids = [...new Set(unreadable.map(({ keyId }) => keyId))].join(', ');
      const detail = `${unreadable.length} of ${counted(keys.length)} cannot be read: encrypted with ${ids}`;
      checks.push(failed(name, detail, known.size === 0 ? noneSet : unreadableRemedy));
    }
    if (refused.length > 0) {
      const detail = `Spark Hire does not accept that of ${firstOf(refused)} any more; rows that name them wait, unless policies.keys.refused says otherwise`;
      const remedy =
        'Enable the user in Spark Hire, or store a new key with `sparkhire-sync keys set EMAIL` or `sparkhire-sync keys provision EMAIL`.';
      checks.push(warned(name, detail, remedy));
    }
    const idle = keys.filter(
      ({ state, userNow }) => state === 'usable' && userNow !== 'active' && userNow !== null,
    );
    if (idle.length > 0) {
      const detail = `${firstOf(idle)}: disabled or gone in Spark Hire, so rows that name them wait, unless policies.keys.refused says otherwise`;
      const remedy =
        'Enable the user in Spark Hire, name somebody else, or remove the key with `sparkhire-sync keys forget EMAIL`.';
      checks.push(warned(name, detail, remedy));
    }
    if (checks.length > 0) return checks;
    return [passed(name, `${counted(keys.length)} stored, ${keys.length === 1 ? 'it' : 'all'} can be read`)];
  } catch (error) {
    return [threw(name, error)];
  }
}

/** Told before the first row waits. */
async function checkMissing(
  db: Database,
  account: string,
  policies: Settings['policies']['keys'],
  secrets: Settings['secrets'],
  { warned }: CheckResults,
): Promise<Check[]> {
  const { people, rows } = await missingKeys(db, account, policies, encryptionKeys(secrets));
  if (people.length === 0) return [];
  const who = firstOf(people.map((email) => ({ email })));
  const detail = `no API key of ${who} is stored, so ${rows === 1 ? 'the row that names them waits' : `the ${rows} rows that name them wait`} (policies.keys.missing: hold)`;
  return [warned(name, detail, secrets.encryptionKey === undefined ? setEncryption : giveThem(policies))];
}

const setEncryption =
  'Set SYNC_ENCRYPTION_KEY (`openssl rand -base64 32` makes one), for the service and for the commands. Then keys are made when they are needed, where Spark Hire makes them; `sparkhire-sync keys set EMAIL` gives one.';

function giveThem({ provision }: Settings['policies']['keys']): string {
  return provision === 'demand'
    ? 'Spark Hire makes none for this account: give each with `sparkhire-sync keys set EMAIL`.'
    : 'Run `sparkhire-sync keys provision`, which has Spark Hire make them; or give each with `sparkhire-sync keys set EMAIL`.';
}

const noneSet = 'Set SYNC_ENCRYPTION_KEY to the key they were stored with.';

/** Five of them, by e-mail. */
function firstOf(keys: ReadonlyArray<{ email: string }>): string {
  const who = keys.slice(0, 5).map(({ email }) => email);
  return `${who.join(', ')}${keys.length > who.length ? ' …' : ''}`;
}

function counted(keys: number): string {
  return keys === 1 ? '1 key of a user' : `${keys} keys of users`;
}
