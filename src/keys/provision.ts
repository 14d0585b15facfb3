/**
 * Keys that the administrator's key reads or makes: GET, and where there is none POST. A POST has no idempotency key,
 * and a lost answer may have made one: so whatever a POST meets, it is looked again before anything is said.
 */
import type { AccountSession } from '../account-session.js';
import { saysNoKey } from '../backfill/facts.js';
import type { Person } from '../db/audit.js';
import { assertMayWrite } from '../db/locks/home.js';
import { type EncryptionKeys, requireCurrent, seal } from '../encryption.js';
import { SyncError } from '../errors.js';
import { ApiError, type CallOptions, type User } from '../sparkhire/client.js';
import { isKeyUser, proveKey } from './prove.js';
import { foldedEmail, keepKey } from './store.js';

/**
 * Stores a key that works for this user.
 * @param isOwn whether it is the user of the account's own key: they need no other, and one that is made might take the
 *   place of the account's own, so none is made unless there surely is none (404)
 * @returns false if none was made for such a user
 * @param users those of the account, by folded e-mail
 * @param by the person who wants it; nobody does where a row needs it
 * @throws ApiError or SyncError: FORBIDDEN where the account may not do this at all, KEY_REFUSED for a disabled user,
 *   ENCRYPTION_KEY_MISSING
 */
export async function provisionKey(
  session: AccountSession,
  keys: EncryptionKeys,
  user: User,
  users: ReadonlyMap<string, User>,
  isOwn = false,
  by?: Person,
): Promise<boolean> {
  requireCurrent(keys);
  assertMayWrite(session);
  const email = foldedEmail(user.email ?? '');
  if (user.active === false) {
    throw new SyncError('KEY_REFUSED', `${email} is disabled in Spark Hire, so no key of theirs works.`, {
      remedy: 'Enable the user in Spark Hire first.',
    });
  }
  const key = await workingKey(session, user, email, users, isOwn);
  if (key === null) return false;
  const sealed = seal(keys, key, { account: session.account.name, user: { uuid: user.uuid } });
  const kept = { userUuid: user.uuid, email, sealed, source: 'provisioned' } as const;
  await keepKey(session.db, session.account.name, kept, by);
  return true;
}

async function workingKey(
  session: AccountSession,
  user: User,
  email: string,
  users: ReadonlyMap<string, User>,
  isOwnKnown: boolean,
): Promise<string | null> {
  const calls = session.client.users.integrationKey;
  const options: CallOptions = { lane: 'interactive', signal: session.signal };
  let hasNone = false;
  const found = await existing();
  // Whatever else may mean that there is none may also be said of the very key the account is worked with.
  if (found === null && isOwnKnown && !hasNone) return null;
  const key = found ?? (await made());
  try {
    await proveKey(session, key, email, users);
    return key;
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== 'KEY_REFUSED') throw error;
    // It may be the key that the account is worked with, shown in another form: that one must not end.
    const { value: me } = await session.client.me.get(options);
    if (isKeyUser(me, user, email)) throw ownKey(email);
    // It was replaced or taken back; the user is active, so another one works.
    const { value } = await calls.replace(user.uuid, options);
    await proveKey(session, value.key, email, users);
    return value.key;
  }

  async function existing(): Promise<string | null> {
    try {
      return (await calls.get(user.uuid, options))?.value.key ?? null;
    } catch (error) {
      hasNone = error instanceof ApiError && error.code === 'NOT_FOUND';
      if (error instanceof ApiError && saysNoKey.has(error.code)) return null;
      throw notAllowed(error);
    }
  }

  async function made(): Promise<string> {
    try {
      return (await calls.create(user.uuid, options)).value.key;
    } catch (error) {
      if (!(error instanceof ApiError) || error.code === 'ABORTED') throw error;
      // Somebody else was faster, or the answer was lost.
      const key = await existing();
      if (key !== null) return key;
      throw notAllowed(error);
    }
  }
}

function ownKey(email: string): SyncError {
  return new SyncError(
    'KEY_REFUSED',
    `Spark Hire does not accept the key that it shows of ${email}. Replacing it could end the account's own key, which is theirs too.`,
    { remedy: `Nothing to do: what names ${email} is written with the account's own key.` },
  );
}

function notAllowed(error: unknown): unknown {
  if (!(error instanceof ApiError) || error.code !== 'FORBIDDEN') return error;
  return new SyncError('FORBIDDEN', `Spark Hire makes and shows no keys to this account: ${error.message}`, {
    remedy:
      "The account's own key has to be an administrator's, and the company needs a custom integration (ask Spark Hire). Without, give each user's key with `sparkhire-sync keys set EMAIL`.",
    cause: error,
  });
}
