/**
 * One process at a time does an account's API work: the holder of a session lock on a connection of its own.
 * Losing that connection loses the lock, so the work is told to stop at once.
 */
import type pg from 'pg';
import { SyncError } from '../errors.js';
import { Connection } from './connection.js';
import { codedIfKnown, connectionError } from './connection-error.js';

export interface AccountLock {
  account: string;
  /** Aborts when the lock is lost. */
  lost: AbortSignal;
  /** A fresh sign that the lock is held. @throws if there is none */
  confirm(): Promise<void>;
  release(): Promise<void>;
}

/** 64 bits, so that two accounts of one process never wait for each other by an accident of their names. */
export function accountLockKey(account: string): string {
  return `hashtextextended(${account}, 7352)`;
}
const lockKey = accountLockKey('$1');

export interface LockOptions {
  signal?: AbortSignal;
  /** Called once if another process holds the lock and this one waits for it. */
  onWait?: () => void;
}

/** A sign that is no older says that the lock is held. */
const freshMs = 1_000;
const alreadyHeld = new Error('another process holds the lock');

/** Takes the account's lock if nobody holds it, else answers null. @throws SyncError DATABASE_UNREACHABLE */
export async function tryLockAccount(
  url: string,
  account: string,
  signal?: AbortSignal,
): Promise<AccountLock | null> {
  try {
    return await connectAndTake(url, account, { signal }, false);
  } catch (error) {
    if (error === alreadyHeld) return null;
    throw error;
  }
}

/** Takes the account's lock, waiting while another process holds it. */
export function lockAccount(url: string, account: string, options: LockOptions = {}): Promise<AccountLock> {
  return connectAndTake(url, account, options, true);
}

async function connectAndTake(
  url: string,
  account: string,
  { signal, onWait }: LockOptions,
  wait: boolean,
): Promise<AccountLock> {
  signal?.throwIfAborted();
  const client = new Connection({
    connectionString: url,
    application_name: `sparkhire-sync owner of ${account}`,
    keepAlive: true,
    connectionTimeoutMillis: 30_000,
  });
  const lost = new AbortController();
  let released = false;
  let confirming: Promise<unknown> | null = null;
  let confirmedAt = Number.NEGATIVE_INFINITY;
  client.on('error', (error) => {
    if (!released) {
      lost.abort(
        new SyncError(
          'DATABASE_UNREACHABLE',
          `The lock on account ${account} was lost: its connection broke.`,
          {
            remedy: 'Run the command again; it goes on where it stopped.',
            cause: error,
          },
        ),
      );
    }
  });
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal?.reason);
  });
  signal?.addEventListener('abort', abort, { once: true });
  const connected = client.connect();
  try {
    await Promise.race([connected.then(() => take(client, account, wait, onWait)), aborted]);
    signal?.throwIfAborted();
  } catch (error) {
    released = true;
    // Whatever stage it is in: nobody waits for its end, and it holds nothing.
    connected.then(() => client.end()).catch(() => {});
    signal?.throwIfAborted();
    if (error === alreadyHeld) throw error;
    throw connectionError(codedIfKnown(error));
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  return {
    account,
    lost: lost.signal,
    async confirm() {
      lost.signal.throwIfAborted();
      // Requests ask all the time, and several at once: one answer serves them all.
      if (performance.now() - confirmedAt <= freshMs) return;
      confirming ??= client
        .query({ text: 'select 1', query_timeout: 5_000 } as pg.QueryConfig)
        .finally(() => {
          confirming = null;
        });
      await confirming;
      lost.signal.throwIfAborted();
      confirmedAt = performance.now();
    },
    async release() {
      if (released) return;
      released = true;
      await client.end().catch(() => {});
    },
  };
}

async function take(
  client: pg.Client,
  account: string,
  wait: boolean,
  onWait: (() => void) | undefined,
): Promise<void> {
  const { rows } = await client.query(`select pg_try_advisory_lock(${lockKey}) as locked`, [account]);
  if (rows[0].locked) return;
  if (!wait) throw alreadyHeld;
  onWait?.();
  await client.query(`select pg_advisory_lock(${lockKey})`, [account]);
}
