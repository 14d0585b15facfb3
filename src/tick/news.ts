/** The listings of a tick, page by page into the mirror. */
import type { AccountSession } from '../account-session.js';
import type { ResourceCounts } from '../backfill/progress.js';
import type { ListedResource, RangedResource, WholeResource } from '../backfill/resources.js';
import type { BackfillResult } from '../backfill/result.js';
import { areListedStored, storeListed } from '../backfill/sweep/sweep.js';
import { floorOf, isNews, movedOn, storeWatermark, type Watermark } from '../backfill/watermark.js';
import { saveCheckpoint } from '../db/checkpoints.js';
import { byThemselves, query, type Statements } from '../db/database.js';
import { inMirrorTransaction, type MirrorTransaction } from '../mirror/store.js';
import type { Row } from '../sparkhire/client.js';
import { type NewestState, readNewest } from '../sparkhire/paging/paginate-newest.js';

/** Rows stored in one statement, where a listing comes in one answer. */
const batch = 1000;

/** Counts each row once, however many pages show it. */
class Tally {
  readonly #met = new Set<string>();
  #quarantined = 0;
  constructor(readonly counts: ResourceCounts) {}

  async store<T extends { uuid: string }>(
    tx: MirrorTransaction,
    resource: ListedResource<T>,
    rows: readonly Row<T>[],
  ): Promise<() => void> {
    const { stored, good, bad } = await storeListed(tx, resource, rows);
    // Only what is committed counts.
    return () => {
      const { counts } = this;
      counts.created += stored.created;
      counts.updated += stored.updated;
      counts.quarantined += stored.quarantined + bad.length;
      this.#quarantined += stored.quarantined;
      this.meet(good);
    };
  }

  /** Counts rows that were read, and are stored by now. */
  meet(rows: ReadonlyArray<{ uuid: string }>): void {
    for (const { uuid } of rows) this.#met.add(uuid);
    const { counts } = this;
    counts.read = this.#met.size;
    counts.unchanged = Math.max(0, counts.read - counts.created - counts.updated - this.#quarantined);
  }
}

/** Reads a listing that comes in one answer. @returns the uuids of its rows; null if there are some that tell none */
export async function pullWhole<T extends { uuid: string }>(
  session: AccountSession,
  resource: WholeResource<T>,
  counts: ResourceCounts,
): Promise<string[] | null> {
  const { db, client, account, signal } = session;
  const { rows } = await resource.listWhole(client, { lane: 'tick', signal });
  const tally = new Tally(counts);
  const good = rows.flatMap((row) => (row.ok ? [row.value] : []));
  const uuids = good.length === rows.length ? good.map(({ uuid }) => uuid) : null;
  if (rows.length <= batch && (await areListedStored(session, resource, rows))) {
    await saveCheckpoint(byThemselves(db), account.name, resource.name, 'incremental', { completed: true });
    tally.meet(good);
    return uuids;
  }
  const done = await inMirrorTransaction(db, account.name, async (tx) => {
    const parts: Array<() => void> = [];
    for (let from = 0; from < rows.length; from += batch) {
      parts.push(await tally.store(tx, resource, rows.slice(from, from + batch)));
    }
    await saveCheckpoint(tx, account.name, resource.name, 'incremental', { completed: true });
    return parts;
  });
  for (const count of done) count();
  return uuids;
}

function isQuiet(counts: ResourceCounts): boolean {
  return counts.created + counts.updated + counts.quarantined === 0;
}

/**
 * Rows of the mirror from the floor of the next reading on. A short first page that shows as many, and nothing new
 * in them, is taken for all of it: to prove that it is would take a small account several requests a tick. Should a
 * server that cuts its pages hide a new row right behind it, the next change or sweep finds it.
 */
async function knownFrom(session: AccountSession, name: string, watermark: Watermark): Promise<number> {
  const floor = floorOf(watermark);
  const [row] = await query<{ known: number }>(
    session.db,
    `select count(*)::int as known from sparkhire.${name}
     where account = $1 and deleted_at is null and ($2::timestamptz is null or coalesce(updated_at, created_at) >= $2)`,
    [session.account.name, floor === null || !Number.isFinite(floor.key) ? null : new Date(floor.key)],
  );
  return row!.known;
}

/**
 * Reads what is new in a listing that is ordered by the time of its updates, and moves its watermark: in the
 * transaction that stores the last page, and only if everything down to the old one was read for certain.
 * @param watermark how far its news were known when the tick began, and `at`: when that was, by the database's clock
 */
export async function pullNews<T extends { uuid: string }>(
  session: AccountSession,
  resource: RangedResource<T>,
  { watermark, at }: { watermark: Watermark | null; at: Date },
  counts: ResourceCounts,
  result: BackfillResult & { unordered: string[] },
): Promise<void> {
  const { db, client, account, signal } = session;
  const began = at.getTime();
  if (watermark === null) {
    result.complete = false;
    result.notes.push(`${resource.name}: a backfill has to read the whole listing first`);
    return;
  }
  const source = {
    list: ({ order, range }: { order: 'asc' | 'desc'; range: [number, number] }) =>
      resource.listUpdated(client, order, range, { lane: 'tick', signal }),
    sortKey: resource.updatedKey,
    uuid: (value: T) => value.uuid,
    // A page of one row could not overlap another.
    pageSize: Math.max(2, account.pageSize),
  };
  const tally = new Tally(counts);
  async function moveOn(on: Statements, newest: number | null): Promise<void> {
    // When it was first seen matters only where it has moved.
    const [clock] = isNews(watermark!, newest)
      ? await on.query<{ now: Date }>('select clock_timestamp() as now')
      : [{ now: at }];
    const moved = movedOn(watermark!, newest, began, clock!.now.getTime());
    await storeWatermark(on, account.name, resource.name, moved);
  }
  let last: NewestState | null = null;
  for await (const { rows, state } of readNewest(source, floorOf(watermark))) {
    signal.throwIfAborted();
    const certain = state.unordered === null && state.unproven === null && !watermark.keyless;
    const isLast = state.phase === 'done' && certain;
    if (await areListedStored(session, resource, rows)) {
      tally.meet(rows.flatMap((row) => (row.ok ? [row.value] : [])));
      if (isLast) await moveOn(byThemselves(db), state.newest);
    } else {
      const count = await inMirrorTransaction(db, account.name, async (tx) => {
        const stored = await tally.store(tx, resource, rows);
        if (isLast) await moveOn(tx, state.newest);
        return stored;
      });
      count();
    }
    last = state;
    if (
      state.phase !== 'done' &&
      state.unordered === null &&
      isQuiet(counts) &&
      rows.length < source.pageSize
    ) {
      if (state.pages > 1) continue;
      if ((await knownFrom(session, resource.name, watermark)) > rows.length) continue;
      await moveOn(byThemselves(db), state.newest);
      break;
    }
  }
  const doubt = last!.unordered ?? last!.unproven ?? (watermark.keyless ? 'no times to go by' : null);
  if (doubt === null) return;
  result.complete = false;
  result.unordered.push(resource.name);
  result.notes.push(`${resource.name}: what is new is not certain (${doubt})`);
}
