/**
 * One process at a time does an account's API work: the holder of a session lock on a connection of its own.
 * Losing that connection loses the lock, so the work is told to stop at once.
 */
import pg from 'pg';
import { SyncError } from '../errors.js';
import { connectionError } from './connection-error.js';

export interface AccountLock {
  account: string;
  /** Aborts when the lock is lost. */
  lost: AbortSignal;
  release(): Promise<void>;
}

const lockClass = 7352;

export interface LockOptions {
  signal?: AbortSignal;
  /** Called once if another process holds the lock and this one waits for it. */
  onWait?: () => void;
}

/** Takes the account's lock, waiting while another process holds it. */
export async function lockAccount(
  url: string,
  account: string,
  { signal, onWait }: LockOptions = {},
): Promise<AccountLock> {
  signal?.throwIfAborted();
  const client = new pg.Client({
    connectionString: url,
    application_name: `sparkhire-sync owner of ${account}`,
    keepAlive: true,
  });
  const lost = new AbortController();
  let released = false;
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
  try {
    await client.connect();
  } catch (error) {
    throw connectionError(error);
  }
  const onAbort = () => void client.end().catch(() => {});
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const tried = await client.query('select pg_try_advisory_lock($1, hashtext($2)) as locked', [
      lockClass,
      account,
    ]);
    if (!tried.rows[0].locked) {
      onWait?.();
      await client.query('select pg_advisory_lock($1, hashtext($2))', [lockClass, account]);
    }
  } catch (error) {
    released = true;
    await client.end().catch(() => {});
    signal?.throwIfAborted();
    throw connectionError(error);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
  return {
    account,
    lost: lost.signal,
    async release() {
      if (released) return;
      released = true;
      await client.end().catch(() => {});
    },
  };
}
