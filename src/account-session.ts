/** Everything one account's work needs: its lock, its limiter, its client, and counts of what was sent. */
import type { Account } from './config.js';
import { type AccountLock, lockAccount } from './db/account-lock.js';
import type { Database } from './db/database.js';
import { recentBookings, requestLedger } from './db/request-ledger.js';
import type { Logger } from './log.js';
import { type Client, createClient, createLimiter, type Limiter } from './sparkhire/client.js';

export interface AccountSession {
  account: Account;
  db: Database;
  client: Client;
  limiter: Limiter;
  /** Attempts sent, and how many of them were answered with 429. */
  sent: { requests: number; rateLimited: number };
  /** Aborts when the work must stop: a signal to the process, or the lost lock. */
  signal: AbortSignal;
  log: Logger;
  close(): Promise<void>;
}

export interface SessionOptions {
  account: Account;
  databaseUrl: string;
  db: Database;
  log: Logger;
  signal: AbortSignal;
  /** Called if another process works on the account and this one waits for it. */
  onWait?: () => void;
}

/** Takes the account and prepares its work. The caller closes the session. */
export async function openAccountSession(options: SessionOptions): Promise<AccountSession> {
  const { account, db } = options;
  const log = options.log.child({ account: account.name });
  const lock: AccountLock = await lockAccount(options.databaseUrl, account.name, options);
  const signal = AbortSignal.any([options.signal, lock.lost]);
  const sent = { requests: 0, rateLimited: 0 };
  try {
    const limiter = createLimiter({
      limit: account.rateLimit,
      windowMs: account.rateWindowMs,
      ledger: requestLedger(db, account.name),
      // A long hold spares bookings, a short one spares the successor's waiting: in proportion to the window.
      holdMs: Math.min(10_000, Math.max(1000, account.rateWindowMs / 4)),
      spent: await recentBookings(db, account.name, account.rateWindowMs),
    });
    const client = createClient({
      baseUrl: account.baseUrl,
      key: account.apiKey,
      limiter,
      timeoutMs: account.requestTimeoutMs,
      log,
      onRequest(event) {
        sent.requests++;
        if (event.rateLimited) sent.rateLimited++;
      },
    });
    return {
      account,
      db,
      client,
      limiter,
      sent,
      signal,
      log,
      async close() {
        limiter.stop();
        await client.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
