/**
 * One process at a time does an account's API work: the holder of a session lock on a connection of its own.
 * Losing that connection loses the lock, so the work is told to stop at once.
 */
import type pg from 'pg';
import { SyncError } from '../../errors.js';
import { Connection } from '../connection.js';
import { codedIfKnown, connectionError } from '../connection-error.js';
import { freshSign } from './held.js';

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

/**
 * Takes the account's lock if nobody holds it, else answers null.
 * @throws SyncError DATABASE_UNREACHABLE; the signal's reason once it aborts
 */
export async function tryLockAccount(
  url: string,
  account: string,
  signal?: AbortSignal,
): Promise<AccountLock | null> {
  signal?.throwIfAborted();
  const client = new Connection({
    connectionString: url,
    application_name: `sparkhire-sync owner of ${account}`,
    keepAlive: true,
    connectionTimeoutMillis: 30_000,
  });
  const lost = new AbortController();
  let released = false;
  client.on('error', (error) => {
    if (released) return;
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
  });
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal?.reason);
  });
  signal?.addEventListener('abort', abort, { once: true });
  const taken = client.connect().then(async () => {
    const { rows } = await client.query<{ locked: boolean }>(
      `select pg_try_advisory_lock(${accountLockKey('$1')}) as locked`,
      [account],
    );
    return rows[0]!.locked;
  });
  const giveUp = () => {
    released = true;
    // Whatever stage it is in: nobody waits for its end, and it holds nothing.
    taken.catch(() => {}).finally(() => client.end().catch(() => {}));
  };
  try {
    if (!(await Promise.race([taken, aborted]))) {
      giveUp();
      return null;
    }
    signal?.throwIfAborted();
  } catch (error) {
    giveUp();
    signal?.throwIfAborted();
    throw connectionError(codedIfKnown(error));
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  return {
    account,
    lost: lost.signal,
    confirm: freshSign(lost.signal, () =>
      client.query({ text: 'select 1', query_timeout: 5_000 } as pg.QueryConfig),
    ),
    async release() {
      if (released) return;
      released = true;
      await client.end().catch(() => {});
    },
  };
}
