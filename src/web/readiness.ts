/** Whether this process is fit for its work: what /readyz answers. */
import { type Clock, systemClock } from '../clock.js';
import { byThemselves, type Database } from '../db/database.js';
import { lockHolders } from '../db/locks/ownership.js';
import { appliedSchemaVersion, knownSchemaVersion } from '../db/schema-version.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../log.js';
import { type AccountFreshness, readFreshness } from '../status/freshness.js';
import { duration } from '../status/render/words.js';
import { inTime } from './in-time.js';

export type Role = 'owner' | 'standby';

export interface AccountRole {
  account: string;
  role: Role;
  /** Whether this process does what a command asked for: ticks may have to wait for that, for hours. */
  isBusy?: boolean;
  /** Whether this process has found out yet who works on it. */
  hasLooked?: boolean;
}

/** What was found out about an account. Times in seconds. */
export interface AccountFacts extends AccountRole, Omit<AccountFreshness, 'account'> {
  /** How long this process is responsible for the account: since its start, since it took it over, or since what a command asked for. */
  responsibleFor: number;
  /** Since the first tick after the last success was due; null if there never was a success. */
  dueAge: number | null;
  /** Whether some process works on it: asked where this one does not. */
  isWorkedOn?: boolean;
}

export interface ReadinessFacts {
  staleSeconds: number;
  /** Whether the database answered a query. */
  database: boolean;
  /** Null where the database could not be asked. */
  migrations: { known: number; applied: number } | null;
  /** Empty where the database could not be asked. */
  accounts: readonly AccountFacts[];
}

export interface AccountReadiness extends AccountRole {
  /** Seconds since the last successful tick or sweep; null if there never was one. Of a standby: its owner's. */
  lastSuccessSeconds: number | null;
  /** Whether it has waited for a successful tick for longer than allowed. */
  stale: boolean;
  /** What is worth knowing, in words. */
  state: string;
}

export type Readiness =
  /** `troubles` names accounts that are stale while others are not, or that a person has to look at. */
  | { ready: true; troubles: string[]; accounts: AccountReadiness[] }
  | { ready: false; reasons: string[]; accounts: AccountReadiness[] };

/**
 * The decision. Pure.
 *
 *   an owned account                                     is
 *   ----------------                                     --
 *   no tick overdue for longer than staleSeconds         up to date
 *   none yet, and its first sweep gets on                not stale: the first sweep may take hours
 *   owned for less than staleSeconds                     not stale: a restart is given the time to catch up
 *   otherwise                                            stale
 *
 *   the process                                          ready?
 *   -----------                                          ------
 *   all the accounts it owns are stale                   no
 *   one is stale, and nothing of it failed               no: whoever should work on it here does not
 *   some are stale, for what Spark Hire answers          yes: the others, and all webhooks, need it
 *   the key of one is refused, and it is not stale yet   yes: a restart mends it only once somebody has set another
 *   nothing may be written for one, or others do it too  yes: a restart mends neither
 *
 * An account somebody else owns does not make this process unready: it could do nothing about it.
 */
export function decideReadiness(facts: ReadinessFacts): Readiness {
  const reasons: string[] = [];
  if (!facts.database) reasons.push('The database does not answer.');
  if (facts.migrations !== null) {
    const { known, applied } = facts.migrations;
    if (applied < known) {
      reasons.push(`Migrations are pending: the database has ${applied}, this program needs ${known}.`);
    } else if (applied > known) {
      reasons.push(
        `The database was migrated by a newer program: it has ${applied}, this one knows ${known}.`,
      );
    }
  }
  const troubles: string[] = [];
  const judged = facts.accounts.map((account) => ({ account, ...judge(account, facts.staleSeconds) }));
  const serves = judged.some(({ account, stale }) => account.role === 'owner' && !stale);
  for (const { account, stale, state } of judged) {
    if (!stale) continue;
    const isOthers = serves && account.failingAge !== null;
    (isOthers ? troubles : reasons).push(`Account ${account.account}: ${state}.`);
  }
  for (const { account, stale } of judged) {
    // Nothing of it passes by itself: it is told before the account is stale.
    if (
      stale ||
      account.role !== 'owner' ||
      account.failingAge === null ||
      account.errorCode !== 'KEY_REFUSED'
    )
      continue;
    troubles.push(
      `Account ${account.account}: Spark Hire refuses its API key: set another one, and start again.`,
    );
  }
  for (const { account, moved, shared } of facts.accounts) {
    if (moved)
      troubles.push(
        `Account ${account}: nothing is written to Spark Hire, since its database is a copy, or was restored or moved.`,
      );
    if (shared) troubles.push(`Account ${account}: another sparkhire-sync works for it too, or did.`);
  }
  const accounts = judged.map(({ account: { account, role, successAge }, stale, state }) => {
    const lastSuccessSeconds = successAge === null ? null : Math.round(successAge);
    return { account, role, lastSuccessSeconds, stale, state };
  });
  return reasons.length === 0
    ? { ready: true, troubles, accounts }
    : { ready: false, reasons: [...reasons, ...troubles], accounts };
}

function judge(facts: AccountFacts, staleSeconds: number): { stale: boolean; state: string } {
  const { role, successAge, dueAge, failingAge, errorCode, sweepAge, responsibleFor } = facts;
  if (role === 'standby') {
    const { hasLooked = true, isWorkedOn = true } = facts;
    const who = isWorkedOn ? 'another process works on it' : 'no process works on it yet';
    return { stale: false, state: `stands by: ${hasLooked ? who : 'this process has just started'}` };
  }
  if (dueAge !== null && dueAge <= staleSeconds) return { stale: false, state: 'up to date' };
  if (successAge === null && sweepAge !== null && sweepAge <= staleSeconds) {
    return { stale: false, state: 'its first full sweep is running' };
  }
  const failing =
    failingAge === null
      ? ''
      : `; it has been failing for ${duration(failingAge)}${errorCode === null ? '' : ` (${errorCode})`}`;
  const since =
    successAge === null ? 'no successful tick yet' : `no successful tick for ${duration(successAge)}`;
  if (responsibleFor <= staleSeconds) {
    return { stale: false, state: `catching up: ${since}${failing}` };
  }
  const rarely = successAge !== null && dueAge !== null && successAge - dueAge > staleSeconds;
  const allowed = `at most ${duration(staleSeconds)} are allowed${rarely ? ' once one is due' : ''}`;
  return { stale: true, state: `${since}, and ${allowed}${failing}` };
}

export interface ReadinessProbeOptions {
  db: Database;
  /** The accounts of this process. */
  state: () => readonly AccountRole[];
  staleSeconds: number;
  /** When a tick is due after this moment, both in milliseconds since the epoch; at once unless given. */
  nextTick?: (after: number) => number;
  log: Logger;
  clock?: Clock;
  /** The database must answer within so long; 3 s unless given. */
  timeoutMs?: number;
  /** An answer serves so long; 1 s unless given. */
  cacheMs?: number;
  /** The newest migration this program brings; found out by itself unless given. */
  knownVersion?: number;
}

/** Looks at the database, at most once at a time and once a `cacheMs`. Never rejects. */
export function createReadinessProbe(options: ReadinessProbeOptions): () => Promise<Readiness> {
  const { db, state, staleSeconds, log, clock = systemClock, timeoutMs = 3000, cacheMs = 1000 } = options;
  const { nextTick = (after: number) => after } = options;
  const startedAt = clock.monotonic();
  /** Since when each owned account was seen as owned. */
  const ownedSince = new Map<string, number>();
  let first = true;
  let known = options.knownVersion;
  let answered = true;
  let latest: { at: number; readiness: Readiness } | undefined;

  function roles(): Array<AccountRole & { responsibleFor: number }> {
    const now = clock.monotonic();
    const accounts = state();
    const owned = new Set(accounts.filter(({ role }) => role === 'owner').map(({ account }) => account));
    for (const account of ownedSince.keys()) if (!owned.has(account)) ownedSince.delete(account);
    for (const account of owned) {
      if (!ownedSince.has(account)) ownedSince.set(account, first ? startedAt : now);
    }
    for (const { account, isBusy } of accounts) if (isBusy) ownedSince.set(account, now);
    first = false;
    return accounts.map(({ account, role, hasLooked = true }) => ({
      account,
      role,
      hasLooked,
      responsibleFor: (now - (ownedSince.get(account) ?? now)) / 1000,
    }));
  }

  async function look(): Promise<ReadinessFacts> {
    known ??= await knownSchemaVersion();
    const applied = await appliedSchemaVersion(db);
    const migrations = { known, applied };
    // Without its migrations it may lack the tables.
    if (applied < known) return { staleSeconds, database: true, migrations, accounts: [] };
    const accounts = roles();
    const freshness = new Map(
      (
        await readFreshness(
          db,
          accounts.map(({ account }) => account),
        )
      ).map((row) => [row.account, row]),
    );
    const others = accounts.filter(({ role }) => role === 'standby').map(({ account }) => account);
    const holders = others.length === 0 ? null : await lockHolders(byThemselves(db), others);
    const nothing = { successAge: null, failingAge: null, errorCode: null, sweepAge: null };
    return {
      staleSeconds,
      database: true,
      migrations,
      accounts: accounts.map((role) => {
        const fresh = { ...nothing, ...freshness.get(role.account), ...role };
        const isWorkedOn = holders?.has(role.account) ?? true;
        return { ...fresh, isWorkedOn, dueAge: dueAge(fresh.successAge) };
      }),
    };
  }

  function dueAge(successAge: number | null): number | null {
    if (successAge === null) return null;
    const now = clock.now();
    return Math.max(0, (now - nextTick(now - successAge * 1000)) / 1000);
  }

  const lookInTime = inTime({ clock, timeoutMs }, look);

  return async () => {
    if (latest !== undefined && clock.monotonic() - latest.at < cacheMs) return latest.readiness;
    let facts: ReadinessFacts;
    try {
      facts = await lookInTime();
      if (!answered) log.info({ event: 'database_back' }, 'the database answers again');
      answered = true;
    } catch (error) {
      // What exactly is wrong is for the log: anybody may ask /readyz.
      if (answered) log.warn({ event: 'database_away' }, `not ready: ${messageOf(error)}`);
      answered = false;
      facts = { staleSeconds, database: false, migrations: null, accounts: [] };
    }
    const readiness = decideReadiness(facts);
    latest = { at: clock.monotonic(), readiness };
    return readiness;
  };
}
