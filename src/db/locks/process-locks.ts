/**
 * All locks a service holds, on one connection: the accounts it owns, and a shared one by which the processes
 * that serve the same accounts count each other. Whoever dies loses them with the connection, so nobody has to
 * notice a death by a clock. The same connection listens for what wakes the service.
 */
import { messageOf, SyncError } from '../../errors.js';
import { Connection } from '../connection.js';
import { codedIfKnown, connectionError } from '../connection-error.js';
import { accountLockKey } from './account-lock.js';
import { freshSign } from './held.js';

/** As pg_stat_activity shows it. */
export const locksApplicationName = 'sparkhire-sync locks';

export interface ProcessLocks {
  /** Aborts when the connection is lost, and with it every lock. */
  lost: AbortSignal;
  /** How things stand, in one statement, however many the accounts: also a fresh sign that the locks are held. */
  look(accounts: readonly string[]): Promise<Standing>;
  /** Takes those of the accounts that nobody holds. @returns the accounts taken */
  take(accounts: readonly string[]): Promise<string[]>;
  giveBack(accounts: readonly string[]): Promise<void>;
  /** A fresh sign that the locks are held, at most a second old. @throws if there is none */
  confirm(): Promise<void>;
  close(): Promise<void>;
}

export interface Standing {
  /** How many processes serve the same accounts, this one included. */
  replicas: number;
  /** Those of the accounts that nobody holds. */
  free: string[];
}

export interface ProcessLocksOptions {
  /** The accounts this process serves; processes with the same ones are its replicas. */
  accounts: readonly string[];
  /** Channels to listen on. */
  channels: readonly string[];
  onNotification(channel: string, payload: string): void;
  /** A statement that takes longer means that the connection is dead; 5 s unless given. */
  timeoutMs?: number;
}

/** So that a server which loses sight of this process frees its locks within seconds. */
const noticeDeath =
  'set tcp_keepalives_idle = 2; set tcp_keepalives_interval = 1; set tcp_keepalives_count = 2';
const replicaClass = 7354;

/** By what is locked now: to try each of the accounts that others hold would cost a statement each. */
const lookSql = `
  with locked as materialized (
    select classid::bigint as upper, objid::bigint as lower, objsubid as form from pg_locks
    where locktype = 'advisory' and granted
      and database = (select oid from pg_database where datname = current_database()))
  select (select count(*)::int from locked
      where upper = ${replicaClass} and lower = $1::bigint and form = 2) as replicas,
    array(select account from unnest($2::text[]) as account, ${accountLockKey('account')} as key
      where not exists (select from locked
        where upper = (key >> 32) & 4294967295 and lower = key & 4294967295 and form = 1)) as free`;

/** @throws SyncError DATABASE_UNREACHABLE */
export async function openProcessLocks(url: string, options: ProcessLocksOptions): Promise<ProcessLocks> {
  const timeoutMs = options.timeoutMs ?? 5000;
  const client = new Connection({
    connectionString: url,
    application_name: locksApplicationName,
    keepAlive: true,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  const lost = new AbortController();
  let closed = false;
  /** The lower half of the key of the lock that is shared with those that serve the same accounts. */
  let replicas = '';
  const lose = (cause: unknown) => {
    if (closed || lost.signal.aborted) return;
    lost.abort(
      new SyncError('DATABASE_UNREACHABLE', `The locks were lost: ${messageOf(cause)}`, {
        remedy: 'Nothing: the service connects again and continues.',
        cause,
      }),
    );
    // A connection that merely does not answer still holds its locks: end it for good.
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  };
  client.on('error', lose);
  client.on('end', () => lose(new Error('the connection ended')));
  client.on('notification', ({ channel, payload }) => options.onNotification(channel, payload ?? ''));

  let turn: Promise<unknown> = Promise.resolve();
  /** One statement after the other. */
  function ask<Row>(sql: string, values: unknown[]): Promise<Row[]> {
    const mine = turn.then(() => askNow<Row>(sql, values));
    turn = mine.catch(() => {});
    return mine;
  }

  async function askNow<Row>(sql: string, values: unknown[]): Promise<Row[]> {
    lost.signal.throwIfAborted();
    try {
      const { rows } = await client.query(sql, values);
      return rows as Row[];
    } catch (error) {
      lose(error);
      throw lost.signal.reason ?? connectionError(codedIfKnown(error));
    }
  }

  try {
    await client.connect();
    // Over a socket file there is no TCP to set.
    await client.query(noticeDeath).catch(() => {});
    for (const channel of options.channels) await client.query(`listen ${client.escapeIdentifier(channel)}`);
    const { rows } = await client.query<{ key: string }>(
      `select hashtext($2)::bigint & 4294967295 as key, pg_advisory_lock_shared($1, hashtext($2))`,
      [replicaClass, [...options.accounts].sort().join('\n')],
    );
    replicas = rows[0]!.key;
  } catch (error) {
    closed = true;
    client.end().catch(() => {});
    throw connectionError(codedIfKnown(error));
  }

  return {
    lost: lost.signal,
    async look(accounts) {
      const [row] = await ask<{ replicas: number; free: string[] }>(lookSql, [replicas, accounts]);
      return { replicas: Math.max(1, row!.replicas), free: row!.free };
    },
    async take(accounts) {
      const rows = await ask<{ account: string; locked: boolean }>(
        `select account, pg_try_advisory_lock(${accountLockKey('account')}) as locked
         from unnest($1::text[]) as account`,
        [accounts],
      );
      return rows.filter(({ locked }) => locked).map(({ account }) => account);
    },
    async giveBack(accounts) {
      await ask(
        `select pg_advisory_unlock(${accountLockKey('account')}) from unnest($1::text[]) as account`,
        [accounts],
      );
    },
    confirm: freshSign(lost.signal, () => ask('select 1', [])),
    async close() {
      if (closed) return;
      closed = true;
      await client.end().catch(() => {});
    },
  };
}
