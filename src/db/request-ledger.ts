/**
 * Requests booked in PostgreSQL before they are sent, so that whoever works on the account next knows what the
 * last window already holds, however the process before it ended. Ages are taken from the database's clock.
 */
import { type Database, query } from './database.js';

export interface RequestLedger {
  /** Books `units` requests durably, with what was sent since the booking before. */
  book(units: number, sent?: Record<string, number>): Promise<void>;
}

export function requestLedger(db: Database, account: string): RequestLedger {
  return {
    async book(units, sent = {}) {
      await query(db, 'insert into sync.request_blocks (account, units, sent) values ($1, $2, $3)', [
        account,
        units,
        JSON.stringify(sent),
      ]);
    },
  };
}

/** People look at the last hour. */
const shownMs = 3_660_000;

/** What was booked lately, and how long ago; bookings that nobody looks at any more are forgotten. */
export async function recentBookings(
  db: Database,
  account: string,
  windowMs: number,
): Promise<Array<{ units: number; agoMs: number }>> {
  const keepMs = windowMs + 60_000;
  await query(
    db,
    `delete from sync.request_blocks where account = $1 and booked_at < clock_timestamp() - $2 * interval '1 ms'`,
    [account, Math.max(keepMs, shownMs)],
  );
  const rows = await query<{ units: number; ago_ms: number }>(
    db,
    `select units, greatest(0, extract(epoch from clock_timestamp() - booked_at) * 1000)::float8 as ago_ms
     from sync.request_blocks
     where account = $1 and booked_at >= clock_timestamp() - $2 * interval '1 ms' order by booked_at`,
    [account, keepMs],
  );
  return rows.map(({ units, ago_ms }) => ({ units, agoMs: ago_ms }));
}
