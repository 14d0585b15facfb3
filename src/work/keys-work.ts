/** The work behind `sparkhire-sync keys` that asks Spark Hire: done by the account's owner, told in lines for people. */
import type { AccountSession } from '../account-session.js';
import { concernsOne } from '../backfill/failures.js';
import type { Settings } from '../config.js';
import { query } from '../db/database.js';
import { SyncError } from '../errors.js';
import { encryptionKeys, requireCurrent, seal, unseal } from '../keys/encryption.js';
import { proveKey, readUsers, unknownUser } from '../keys/prove.js';
import { provisionKey } from '../keys/provision.js';
import { foldedEmail, keepKey, listKeys, readUnverified } from '../keys/store.js';
import type { User } from '../sparkhire/client.js';

/** `prove` names a key that was stored encrypted before: no secret is handed over. */
export type KeysArguments =
  | { action: 'prove'; id: string }
  /** Without addresses: the users that rows of ats.users stand for. */
  | { action: 'provision'; emails: string[] };

export interface KeysResult {
  ok: boolean;
  keys: Array<{
    email: string;
    user_uuid: string | null;
    outcome: 'stored' | 'kept' | 'failed';
    error?: { code: string; message: string; remedy?: string };
  }>;
  /** The same for people. */
  lines: string[];
}

export function doKeysWork(
  args: KeysArguments,
  session: AccountSession,
  settings: Pick<Settings, 'secrets'>,
): Promise<KeysResult> {
  return args.action === 'prove'
    ? prove(session, settings, args.id)
    : provision(session, settings, args.emails);
}

async function prove(
  session: AccountSession,
  { secrets }: Pick<Settings, 'secrets'>,
  id: string,
): Promise<KeysResult> {
  const { db } = session;
  const account = session.account.name;
  const encryption = encryptionKeys(secrets);
  requireCurrent(encryption);
  const stored = await readUnverified(db, account, id);
  if (stored === null) {
    throw new SyncError('USER_KEY_UNKNOWN', 'The key that was to be proven is not there any more.', {
      remedy: 'Run `sparkhire-sync keys set EMAIL` again.',
    });
  }
  const { email } = stored;
  const key = unseal(encryption, stored, { account, user: { email } });
  const user = await proveKey(session, key, email, await readUsers(session));
  const sealed = seal(encryption, key, { account, user: { uuid: user.uuid } });
  await keepKey(db, account, { userUuid: user.uuid, email, sealed, source: 'set', unverifiedId: id });
  return {
    ok: true,
    keys: [{ email, user_uuid: user.uuid, outcome: 'stored' }],
    lines: [`Stored: the API key of ${named(user, email)}. Rows that name this user are written with it.`],
  };
}

async function provision(
  session: AccountSession,
  { secrets }: Pick<Settings, 'secrets'>,
  emails: readonly string[],
): Promise<KeysResult> {
  const encryption = encryptionKeys(secrets);
  requireCurrent(encryption);
  const users = await readUsers(session);
  const result: KeysResult = { ok: true, keys: [], lines: [] };
  const wanted =
    emails.length > 0 ? emails.map((email) => foldedEmail(email)) : await linkedUsers(session, users);
  const usable = new Set(
    (await listKeys(session.db, session.account.name))
      .filter(({ state, keyId }) => state === 'usable' && keyId !== null && encryption.byId.has(keyId))
      .map(({ userUuid }) => userUuid),
  );
  const failures = new Failures();
  const failed = (email: string, user: User | undefined, { code, message, remedy }: SyncError) => {
    const error = { code, message, remedy };
    result.keys.push({ email, user_uuid: user?.uuid ?? null, outcome: 'failed', error });
    result.lines.push(`Failed: ${email}: ${message}${remedy === undefined ? '' : ` ${remedy}`}`);
    result.ok = false;
  };
  for (const email of new Set(wanted)) {
    session.signal.throwIfAborted();
    const user = users.get(email);
    if (emails.length === 0 && usable.has(user!.uuid)) {
      result.keys.push({ email, user_uuid: user!.uuid, outcome: 'kept' });
      continue;
    }
    if (failures.areOfAll !== null) {
      failed(email, user, notAsked(failures.areOfAll));
      continue;
    }
    try {
      if (user === undefined) throw unknownUser(email);
      await provisionKey(session, encryption, user, users);
      failures.succeeded();
      result.keys.push({ email, user_uuid: user.uuid, outcome: 'stored' });
      result.lines.push(`Stored: an API key of ${named(user, email)}.`);
    } catch (error) {
      failed(email, user, failures.add(error));
    }
  }
  // Nobody at all may have one.
  const everybody = result.keys.every(
    ({ outcome, error }) => outcome === 'failed' && error?.code === 'FORBIDDEN',
  );
  if (everybody && failures.first !== null) throw failures.first;
  const kept = result.keys.filter(({ outcome }) => outcome === 'kept').length;
  if (kept > 0)
    result.lines.push(
      `${kept} ${kept === 1 ? 'user has a key' : 'users have keys'} that can be used already.`,
    );
  if (result.keys.length === 0)
    result.lines.push('No row of ats.users stands for an active user of Spark Hire yet.');
  return result;
}

/** So many users in a row for whom Spark Hire fails are no accident. */
const mostInARow = 3;

const ofOneUser = new Set([
  'USER_UNKNOWN',
  'USER_KEY_MISMATCH',
  'KEY_OF_JOB_SEEKER',
  'KEY_REFUSED',
  'FORBIDDEN',
]);

/** What users met so far whose keys could not be had. */
class Failures {
  first: unknown = null;
  /** What several in a row met, and so would the others: they are not asked for. */
  areOfAll: SyncError | null = null;
  #inARow = 0;
  #hasSucceeded = false;

  succeeded(): void {
    this.#hasSucceeded = true;
    this.#inARow = 0;
  }

  /** @returns the error. @throws it if it concerns more than one user */
  add(error: unknown): SyncError {
    if (!concernsOne(error) && !isOfUser(error)) throw error;
    this.first ??= error;
    // Without the right to it, nobody's can be had.
    const isCommon =
      error.code === 'FORBIDDEN' ? !this.#hasSucceeded : concernsOne(error) && error.outcome !== 'refused';
    this.#inARow = isCommon ? this.#inARow + 1 : 0;
    if (this.#inARow >= mostInARow) this.areOfAll = error;
    return error;
  }
}

function isOfUser(error: unknown): error is SyncError {
  return error instanceof SyncError && error.name !== 'ApiError' && ofOneUser.has(error.code);
}

function notAsked({ code, message, remedy }: SyncError): SyncError {
  const why = `Spark Hire was not asked, since it failed for ${mostInARow} others in a row: ${message}`;
  return new SyncError(code, why, { remedy });
}

/** Active users that rows of the ATS may name, by e-mail. */
async function linkedUsers(session: AccountSession, users: ReadonlyMap<string, User>): Promise<string[]> {
  const rows = await query<{ uuid: string }>(
    session.db,
    `select uuid from sync.links where account = $1 and resource = 'users'`,
    [session.account.name],
  );
  const linked = new Set(rows.map(({ uuid }) => uuid));
  return [...users]
    .filter(([, { uuid, active }]) => linked.has(uuid) && active !== false)
    .map(([email]) => email)
    .sort();
}

function named({ name }: User, email: string): string {
  return name === null ? email : `${name} <${email}>`;
}
