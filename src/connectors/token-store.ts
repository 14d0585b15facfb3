/**
 * The live token of an ATS that allows one at a time: asking for a new one ends the former. So all processes of an account
 * share it through the database, encrypted, and one of them at a time asks for another.
 */
import { createHash, hkdfSync } from 'node:crypto';
import { type Database, inTransaction, type Transaction } from '../db/database.js';
import { type EncryptionKeys, encryptionKeys, seal, unseal } from '../encryption.js';

export interface LiveToken {
  token: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
  issuedAt: number;
}

export interface TokenStoreOptions {
  db: Database;
  account: string;
  source: string;
  credential: { id: string; secret: string };
  /** Without a key of the settings one is made of the secret, which is not in the database either. */
  encryption: EncryptionKeys | null;
}

/** A token is renewed a minute before its end, or in the last quarter of a short life. */
export function isFresh({ expiresAt, issuedAt }: LiveToken, now: number): boolean {
  return now < expiresAt - Math.min(60_000, (expiresAt - issuedAt) / 4);
}

export interface TokenStore {
  /**
   * The token that is live. Where there is none but `refused`, `renew` is asked for another, by nobody else meanwhile.
   * @param refused what the ATS does not accept any more
   */
  live(refused: string | null, now: number, renew: () => Promise<LiveToken>): Promise<LiveToken>;
}

export function tokenStore({ db, account, source, credential, encryption }: TokenStoreOptions): TokenStore {
  const { id, secret } = credential;
  const mark = createHash('sha256')
    .update(JSON.stringify([id, secret]))
    .digest('hex');
  const keys = encryption?.current ? encryption : ofSecret(id, secret);
  const owner = { account, credential: `${source} ${mark}` };

  async function stored(tx: Transaction): Promise<LiveToken | null> {
    const [row] = await tx.query<{ cipher: Buffer; keyId: string; expiresAt: Date; issuedAt: Date }>(
      `select cipher, key_id as "keyId", expires_at as "expiresAt", updated_at as "issuedAt" from sync.ats_tokens
       where account = $1 and source = $2 and mark = $3`,
      [account, source, mark],
    );
    if (row === undefined) return null;
    try {
      const token = unseal(keys, row, owner);
      return { token, expiresAt: row.expiresAt.getTime(), issuedAt: row.issuedAt.getTime() };
    } catch {
      // Encrypted with a key that is gone: another token does as well.
      return null;
    }
  }

  return {
    live: (refused, now, renew) =>
      inTransaction(db, async (tx) => {
        await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 7353))', [
          `${account} ${source} token`,
        ]);
        const known = await stored(tx);
        if (known !== null && known.token !== refused && isFresh(known, now)) return known;
        const token = await renew();
        const { cipher, keyId } = seal(keys, token.token, owner);
        await tx.query(
          `insert into sync.ats_tokens (account, source, mark, cipher, key_id, expires_at, updated_at)
           values ($1, $2, $3, $4, $5, $6, $7)
           on conflict (account, source) do update set mark = excluded.mark, cipher = excluded.cipher,
             key_id = excluded.key_id, expires_at = excluded.expires_at, updated_at = excluded.updated_at`,
          [account, source, mark, cipher, keyId, new Date(token.expiresAt), new Date(token.issuedAt)],
        );
        return token;
      }),
  };
}

function ofSecret(id: string, secret: string): EncryptionKeys {
  const key = Buffer.from(hkdfSync('sha256', secret, id, 'sparkhire-sync ats token', 32));
  return encryptionKeys({ encryptionKey: key.toString('base64') });
}
