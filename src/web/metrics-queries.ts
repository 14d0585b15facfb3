/** What the gauges show of the bookkeeping: a few short queries over small or partially indexed tables. */
import { type Database, query } from '../db/database.js';
import { type Lag, readLags } from '../status/freshness.js';

export interface BookkeepingGauges {
  lags: Lag[];
  activities: Array<{ account: string; activity: string; failures: number }>;
  waiting: Array<{ account: string; events: number }>;
  conflicts: Array<{ account: string; kind: string; open: number }>;
  /** Whether nothing may be written, and how many others work for the account. */
  places: Array<{ account: string; moved: boolean; others: number }>;
}

/** @param accounts null for all */
export async function readBookkeeping(
  db: Database,
  accounts: readonly string[] | null,
): Promise<BookkeepingGauges> {
  const wanted = accounts === null ? null : new Set(accounts);
  const chosen = <Row extends { account: string }>(rows: Row[]) =>
    wanted === null ? rows : rows.filter(({ account }) => wanted.has(account));
  // One after the other: a look at the gauges must not take the work's connections.
  const lags = chosen(await readLags(db));
  const activities = chosen(
    await query<BookkeepingGauges['activities'][number]>(
      db,
      'select account, activity, failures from sync.activities',
    ),
  );
  const events = await query<BookkeepingGauges['waiting'][number]>(
    db,
    `select account, count(*)::int as events from sync.webhook_events where state = 'waiting' group by 1`,
  );
  const conflicts = await query<BookkeepingGauges['conflicts'][number]>(
    db,
    'select account, kind, count(*)::int as open from sync.conflicts where resolved_at is null group by 1, 2',
  );
  const places = await query<BookkeepingGauges['places'][number]>(
    db,
    `select account, moved_at is not null as moved, coalesce(jsonb_array_length(others), 0) as others
     from sync.accounts`,
  );
  // A series that is 0 is there: an alert can tell it from one that is missing.
  const waiting = new Map([...lags, ...activities].map(({ account }) => [account, 0]));
  for (const { account, events: n } of chosen(events)) waiting.set(account, n);
  return {
    lags,
    activities,
    waiting: [...waiting].map(([account, n]) => ({ account, events: n })),
    conflicts: chosen(conflicts),
    places: chosen(places),
  };
}
