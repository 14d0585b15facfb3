/**
 * Rows that no listing shows although they are there: the server leaves them out, or this key may not see them.
 * They were asked for once, do not count as missing again, and are asked for again only now and then.
 */
import type { AccountSession } from '../../account-session.js';
import { query } from '../../db/database.js';
import type { MirrorTransaction } from '../../mirror/store.js';
import type { ListedName } from '../resources.js';

/** A row the sweep did not meet, as it was stored when that was seen. */
export interface AbsentRow {
  uuid: string;
  /** Its mirrored_at, in PostgreSQL's own words: says later whether the row was touched since. */
  version: string;
}

export interface Unmet {
  /** Rows that should have been listed. */
  missing: AbsentRow[];
  /** Rows known to be unlisted that are to be asked for again. */
  doubtful: AbsentRow[];
  /** Rows that are thought to exist, without those known to be unlisted. */
  known: number;
  /** Rows the sweep met. */
  met: number;
}

/** A row is asked for again after so long, or when something about it changed. */
const askAgainAfter = '6 days';

/** Forgets rows that are listed again, or gone. */
async function forgetListed(session: AccountSession, name: ListedName): Promise<void> {
  await query(
    session.db,
    `delete from sync.unlisted u where account = $1 and resource = $2 and (
       exists (select from sync.sweep_seen s where s.account = $1 and s.resource = $2 and s.uuid = u.uuid)
       or not exists (select from sparkhire.${name} r
         where r.account = $1 and r.uuid = u.uuid and r.deleted_at is null))`,
    [session.account.name, name],
  );
}

/**
 * What the sweep that began at `sweepStartedAt` did not meet and nobody touched since.
 * @param viewChanged whether other eyes made this sweep: what the former ones found out is not counted on
 */
export async function readUnmet(
  session: AccountSession,
  name: ListedName,
  sweepStartedAt: Date,
  viewChanged: boolean,
): Promise<Unmet> {
  const { db, account } = session;
  await forgetListed(session, name);
  const known = 'u.account = $1 and u.resource = $2 and (not $4::boolean or u.asked_at >= $3)';
  const rows = await query<AbsentRow & { unlisted: boolean }>(
    db,
    `select r.uuid, r.mirrored_at::text as version, u.uuid is not null as unlisted
     from sparkhire.${name} r left join sync.unlisted u on ${known} and u.uuid = r.uuid
     where r.account = $1 and r.deleted_at is null and r.mirrored_at < $3
       and not exists (select from sync.sweep_seen s where s.account = $1 and s.resource = $2 and s.uuid = r.uuid)
       and (u.uuid is null or r.mirrored_at > u.asked_at or u.asked_at < now() - interval '${askAgainAfter}')
     order by r.uuid`,
    [account.name, name, sweepStartedAt, viewChanged],
  );
  const [totals] = await query<{ stored: number; unlisted: number; met: number }>(
    db,
    `select (select count(*)::int from sparkhire.${name} where account = $1 and deleted_at is null) as stored,
       (select count(*)::int from sync.unlisted u where ${known}) as unlisted,
       (select count(*)::int from sync.sweep_seen where account = $1 and resource = $2) as met`,
    [account.name, name, sweepStartedAt, viewChanged],
  );
  const { stored, unlisted, met } = totals!;
  return {
    missing: rows.filter((row) => !row.unlisted),
    doubtful: rows.filter((row) => row.unlisted),
    known: stored - unlisted,
    met,
  };
}

/** Has the next sweep ask for all of them again, as known as they are. */
export async function doubtUnlisted(session: AccountSession, names: readonly string[]): Promise<void> {
  await query(
    session.db,
    `update sync.unlisted set asked_at = '-infinity' where account = $1 and resource = any($2)`,
    [session.account.name, names],
  );
}

/** These rows were asked for just now, and are there. */
export async function rememberUnlisted(
  tx: MirrorTransaction,
  name: ListedName,
  uuids: readonly string[],
): Promise<void> {
  await tx.query(
    `insert into sync.unlisted (account, resource, uuid, asked_at)
     select $1, $2, uuid, now() from unnest($3::uuid[]) as asked(uuid)
     on conflict (account, resource, uuid) do update set asked_at = excluded.asked_at`,
    [tx.account, name, uuids],
  );
}

/** These rows are no longer known to be there: gone, or missing like any other. */
export async function forgetUnlisted(
  tx: MirrorTransaction,
  name: ListedName,
  uuids: readonly string[],
): Promise<void> {
  await tx.query(
    'delete from sync.unlisted where account = $1 and resource = $2 and uuid = any($3::uuid[])',
    [tx.account, name, uuids],
  );
}
