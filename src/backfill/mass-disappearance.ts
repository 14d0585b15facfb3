/**
 * The conflict that is open while too many rows of a resource are missing, and its release by a person: bound to
 * what was seen, and over with the next proven sweep, whether that used it or not.
 */
import type { AccountSession } from '../account-session.js';
import { query } from '../db/database.js';
import type { Absence, KeySeen, Release } from './absence.js';
import type { KeyView } from './facts.js';
import { sameKey } from './pass.js';
import type { ListedName } from './resources.js';
import type { AbsentRow } from './unlisted.js';

/** What sync.conflicts.sparkhire_value holds for this kind. */
interface Seen extends Release {
  key: KeySeen;
  known: number;
  listed: number;
  viewChanged: boolean;
  /** Some of the missing rows. */
  examples: string[];
  /** What became of a release: a sweep went by it, or it did not fit what the next sweep saw. */
  release?: 'used' | 'lapsed';
}

const kind = 'mass_disappearance';
const believed = 'sparkhire';
const mostExamples = 10;

/** Opens the conflict, or brings the open one up to date. */
export async function holdBack(
  session: AccountSession,
  name: ListedName,
  reason: string,
  absence: Absence,
  rows: readonly AbsentRow[],
  view: KeyView,
): Promise<void> {
  const missing = absence.missing + absence.gone;
  const seen: Seen = {
    missing,
    known: absence.known,
    listed: absence.met,
    viewChanged: absence.viewChanged,
    key: { userUuid: view.userUuid, administers: view.administers },
    examples: rows.slice(0, mostExamples).map(({ uuid }) => uuid),
  };
  await endRelease(session, name, 'lapsed');
  const [row] = await query<{ id: string; opened: boolean }>(
    session.db,
    `insert into sync.conflicts (account, resource, kind, reason, sparkhire_value) values ($1, $2, $3, $4, $5)
     on conflict (account, resource, kind, coalesce(ats_id, ''), coalesce(uuid::text, ''), coalesce(field, ''))
       where resolved_at is null
     do update set reason = excluded.reason, sparkhire_value = excluded.sparkhire_value
     returning id, xmax = 0 as opened`,
    [session.account.name, name, kind, reason, JSON.stringify(seen)],
  );
  if (!row!.opened) return;
  session.log.warn(
    { event: 'mass_disappearance', resource: name, missing, conflict: Number(row!.id) },
    `nothing was marked as deleted: ${reason}`,
  );
}

/** Few enough rows are missing: whatever was open or released is over. */
export async function closeHold(session: AccountSession, name: ListedName, missing: number): Promise<void> {
  await endRelease(session, name, 'lapsed');
  const closed = await query<{ id: string }>(
    session.db,
    `update sync.conflicts set resolved_at = now(), resolution = $4, resolved_by = 'sparkhire-sync'
     where account = $1 and resource = $2 and kind = $3 and resolved_at is null returning id`,
    [session.account.name, name, kind, missing === 0 ? 'the rows are back' : 'most of the rows are back'],
  );
  for (const { id } of closed) {
    session.log.info(
      { event: 'mass_disappearance_over', resource: name, conflict: Number(id) },
      'the rows that were missing are back',
    );
  }
}

/** The release that waits for a sweep; null if there is none. */
export async function waitingRelease(session: AccountSession, name: ListedName): Promise<Release | null> {
  const [row] = await query<{ seen: Seen }>(
    session.db,
    `select sparkhire_value as seen from sync.conflicts
     where account = $1 and resource = $2 and kind = $3 and resolution = $4 and not sparkhire_value ? 'release'
     order by resolved_at desc, id desc limit 1`,
    [session.account.name, name, kind, believed],
  );
  return row?.seen ?? null;
}

export async function endRelease(
  session: AccountSession,
  name: ListedName,
  how: 'used' | 'lapsed',
): Promise<void> {
  await query(
    session.db,
    `update sync.conflicts set sparkhire_value = sparkhire_value || jsonb_build_object('release', $5::text)
     where account = $1 and resource = $2 and kind = $3 and resolution = $4 and not sparkhire_value ? 'release'`,
    [session.account.name, name, kind, believed, how],
  );
}

/**
 * Whether other eyes than before see this resource. A key somebody released the absence for is known for that
 * resource from then on, although the account's other resources may still wait.
 */
export async function isViewChanged(
  session: AccountSession,
  name: ListedName,
  view: KeyView,
): Promise<boolean> {
  if (!view.changed) return false;
  const [row] = await query<{ seen: Seen }>(
    session.db,
    `select sparkhire_value as seen from sync.conflicts c
     where account = $1 and resource = $2 and kind = $3 and resolution = $4
       and sparkhire_value ->> 'release' = 'used'
       and not exists (select from sync.accounts a where a.account = $1 and a.seen_at > c.resolved_at)
     order by resolved_at desc, id desc limit 1`,
    [session.account.name, name, kind, believed],
  );
  return row === undefined || !sameKey(row.seen.key, view);
}
