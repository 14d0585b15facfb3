/** Finding out whose key it is before it is kept: it is asked about itself, within the account's rate limit. */
import type { AccountSession } from '../account-session.js';
import { SyncError } from '../errors.js';
import { ApiError, assertCompanyUser, type CallOptions, type Me, type User } from '../sparkhire/client.js';
import { foldedEmail } from './store.js';

/** The users of the account's company, as its administrator sees them, by folded e-mail; the active one of several. */
export async function readUsers(session: AccountSession): Promise<Map<string, User>> {
  const { rows } = await session.client.users.list(options(session));
  const users = new Map<string, User>();
  for (const row of rows) {
    if (!row.ok || row.value.email === null) continue;
    const email = foldedEmail(row.value.email);
    const known = users.get(email);
    if (known === undefined || known.active === false) users.set(email, row.value);
  }
  return users;
}

/**
 * @throws ApiError or SyncError KEY_REFUSED, KEY_OF_JOB_SEEKER, USER_KEY_MISMATCH, USER_UNKNOWN
 */
export async function proveKey(
  session: AccountSession,
  key: string,
  email: string,
  users: ReadonlyMap<string, User>,
): Promise<User> {
  const me = await askWhose(session, key, email);
  const theirs = me.email === null ? null : foldedEmail(me.email);
  if (theirs !== email) {
    throw new SyncError(
      'USER_KEY_MISMATCH',
      `This API key belongs to ${theirs ?? 'a user without an e-mail address'}, not to ${email}.`,
      { remedy: 'Give the key of the user you name; every user makes their own in Spark Hire.' },
    );
  }
  const user = users.get(email);
  if (user === undefined) throw unknownUser(email);
  const companies = [me.company?.uuid ?? null, user.company?.uuid ?? null];
  const isElsewhere = !companies.includes(null) && companies[0] !== companies[1];
  if ((me.uuid !== null && me.uuid !== user.uuid) || isElsewhere) {
    throw new SyncError('USER_KEY_MISMATCH', `This API key of ${email} belongs to another company.`, {
      remedy: `Give a key of this account's company; with several accounts, name the one with --account.`,
    });
  }
  return user;
}

/** Whether the user, who has this folded e-mail, is the one whose key the account is worked with. */
export function isKeyUser(me: Me, { uuid }: User, email: string): boolean {
  return me.uuid === null ? foldedEmail(me.email ?? '') === email : me.uuid === uuid;
}

async function askWhose(session: AccountSession, key: string, email: string): Promise<Me> {
  try {
    const { value } = await session.client.withKey(key).me.get(options(session));
    assertCompanyUser(value);
    return value;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'KEY_REFUSED') throw error;
    throw new SyncError('KEY_REFUSED', `Spark Hire does not accept this API key of ${email} (401).`, {
      remedy: 'Check that all of it was pasted, that it was not replaced, and that the user is not disabled.',
    });
  }
}

export function unknownUser(email: string): SyncError {
  return new SyncError('USER_UNKNOWN', `Spark Hire shows no user ${email} to the account's administrator.`, {
    remedy: 'Check the address, and with several accounts the account.',
  });
}

function options({ signal }: AccountSession): CallOptions {
  return { lane: 'interactive', signal };
}
