/** What the overview asks the database for, besides what `status` and `issues` know. A statement each. */
import { type Database, query } from '../../db/database.js';

interface Minute {
  account: string;
  at: string;
  lanes: Record<string, number>;
  rateLimited: number;
}

/** What was sent before a booking was sent after the one before: it belongs to the minute of that. */
export async function readSent(db: Database, names: readonly string[]): Promise<Minute[]> {
  const rows = await query<{ account: string; at: Date; what: string; times: number }>(
    db,
    `with blocks as (
       select account, sent, coalesce(lag(booked_at) over (partition by account order by booked_at), booked_at) as since
       from sync.request_blocks where account = any($1) and booked_at > clock_timestamp() - interval '61 minutes')
     select account, date_trunc('minute', since) as at, s.key as what, sum(s.value::int)::int as times
     from blocks cross join lateral jsonb_each_text(sent) s
     where since > clock_timestamp() - interval '60 minutes'
     group by 1, 2, 3 order by 1, 2`,
    [names],
  );
  const minutes = new Map<string, Minute>();
  for (const { account, at: time, what, times } of rows) {
    const id = JSON.stringify([account, time]);
    const minute = minutes.get(id) ?? { account, at: time.toISOString(), lanes: {}, rateLimited: 0 };
    minutes.set(id, minute);
    if (what === 'rate_limited') minute.rateLimited = times;
    else minute.lanes[what] = times;
  }
  return [...minutes.values()];
}

interface Hour {
  account: string;
  at: string;
  created: number;
  updated: number;
  deleted: number;
  restored: number;
}

export async function readChanges(db: Database, names: readonly string[]): Promise<Hour[]> {
  const of = (change: string) => `count(*) filter (where change = '${change}')::int as ${change}`;
  const rows = await query<Omit<Hour, 'at'> & { at: Date }>(
    db,
    `select account, date_trunc('hour', recorded_at) as at, ${['created', 'updated', 'deleted', 'restored'].map(of).join(', ')}
     from sync.changes where recorded_at > date_trunc('hour', now()) - interval '23 hours' and account = any($1)
     group by 1, 2 order by 1, 2`,
    [names],
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

interface Day {
  invited: number;
  completed: number;
  expired: number;
  canceled: number;
}

export const dayOf = ({ invited = 0, completed = 0, expired = 0, canceled = 0 }: Partial<Day> = {}): Day => ({
  invited,
  completed,
  expired,
  canceled,
});

/** By the index of what changed last: the times are Spark Hire's, so that a first reading is no day's work. */
export function readDay(db: Database, names: readonly string[]): Promise<Array<Day & { account: string }>> {
  return query(
    db,
    `select account, count(*) filter (where created_at > now() - interval '24 hours')::int as invited,
       count(*) filter (where status = 'completed' and completed_at > now() - interval '24 hours')::int as completed,
       count(*) filter (where status = 'expired')::int as expired, count(*) filter (where status = 'canceled')::int as canceled
     from sparkhire.interviews
     where updated_at > now() - interval '24 hours' and deleted_at is null and account = any($1) group by 1`,
    [names],
  );
}

/** Rows that stand for nobody's interview yet, and could be sent: by the index of rows that are not in step. */
export function readQueued(
  db: Database,
  names: readonly string[],
): Promise<Array<{ account: string; rows: number }>> {
  return query(
    db,
    `select d.account, count(*)::int as rows from sync.desired_rows d
     where d.account = any($1) and d.resource = 'interviews' and d.state = 'pending'
       and d.state in ('pending', 'held', 'rejected', 'conflict', 'in_flight')
       and (select l.uuid from sync.links l
         where l.account = d.account and l.resource = d.resource and l.ats_id = d.ats_id limit 1) is null
     group by 1`,
    [names],
  );
}
