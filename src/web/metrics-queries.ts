/** What the gauges show of the bookkeeping: a few short queries over small or partially indexed tables. */
import { type Database, query } from '../db/database.js';
import { oddFieldsDays } from '../db/odd-fields.js';
import { type Lag, readLags } from '../status/freshness.js';

export interface BookkeepingGauges {
  lags: Lag[];
  activities: Array<{ account: string; activity: string; failures: number }>;
  waiting: Array<{ account: string; events: number }>;
  conflicts: Array<{ account: string; kind: string; open: number }>;
  /** Fields that came in a form that cannot be read, of late. */
  unreadable: Array<{ account: string; fields: number }>;
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
  const odd = await query<BookkeepingGauges['unreadable'][number]>(
    db,
    `select account, count(*)::int as fields from sync.odd_fields
     where read_as is null and last_seen_at > now() - $1 * interval '1 day' group by 1`,
    [oddFieldsDays],
  );
  const places = await query<BookkeepingGauges['places'][number]>(
    db,
    `select account, moved_at is not null as moved, coalesce(jsonb_array_length(others), 0) as others
     from sync.accounts`,
  );
  // A series that is 0 is there: an alert can tell it from one that is missing.
  const none = () => new Map([...lags, ...activities].map(({ account }) => [account, 0]));
  const waiting = none();
  for (const { account, events: n } of chosen(events)) waiting.set(account, n);
  const unreadable = none();
  for (const { account, fields } of chosen(odd)) unreadable.set(account, fields);
  return {
    lags,
    activities,
    waiting: [...waiting].map(([account, n]) => ({ account, events: n })),
    conflicts: chosen(conflicts),
    unreadable: [...unreadable].map(([account, fields]) => ({ account, fields })),
    places: chosen(places),
  };
}
