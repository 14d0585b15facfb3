/**
 * Where the database is, and whether that is where it was when an account was last worked on. A copy that writes beside
 * its original, or an old state restored somewhere else, would invite people twice.
 */
import { isDeepStrictEqual } from 'node:util';
import { SyncError } from '../../errors.js';
import { accountKeyMark } from '../account-key.js';
import { type Database, query } from '../database.js';

/** What `sync.here()` tells. */
export interface Place {
  /** PostgreSQL's system identifier: that of a cluster and its replicas. Null where nobody may ask. */
  cluster: string | null;
  /** Object identifiers: of the database, and of a table of ours, which a restored dump makes anew. */
  database: number;
  bookkeeping: number;
  /** PostgreSQL's major version. */
  version: number;
}

/**
 * Whether these are one place. A failover to a replica keeps all; an upgrade in place (pg_upgrade) makes another cluster
 * and keeps the object identifiers.
 */
export function isSamePlace(home: Place, here: Place): boolean {
  if (home.database !== here.database || home.bookkeeping !== here.bookkeeping) return false;
  return (
    home.cluster === null ||
    here.cluster === null ||
    home.cluster === here.cluster ||
    here.version > home.version
  );
}

/** Shared by all work on an account. */
export interface AccountPlace {
  /** The database is somewhere else than before, and nobody has said that it may write. */
  moved: boolean;
}

/**
 * Notes with which limit the account is worked on, and where; with which key only the first time, since another one is to be
 * of the same company (`checkCompanyOfKey`). A database that has never written anything for the account is at home anywhere.
 * One from before that was noted has moved if it was restored from a dump: that writes all rows of a table in one transaction,
 * and each of its migrations had one of its own.
 */
export async function noteWorkBegins(
  db: Database,
  account: string,
  { apiKey, rateLimit, rateWindowMs }: { apiKey: string; rateLimit: number; rateWindowMs: number },
): Promise<AccountPlace> {
  const [known] = await query<{
    here: Place;
    home: Place | null;
    told: boolean;
    writes: boolean;
    restored: boolean;
  }>(
    db,
    `with written as (
       select exists (select from sync.intents where account = $1 and sent_at is not null) as writes),
     known as (select home, moved_at from sync.accounts where account = $1),
     restored as (
       select writes and coalesce((select home is null from known), true) and (
         select count(*) > 1 and count(distinct xmin::text) = 1 from sync.migrations where version < 18) as restored
       from written),
     noted as (
       insert into sync.accounts as a (account, key_mark, home, rate_limit, rate_window_ms)
       select $1, $2, case when not restored then sync.here() end, $3, $4 from restored
       on conflict (account) do update set key_mark = coalesce(a.key_mark, excluded.key_mark), home = coalesce(a.home, excluded.home),
         rate_limit = excluded.rate_limit, rate_window_ms = excluded.rate_window_ms
       where a.home is null or a.key_mark is null
         or (a.rate_limit, a.rate_window_ms) is distinct from (excluded.rate_limit, excluded.rate_window_ms))
     select sync.here() as here, k.home, k.moved_at is not null as told, writes, restored
     from written, restored left join known k on true`,
    [account, accountKeyMark(account, apiKey), Math.min(rateLimit, 2 ** 31 - 1), rateWindowMs],
  );
  const { here, home, told, writes, restored } = known!;
  const moved = restored || (home !== null && writes && !isSamePlace(home, here));
  if (moved && !told) {
    await query(db, 'update sync.accounts set moved_at = clock_timestamp() where account = $1', [account]);
  } else if (!moved && (told || (home !== null && !isDeepStrictEqual(home, here)))) {
    await settleHere(db, account);
  }
  return { moved };
}

/** From now on this is the place from which the account is written for. */
export async function settleHere(db: Database, account: string): Promise<void> {
  await query(db, 'update sync.accounts set home = sync.here(), moved_at = null where account = $1', [
    account,
  ]);
}

export const movedReason =
  'this database was copied, restored or moved since the account was last worked on. If two databases write for one account, people are invited twice.';

/** @throws SyncError DATABASE_MOVED while nobody has said that this database may write to Spark Hire */
export function assertMayWrite({ place }: { place: AccountPlace }): void {
  if (!place.moved) return;
  throw new SyncError('DATABASE_MOVED', `Nothing is written to Spark Hire: ${movedReason}`, {
    remedy:
      'If nothing else writes for this account any more, look at `sparkhire-sync plan` and release it with `sparkhire-sync apply --approve CHECKSUM`.',
  });
}
