/**
 * The conflict that is open while too many rows of a resource are missing, and its release by a person: bound to
 * what was seen, and over with the next proven sweep, whether that used it or not.
 */
import type { AccountSession } from '../../account-session.js';
import { byThemselves, query } from '../../db/database.js';
import { noteRelease } from '../../ledger/answers.js';
import { endConflicts, openConflicts } from '../../ledger/conflicts.js';
import type { KeyView } from '../facts.js';
import type { ListedName } from '../resources.js';
import type { Absence, KeySeen, Release } from './absence.js';
import { sameKey } from './pass.js';
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

const kind = 'mass_disappearance' as const;
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
  const [opened] = await openConflicts(byThemselves(session.db), session.account.name, [
    { kind, resource: name, reason, sparkhire: seen },
  ]);
  if (opened === undefined) return;
  session.log.warn(
    { event: 'mass_disappearance', resource: name, missing, conflict: Number(opened.id) },
    `nothing was marked as deleted: ${reason}`,
  );
}

/** Few enough rows are missing: whatever was open or released is over. */
export async function closeHold(session: AccountSession, name: ListedName, missing: number): Promise<void> {
  await endRelease(session, name, 'lapsed');
  // Webhooks may have told of them one by one meanwhile.
  const resolution = missing === 0 ? 'no row is missing any more' : 'few rows are missing by now';
  const { db, account } = session;
  const ending = { kind, resource: name, resolution };
  for (const id of await endConflicts(byThemselves(db), account.name, ending)) {
    session.log.info(
      { event: 'mass_disappearance_over', resource: name, conflict: Number(id) },
      `${resolution}: they are back, or their deletion was told one by one`,
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
  { db, account }: AccountSession,
  name: ListedName,
  how: 'used' | 'lapsed',
): Promise<void> {
  const release = { kind, resource: name, resolution: believed, how } as const;
  await noteRelease(byThemselves(db), account.name, release);
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
