/** What is known of an account's listings when a tick begins: one statement, and none while it reads. */
import type { AccountSession } from '../account-session.js';
import { seldomNames } from '../backfill/resources.js';
import { type Watermark, watermarkOf } from '../backfill/watermark.js';
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
  /** How far a listing's news are known; null until a full sweep of it has ended. */
  watermarks: Record<'jobs' | 'interviews', Watermark | null>;
  /** What has not been looked at for so long, by the database's clock. */
  seldomDue(refreshMs: number): SeldomName[];
}

export async function tickStart(session: AccountSession): Promise<TickStart> {
  const rows = await query<Checkpoint & { now: Date; isDemoted: boolean | null; resource: string | null }>(
    session.db,
    `select clock_timestamp() as now,
       (select key_demoted_at is not null from sync.accounts where account = $1) as "isDemoted", k.resource, k.watermark, k.position, k.completed_at as "completedAt"
     from (select) one left join sync.checkpoints k on k.account = $1 and k.kind = 'incremental'`,
    [session.account.name],
  );
  const { now: at, isDemoted } = rows[0]!;
  const of = (name: string) => rows.find(({ resource }) => resource === name) ?? null;
  const watermarks = { jobs: watermarkOf(of('jobs')), interviews: watermarkOf(of('interviews')) };
  return {
    at,
    isBootstrapped: watermarks.jobs !== null && watermarks.interviews !== null,
    isDemoted: isDemoted === true,
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
