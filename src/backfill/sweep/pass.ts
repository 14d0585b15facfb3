/** A pass over an account: what a backfill has done, kept so that an interrupted one can be continued. */
import type { AccountSession } from '../../account-session.js';
import { type Checkpoint, forgetPositions, readCheckpoint, saveCheckpoint } from '../../db/checkpoints.js';
import { byThemselves, query } from '../../db/database.js';
import type { KeyView } from '../facts.js';
import type { ResourceName } from '../resources.js';

/** How much of a resource was seen: all of it, provably; all the key may see now; or perhaps not all. */
export type Seen = 'whole' | 'partly' | 'unproven';

export interface Pass {
  /** When it began, by the database's clock, as mirrored_at is; names the pass. */
  startedAt: string;
  /** Whose eyes it sees with: rows that another key passed over may be there for this one. */
  key: { userUuid: string | null; administers: boolean | null };
  resources: ResourceName[];
  /** What needs no more reading. */
  done: Partial<Record<ResourceName, Seen>>;
}

/** What was cut off longer ago than this is not continued: what it finished may be stale. */
const lifetimeMs = 24 * 3600_000;
const checkpointName = 'account';

export async function databaseNow(session: AccountSession): Promise<Date> {
  const [row] = await query<{ now: Date }>(session.db, 'select clock_timestamp() as now');
  return row!.now;
}

export function isRecent({ ageMs }: Checkpoint): boolean {
  return ageMs < lifetimeMs;
}

export function sameKey(one: Pass['key'] | undefined, other: Pass['key']): boolean {
  if (one === undefined || one.userUuid !== other.userUuid) return false;
  return one.administers === null || other.administers === null || one.administers === other.administers;
}

/** The interrupted pass over the same resources with the same key, or a new one. */
export async function resumePass(
  session: AccountSession,
  resources: readonly ResourceName[],
  view: KeyView,
): Promise<Pass> {
  const key = { userUuid: view.userUuid, administers: view.administers };
  const checkpoint = await readCheckpoint(session.db, session.account.name, checkpointName, 'sweep');
  const found = checkpoint?.position as Pass | null | undefined;
  if (
    found &&
    found.resources.join() === resources.join() &&
    sameKey(found.key, key) &&
    isRecent(checkpoint!)
  ) {
    const done = Object.keys(found.done);
    if (done.length > 0) {
      session.log.info(
        { event: 'backfill_resumed', done },
        'continuing the interrupted backfill; finished parts are not read again',
      );
    }
    return found;
  }
  const startedAt = (await databaseNow(session)).toISOString();
  const pass: Pass = { startedAt, key, resources: [...resources], done: {} };
  await savePass(session, pass);
  return pass;
}

export async function savePass(session: AccountSession, pass: Pass): Promise<void> {
  const books = byThemselves(session.db);
  await saveCheckpoint(books, session.account.name, checkpointName, 'sweep', { position: pass });
}

/** It came to its end: the next backfill is a new one, also where something of this one failed. */
export async function endPass(session: AccountSession, succeeded: boolean): Promise<void> {
  const { db, account } = session;
  if (succeeded)
    await saveCheckpoint(byThemselves(db), account.name, checkpointName, 'sweep', { completed: true });
  else await forgetPositions(db, account.name, [checkpointName]);
}

/** Forgets unfinished work on these resources. */
export async function forgetPass(session: AccountSession, resources: readonly ResourceName[]): Promise<void> {
  await forgetPositions(session.db, session.account.name, [...resources, checkpointName]);
}
