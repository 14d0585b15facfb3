/** Forgetting bookkeeping that is old enough. Ages are taken from the database's clock. */
import { type Database, query } from './database.js';

/** How long rows are kept, in days; fractions are fine. */
export interface Retention {
  changesDays: number;
  runsDays: number;
  webhookEventsDays: number;
}

/** How many rows went. */
export interface Pruned {
  changes: number;
  runs: number;
  webhookEvents: number;
  atsHints: number;
  commands: number;
  requestBlocks: number;
  unprovenKeys: number;
}

interface Old {
  table: string;
  key: string;
  /** When a row was made; there is an index on it where rows are many. */
  made: string;
  /** Which rows are old, as a condition; $1 is the time of asking. */
  condition: string;
  days?: number;
}

function olds(retention: Retention): Record<keyof Pruned, Old[]> {
  return {
    changes: [
      {
        table: 'changes',
        key: 'seq',
        made: 'recorded_at',
        condition: 'recorded_at < $1',
        days: retention.changesDays,
      },
    ],
    runs: [
      {
        table: 'runs',
        key: 'id',
        made: 'started_at',
        condition: `outcome <> 'running' and started_at < $1 and coalesce(finished_at, started_at) < $1`,
        days: retention.runsDays,
      },
      {
        // Ticks that found nothing: there may be one a minute and account.
        table: 'runs',
        key: 'id',
        made: 'started_at',
        condition: `kind = 'tick' and outcome = 'succeeded' and rows_created = 0 and rows_updated = 0
          and rows_deleted = 0 and started_at < $1 and finished_at < $1`,
        days: 1 / 24,
      },
    ],
    webhookEvents: [
      {
        table: 'webhook_events',
        key: 'id',
        made: 'received_at',
        condition: `state <> 'waiting' and received_at < $1 and coalesce(done_at, received_at) < $1`,
        days: retention.webhookEventsDays,
      },
    ],
    atsHints: [
      {
        table: 'ats_hints',
        key: 'id',
        made: 'received_at',
        condition: 'read_at < $1 and received_at < $1',
        days: retention.webhookEventsDays,
      },
    ],
    commands: [
      {
        table: 'commands',
        key: 'id',
        made: 'asked_at',
        condition: `state not in ('asked', 'running') and finished_at < $1`,
        days: 1,
      },
    ],
    unprovenKeys: [
      // Whoever gave it proves it at once, or was killed meanwhile.
      {
        table: 'user_keys',
        key: 'id',
        made: 'created_at',
        condition: `state = 'unverified' and created_at < $1`,
        days: 1 / 24,
      },
    ],
    requestBlocks: [
      // The window of a rate limit is at most a day.
      { table: 'request_blocks', key: 'id', made: 'booked_at', condition: 'booked_at < $1', days: 25 / 24 },
    ],
  };
}

/** A statement takes so many rows at most, so that none holds its locks for long. */
const batch = 10_000;

/**
 * Deletes what is older than the settings want it kept. What is still to be worked on stays, whatever its age.
 * Several processes may do it at the same time.
 * @param account only this one; all of them unless given
 * @throws SyncError DATABASE_UNREACHABLE; what was deleted until then stays deleted
 */
export async function prune(db: Database, retention: Retention, account?: string): Promise<Pruned> {
  const pruned: Pruned = {
    changes: 0,
    runs: 0,
    webhookEvents: 0,
    atsHints: 0,
    commands: 0,
    requestBlocks: 0,
    unprovenKeys: 0,
  };
  for (const [name, kinds] of Object.entries(olds(retention)) as Array<[keyof Pruned, Old[]]>) {
    for (const old of kinds) pruned[name] += await deleteOld(db, old, account);
  }
  return pruned;
}

async function deleteOld(
  db: Database,
  { table, key, made, condition, days }: Old,
  account: string | undefined,
): Promise<number> {
  const [at] = await query<{ cutoff: string }>(
    db,
    `select (clock_timestamp() - $1::float8 * interval '1 day')::text as cutoff`,
    [days],
  );
  const values: unknown[] = [at!.cutoff];
  if (account !== undefined) values.push(account);
  let deleted = 0;
  for (;;) {
    // Rows another process is at are its business: nobody waits for anybody.
    const [done] = await query<{ rows: number }>(
      db,
      `with gone as (
         delete from sync.${table} where ${key} = any(array(
           select ${key} from sync.${table} where ${condition.replaceAll('$1', '$1::timestamptz')}
             ${account === undefined ? '' : 'and account = $2'}
           order by ${made} limit ${batch} for update skip locked)) returning 1)
       select count(*)::int as rows from gone`,
      values,
    );
    deleted += done!.rows;
    if (done!.rows < batch) return deleted;
  }
}
