/**
 * What working on an account needs: its limiter and client, which all of its work shares, and for each piece of
 * work a session with counts of what it sent.
 */
import { type Clock, systemClock } from './clock.js';
import type { Account } from './config.js';
import type { Connector } from './connectors/connector.js';
import { closeAbandonedRuns } from './db/checkpoints.js';
import { type Database, query } from './db/database.js';
import { type AccountPlace, movedReason, noteWorkBegins } from './db/locks/home.js';
import { type OddFieldNotes, oddFieldNotes } from './db/odd-fields.js';
import { recentBookings, requestLedger } from './db/request-ledger.js';
import type { EncryptionKeys } from './encryption.js';
import type { Logger } from './log.js';
import {
  type Client,
  type Connections,
  createClient,
  createLimiter,
  type Limiter,
  type Ranges,
  type RequestEvent,
} from './sparkhire/client.js';
import { formOf } from './sparkhire/odd-fields.js';
import { createUsage, type Usage } from './sparkhire/usage.js';
import { isTimeField } from './text/field-names.js';

/** One piece of work on an account. */
export interface AccountSession {
  account: Account;
  db: Database;
  client: Client;
  limiter: Limiter;
  /** Attempts this piece of work sent, and how many of them were answered with 429. */
  sent: { requests: number; rateLimited: number };
  /** Aborts when the work must stop: a signal to the process, or the lost lock. */
  signal: AbortSignal;
  /** A fresh sign that the account's lock is held. Rejects if there is none. */
  fence(): Promise<void>;
  /** While it has moved nothing is written to Spark Hire. */
  place: AccountPlace;
  log: Logger;
  /** For what was written and what waits for a person: told also where `log` is kept silent. */
  journal: Logger;
  /** What came in another form than promised; the account's, like its client. */
  oddFields: OddFieldNotes;
  /** The ATS that is connected to the account, if one is. */
  ats?: Connector | undefined;
}

/** An account whose lock this process holds. */
export interface OwnedAccount {
  account: Account;
  db: Database;
  client: Client;
  limiter: Limiter;
  place: AccountPlace;
  ats?: Connector | undefined;
  /**
   * A session for one piece of work. `signal` ends it; it has to abort also when the account's own work ends.
   * @param purpose what its requests are counted for
   */
  session(signal?: AbortSignal, log?: Logger, purpose?: string): AccountSession;
  /** What the requests of the current window were made for. */
  usage: Usage;
  /** Ends what is under way and what waits. The lock is given back by whoever took it. */
  close(): Promise<void>;
}

export interface OwnedAccountOptions {
  account: Account;
  db: Database;
  log: Logger;
  /** Aborts when the work must stop. */
  signal: AbortSignal;
  /** A fresh sign that the account's lock is held. */
  fence(): Promise<void>;
  /** Told of every attempt of every session. */
  onRequest?: (event: RequestEvent) => void;
  /** Told what each of them was made for. */
  onPurpose?: (purpose: string) => void;
  /** Connections to Spark Hire that accounts share; its own unless given. */
  connections?: Connections;
  /** By which requests time out and are repeated; the system's unless given. */
  clock?: Clock;
  /** What tokens of a connected ATS are stored with. */
  encryption?: EncryptionKeys;
}

/** Prepares the work on an account whose lock is held. */
export async function openOwnedAccount(options: OwnedAccountOptions): Promise<OwnedAccount> {
  const { account, db } = options;
  const log = options.log.child({ account: account.name });
  await closeAbandonedRuns(db, account.name);
  const place = await noteWorkBegins(db, account.name, account);
  if (place.moved) log.warn({ event: 'database_moved' }, `nothing is written to Spark Hire: ${movedReason}`);
  // A long hold spares bookings, a short one spares the successor's waiting: in proportion to the window.
  const holdMs = Math.min(10_000, Math.max(1000, account.rateWindowMs / 4));
  const limiter = createLimiter({
    limit: account.rateLimit,
    windowMs: account.rateWindowMs,
    ledger: requestLedger(db, account.name),
    holdMs,
    spent: await recentBookings(db, account.name, account.rateWindowMs),
  });
  const usage = createUsage(account.rateWindowMs, systemClock);
  const oddFields = oddFieldNotes(db, account.name, log);
  const [counted] = await query<Ranges>(
    db,
    'select ranges_from as first from sync.accounts where account = $1',
    [account.name],
  );
  const client = createClient({
    baseUrl: account.baseUrl,
    key: account.apiKey,
    limiter: fenced(limiter, options.fence),
    clock: options.clock,
    connections: options.connections,
    timeoutMs: account.requestTimeoutMs,
    // A successor counts a booked request as arrived within the hold: one that stood still must not come later.
    leaveWithinMs: holdMs * 0.4,
    ranges: { first: counted?.first ?? null },
    log,
    onRequest: options.onRequest,
    onOddFields: (route, odd) =>
      oddFields.note(
        odd.map((one) => ({
          route,
          field: one.path,
          sample: formOf(one),
          readAs: one.as,
          isTime: isTimeField(one.path),
        })),
      ),
  });
  const ats =
    account.ats === undefined
      ? undefined
      : await (await import('./connectors/open.js')).openConnector({
          db,
          account: account.name,
          settings: account.ats,
          encryption: options.encryption ?? null,
          clock: options.clock ?? systemClock,
        });
  return {
    account,
    db,
    client,
    limiter,
    place,
    ats,
    usage,
    session(signal, sessionLog = log, purpose = 'other') {
      const sent = { requests: 0, rateLimited: 0 };
      return {
        account,
        db,
        limiter,
        sent,
        fence: options.fence,
        place,
        log: sessionLog,
        journal: log,
        oddFields,
        ats,
        signal: signal ?? options.signal,
        client: client.observed((event) => {
          sent.requests++;
          usage.note(purpose);
          options.onPurpose?.(purpose);
          if (event.rateLimited) sent.rateLimited++;
        }),
      };
    },
    async close() {
      limiter.stop();
      await Promise.all([client.close(), ats?.close()]);
    },
  };
}

/** A process that stood still (SIGSTOP, a suspended machine) goes on where it was: here it finds what it lost. */
function fenced(limiter: Limiter, fence: () => Promise<void>): Limiter {
  return {
    ...limiter,
    schedule: (lane, fn, signal) =>
      limiter.schedule(
        lane,
        async () => {
          await fence();
          return fn();
        },
        signal,
      ),
  };
}
