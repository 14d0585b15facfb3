/**
 * One sweep of one listing into the mirror: pages and their checkpoint commit together.
 *
 * What a whole listing does not show counts as missing; deletions.ts says when it counts as gone.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AccountSession } from '../../account-session.js';
import { type Checkpoint, readCheckpoint, saveCheckpoint } from '../../db/checkpoints.js';
import { query } from '../../db/database.js';
import {
  areRowsStored,
  type BadRow,
  inMirrorTransaction,
  type MirrorTransaction,
  quarantine,
  type StoreCounts,
  storeRows,
} from '../../mirror/store.js';
import type { MirrorRow } from '../../mirror/tables.js';
import type { Row } from '../../sparkhire/client.js';
import { type SweepState, startSweep, sweep } from '../../sparkhire/paging/paginate.js';
import { addCounts, noCounts, type Progress, type ResourceCounts } from '../progress.js';
import type { ListedResource, RangedResource, WholeResource } from '../resources.js';
import { holdAnchor } from '../watermark.js';
import { databaseNow, isRecent, type Pass, sameKey } from './pass.js';

export interface SweepResult {
  /** Why it cannot be proven that every row was met; null if it is proven. */
  unproven: string | null;
  /** When it began, by the database's clock. */
  startedAt: Date;
}

interface Position {
  /** The pass it belongs to, and its key. */
  pass: string;
  key: Pass['key'];
  startedAt: string;
  read: number;
  state: SweepState;
}

/** Splits answered rows into those that can be mirrored and those that cannot. */
function sortOut<T extends { uuid: string }>(
  resource: ListedResource<T>,
  rows: readonly Row<T>[],
): { good: MirrorRow[]; bad: BadRow[] } {
  const good: MirrorRow[] = [];
  const bad: BadRow[] = [];
  for (const row of rows) {
    if (row.ok) good.push(resource.row(row, 'list'));
    else bad.push({ uuid: null, problem: row.problem, content: row.raw });
  }
  return { good, bad };
}

/** What the page before says of the next one. */
interface PageBefore {
  /** Its objects by uuid, as received. */
  raws: ReadonlyMap<string, unknown>;
  /** Whether all that it had and the page before it had not was new: then so is the next one, most likely. */
  wasNew: boolean;
}

const noPageBefore: PageBefore = { raws: new Map(), wasNew: false };

/**
 * Stores rows of a listing; those that cannot be mirrored are put aside. What a page shares with the one before, and has not
 * changed since, is stored already.
 * @returns the rows of the listing too
 */
export async function storeListed<T extends { uuid: string }>(
  tx: MirrorTransaction,
  resource: ListedResource<T>,
  rows: readonly Row<T>[],
  { raws, wasNew }: PageBefore = noPageBefore,
): Promise<{ stored: StoreCounts; good: MirrorRow[]; bad: BadRow[] }> {
  const { good, bad } = sortOut(resource, rows);
  const others = good.filter(({ uuid, raw }) => !(raws.has(uuid) && isDeepStrictEqual(raws.get(uuid), raw)));
  const stored = await storeRows(tx, resource.name, others, { areNew: wasNew });
  await quarantine(tx, resource.name, bad);
  return { stored, good, bad };
}

/** Whether the mirror has all rows of a listing as they come: then nothing is to be stored. */
export async function areListedStored<T extends { uuid: string }>(
  { db, account }: AccountSession,
  resource: ListedResource<T>,
  rows: readonly Row<T>[],
): Promise<boolean> {
  const { good, bad } = sortOut(resource, rows);
  return bad.length === 0 && areRowsStored(db, account.name, resource.name, good);
}

async function storePage<T extends { uuid: string }>(
  tx: MirrorTransaction,
  resource: ListedResource<T>,
  rows: readonly Row<T>[],
  before = noPageBefore,
): Promise<{ counts: ResourceCounts; asBefore: PageBefore }> {
  const { stored, good } = await storeListed(tx, resource, rows, before);
  const met = await tx.query(
    `insert into sync.sweep_seen (account, resource, uuid)
     select distinct $1, $2, seen from unnest($3::uuid[]) as seen on conflict do nothing returning 1`,
    [tx.account, resource.name, good.map(({ uuid }) => uuid)],
  );
  // Pages overlap: a row counts as read when the sweep meets it for the first time.
  const counts = noCounts();
  addCounts(counts, stored);
  counts.read = met.length;
  counts.unchanged = Math.max(0, counts.read - counts.created - counts.updated - counts.quarantined);
  const asBefore = {
    raws: new Map(good.map(({ uuid, raw }) => [uuid, raw])),
    wasNew: stored.read === 0 ? before.wasNew : stored.created === stored.read,
  };
  return { counts, asBefore };
}

/** Counts the rows a sweep put aside, each once however many of its pages showed it. */
async function countAside(
  session: AccountSession,
  name: string,
  startedAt: Date,
  counts: ResourceCounts,
): Promise<void> {
  const [aside] = await query<{ rows: number; nameless: number }>(
    session.db,
    `select count(*)::int as rows, count(*) filter (where uuid is null)::int as nameless
     from sync.quarantine where account = $1 and resource = $2 and last_seen_at >= $3`,
    [session.account.name, name, startedAt],
  );
  counts.quarantined = aside!.rows;
  counts.read += aside!.nameless;
}

async function forgetSeen(session: AccountSession, name: string): Promise<void> {
  await query(session.db, 'delete from sync.sweep_seen where account = $1 and resource = $2', [
    session.account.name,
    name,
  ]);
}

/** A sweep that reached its end is over, except in its own pass: there its missing rows may not be judged yet. */
function resumable(checkpoint: Checkpoint, position: Position, pass: Pass): boolean {
  if (position.state.version !== startSweep().version || !sameKey(position.key, pass.key)) return false;
  if (position.pass === pass.startedAt) return true;
  return position.state.phase !== 'done' && isRecent(checkpoint);
}

/** Reads a ranged listing from its checkpoint, or from its beginning, to its end. @param counts counted up meanwhile */
export async function sweepRanged<T extends { uuid: string }>(
  session: AccountSession,
  resource: RangedResource<T>,
  pass: Pass,
  counts: ResourceCounts,
  progress: Progress,
): Promise<SweepResult> {
  const { db, client, account, signal } = session;
  const checkpoint = await readCheckpoint(db, account.name, resource.name, 'sweep');
  let position = checkpoint?.position as Position | null | undefined;
  const mark = { pass: pass.startedAt, key: pass.key };
  if (!position || !resumable(checkpoint!, position, pass)) {
    await forgetSeen(session, resource.name);
    position = {
      ...mark,
      startedAt: (await databaseNow(session)).toISOString(),
      read: 0,
      state: startSweep(),
    };
  } else {
    session.log.info(
      { event: 'sweep_resumed', resource: resource.name, pages: position.state.pages, read: position.read },
      'continuing where the last sweep stopped',
    );
  }
  const startedAt = position.startedAt;
  let { read, state } = position;
  progress.begin(resource.name, 'sweep', null, read);
  const source = {
    list: (range: [number, number]) => resource.list(client, range, { lane: 'sweep' as const, signal }),
    sortKey: resource.sortKey,
    uuid: (value: T) => value.uuid,
    // A page of one row could not overlap another.
    pageSize: Math.max(2, account.pageSize),
  };
  let before = noPageBefore;
  for await (const page of sweep(source, state)) {
    signal.throwIfAborted();
    const { counts: pageCounts, asBefore } = await inMirrorTransaction(db, account.name, async (tx) => {
      const stored = await storePage(tx, resource, page.rows, before);
      const reached: Position = { ...mark, startedAt, read: read + stored.counts.read, state: page.state };
      await saveCheckpoint(tx, account.name, resource.name, 'sweep', { position: reached });
      return stored;
    });
    before = asBefore;
    read += pageCounts.read;
    state = page.state;
    addCounts(counts, pageCounts);
    progress.advance(resource.name, 'sweep', read);
  }
  await countAside(session, resource.name, new Date(startedAt), counts);
  return { unproven: state.unproven, startedAt: new Date(startedAt) };
}

/** Reads a listing that comes in one answer. @param counts counted up */
export async function sweepWhole<T extends { uuid: string }>(
  session: AccountSession,
  resource: WholeResource<T>,
  counts: ResourceCounts,
  progress: Progress,
): Promise<SweepResult> {
  const { db, client, account, signal } = session;
  const startedAt = await databaseNow(session);
  await forgetSeen(session, resource.name);
  progress.begin(resource.name, 'sweep', null, 0);
  const { rows } = await resource.listWhole(client, { lane: 'sweep', signal });
  // One answer, but not one statement: a long list is stored in sane batches of one transaction.
  await inMirrorTransaction(db, account.name, async (tx) => {
    for (let from = 0; from < rows.length; from += 1000) {
      const page = await storePage(tx, resource, rows.slice(from, from + 1000));
      addCounts(counts, page.counts);
    }
  });
  await countAside(session, resource.name, startedAt, counts);
  progress.advance(resource.name, 'sweep', rows.length);
  return { unproven: null, startedAt };
}

/**
 * The sweep and what follows from it are done: nothing to resume.
 * @param keepSeen whether it is still to be known which rows it met; the next sweep forgets that
 */
export async function completeSweep(session: AccountSession, name: string, keepSeen: boolean): Promise<void> {
  await inMirrorTransaction(session.db, session.account.name, async (tx) => {
    await saveCheckpoint(tx, tx.account, name, 'sweep', { completed: true });
    await holdAnchor(tx, tx.account, name);
    if (keepSeen) return;
    await tx.query('delete from sync.sweep_seen where account = $1 and resource = $2', [tx.account, name]);
  });
}
