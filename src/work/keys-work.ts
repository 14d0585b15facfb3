/** The work behind `sparkhire-sync keys` that asks Spark Hire: done by the account's owner, told in lines for people. */
import type { AccountSession } from '../account-session.js';
import { checkCompanyOfKey, readMe } from '../backfill/facts.js';
import { concernsOne } from '../backfill/failures.js';
import type { Settings } from '../config.js';
import type { Person } from '../db/audit.js';
import { query } from '../db/database.js';
import { encryptionKeys, seal, unseal } from '../encryption.js';
import { SyncError } from '../errors.js';
import { isKeyUser, proveKey, readUsers, unknownUser } from '../keys/prove.js';
import { provisionKey } from '../keys/provision.js';
import { foldedEmail, keepKey, listKeys, readUnverified } from '../keys/store.js';
import type { User } from '../sparkhire/client.js';

/** `prove` names a key that was stored encrypted before: no secret is handed over. */
export type KeysArguments = { by?: Person } & (
  | { action: 'prove'; id: string }
  /** Without addresses: the users that rows of ats.users stand for. */
  | { action: 'provision'; emails: string[] }
);

export interface KeysResult {
  ok: boolean;
  keys: Array<{
    email: string;
    user_uuid: string | null;
    /** `own`: the user of the account's own key, who needs no other. */
    outcome: 'stored' | 'kept' | 'own' | 'failed';
    error?: { code: string; message: string; remedy?: string };
  }>;
  /** The same for people. */
  lines: string[];
}

export async function doKeysWork(
  args: KeysArguments,
  session: AccountSession,
  settings: Pick<Settings, 'secrets'>,
): Promise<KeysResult> {
  requireOwners(settings);
  await checkCompanyOfKey(session);
  return args.action === 'prove'
    ? prove(session, settings, args.id, args.by)
    : provision(session, settings, args.emails, args.by);
}

/** The command has one, or it would not have come here: what lacks it is the service that owns the account. */
function requireOwners({ secrets }: Pick<Settings, 'secrets'>): void {
  if (encryptionKeys(secrets).current !== null) return;
  throw new SyncError(
    'ENCRYPTION_KEY_MISSING',
    'The service that works on this account has no SYNC_ENCRYPTION_KEY, so it can read and store no key.',
    { remedy: 'Start the service with the same SYNC_ENCRYPTION_KEY as this command.' },
  );
}

async function prove(
  session: AccountSession,
  { secrets }: Pick<Settings, 'secrets'>,
  id: string,
  by: Person | undefined,
): Promise<KeysResult> {
  const { db } = session;
  const account = session.account.name;
  const encryption = encryptionKeys(secrets);
  const stored = await readUnverified(db, account, id);
  if (stored === null) {
    throw new SyncError('USER_KEY_UNKNOWN', 'The key that was to be proven is not there any more.', {
      remedy: 'Run `sparkhire-sync keys set EMAIL` again.',
    });
  }
  const { email } = stored;
  if (!encryption.byId.has(stored.keyId)) {
    throw new SyncError(
      'USER_KEY_UNREADABLE',
      'The service that works on this account has another SYNC_ENCRYPTION_KEY than this command.',
      { remedy: 'Give the command and the service the same one.' },
    );
  }
  const key = unseal(encryption, stored, { account, user: { email } });
  const user = await proveKey(session, key, email, await readUsers(session));
  const sealed = seal(encryption, key, { account, user: { uuid: user.uuid } });
  const proven = { userUuid: user.uuid, email, sealed, source: 'set', unverifiedId: id } as const;
  await keepKey(db, account, proven, by);
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
  by: Person | undefined,
): Promise<KeysResult> {
  const encryption = encryptionKeys(secrets);
  const users = await readUsers(session);
  const result: KeysResult = { ok: true, keys: [], lines: [] };
  const linked = emails.length > 0 ? null : await linkedUsers(session, users);
  const wanted = linked?.active ?? emails.map((email) => foldedEmail(email));
  const disabled = linked?.disabled ?? [];
  const usable = new Set(
    (await listKeys(session.db, session.account.name))
      .filter(({ state, keyId }) => state === 'usable' && keyId !== null && encryption.byId.has(keyId))
      .map(({ userUuid }) => userUuid),
  );
  const me = wanted.length === 0 ? null : await readMe(session);
  const failures = new Failures();
  const failed = (email: string, user: User | undefined, { code, message, remedy }: SyncError) => {
    const error = { code, message, remedy };
    result.keys.push({ email, user_uuid: user?.uuid ?? null, outcome: 'failed', error });
    result.lines.push(`Failed: ${email}: ${message}`);
    if (remedy !== undefined) result.lines.push(`→ ${remedy}`);
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
      const isOwn = me !== null && isKeyUser(me, user, email);
      if (!(await provisionKey(session, encryption, user, users, isOwn, by))) {
        result.keys.push({ email, user_uuid: user.uuid, outcome: 'own' });
        result.lines.push(
          `Not needed: the account's own key is that of ${named(user, email)}, and acts for them.`,
        );
        continue;
      }
      failures.succeeded();
      result.keys.push({ email, user_uuid: user.uuid, outcome: 'stored' });
      result.lines.push(`Stored: an API key of ${named(user, email)}.`);
    } catch (error) {
      failed(email, user, failures.add(error));
    }
  }
  // Nobody at all may have one.
  const others = result.keys.filter(({ outcome }) => outcome !== 'own');
  const everybody = others.every(({ outcome, error }) => outcome === 'failed' && error?.code === 'FORBIDDEN');
  if (everybody && failures.first !== null) throw failures.first;
  const kept = result.keys.filter(({ outcome }) => outcome === 'kept').length;
  if (kept > 0)
    result.lines.push(
      `${kept} ${kept === 1 ? 'user has a key' : 'users have keys'} that can be used already.`,
    );
  if (disabled.length > 0)
    result.lines.push(`Passed over, since they are disabled in Spark Hire: ${disabled.join(', ')}.`);
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

/** Users that rows of the ATS may name, by e-mail. */
async function linkedUsers(
  session: AccountSession,
  users: ReadonlyMap<string, User>,
): Promise<{ active: string[]; disabled: string[] }> {
  const rows = await query<{ uuid: string }>(
    session.db,
    `select uuid from sync.links where account = $1 and resource = 'users'`,
    [session.account.name],
  );
  const linked = new Set(rows.map(({ uuid }) => uuid));
  const theirs = [...users].filter(([, { uuid }]) => linked.has(uuid));
  const emailsOf = (isActive: boolean) =>
    theirs
      .filter(([, { active }]) => (active !== false) === isActive)
      .map(([email]) => email)
      .sort();
  return { active: emailsOf(true), disabled: emailsOf(false) };
}

function named({ name }: User, email: string): string {
  // A terminal would obey what stands in it.
  return name === null ? email : `${name.replace(/\p{Cc}+/gu, ' ')} <${email}>`;
}
