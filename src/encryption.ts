/**
 * Keys and tokens at rest: AES-256-GCM with a random nonce for each. What is stored is bound to its account and user or
 * credential, so that a row that is moved to another cannot be read. Which encryption key it takes is told by a short hash of that.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { SyncError } from './errors.js';

const nonceBytes = 12;
const tagBytes = 16;

/** What encrypts and reads: the current key, and older ones that only read. */
export interface EncryptionKeys {
  /** null if none is set: then nothing new can be stored. */
  current: { id: string; key: Buffer } | null;
  byId: ReadonlyMap<string, Buffer>;
}

/** An encrypted key as it is stored. */
export interface Sealed {
  keyId: string;
  /** Nonce, ciphertext, tag. */
  cipher: Buffer;
}

/**
 * Whose it is: bound to what is stored. Of a user's key the e-mail address until it is known which user has it; of a
 * token the mark of the credential it was made with.
 */
export type SealedFor = { account: string } & (
  | { user: { uuid: string } | { email: string } }
  | { credential: string }
);

/** Names an encryption key without telling anything about it. */
export function keyIdOf(key: Buffer): string {
  return createHash('sha256')
    .update('sparkhire-sync encryption key\0')
    .update(key)
    .digest('hex')
    .slice(0, 12);
}

/** @param secrets keys of 32 bytes in base64 */
export function encryptionKeys(secrets: {
  encryptionKey?: string | undefined;
  previousEncryptionKeys?: readonly string[] | undefined;
}): EncryptionKeys {
  const { encryptionKey, previousEncryptionKeys = [] } = secrets;
  const all = [...(encryptionKey === undefined ? [] : [encryptionKey]), ...previousEncryptionKeys];
  const byId = new Map(
    all.map((text) => {
      const key = Buffer.from(text, 'base64');
      return [keyIdOf(key), key] as const;
    }),
  );
  const current = encryptionKey === undefined ? null : Buffer.from(encryptionKey, 'base64');
  return { current: current === null ? null : { id: keyIdOf(current), key: current }, byId };
}

/** @throws SyncError ENCRYPTION_KEY_MISSING */
export function requireCurrent(keys: EncryptionKeys): { id: string; key: Buffer } {
  if (keys.current !== null) return keys.current;
  throw new SyncError('ENCRYPTION_KEY_MISSING', 'SYNC_ENCRYPTION_KEY is not set, so no key can be stored.', {
    remedy:
      'Set the one that is in use, for the service and for the commands. Only if no key was ever stored, make one with `openssl rand -base64 32`, and keep it safe.',
  });
}

/** @throws SyncError ENCRYPTION_KEY_MISSING */
export function seal(keys: EncryptionKeys, secret: string, owner: SealedFor): Sealed {
  const { id, key } = requireCurrent(keys);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(boundTo(owner));
  const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return { keyId: id, cipher: Buffer.concat([nonce, text, cipher.getAuthTag()]) };
}

/** @throws SyncError USER_KEY_UNREADABLE */
export function unseal(keys: EncryptionKeys, { keyId, cipher }: Sealed, owner: SealedFor): string {
  const key = keys.byId.get(keyId);
  if (key === undefined) {
    throw new SyncError(
      'USER_KEY_UNREADABLE',
      `A stored key was encrypted with the encryption key ${keyId}, which the settings do not have.`,
      { remedy: unreadableRemedy },
    );
  }
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, cipher.subarray(0, nonceBytes))
      .setAAD(boundTo(owner))
      .setAuthTag(cipher.subarray(-tagBytes));
    const text = decipher.update(cipher.subarray(nonceBytes, -tagBytes));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    throw new SyncError('USER_KEY_UNREADABLE', 'A stored key is damaged, or was stored for somebody else.', {
      remedy: 'Store it again with `sparkhire-sync keys set EMAIL` or `sparkhire-sync keys provision EMAIL`.',
    });
  }
}

export const unreadableRemedy =
  'Add the encryption key it was stored with to SYNC_ENCRYPTION_KEY_PREVIOUS and run `sparkhire-sync keys rotate`; if that one is lost, store the key again with `sparkhire-sync keys set EMAIL`.';

function boundTo(owner: SealedFor): Buffer {
  return Buffer.from(JSON.stringify([owner.account, nameOf(owner)]));
}

function nameOf(owner: SealedFor): string {
  if ('credential' in owner) return `credential ${owner.credential}`;
  return 'uuid' in owner.user ? `uuid ${owner.user.uuid}` : `email ${owner.user.email}`;
}
