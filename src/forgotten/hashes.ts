/**
 * Who was erased (sync.forgotten), known by keyed hashes alone. The key is made at random and kept in the database: it must
 * outlive every encryption key, and whoever has no copy of the database cannot try addresses.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Statements } from '../db/database.js';
import { addressForm } from '../text/forms.js';

/** What a person is known by: an address, Spark Hire's uuid of the candidate or of an interview, an id of a connected ATS. */
export type IdentityKind = 'email' | 'candidate' | 'interview' | 'ats_candidate';

export interface Identity {
  kind: IdentityKind;
  value: string;
}

export interface Forgotten {
  /** Which of these were erased, as `kind value`. */
  find(identities: readonly Identity[]): Promise<ReadonlySet<string>>;
  /** Puts down that these belong to whom the other one stands for. */
  add(known: Identity, more: readonly Identity[]): Promise<void>;
}

export const nameOf = ({ kind, value }: Identity) => `${kind} ${value}`;

export function hashOf(key: Buffer, { kind, value }: Identity): string {
  const form = kind === 'email' ? addressForm(value) : value.trim().toLowerCase();
  return createHmac('sha256', key).update(`${kind} ${form}`).digest('hex');
}

/** The key of the hashes; made if there is none yet. */
export async function hashKey(on: Statements): Promise<Buffer> {
  await on.query('insert into sync.forgotten_key (key) values ($1) on conflict (id) do nothing', [
    randomBytes(32),
  ]);
  const [row] = await on.query<{ key: Buffer }>('select key from sync.forgotten_key');
  return row!.key;
}

const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * When whoever this stands for was erased, in each of these accounts where they were.
 * @param asked an address, Spark Hire's uuid of a candidate or an interview, or the key of an order; anything else stands for nobody
 */
export async function erasedSince(
  on: Statements,
  accounts: readonly string[],
  asked: string,
): Promise<Array<{ account: string; at: Date }>> {
  const kinds: IdentityKind[] = asked.includes('@')
    ? ['email']
    : uuidForm.test(asked)
      ? ['candidate', 'interview']
      : [];
  if (kinds.length === 0)
    return on.query(
      `select account, erased_at as at from sync.orders
       where account = any($1) and ats_id = $2 and erased_at is not null order by account`,
      [accounts, asked],
    );
  const [row] = await on.query<{ key: Buffer }>('select key from sync.forgotten_key');
  if (row === undefined) return [];
  return on.query(
    `select account, min(erased_at) as at from sync.forgotten
     where account = any($1) and hash = any($2) and erased_at is not null group by account order by account`,
    [accounts, kinds.map((kind) => hashOf(row.key, { kind, value: asked }))],
  );
}

/**
 * Those who were erased from an account; null if nobody was.
 * @param erased only those whose data is gone; not who merely is not invited any more, until an invitation has arrived
 */
export async function forgottenOf(
  on: Statements,
  account: string,
  { erased = false } = {},
): Promise<Forgotten | null> {
  const [row] = await on.query<{ key: Buffer }>(
    `select key from sync.forgotten_key
     where exists (select from sync.forgotten where account = $1 and (not $2 or erased_at is not null))`,
    [account, erased],
  );
  if (row === undefined) return null;
  const { key } = row;
  return {
    async find(identities) {
      const hashes = new Map<string, string[]>();
      for (const identity of identities) {
        const hash = hashOf(key, identity);
        hashes.set(hash, [...(hashes.get(hash) ?? []), nameOf(identity)]);
      }
      if (hashes.size === 0) return new Set();
      const rows = await on.query<{ hash: string }>(
        `select hash from sync.forgotten
         where account = $1 and hash = any($2) and (not $3 or erased_at is not null)`,
        [account, [...hashes.keys()], erased],
      );
      return new Set(rows.flatMap(({ hash }) => hashes.get(hash)!));
    },
    async add(known, more) {
      await on.query(
        `insert into sync.forgotten (account, kind, hash, person, erased_at)
         select f.account, m.kind, m.hash, f.person, f.erased_at
         from sync.forgotten f, unnest($3::text[], $4::text[]) as m(kind, hash)
         where f.account = $1 and f.hash = $2
         on conflict (account, hash) do nothing`,
        [
          account,
          hashOf(key, known),
          more.map(({ kind }) => kind),
          more.map((identity) => hashOf(key, identity)),
        ],
      );
    },
  };
}
