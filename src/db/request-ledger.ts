/**
 * Requests booked in PostgreSQL before they are sent, so that whoever works on the account next knows what the
 * last window already holds, however the process before it ended. Ages are taken from the database's clock.
 */
import { type Database, query } from './database.js';

export interface RequestLedger {
  /** Books `units` requests durably. */
  book(units: number): Promise<void>;
}

export function requestLedger(db: Database, account: string): RequestLedger {
  return {
    async book(units) {
      await query(db, 'insert into sync.request_blocks (account, units) values ($1, $2)', [account, units]);
    },
  };
}

/** What was booked lately, and how long ago; older bookings are forgotten. */
export async function recentBookings(
  db: Database,
  account: string,
  windowMs: number,
): Promise<Array<{ units: number; agoMs: number }>> {
  const keepMs = windowMs + 60_000;
  await query(
    db,
    `delete from sync.request_blocks where account = $1 and booked_at < clock_timestamp() - $2 * interval '1 ms'`,
    [account, keepMs],
  );
  const rows = await query<{ units: number; ago_ms: number }>(
    db,
    `select units, greatest(0, extract(epoch from clock_timestamp() - booked_at) * 1000)::float8 as ago_ms
     from sync.request_blocks where account = $1 order by booked_at`,
    [account],
  );
  return rows.map(({ units, ago_ms }) => ({ units, agoMs: ago_ms }));
}
