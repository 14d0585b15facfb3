/**
 * Which accounts this process works on. Every second it looks how many processes serve the same accounts, takes
 * free ones up to its share, gives back what is over its share, and takes the rest as well if nobody else does. It takes
 * and gives a handful at a time, so that processes which start or leave together get their shares while others do.
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
  /** Whether it has found out who works on what, and has taken its share: not in the first moment. */
  hasLooked(): boolean;
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
/** As many accounts are taken or given back before it is looked again how many processes there are. */
const handful = 64;
/** As many of them begin at the same time; they share the database's connections with the work that is under way. */
const beginAtOnce = 8;
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
  let looked = false;

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
      if (!(await look(connected))) await sleep(clock, lookMs, signal).catch(() => {});
    }
    connected.lost.throwIfAborted();
  }

  /** @returns whether there may be more to take at once */
  async function look(connected: ProcessLocks): Promise<boolean> {
    const missing = accounts.filter((account) => !held.has(account));
    const standing = await connected.look(missing);
    // Whoever did not want them may want them by now.
    if (standing.replicas !== replicas || clock.monotonic() - extraSince > keepExtraMs) extra = 0;
    replicas = standing.replicas;
    share = Math.ceil(accounts.length / replicas);
    const room = share - held.size;
    const free = rotated(standing.free);
    let wantsMore = false;
    if (free.length > 0 && room > 0) {
      const hasTaken = await take(connected, free.slice(0, Math.min(handful, room)));
      wantsMore = hasTaken && held.size < share;
    } else if (isOrphaned(free)) {
      await take(connected, free.slice(0, handful));
      extra = Math.max(0, held.size - share);
      extraSince = clock.monotonic();
    }
    if (held.size > share + extra) await giveBack(connected, held.size - share - extra);
    if (held.size === 0 && !saidStandby) {
      saidStandby = true;
      log.info({ event: 'standing_by' }, 'another process works on the accounts; standing by');
    }
    looked ||= !wantsMore;
    return wantsMore;
  }

  /** Whether accounts stay free although everybody could have taken their share. */
  function isOrphaned(free: readonly string[]): boolean {
    freeSince = free.length === 0 ? null : (freeSince ?? clock.monotonic());
    return freeSince !== null && clock.monotonic() - freeSince >= orphanMs;
  }

  /** Processes that look at the same time begin with different accounts. */
  function rotated(list: string[]): string[] {
    const from = Math.floor(Math.random() * list.length);
    return [...list.slice(from), ...list.slice(0, from)];
  }

  /** @returns whether it got some, and work on all of these has begun */
  async function take(connected: ProcessLocks, wanted: string[]): Promise<boolean> {
    const taken = await connected.take(wanted);
    const next = taken.values();
    let begun = 0;
    const beginThem = async () => {
      for (const account of next) {
        if (connected.lost.aborted || stopping.signal.aborted) return;
        if (await begin(connected, account)) begun += 1;
      }
    };
    await Promise.all(Array.from({ length: beginAtOnce }, beginThem));
    return begun > 0 && begun === taken.length;
  }

  async function begin(connected: ProcessLocks, account: string): Promise<boolean> {
    const stop = new AbortController();
    try {
      const work = await options.begin(account, stop.signal, () => connected.confirm());
      held.set(account, { stop, ended: work.ended });
      saidStandby = false;
      log.info({ event: 'account_taken', account }, 'working on this account');
      if (connected.lost.aborted) stop.abort(connected.lost.reason);
      return true;
    } catch (error) {
      log.warn({ event: 'account_not_begun', account }, messageOf(error));
      await connected.giveBack([account]);
      return false;
    }
  }

  async function giveBack(connected: ProcessLocks, count: number): Promise<void> {
    const given = [...held.keys()].slice(-Math.min(handful, count));
    for (const account of given)
      log.info({ event: 'account_given_back', account }, 'giving this account to another process');
    const reason = new Error('the account goes to another process');
    await Promise.all(given.map((account) => end(account, reason)));
    await connected.giveBack(given);
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
    hasLooked: () => looked,
    isConnected: () => locks !== null && !locks.lost.aborted,
    replicas: () => replicas,
    async stop() {
      stopping.abort(new Error('the service stops'));
      await running;
    },
  };
}
