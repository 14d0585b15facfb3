/** Checkpoints and runs: the bookkeeping of pulling. */
import type { Database, Statements } from './database.js';
import { query } from './database.js';

export type CheckpointKind = 'incremental' | 'sweep' | 'details';

export interface Checkpoint {
  position: unknown;
  watermark: Date | null;
  completedAt: Date | null;
  /** How long ago it was written last, by the database's clock. */
  ageMs: number;
}

export async function readCheckpoint(
  db: Database,
  account: string,
  resource: string,
  kind: CheckpointKind,
): Promise<Checkpoint | null> {
  const [row] = await query<Checkpoint>(
    db,
    `select position, watermark, completed_at as "completedAt",
       (extract(epoch from clock_timestamp() - updated_at) * 1000)::float8 as "ageMs"
     from sync.checkpoints where account = $1 and resource = $2 and kind = $3`,
    [account, resource, kind],
  );
  return row ?? null;
}

/** What is put down; what is left out stays as it was. */
export interface Saved {
  /** Where unfinished work goes on, as JSON: put down in the transaction that stores what came before that place. */
  position?: unknown;
  /** A tick has read all that is new, up to this timestamp of the server; `position` says how sure that is. */
  watermark?: Date | string | null;
  /** The work ended now: nothing to go on with, unless `position` says otherwise. */
  completed?: true;
  /** Nothing is written where position and watermark are these already. */
  onlyIfNew?: true;
}

/** @param kind one of `CheckpointKind`, or a name of another room's own */
export async function saveCheckpoint(
  tx: Statements,
  account: string,
  resource: string,
  kind: string,
  { completed, onlyIfNew, ...values }: Saved,
): Promise<void> {
  const { position } = values;
  const given = {
    ...(completed === true && { position: null }),
    ...values,
    ...(position != null && { position: JSON.stringify(position) }),
  };
  const names = Object.keys(given);
  const columns = [...names, ...(completed === true ? ['completed_at'] : []), 'updated_at'];
  const told = columns.map((_, at) => (at < names.length ? `$${at + 4}` : 'now()'));
  const those = (of: string) => names.map((column) => `${of}.${column}`).join(', ');
  await tx.query(
    `insert into sync.checkpoints as c (account, resource, kind, ${columns.join(', ')})
     values ($1, $2, $3, ${told.join(', ')})
     on conflict (account, resource, kind) do update
       set ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}
     ${onlyIfNew === true ? `where (${those('c')}) is distinct from (${those('excluded')})` : ''}`,
    [account, resource, kind, ...Object.values(given)],
  );
}

/** Forgets unfinished work, so that the next piece starts over. */
export async function forgetPositions(
  db: Database,
  account: string,
  resources: readonly string[],
): Promise<void> {
  await query(
    db,
    `with gone as (delete from sync.sweep_seen where account = $1 and resource = any($2))
     update sync.checkpoints set position = null, updated_at = now()
     where account = $1 and resource = any($2) and kind in ('sweep', 'details') and position is not null`,
    [account, resources],
  );
}

export interface RunCounts {
  requests: number;
  rateLimited: number;
  read: number;
  created: number;
  updated: number;
  deleted: number;
}

/** Runs of a process that was killed: nobody can be working on the account while its lock is held here. */
export async function closeAbandonedRuns(db: Database, account: string): Promise<number> {
  const rows = await query(
    db,
    `update sync.runs set outcome = 'interrupted', finished_at = now(), progress = null, error = 'the process ended before it was done'
     where account = $1 and outcome = 'running' returning id`,
    [account],
  );
  return rows.length;
}

/**
 * @param resource null for a run over all of them
 * @param agoMs how long ago it began; milliseconds
 */
export async function startRun(
  db: Database,
  account: string,
  kind: string,
  resource: string | null,
  agoMs = 0,
): Promise<string> {
  const [row] = await query<{ id: string }>(
    db,
    `insert into sync.runs (account, kind, resource, started_at) values ($1, $2, $3, now() - $4 * interval '1 ms') returning id`,
    [account, kind, resource, agoMs],
  );
  return row!.id;
}

/** A run that is over before anybody could have looked at it: its row is written at its end. The arguments are those of both. */
export async function recordRun(
  db: Database,
  run: { account: string; kind: string; resource: string | null; agoMs: number },
  { outcome, counts, error }: RunEnd,
): Promise<void> {
  await query(
    db,
    `insert into sync.runs (account, requests, rate_limited, rows_read, rows_created, rows_updated, rows_deleted,
       outcome, error, kind, resource, started_at, finished_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now() - $12 * interval '1 ms', now())`,
    [run.account, ...countValues(counts), outcome, error, run.kind, run.resource, run.agoMs],
  );
}

/** How far a run is that goes on. @param progress its parts, as JSON */
export async function noteRun(db: Database, id: string, counts: RunCounts, progress: unknown): Promise<void> {
  await query(
    db,
    `update sync.runs set ${countColumns}, progress = $8 where id = $1 and outcome = 'running'`,
    [id, ...countValues(counts), JSON.stringify(progress)],
  );
}

/** One that came to nothing. */
export async function dropRun(db: Database, id: string): Promise<void> {
  await query(db, `delete from sync.runs where id = $1 and outcome = 'running'`, [id]);
}

const countColumns =
  'requests = $2, rate_limited = $3, rows_read = $4, rows_created = $5, rows_updated = $6, rows_deleted = $7';
const countValues = (of: RunCounts) =>
  [of.requests, of.rateLimited, of.read, of.created, of.updated, of.deleted] as const;

export interface RunEnd {
  outcome: 'succeeded' | 'failed' | 'interrupted';
  counts: RunCounts;
  error: string | null;
}

export async function finishRun(db: Database, id: string, { outcome, counts, error }: RunEnd): Promise<void> {
  await query(
    db,
    `update sync.runs set finished_at = now(), ${countColumns}, outcome = $8, error = $9, progress = null where id = $1`,
    [id, ...countValues(counts), outcome, error],
  );
}
