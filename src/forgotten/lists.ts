/** The list of who was erased, kept outside of the database: a backup that is restored does not have the latest ones. */
import { byThemselves, type Database, inTransaction, query, type Transaction } from '../db/database.js';
import { SyncError } from '../errors.js';
import { forgottenOf, hashKey, hashOf, nameOf } from './hashes.js';

interface Entry {
  account: string;
  hash: string;
  kind: string;
  person: string;
  forgotten_at: string;
}

/** `key` is secret: with it, and the hashes, addresses can be tried. */
export interface ForgottenList {
  key: string;
  forgotten: Entry[];
}

/** @param accounts all of them unless given */
export async function exportForgotten(db: Database, account?: string): Promise<ForgottenList> {
  return inTransaction(db, async (tx) => {
    const key = await hashKey(tx);
    const rows = await tx.query<{ row: Entry }>(
      `select jsonb_build_object('account', account, 'hash', hash, 'kind', kind, 'person', person,
         'forgotten_at', forgotten_at) as row
       from sync.forgotten where $1::text is null or account = $1 order by account, forgotten_at, person, kind, hash`,
      [account ?? null],
    );
    return { key: key.toString('base64'), forgotten: rows.map(({ row }) => row) };
  });
}

const wrongList = (what: string) =>
  new SyncError('USAGE', `The list cannot be read: ${what}.`, {
    remedy: 'Give a file that `sparkhire-sync forget --export` wrote, as it is.',
  });

function parsed(text: string): ForgottenList {
  let list: Partial<ForgottenList> | null;
  try {
    list = JSON.parse(text) as Partial<ForgottenList> | null;
  } catch {
    throw wrongList('it is no JSON');
  }
  const { key, forgotten } = list ?? {};
  if (typeof key !== 'string' || Buffer.from(key, 'base64').length !== 32) throw wrongList('it has no key');
  if (!Array.isArray(forgotten)) throw wrongList('it has no list "forgotten"');
  const texts = ['account', 'hash', 'kind', 'person', 'forgotten_at'] as const;
  const index = forgotten.findIndex((one) => !texts.every((name) => typeof one?.[name] === 'string'));
  if (index >= 0) throw wrongList(`entry ${index + 1} lacks one of ${texts.join(', ')}`);
  return { key, forgotten };
}

/**
 * Puts the list back. Whoever is on it is not invited any more; what of them is here is erased by the next step.
 * @returns hashes that were not here
 * @throws SyncError USAGE for another file, or a list of another database
 */
export async function importForgotten(db: Database, text: string): Promise<number> {
  const { key, forgotten } = parsed(text);
  return inTransaction(db, async (tx: Transaction) => {
    await tx.query(
      `insert into sync.forgotten_key (key) select $1
       on conflict (id) do update set key = excluded.key where (select hash from sync.forgotten limit 1) is null`,
      [Buffer.from(key, 'base64')],
    );
    if ((await hashKey(tx)).toString('base64') !== Buffer.from(key, 'base64').toString('base64')) {
      throw new SyncError(
        'USAGE',
        'The list is of another database: its hashes were made with another key.',
        {
          remedy: 'Import the list that this database, or the one it was restored from, exported.',
        },
      );
    }
    const added = await tx.query(
      `insert into sync.forgotten (account, hash, kind, person, forgotten_at, erased_at)
       select r.account, r.hash, r.kind, r.person, r.forgotten_at, clock_timestamp()
       from jsonb_to_recordset($1) as r(account text, hash text, kind text, person uuid, forgotten_at timestamptz)
       on conflict (account, hash) do nothing returning 1`,
      [JSON.stringify(forgotten)],
    );
    return added.length;
  });
}

/** Invites and stores the person again from now on: a mistake, or they have applied anew. @returns hashes that ended */
export async function liftForgotten(db: Database, account: string, email: string): Promise<number> {
  return inTransaction(db, async (tx) => {
    const key = await hashKey(tx);
    const gone = await tx.query(
      `delete from sync.forgotten where account = $1 and person in (
         select person from sync.forgotten where account = $1 and hash = $2) returning 1`,
      [account, hashOf(key, { kind: 'email', value: email })],
    );
    // The next listing fills what was emptied, though nothing in it is new.
    if (gone.length > 0) {
      await tx.query(
        `update sparkhire.interviews set list_hash = null
         where account = $1 and candidate_email is null and candidate_uuid is null`,
        [account],
      );
    }
    return gone.length;
  });
}

/** Addresses that are here though they were erased: after a restored backup. All addresses are compared. */
export async function forgottenAddresses(db: Database, account: string): Promise<string[]> {
  const forgotten = await forgottenOf(byThemselves(db), account);
  if (forgotten === null) return [];
  const rows = await query<{ email: string }>(
    db,
    `select candidate_email as email from sparkhire.interviews where account = $1 and candidate_email is not null
     union select candidate_email from ats.interviews where account = $1 and source is not null and candidate_email is not null
     union select base #>> '{candidate,ats,email}' from sync.links
       where account = $1 and resource = 'interviews' and base #>> '{candidate,ats,email}' is not null
     union select reviewer_email from sparkhire.share_links where account = $1 and reviewer_email is not null
     union select detail #>> '{look,email}' from sync.intents
       where account = $1 and resource in ('interviews', 'share_links') and detail #>> '{look,email}' is not null`,
    [account],
  );
  const found: string[] = [];
  for (let at = 0; at < rows.length; at += 10_000) {
    const some = rows.slice(at, at + 10_000).map(({ email }) => ({ kind: 'email', value: email }) as const);
    const names = await forgotten.find(some);
    found.push(...some.filter((one) => names.has(nameOf(one))).map(({ value }) => value));
  }
  return found;
}
