/**
 * Which accounts this process works on. Every second it looks how many processes serve the same accounts, takes
 * free ones up to its share, gives back what is over its share, and takes the rest as well if nobody else does.
 * When the connection that holds the locks is lost, all work stops at once, and begins anew with a new one.
 */
import { type Clock, sleep } from '../clock.js';
import { openProcessLocks, type ProcessLocks } from '../db/locks/process-locks.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../log.js';

export interface OwnershipOptions {
  databaseUrl: string;
  accounts: readonly string[];
  channels: readonly string[];
  clock: Clock;
  log: Logger;
  /** Begins the work on an account. `signal` aborts when it must end; `ended` resolves once it has. */
  begin(
    account: string,
    signal: AbortSignal,
    fence: () => Promise<void>,
  ): Promise<{ ended(): Promise<void> }>;
  onNotification(channel: string, payload: string): void;
  /** Called if work does not end although its locks are lost: what it waits for in the database may never come. */
  cutOff?(): void;
  /** How often it looks; every second unless given. */
  lookMs?: number;
  /** Accounts that stay free so long although everybody could have their share are taken by whoever sees it. */
  orphanMs?: number;
}

export interface Ownership {
  owned(): string[];
  isConnected(): boolean;
  /** How many processes serve the same accounts, as last seen. */
  replicas(): number;
  /** Ends all work and gives everything back. */
  stop(): Promise<void>;
}

interface Held {
  stop: AbortController;
  ended(): Promise<void>;
}

const reconnectMs = 1_000;
const keepExtraMs = 10 * 60_000;
/** Work whose locks are lost has so long to end by itself. */
const endMs = 2_000;

export function startOwnership(options: OwnershipOptions): Ownership {
  const { accounts, clock, log, lookMs = 1_000, orphanMs = 3_000 } = options;
  const stopping = new AbortController();
  const held = new Map<string, Held>();
  let locks: ProcessLocks | null = null;
  let replicas = 1;
  let share = accounts.length;
  /** Accounts beyond the share that nobody else wanted. */
  let extra = 0;
  let extraSince = 0;
  let freeSince: number | null = null;
  let saidStandby = false;
  let turn = 0;

  async function run(): Promise<void> {
    let away = false;
    while (!stopping.signal.aborted) {
      try {
        locks = await openProcessLocks(options.databaseUrl, options);
        if (away) log.info({ event: 'database_back' }, 'PostgreSQL is back');
        away = false;
        await whileConnected(locks);
      } catch (error) {
        if (!away && !stopping.signal.aborted) {
          log.warn(
            { event: 'database_away' },
            `${messageOf(error).replace(/\.?$/, '.')} All work waits until PostgreSQL answers again.`,
          );
        }
        away = true;
      }
      await endAll(locks?.lost.aborted ? locks.lost.reason : stopping.signal.reason);
      await locks?.close();
      locks = null;
      if (!stopping.signal.aborted) await sleep(clock, reconnectMs, stopping.signal).catch(() => {});
    }
  }

  async function whileConnected(connected: ProcessLocks): Promise<void> {
    const signal = AbortSignal.any([stopping.signal, connected.lost]);
    // The moment it is lost, not at the next look.
    connected.lost.addEventListener('abort', () => {
      for (const { stop } of held.values()) stop.abort(connected.lost.reason);
    });
    while (!signal.aborted) {
      await look(connected);
      await sleep(clock, lookMs, signal).catch(() => {});
    }
    connected.lost.throwIfAborted();
  }

  async function look(connected: ProcessLocks): Promise<void> {
    const counted = await connected.countReplicas();
    // Whoever did not want them may want them by now.
    if (counted !== replicas || clock.monotonic() - extraSince > keepExtraMs) extra = 0;
    replicas = counted;
    share = Math.ceil(accounts.length / replicas);
    const missing = accounts.filter((account) => !held.has(account));
    const room = share - held.size;
    if (missing.length > 0 && room > 0) {
      await take(connected, missing, room);
    } else if (missing.length > 0 && (await orphaned(connected, missing))) {
      await take(connected, missing, 1);
      extra = Math.max(0, held.size - share);
      extraSince = clock.monotonic();
    }
    if (held.size > share + extra) await giveOneBack(connected);
    if (held.size === 0 && !saidStandby) {
      saidStandby = true;
      log.info({ event: 'standing_by' }, 'another process works on the accounts; standing by');
    }
  }

  /** Whether free accounts stay free although everybody could have taken their share. */
  async function orphaned(connected: ProcessLocks, missing: string[]): Promise<boolean> {
    const [free] = await connected.take(rotated(missing), 1);
    if (free === undefined) {
      freeSince = null;
      return false;
    }
    await connected.giveBack(free);
    freeSince ??= clock.monotonic();
    return clock.monotonic() - freeSince >= orphanMs;
  }

  /** Processes that look at the same time begin with different accounts. */
  function rotated(list: string[]): string[] {
    const from = (process.pid + turn++) % list.length;
    return [...list.slice(from), ...list.slice(0, from)];
  }

  async function take(connected: ProcessLocks, missing: string[], most: number): Promise<void> {
    for (const account of await connected.take(rotated(missing), most)) {
      const stop = new AbortController();
      if (connected.lost.aborted || stopping.signal.aborted) return;
      try {
        const work = await options.begin(account, stop.signal, () => connected.confirm());
        held.set(account, { stop, ended: work.ended });
        saidStandby = false;
        log.info({ event: 'account_taken', account }, 'working on this account');
        if (connected.lost.aborted) stop.abort(connected.lost.reason);
      } catch (error) {
        log.warn({ event: 'account_not_begun', account }, messageOf(error));
        await connected.giveBack(account);
      }
    }
  }

  async function giveOneBack(connected: ProcessLocks): Promise<void> {
    const account = [...held.keys()].at(-1)!;
    log.info({ event: 'account_given_back', account }, 'giving this account to another process');
    await end(account, new Error('the account goes to another process'));
    await connected.giveBack(account);
  }

  async function end(account: string, reason: unknown): Promise<void> {
    const work = held.get(account);
    if (work === undefined) return;
    work.stop.abort(reason);
    await work.ended();
    held.delete(account);
  }

  async function endAll(reason: unknown): Promise<void> {
    for (const { stop } of held.values()) stop.abort(reason);
    let cancel = () => {};
    const cutOff = () => {
      options.cutOff?.();
      cancel = clock.after(endMs, cutOff, { background: true });
    };
    if (locks?.lost.aborted) cancel = clock.after(endMs, cutOff, { background: true });
    await Promise.all([...held.keys()].map((account) => end(account, reason)));
    cancel();
  }

  const running = run();
  return {
    owned: () => [...held.keys()],
    isConnected: () => locks !== null && !locks.lost.aborted,
    replicas: () => replicas,
    async stop() {
      stopping.abort(new Error('the service stops'));
      await running;
    },
  };
}
