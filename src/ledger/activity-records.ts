/** sync.activities: what the service knows of each activity of an account across restarts. */
import { type Database, query } from '../db/database.js';

export interface ActivityRecord {
  activity: string;
  succeededAt: Date | null;
  failures: number;
  failingSince: Date | null;
  errorCode: string | null;
  /** Milliseconds until the next try is due, by the database's clock. */
  retryInMs: number;
}

export interface ActivityFailure {
  code: string;
  message: string;
  remedy: string | null;
  retryInMs: number;
}

export interface ActivityRecords {
  all(): Promise<ActivityRecord[]>;
  started(activity: string): Promise<void>;
  succeeded(activity: string): Promise<void>;
  /** It works again, whoever found out: nothing is written where nothing had failed. */
  recovered(activity: string): Promise<void>;
  failed(activity: string, failure: ActivityFailure): Promise<void>;
}

/** What it failed with is over. */
const cleared = `succeeded_at = clock_timestamp(), failures = 0, failing_since = null, error_code = null, error = null,
  remedy = null, retry_at = null`;

/** A backoff is never longer than this, whatever the clock did meanwhile. */
const longestRetryMs = 10 * 60_000;

export function activityRecords(db: Database, account: string): ActivityRecords {
  return {
    async all() {
      const rows = await query<{
        activity: string;
        succeeded_at: Date | null;
        failures: number;
        failing_since: Date | null;
        error_code: string | null;
        retry_in_ms: number | null;
      }>(
        db,
        `select activity, succeeded_at, failures, failing_since, error_code,
           (extract(epoch from retry_at - clock_timestamp()) * 1000)::float8 as retry_in_ms
         from sync.activities where account = $1`,
        [account],
      );
      return rows.map((row) => ({
        activity: row.activity,
        succeededAt: row.succeeded_at,
        failures: row.failures,
        failingSince: row.failing_since,
        errorCode: row.error_code,
        retryInMs: Math.min(longestRetryMs, Math.max(0, row.retry_in_ms ?? 0)),
      }));
    },
    async started(activity) {
      await query(
        db,
        `insert into sync.activities (account, activity, started_at) values ($1, $2, clock_timestamp())
         on conflict (account, activity) do update set started_at = excluded.started_at`,
        [account, activity],
      );
    },
    async succeeded(activity) {
      await query(
        db,
        `insert into sync.activities (account, activity, succeeded_at) values ($1, $2, clock_timestamp())
         on conflict (account, activity) do update set ${cleared}`,
        [account, activity],
      );
    },
    async recovered(activity) {
      await query(
        db,
        `update sync.activities set ${cleared} where account = $1 and activity = $2 and failures > 0`,
        [account, activity],
      );
    },
    async failed(activity, { code, message, remedy, retryInMs }) {
      await query(
        db,
        `insert into sync.activities (account, activity, failures, failing_since, error_code, error, remedy, retry_at)
         values ($1, $2, 1, clock_timestamp(), $3, $4, $6, clock_timestamp() + $5 * interval '1 ms')
         on conflict (account, activity) do update set failures = sync.activities.failures + 1,
           failing_since = coalesce(sync.activities.failing_since, excluded.failing_since),
           error_code = excluded.error_code, error = excluded.error, remedy = excluded.remedy, retry_at = excluded.retry_at`,
        [account, activity, code, message, retryInMs, remedy],
      );
    },
  };
}
