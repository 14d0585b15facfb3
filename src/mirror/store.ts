/**
 * Storing observed rows, a batch at a time (write-batch.ts). What did not change is not written, older news
 * never replaces newer, and every written row leaves a row in sync.changes in the same transaction.
 *
 * In come objects as sparkhire/ read them; out go rows of schema sparkhire and sync.changes. It is told what was observed
 * and when: it asks nobody, and marks as deleted only what it is told is gone.
 */
import { createHash } from 'node:crypto';
import { literal } from '../db/connection.js';
import { byThemselves, type Database, inTransaction, query, type Transaction } from '../db/database.js';
import { speaksOfContent } from '../db/sqlstate.js';
import { messageOf, SyncError } from '../errors.js';
import { namesForgotten } from '../forgotten/content.js';
import { type Forgotten, forgottenOf } from '../forgotten/hashes.js';
import { storableJson, storableText } from './encoding.js';
import { withoutForgotten } from './forgotten-rows.js';
import type { ChangeKind, WrittenRow } from './merge-sql.js';
import { type MirrorRow, type MirrorTable, mirrorTables, type TableName } from './tables.js';
import { areStored, type BatchOptions, writeBatch } from './write-batch.js';

export type { ChangeKind };

/** A row of sync.changes to be. */
export interface Change extends WrittenRow {
  resource: string;
}

export interface StoreCounts {
  read: number;
  created: number;
  updated: number;
  unchanged: number;
  quarantined: number;
}

/** A row that could not be read or stored; kept apart so that the rest of its batch goes on. */
export interface BadRow {
  uuid: string | null;
  problem: string;
  content: unknown;
}

export interface StoreOptions {
  /** From how many rows on changed rows go through COPY and a temporary table. New rows always do, but with `mergeAll`. */
  copyFrom?: number;
  /** The rows are known to be news: they are not looked up before they are merged. */
  mergeAll?: boolean;
  /** None of the rows is stored, most likely: they are not looked up. Where one is, all are merged. */
  areNew?: boolean;
}

export interface MirrorTransactionOptions {
  /** false: nobody follows these changes, so none are recorded. */
  recordChanges?: boolean;
}

/** A transaction on the mirror. Changes are written at its end, just before the commit. */
export interface MirrorTransaction extends Transaction {
  account: string;
  changes: Change[];
  /** Those who were erased from the account; null if nobody was. */
  forgotten: Forgotten | null;
  /** Whether nothing was asked yet: the savepoint that it began with is as good as a new one. */
  isFresh: boolean;
}

/** Where the two ways of merging cross, as measured: docs/bench.md. */
const defaultCopyFrom = 200;
const longestContent = 20_000;

/** Opens a transaction, runs `work`, records the changes it made and commits all of it together. */
export function inMirrorTransaction<T>(
  db: Database,
  account: string,
  work: (tx: MirrorTransaction) => Promise<T>,
  { recordChanges = true }: MirrorTransactionOptions = {},
): Promise<T> {
  const attempt = async (): Promise<T> => {
    let hasTurn = false;
    const turn = async (tx: Transaction, [taken]: Array<Record<string, unknown>>) => {
      hasTurn = true;
      const forgotten = taken!.forgets ? await forgottenOf(tx, account, { erased: true }) : null;
      const mirror: MirrorTransaction = {
        ...tx,
        account,
        changes: [],
        forgotten,
        isFresh: true,
        query(sql, values) {
          mirror.isFresh = false;
          return tx.query(sql, values);
        },
      };
      const result = await work(mirror);
      if (recordChanges) await insertChanges(mirror);
      return result;
    };
    try {
      return await inTransaction(db, turn, opening(account));
    } catch (error) {
      if (hasTurn || !isLockTimeout(error)) throw error;
      await endStandstill(db, account);
      return attempt();
    }
  };
  return attempt();
}

/**
 * An account's tick, sweep, details and webhooks write at the same time, and rows in different orders: one at a time.
 * Who waits long begins anew, which a process that stands still cannot: so it is not given the lock in its sleep.
 * Whether anybody was erased from the account is known once the lock is held.
 */
function opening(account: string): string {
  const name = literal(account);
  return `
    select set_config('lock_timeout', '2s', true), pg_advisory_xact_lock(hashtextextended(${name}, 7353)),
      set_config('lock_timeout', '0', true), sync.forgets(${name}) as forgets;
    savepoint batch`;
}

function isLockTimeout(error: unknown): boolean {
  const cause = error instanceof SyncError ? error.cause : error;
  return (cause as { code?: unknown }).code === '55P03';
}

/**
 * The time limit of a transaction does not count while PostgreSQL waits for the rows of a COPY, nor does any other: a
 * process that stands still there would keep its turn for good. Rows are all at hand when a COPY begins, so one that is
 * waited for after ten seconds has nobody who sends them.
 */
async function endStandstill(db: Database, account: string): Promise<void> {
  await query(
    db,
    `select pg_terminate_backend(a.pid)
     from pg_locks l join pg_stat_activity a using (pid), hashtextextended($1, 7353) as key
     where l.locktype = 'advisory' and l.objsubid = 1 and l.granted and a.datname = current_database()
       and l.classid::bigint = (key >> 32) & 4294967295 and l.objid::bigint = key & 4294967295
       and a.state = 'active' and a.wait_event = 'ClientRead'
       and a.query_start < clock_timestamp() - interval '10 s'`,
    [account],
  );
}

const recordChangesSql = {
  name: 'record_changes',
  text: `
    insert into sync.changes (account, resource, uuid, change, changed_fields, before, after)
    select $1, c.resource, c.uuid, c.change, coalesce(string_to_array(c.fields, ','), '{}'), c.before::jsonb, c.after::jsonb
    from unnest($2::text[], $3::uuid[], $4::text[], string_to_array($5, e'\\n'), string_to_array($6, e'\\n', ''),
      string_to_array($7, e'\\n')) as c(resource, uuid, change, fields, before, after)`,
};

async function insertChanges(tx: MirrorTransaction): Promise<void> {
  const { account, changes } = tx;
  if (changes.length === 0) return;
  // None of these has anything to escape, and JSON texts have no line breaks: much faster than arrays made by the driver.
  const array = (of: (change: Change) => string) => `{${changes.map(of).join(',')}}`;
  const lines = (of: (change: Change) => string) => changes.map(of).join('\n');
  await tx.query(recordChangesSql, [
    account,
    array((c) => c.resource),
    array((c) => c.uuid),
    array((c) => c.change),
    lines((c) => c.fields.join(',')),
    lines((c) => c.before ?? ''),
    lines((c) => c.after),
  ]);
}

/** The newest of several rows for the same object. */
export function withoutDuplicates(rows: readonly MirrorRow[]): MirrorRow[] {
  const byUuid = new Map<string, MirrorRow>();
  for (const row of rows) {
    const other = byUuid.get(row.uuid);
    if (other === undefined || !isOlder(row, other)) byUuid.set(row.uuid, row);
  }
  return byUuid.size === rows.length ? [...rows] : [...byUuid.values()];
}

/** Whether `row` was updated before `other`: compared to the microsecond, as PostgreSQL compares them. */
function isOlder(row: MirrorRow, other: MirrorRow): boolean {
  const [at, otherAt] = [row.columns.updated_at, other.columns.updated_at];
  if (typeof otherAt !== 'string') return false;
  if (typeof at !== 'string') return true;
  const difference = Date.parse(at) - Date.parse(otherAt);
  return difference === 0 ? fraction(at) < fraction(otherAt) : difference < 0;
}

/** The part of a timestamp below the second, as a string that sorts. */
function fraction(timestamp: string): string {
  return (/\.(\d+)/.exec(timestamp)?.[1] ?? '').padEnd(9, '0');
}

/**
 * Brings a batch of observed rows into its table.
 * A row PostgreSQL cannot store is found by halving the batch, put aside in sync.quarantine, and counted.
 */
export async function storeRows(
  tx: MirrorTransaction,
  name: TableName,
  received: readonly MirrorRow[],
  options: StoreOptions = {},
): Promise<StoreCounts> {
  const table = mirrorTables[name];
  const newest = withoutDuplicates(received);
  const rows = tx.forgotten === null ? newest : await withoutForgotten(tx.forgotten, name, newest);
  const counts: StoreCounts = {
    read: received.length,
    created: 0,
    updated: 0,
    unchanged: received.length,
    quarantined: 0,
  };
  if (rows.length === 0) return counts;
  const bad: BadRow[] = [];
  const { copyFrom: stageFrom = defaultCopyFrom, ...how } = options;
  const changes = await writeOrHalve(tx, table, rows, { stageFrom, ...how }, bad);
  for (const change of changes) {
    if (change.change === 'created') counts.created++;
    else counts.updated++;
    tx.changes.push(change);
  }
  await quarantine(tx, name, bad);
  counts.quarantined = bad.length;
  counts.unchanged = received.length - counts.created - counts.updated - bad.length;
  return counts;
}

/**
 * Whether each of these list items is stored as it is: one statement, and no turn of the account's is waited for. What
 * cannot be told counts as not.
 */
export async function areRowsStored(
  db: Database,
  account: string,
  name: TableName,
  rows: readonly MirrorRow[],
): Promise<boolean> {
  try {
    return await areStored(byThemselves(db), account, mirrorTables[name], rows);
  } catch (error) {
    if (speaksOfContent(error)) return false;
    throw error;
  }
}

/** Somebody else inserted one of the rows after they were looked up: they are to be merged. */
function isDuplicate(error: unknown): boolean {
  return (error as { code?: unknown }).code === '23505';
}

async function writeOrHalve(
  tx: MirrorTransaction,
  table: MirrorTable,
  rows: readonly MirrorRow[],
  options: BatchOptions,
  bad: BadRow[],
): Promise<Change[]> {
  if (!tx.isFresh) await tx.query('release savepoint batch; savepoint batch');
  try {
    const written = await writeBatch(tx, tx.account, table, rows, options);
    return written.map((row) => ({ resource: table.name, ...row }));
  } catch (error) {
    const overtaken = isDuplicate(error) && options.mergeAll !== true;
    if (!speaksOfContent(error) && !overtaken) throw error;
    await tx.query('rollback to savepoint batch');
    if (overtaken) return writeOrHalve(tx, table, rows, { ...options, mergeAll: true }, bad);
    if (rows.length === 1) {
      bad.push({ uuid: rows[0]!.uuid, problem: messageOf(error), content: rows[0]!.raw });
      return [];
    }
    const half = Math.ceil(rows.length / 2);
    return [
      ...(await writeOrHalve(tx, table, rows.slice(0, half), options, bad)),
      ...(await writeOrHalve(tx, table, rows.slice(half), options, bad)),
    ];
  }
}

/** Puts rows aside that cannot be mirrored, each once however often it is met. */
export async function quarantine(
  tx: MirrorTransaction,
  resource: string,
  bad: readonly BadRow[],
): Promise<void> {
  for (const { uuid, problem, content } of bad) {
    const isForgotten = tx.forgotten !== null && (await namesForgotten(tx.forgotten, content));
    const text = isForgotten ? '' : contentText(content);
    const fingerprint = createHash('sha256')
      .update(`${uuid ?? ''} ${text}`)
      .digest('hex');
    await tx.query(
      `insert into sync.quarantine (account, resource, uuid, fingerprint, problem, content)
       values ($1, $2, $3, $4, $5, $6)
       on conflict (account, resource, fingerprint)
       do update set last_seen_at = now(), problem = excluded.problem`,
      [tx.account, resource, uuid, fingerprint, problem, text.slice(0, longestContent)],
    );
  }
}

function contentText(content: unknown): string {
  try {
    return storableText(storableJson(content));
  } catch {
    return '(nested too deep to show)';
  }
}

/** Marks rows as deleted. Callers have made sure: each was asked for by itself and answered as gone. */
export async function markDeleted(
  tx: MirrorTransaction,
  name: TableName,
  uuids: readonly string[],
): Promise<number> {
  const rows = await tx.query<{ uuid: string; after: string }>(
    `update sparkhire.${name} set deleted_at = now(), mirrored_at = now()
       ${mirrorTables[name].keepsStatuses ? ', status_since = coalesce(status_since, mirrored_at)' : ''}
     where account = $1 and uuid = any($2::uuid[]) and deleted_at is null
     returning uuid, json_build_object('deleted_at', deleted_at)::text as after`,
    [tx.account, uuids],
  );
  const before = '{"deleted_at":null}';
  for (const row of rows) {
    tx.changes.push({ resource: name, ...row, change: 'deleted', fields: ['deleted_at'], before });
  }
  return rows.length;
}
