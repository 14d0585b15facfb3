/**
 * The service: owns accounts, and calls their workers when it is time or when something has arrived.
 *
 * In come time, webhooks, notices of the database and work of commands; out go calls of tick/, backfill/, push/, webhooks/
 * and work/, each account's on its own. It says when, how often and what after a failure; what is done then is theirs.
 */
import { openOwnedAccount } from '../account-session.js';
import type { Clock } from '../clock.js';
import type { Account, Settings } from '../config.js';
import { hintsChannel } from '../connectors/hints.js';
import { closeAbandonedRuns } from '../db/checkpoints.js';
import type { Database } from '../db/database.js';
import { cutConnections } from '../db/locks/cut-connections.js';
import { encryptionKeys } from '../encryption.js';
import { desiredChannel } from '../ledger/queue.js';
import type { Logger } from '../log.js';
import { type Limiter, openConnections, type RequestEvent } from '../sparkhire/client.js';
import type { Usage } from '../sparkhire/usage.js';
import { commandsChannel } from '../work/commands.js';
import { type AccountWorker, type ServiceObserver, startAccountWorker } from './account-worker.js';
import { startCron } from './cron.js';
import { namesBothDays } from './cron-times.js';
import { startOwnership } from './ownership.js';
import { createSlots } from './slots.js';

export interface ServiceOptions {
  settings: Settings;
  accounts: readonly Account[];
  databaseUrl: string;
  db: Database;
  clock: Clock;
  log: Logger;
  observer?: ServiceObserver & {
    onRequest?(account: string, event: RequestEvent): void;
    /** What that request was made for: an activity, or the work of a command. */
    onPurpose?(account: string, purpose: string): void;
  };
}

export interface Service {
  /** Every account, whether this process works on it, and whether it does what a command asked for. */
  state(): Array<{ account: string; role: 'owner' | 'standby'; isBusy: boolean; hasLooked: boolean }>;
  /** The limiters of the accounts this process works on. */
  limiters(): Map<string, Limiter>;
  /** What the requests of their current windows were made for. */
  usage(): Map<string, Usage>;
  stop(): Promise<void>;
}

const webhooksChannel = 'sparkhire_webhooks';
/** Accounts that tick in one process begin one after the other, within this time or half of the period. */
const longestSpreadMs = 30_000;

export function startService(options: ServiceOptions): Service {
  const { settings, clock, log, db } = options;
  const byName = new Map(options.accounts.map((account) => [account.name, account]));
  const workers = new Map<string, AccountWorker>();
  const limiters = new Map<string, Limiter>();
  const usage = new Map<string, Usage>();
  // A tick a minute would need a connection of its own each time, since none is kept for so long.
  const connections = openConnections(
    Math.max(...options.accounts.map(({ requestTimeoutMs }) => requestTimeoutMs)),
  );
  const slots = { sweep: createSlots(settings.mirror.concurrentSweeps), housekeeping: createSlots(1) };
  const spread = new Set<() => void>();

  /** Calls each worker in turn, spread over a part of the period. */
  function callEach(periodMs: number, call: (worker: AccountWorker) => void): void {
    const names = [...workers.keys()];
    const step = Math.min(longestSpreadMs, periodMs / 2) / Math.max(1, names.length);
    for (const [index, name] of names.entries()) {
      const run = () => {
        const worker = workers.get(name);
        if (worker) call(worker);
      };
      if (index === 0) {
        run();
        continue;
      }
      const cancel = clock.after(
        index * step,
        () => {
          spread.delete(cancel);
          run();
        },
        { background: true },
      );
      spread.add(cancel);
    }
  }

  const { schedule } = settings;
  for (const name of ['tick', 'sweep'] as const) {
    if (!namesBothDays(schedule[name])) continue;
    log.warn(
      { event: 'schedule_names_both_days', schedule: name },
      `schedule.${name} (${schedule[name]}) names a day of the month and a day of the week: it runs on days that are both`,
    );
  }
  const ticks = startCron(schedule.tick, schedule.timezone, clock, () =>
    callEach(ticks.periodMs(), (worker) => worker.tick()),
  );
  const sweeps = startCron(schedule.sweep, schedule.timezone, clock, () =>
    callEach(sweeps.periodMs(), (worker) => worker.sweep()),
  );

  async function begin(
    name: string,
    signal: AbortSignal,
    fence: () => Promise<void>,
  ): Promise<{ ended(): Promise<void> }> {
    const account = byName.get(name)!;
    const owned = await openOwnedAccount({
      account,
      db,
      log,
      signal,
      fence,
      connections,
      onRequest: (event) => options.observer?.onRequest?.(name, event),
      onPurpose: (purpose) => options.observer?.onPurpose?.(name, purpose),
      encryption: encryptionKeys(settings.secrets),
    });
    let worker: AccountWorker;
    try {
      worker = await startAccountWorker({
        owned,
        settings,
        clock,
        log,
        signal,
        slots,
        sweepPeriodMs: sweeps.periodMs(),
        observer: options.observer ?? {},
      });
    } catch (error) {
      await owned.close();
      throw error;
    }
    limiters.set(name, owned.limiter);
    usage.set(name, owned.usage);
    workers.set(name, worker);
    catchUp(name);
    return {
      async ended() {
        workers.delete(name);
        limiters.delete(name);
        usage.delete(name);
        // Requests under way are cut off first, so that nothing waits for an answer.
        await owned.close();
        await worker.ended();
        // A run whose end could not be recorded, as on a full disk, is over all the same. It is another's if the
        // account is.
        await fence()
          .then(() => closeAbandonedRuns(db, name))
          .catch(() => {});
      },
    };
  }

  /** What was missed meanwhile is one tick, at once; many accounts taken together do not all tick together. */
  function catchUp(name: string): void {
    const cancel = clock.after(
      Math.min(longestSpreadMs, ticks.periodMs() / 2) * ((workers.size - 1) / byName.size),
      () => {
        spread.delete(cancel);
        workers.get(name)?.tick();
      },
      { background: true },
    );
    spread.add(cancel);
  }

  const ownership = startOwnership({
    databaseUrl: options.databaseUrl,
    accounts: [...byName.keys()],
    channels: [commandsChannel, webhooksChannel, desiredChannel, hintsChannel],
    clock,
    log,
    begin,
    cutOff: () => {
      const connections = cutConnections(db);
      if (connections > 0)
        log.info({ event: 'connections_cut', connections }, 'connections that do not answer were cut');
    },
    onNotification(channel, account) {
      const worker = workers.get(account);
      if (channel === commandsChannel) worker?.wakeCommands();
      else if (channel === desiredChannel) worker?.wakePush();
      else if (channel === hintsChannel) worker?.wakeAts();
      else worker?.wakeEvents();
    },
  });

  return {
    state() {
      const owned = new Set(ownership.owned());
      return [...byName.keys()].map((account) => ({
        account,
        role: owned.has(account) ? ('owner' as const) : ('standby' as const),
        isBusy: workers.get(account)?.isBusy() ?? false,
        hasLooked: ownership.hasLooked(),
      }));
    },
    limiters: () => limiters,
    usage: () => usage,
    async stop() {
      ticks.stop();
      sweeps.stop();
      for (const cancel of spread) cancel();
      await ownership.stop();
      await connections.close();
    },
  };
}
