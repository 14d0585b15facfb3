/**
 * How far an account's news are known, for each listing that ticks read by the time of its updates.
 *
 * The watermark W is the newest key all of whose news are committed. It comes from timestamps of the server alone.
 * Rows may become visible a little after the second they show, and several share a second: until a tick that began
 * a minute after W was first seen has ended, ticks read down to a minute below W; from then on only what is above.
 *
 * The first W is an anchor: the newest key before the first full sweep, which holds from the end of that sweep on.
 * Whatever changes after the anchor was read has a key that is at least W.
 */
import type { AccountSession } from '../account-session.js';
import { type Checkpoint, readCheckpoint, saveCheckpoint } from '../db/checkpoints.js';
import { byThemselves, type Statements } from '../db/database.js';
import type { Row } from '../sparkhire/client.js';
import { isPastTheEnd } from '../sparkhire/paging/paginate.js';
import type { Floor } from '../sparkhire/paging/paginate-newest.js';
import type { RangedResource } from './resources.js';
import { databaseNow } from './sweep/pass.js';

/** Rows may become visible this much after the time they show. Milliseconds. */
export const marginMs = 60_000;

export interface Watermark {
  /** Milliseconds since the epoch; null where the listing was empty, or shows no times. */
  key: number | null;
  /** When it was first seen, by the database's clock. */
  seenAt: number;
  /** Whether everything up to it has been visible to a tick. */
  settled: boolean;
  /** The listing shows no times to go by: nothing can be concluded from its order. */
  keyless: boolean;
}

/** As stored in the checkpoint. */
interface Position {
  seenAt: string;
  settled: boolean;
  keyless: boolean;
  /** A watermark that holds once the sweep under way has ended. */
  anchor?: { key: number | null; keyless: boolean; seenAt: string };
}

/** Down to which key a tick reads; null: all of the listing. */
export function floorOf(watermark: Watermark): Floor | null {
  // One page is looked at, and nothing concluded from it.
  if (watermark.keyless) return { key: Number.POSITIVE_INFINITY, inclusive: false };
  if (watermark.key === null) return null;
  return watermark.settled
    ? { key: watermark.key, inclusive: false }
    : { key: watermark.key - marginMs, inclusive: true };
}

/** Whether the newest key of a listing is newer than its watermark. */
export function isNews({ key }: Watermark, newest: number | null): newest is number {
  return newest !== null && (key === null || newest > key);
}

/**
 * The watermark after a tick that read down to the floor.
 * @param newest the newest key of its first page, null if the listing was empty
 * @param began when it began, and `now`: by the database's clock, in milliseconds
 */
export function movedOn(watermark: Watermark, newest: number | null, began: number, now: number): Watermark {
  if (isNews(watermark, newest)) {
    return { key: newest, seenAt: now, settled: false, keyless: false };
  }
  return { ...watermark, settled: watermark.settled || began - watermark.seenAt >= marginMs };
}

/** null until a full sweep has ended. */
export function watermarkOf(checkpoint: Checkpoint | null): Watermark | null {
  if (!checkpoint?.completedAt) return null;
  const position = checkpoint.position as Position | null;
  return {
    key: checkpoint.watermark?.getTime() ?? null,
    seenAt: position === null ? checkpoint.completedAt.getTime() : Date.parse(position.seenAt),
    settled: position?.settled ?? false,
    keyless: position?.keyless ?? false,
  };
}

export async function storeWatermark(tx: Statements, account: string, resource: string, at: Watermark) {
  const position: Position = {
    seenAt: new Date(at.seenAt).toISOString(),
    settled: at.settled,
    keyless: at.keyless,
  };
  const watermark = at.key === null ? null : new Date(at.key);
  await saveCheckpoint(tx, account, resource, 'incremental', { watermark, position, completed: true });
}

/**
 * Reads the newest key before a listing is swept, if no tick has one to begin with. An anchor that is there stays:
 * an older one is never wrong.
 */
export async function dropAnchor<T extends { uuid: string }>(
  session: AccountSession,
  resource: RangedResource<T>,
): Promise<void> {
  const { db, account, client, signal } = session;
  const checkpoint = await readCheckpoint(db, account.name, resource.name, 'incremental');
  const position = checkpoint?.position as Position | null | undefined;
  if (position?.anchor !== undefined) return;
  if (checkpoint?.completedAt && position?.keyless !== true) return;
  const look = async (most: number): Promise<Row<T>[]> => {
    try {
      return (await resource.listUpdated(client, 'desc', [1, most], { lane: 'sweep', signal })).rows;
    } catch (error) {
      if (isPastTheEnd(error, 0, [1, most])) return [];
      throw error;
    }
  };
  let rows = await look(1);
  // One row that shows no time says little of the others.
  if (rows.length > 0 && firstKey(resource, rows) === null) rows = await look(Math.max(2, account.pageSize));
  const key = firstKey(resource, rows);
  const seenAt = (await databaseNow(session)).toISOString();
  const anchor = { key, keyless: rows.length > 0 && key === null, seenAt };
  const anchored: Position = { seenAt, settled: false, keyless: anchor.keyless, anchor };
  await saveCheckpoint(byThemselves(db), account.name, resource.name, 'incremental', { position: anchored });
}

function firstKey<T extends { uuid: string }>(
  resource: RangedResource<T>,
  rows: readonly Row<T>[],
): number | null {
  for (const row of rows) {
    const key = row.ok ? resource.updatedKey(row.value) : null;
    if (key !== null) return Date.parse(key);
  }
  return null;
}

/** The sweep that began after the anchor has ended: from now on ticks go on from the anchor. */
export async function holdAnchor(tx: Statements, account: string, resource: string): Promise<void> {
  const [row] = await tx.query<{ position: Position | null }>(
    `select position from sync.checkpoints
     where account = $1 and resource = $2 and kind = 'incremental' for update`,
    [account, resource],
  );
  const anchor = row?.position?.anchor;
  if (anchor === undefined) return;
  await storeWatermark(tx, account, resource, {
    key: anchor.key,
    keyless: anchor.keyless,
    seenAt: Date.parse(anchor.seenAt),
    settled: false,
  });
}
