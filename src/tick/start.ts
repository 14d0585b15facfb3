/** What is known of an account's listings when a tick begins: one statement, and none while it reads. */
import type { AccountSession } from '../account-session.js';
import { seldomNames } from '../backfill/resources.js';
import { type Watermark, watermarkOf } from '../backfill/watermark.js';
import { accountKeyMark } from '../db/account-key.js';
import type { Checkpoint } from '../db/checkpoints.js';
import { type Database, query } from '../db/database.js';

export type SeldomName = (typeof seldomNames)[number];

export interface TickStart {
  /** By the database's clock. */
  at: Date;
  /** Whether a full pass has been over jobs and interviews, so that ticks know where to begin. */
  isBootstrapped: boolean;
  /** Whether the account's own key has lost its right, as far as that is known. */
  isDemoted: boolean;
  /** Whether the account was worked on with another key so far. */
  isOtherKey: boolean;
  /** How far a listing's news are known; null until a full sweep of it has ended. */
  watermarks: Record<'jobs' | 'interviews', Watermark | null>;
  /** What has not been looked at for so long, by the database's clock. */
  seldomDue(refreshMs: number): SeldomName[];
}

export async function tickStart(session: AccountSession): Promise<TickStart> {
  const { name, apiKey } = session.account;
  const rows = await query<
    Checkpoint & { now: Date; isDemoted: boolean | null; isOtherKey: boolean | null; resource: string | null }
  >(
    session.db,
    `select clock_timestamp() as now, a.key_demoted_at is not null as "isDemoted", a.key_mark <> $2 as "isOtherKey",
       k.resource, k.watermark, k.position, k.completed_at as "completedAt"
     from (select) one left join sync.accounts a on a.account = $1
       left join sync.checkpoints k on k.account = $1 and k.kind = 'incremental'`,
    [name, accountKeyMark(name, apiKey)],
  );
  const { now: at, isDemoted, isOtherKey } = rows[0]!;
  const of = (name: string) => rows.find(({ resource }) => resource === name) ?? null;
  const watermarks = { jobs: watermarkOf(of('jobs')), interviews: watermarkOf(of('interviews')) };
  return {
    at,
    isBootstrapped: watermarks.jobs !== null && watermarks.interviews !== null,
    isDemoted: isDemoted === true,
    isOtherKey: isOtherKey === true,
    watermarks,
    seldomDue: (refreshMs) =>
      seldomNames.filter((name) => {
        const completedAt = of(name)?.completedAt ?? null;
        const ageMs = completedAt === null ? Number.POSITIVE_INFINITY : at.getTime() - completedAt.getTime();
        return !(ageMs >= 0 && ageMs < refreshMs);
      }),
  };
}

export async function isBootstrapped(session: AccountSession): Promise<boolean> {
  return (await tickStart(session)).isBootstrapped;
}

/** Milliseconds since all the listings were last swept, whoever did it. */
export async function sinceSweepMs(db: Database, account: string): Promise<number> {
  const [row] = await query<{ ms: number | null }>(
    db,
    `select case when count(completed_at) = 3
       then (extract(epoch from clock_timestamp() - min(completed_at)) * 1000)::float8 end as ms
     from sync.checkpoints
     where account = $1 and kind = 'sweep' and resource in ('users', 'jobs', 'interviews')`,
    [account],
  );
  return row?.ms ?? Number.POSITIVE_INFINITY;
}
