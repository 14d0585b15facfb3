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
  /** Takes those of the accounts that nobody holds, at most `most`. @returns the accounts taken */
  take(accounts: readonly string[], most: number): Promise<string[]>;
  giveBack(account: string): Promise<void>;
  /** How many processes serve the same accounts, this one included; a fresh sign that the locks are held. */
  countReplicas(): Promise<number>;
  /** A fresh sign that the locks are held, at most a second old. @throws if there is none */
  confirm(): Promise<void>;
  close(): Promise<void>;
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
    await client.query('select pg_advisory_lock_shared($1, hashtext($2))', [
      replicaClass,
      served(options.accounts),
    ]);
  } catch (error) {
    closed = true;
    client.end().catch(() => {});
    throw connectionError(codedIfKnown(error));
  }

  return {
    lost: lost.signal,
    async take(accounts, most) {
      const taken: string[] = [];
      let tried = 0;
      while (tried < accounts.length && taken.length < most) {
        const wanted = accounts.slice(tried, tried + most - taken.length);
        tried += wanted.length;
        const rows = await ask<{ account: string; locked: boolean }>(
          `select account, pg_try_advisory_lock(${accountLockKey('account')}) as locked
           from unnest($1::text[]) as account`,
          [wanted],
        );
        taken.push(...rows.filter(({ locked }) => locked).map(({ account }) => account));
      }
      return taken;
    },
    async giveBack(account) {
      await ask(`select pg_advisory_unlock(${accountLockKey('$1')})`, [account]);
    },
    async countReplicas() {
      const [row] = await ask<{ replicas: number }>(
        `select count(*)::int as replicas from pg_locks
         where locktype = 'advisory' and granted and classid = $1::oid and objsubid = 2
           and objid = (hashtext($2)::bigint & 4294967295)::oid
           and database = (select oid from pg_database where datname = current_database())`,
        [replicaClass, served(options.accounts)],
      );
      return Math.max(1, row!.replicas);
    },
    confirm: freshSign(lost.signal, () => ask('select 1', [])),
    async close() {
      if (closed) return;
      closed = true;
      await client.end().catch(() => {});
    },
  };
}

function served(accounts: readonly string[]): string {
  return [...accounts].sort().join('\n');
}
