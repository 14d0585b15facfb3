/**
 * sync.user_keys: one key for each user, and those that are yet to be proven.
 *
 * The room holds the users' API keys: they come in from a person or from Spark Hire, are proven against Spark Hire, and are
 * kept encrypted. A key leaves it only to sign a request of its user; none is ever shown, logged or put into an argument.
 */
import { audit, type Person } from '../db/audit.js';
import { type Database, inTransaction, query } from '../db/database.js';
import type { EncryptionKeys, Sealed } from '../encryption.js';
import { requireCurrent, seal, unseal } from '../encryption.js';
import { wakePush } from '../ledger/queue.js';

export type KeySource = 'set' | 'provisioned';
export type KeyState = 'unverified' | 'usable' | 'refused' | 'unavailable';
export type UserState = 'active' | 'inactive' | 'gone';

/** What may be shown of a stored key. */
export interface StoredKey {
  id: string;
  userUuid: string | null;
  email: string;
  keyId: string | null;
  source: KeySource;
  state: KeyState;
  refusedAt: Date | null;
  /** What the user was when it was refused. */
  userState: UserState | null;
  /** What the user is now, as the mirror has them; null if it does not know them. */
  userNow: UserState | null;
  lastUsedAt: Date | null;
  createdAt: Date;
}

/** E-mail addresses are compared with case folded. */
export function foldedEmail(email: string): string {
  return email.trim().toLowerCase();
}

const shown = `k.id::text, k.user_uuid as "userUuid", coalesce(lower(trim(m.email)), k.email) as email, k.key_id as "keyId",
  k.source, k.state, k.refused_at as "refusedAt", k.user_state as "userState",
  case when m.deleted_at is not null then 'gone' when m.active = false then 'inactive'
    when m.uuid is not null then 'active' end as "userNow",
  k.last_used_at as "lastUsedAt", k.created_at as "createdAt"`;

/** Those of an account by e-mail, as their users have it now, without the keys themselves. */
export function listKeys(db: Database, account: string): Promise<StoredKey[]> {
  return query(
    db,
    `select ${shown} from sync.user_keys k
     left join sparkhire.users m on m.account = k.account and m.uuid = k.user_uuid
     where k.account = $1 order by email, k.id`,
    [account],
  );
}

/** Stores a key that is not proven yet. @returns the record's id */
export async function storeUnverified(
  db: Database,
  account: string,
  email: string,
  sealed: Sealed,
): Promise<string> {
  const [row] = await query<{ id: string }>(
    db,
    `insert into sync.user_keys (account, email, cipher, key_id, source, state)
     values ($1, $2, $3, $4, 'set', 'unverified') returning id::text`,
    [account, email, sealed.cipher, sealed.keyId],
  );
  return row!.id;
}

export async function readUnverified(
  db: Database,
  account: string,
  id: string,
): Promise<(Sealed & { email: string }) | null> {
  const [row] = await query<Sealed & { email: string }>(
    db,
    `select email, cipher, key_id as "keyId" from sync.user_keys
     where account = $1 and id = $2 and state = 'unverified'`,
    [account, id],
  );
  return row ?? null;
}

export async function removeUnverified(db: Database, id: string): Promise<void> {
  await query(db, `delete from sync.user_keys where id = $1 and state = 'unverified'`, [id]);
}

export interface ProvenKey {
  userUuid: string;
  email: string;
  sealed: Sealed;
  source: KeySource;
  /** Record of the key before it was proven: it ends. */
  unverifiedId?: string;
}

/**
 * Keeps the key as its user's, in place of the one there was, and has waiting rows decided again.
 * @param by the person who wanted it; nobody did where it was made because a row needs it
 */
export async function keepKey(db: Database, account: string, key: ProvenKey, by?: Person): Promise<void> {
  const { userUuid, email, sealed, source, unverifiedId } = key;
  await inTransaction(db, async (tx) => {
    if (unverifiedId !== undefined) {
      await tx.query(`delete from sync.user_keys where id = $1 and state = 'unverified'`, [unverifiedId]);
    }
    await tx.query(
      `insert into sync.user_keys as k (account, user_uuid, email, cipher, key_id, source, state)
       values ($1, $2, $3, $4, $5, $6, 'usable')
       on conflict (account, user_uuid) do update set email = excluded.email, cipher = excluded.cipher,
         key_id = excluded.key_id, source = excluded.source, state = 'usable', refused_at = null,
         user_state = null, failures = 0, ask_again_at = null, error = null, updated_at = clock_timestamp()`,
      [account, userUuid, email, sealed.cipher, sealed.keyId, source],
    );
    if (by !== undefined) {
      const what = source === 'set' ? 'keys set' : 'keys provision';
      await audit(tx, by, { account, what, target: email, after: { user_uuid: userUuid } });
    }
    await wakePush(tx, account);
  });
}

/** How long no key is asked for again, at first and at most, in seconds; each failure doubles it. */
const pauses = { refused: [600, 86_400], failed: [60, 3600] } as const;
/** How long a key that was refused is not tried again, likewise: where its user is active, only a new one may help. */
const triedAgain = { active: [3600, 86_400], otherwise: [60, 3600] } as const;

/**
 * No key could be made for the user: it is asked for again after a while. A key that is there stays.
 * @param error why, where Spark Hire failed; null where it said no
 */
export async function noteUnavailable(
  db: Database,
  account: string,
  { userUuid, email, error }: { userUuid: string; email: string; error: string | null },
): Promise<void> {
  const [first, longest] = pauses[error === null ? 'refused' : 'failed'];
  await query(
    db,
    `insert into sync.user_keys as k
       (account, user_uuid, email, source, state, refused_at, failures, ask_again_at, error)
     values ($1, $2, $3, 'provisioned', 'unavailable', clock_timestamp(), 1,
       clock_timestamp() + $4 * interval '1 s', $6)
     on conflict (account, user_uuid) do update set refused_at = excluded.refused_at, error = excluded.error,
       failures = k.failures + 1, updated_at = clock_timestamp(),
       ask_again_at = clock_timestamp() + least($5, $4 * power(2, least(k.failures, 20))) * interval '1 s'
     where k.state = 'unavailable'`,
    [account, userUuid, email, first, longest, error],
  );
}

/** The encrypted key of a user; null if there is none. */
export async function readKey(
  db: Database,
  account: string,
  userUuid: string,
  states: readonly KeyState[] = ['usable', 'refused'],
): Promise<Sealed | null> {
  const [row] = await query<Sealed>(
    db,
    `select cipher, key_id as "keyId" from sync.user_keys
     where account = $1 and user_uuid = $2 and state = any($3)`,
    [account, userUuid, states],
  );
  return row ?? null;
}

/** Of the key that was used: one that replaced it meanwhile is another. */
export async function markRefused(
  db: Database,
  account: string,
  userUuid: string,
  { cipher }: Sealed,
  userState: UserState | null,
): Promise<void> {
  const [first, longest] = triedAgain[userState === 'active' ? 'active' : 'otherwise'];
  // Writes that were under way with the same key meet the same refusal.
  const isAnother = `(state <> 'refused' or coalesce(ask_again_at <= clock_timestamp(), true))`;
  await query(
    db,
    `update sync.user_keys set state = 'refused', refused_at = clock_timestamp(), user_state = $4,
       failures = failures + case when ${isAnother} then 1 else 0 end, updated_at = clock_timestamp(),
       ask_again_at = case when ${isAnother}
         then clock_timestamp() + least($6, $5 * power(2, least(failures, 20))) * interval '1 s' else ask_again_at end
     where account = $1 and user_uuid = $2 and cipher = $3`,
    [account, userUuid, cipher, userState, first, longest],
  );
}

/** It was accepted. Written at most once a minute, unless it counted as refused. */
export async function markUsed(
  db: Database,
  account: string,
  userUuid: string,
  { cipher }: Sealed,
): Promise<void> {
  await query(
    db,
    `update sync.user_keys set last_used_at = clock_timestamp(), state = 'usable', refused_at = null,
       user_state = null, failures = 0, ask_again_at = null,
       updated_at = case when state = 'usable' then updated_at else clock_timestamp() end
     where account = $1 and user_uuid = $2 and cipher = $3
       and (state <> 'usable' or last_used_at is null
         or last_used_at < clock_timestamp() - interval '1 minute')`,
    [account, userUuid, cipher],
  );
}

/** @returns the keys that were removed, by e-mail: proven or not */
export async function forgetKeys(db: Database, account: string, email: string, by?: Person): Promise<number> {
  return inTransaction(db, async (tx) => {
    const gone = await tx.query<{ cipher: Buffer | null }>(
      `delete from sync.user_keys k where account = $1 and (email = $2 or user_uuid in (
         select uuid from sparkhire.users where account = $1 and sync.likeness(email) = sync.likeness($2))) returning cipher`,
      [account, email],
    );
    const keys = gone.filter(({ cipher }) => cipher !== null).length;
    if (by !== undefined && keys > 0) {
      await audit(tx, by, { account, what: 'keys forget', target: email, after: { removed: keys } });
    }
    if (gone.length > 0) await wakePush(tx, account);
    return keys;
  });
}

export interface Rotated {
  /** Encrypted anew under the current key. */
  rotated: number;
  /** Were so already. */
  current: number;
  /** Cannot be read, by e-mail. */
  unreadable: Array<{ email: string; keyId: string }>;
}

/** Encrypts every key of an account anew under the current encryption key; what cannot be read stays as it is. */
export async function rotateKeys(
  db: Database,
  account: string,
  keys: EncryptionKeys,
  by?: Person,
): Promise<Rotated> {
  const current = requireCurrent(keys);
  return inTransaction(db, async (tx) => {
    const rows = await tx.query<Sealed & { id: string; email: string; userUuid: string | null }>(
      `select id::text, email, user_uuid as "userUuid", cipher, key_id as "keyId" from sync.user_keys
       where account = $1 and cipher is not null order by email, id for update`,
      [account],
    );
    const result: Rotated = { rotated: 0, current: 0, unreadable: [] };
    for (const { id, email, userUuid, ...sealed } of rows) {
      const owner = { account, user: userUuid === null ? { email } : { uuid: userUuid } };
      try {
        const secret = unseal(keys, sealed, owner);
        if (sealed.keyId === current.id) {
          result.current += 1;
          continue;
        }
        const anew = seal(keys, secret, owner);
        await tx.query('update sync.user_keys set cipher = $2, key_id = $3 where id = $1', [
          id,
          anew.cipher,
          anew.keyId,
        ]);
        result.rotated += 1;
      } catch {
        result.unreadable.push({ email, keyId: sealed.keyId });
      }
    }
    if (by !== undefined && result.rotated > 0) {
      const { rotated, unreadable } = result;
      const after = { rotated, key_id: current.id, unreadable: unreadable.length };
      await audit(tx, by, { account, what: 'keys rotate', after });
    }
    if (result.rotated > 0) await wakePush(tx, account);
    return result;
  });
}
