/**
 * Commands that read and write: the service first, which runs until it is stopped. What they do is done in service/ and
 * work/; here are flags, what is started in which order, and what is shown.
 */
import { Command } from 'commander';
import type { BackfillResult } from '../../backfill/result.js';
import { sleep, systemClock } from '../../clock.js';
import { type Account, chooseAccounts, type Settings } from '../../config.js';
import { type Kind, kinds } from '../../connectors/open.js';
import { assertTokens, createConsole, openlyReachable } from '../../console/index.js';
import { lacksPassword } from '../../db/connection-error.js';
import { openDatabase } from '../../db/database.js';
import { SyncError } from '../../errors.js';
import type { Logger } from '../../log.js';
import { facadesOf } from '../../orders/facades.js';
import { cronTimes } from '../../service/cron-times.js';
import { type Service, startService } from '../../service/service.js';
import { createMetrics, type Metrics } from '../../web/metrics.js';
import { createReadinessProbe } from '../../web/readiness.js';
import { createWebServer } from '../../web/server.js';
import { type AtsSender, createAtsReceiver } from '../../webhooks/receive/ats.js';
import { createReceiver } from '../../webhooks/receive/deliveries.js';
import { createOrdersReceiver } from '../../webhooks/receive/orders.js';
import { exitCodes, type Invocation } from '../invocation.js';
import { commandLog } from '../report/command-log.js';
import {
  type CommonOptions,
  type DatabaseHandle,
  findDatabase,
  prepareSchema,
  settingsFor,
} from '../runtime.js';

export function runCommand(invocation: Invocation): Command {
  return new Command('run')
    .option('--account <name>', 'only this account (default: all)')
    .option('--config <file>', 'settings over config/default.yaml')
    .action(async (flags: CommonOptions) => {
      invocation.exitCode = await run(invocation, flags);
    });
}

/** A stop that takes longer ends the process all the same: what is not committed is done again. */
const longestStopMs = 8_500;
const retryMs = 2_000;

async function run(invocation: Invocation, flags: CommonOptions): Promise<number> {
  const settings = settingsFor(invocation, flags);
  const accounts = chooseAccounts(settings, flags.account);
  assertTokens({ admin: settings.secrets.adminToken, viewer: settings.secrets.viewerToken });
  const log = await commandLog(invocation, settings);
  const signal = invocation.stopSignal();
  const forced = forcedEnd(signal, log);
  return Promise.race([serve({ settings, accounts, log, signal }), forced.end]).finally(forced.cancel);
}

export interface Serving {
  settings: Settings;
  accounts: Account[];
  log: Logger;
  /** Aborts when it is to end. */
  signal: AbortSignal;
  /** Called once it listens. */
  onListening?: (address: string) => void;
}

/** The service, until it is stopped. @returns an exit code */
export async function serve({ settings, accounts, log, signal, onListening }: Serving): Promise<number> {
  const { url, release } = await findDatabase(settings, log, signal);
  const db = openDatabase(url, { maxConnections: settings.database.maxConnections });
  const metrics = createMetrics();
  const receiver = createReceiver({
    db,
    accounts: accounts.map(({ name }) => name),
    webhookAuth: settings.secrets.webhookAuth,
    log,
    onOutcome: (outcome) => metrics.onWebhook(outcome),
  });
  const ats = createAtsReceiver({
    db,
    senders: atsSenders(accounts),
    log,
    onOutcome: (outcome) => metrics.onAtsWebhook(outcome),
  });
  const orders = createOrdersReceiver({
    db,
    facades: new Map(
      accounts.flatMap(({ name, partner }) =>
        partner === undefined ? [] : [[name, facadesOf(partner, systemClock)] as const],
      ),
    ),
    log,
    onOutcome: (outcome) => metrics.onOrder(outcome),
  });
  let service: Service | undefined;
  const state = () =>
    service?.state() ??
    accounts.map(({ name }) => ({ account: name, role: 'standby' as const, hasLooked: false }));
  const { staleSeconds } = settings.http;
  const readiness = createReadinessProbe({ db, state, staleSeconds, nextTick: nextTick(settings), log });
  const { adminToken: admin, viewerToken: viewer } = settings.secrets;
  const pages = createConsole({
    tokens: { admin, viewer },
    context: { db, databaseUrl: url, settings, accounts, clock: systemClock, log, signal },
    onSignIn: (outcome) => metrics.onSignIn(outcome),
  });
  const web = createWebServer({ receiver, ats, orders, readiness, metrics, pages, log });
  try {
    const { url: address } = await web.listen(settings.http.host, settings.http.port);
    const isOn = admin !== undefined || viewer !== undefined;
    log.info(
      { event: 'listening', url: address },
      `health, metrics${isOn ? ', the console' : ''} and webhooks at ${address}`,
    );
    onListening?.(address);
    const openly = isOn ? openlyReachable(settings.http.host, settings.http.publicUrl) : null;
    if (openly !== null) log.warn({ event: 'console_without_tls' }, openly);
    if (!(await databaseReady({ url, db }, settings, log, signal))) return exitCodes.done;
    service = startService({
      settings,
      accounts,
      databaseUrl: url,
      db,
      clock: systemClock,
      log,
      observer: {
        onRequest: (account, event) => metrics.onRequest(account, event),
        onPurpose: (account, purpose) => metrics.onPurpose(account, purpose),
        onPush(account, { pushed: { created, updated, canceled, adopted } }) {
          const written = { created, updated, canceled, adopted };
          for (const [outcome, n] of Object.entries(written)) metrics.onWritten(account, outcome, n);
        },
        onRun: (account, kind, result) => countRun(metrics, account, kind, result),
        onResults(account, { written, refused }) {
          metrics.onResults(account, 'written', written);
          metrics.onResults(account, 'refused', refused);
        },
        onApplied(_account, result) {
          for (const [outcome, count] of Object.entries(result.outcomes)) {
            if (count > 0) metrics.onApplied(outcome, count);
          }
        },
      },
    });
    metrics.attach({
      limiters: () => service!.limiters(),
      usage: () => service!.usage(),
      db,
      readiness,
    });
    log.info({ event: 'service_started', accounts: accounts.length }, 'the service is running');
    await aborted(signal);
    log.info({ event: 'service_stopping' }, 'stopping');
    return exitCodes.done;
  } finally {
    await Promise.all([web.close(), service?.stop()]);
    await Promise.all([receiver.settle(), ats.settle(), orders.settle()]);
    await db.destroy();
    await release();
    log.info({ event: 'service_stopped' }, 'stopped');
  }
}

/** Without a secret nobody could tell whose deliveries they are. */
function atsSenders(accounts: readonly Account[]): Map<string, AtsSender> {
  const senders = new Map<string, AtsSender>();
  for (const { name, ats } of accounts) {
    if (ats === undefined || ats.webhookSecret === null) continue;
    const { title, webhook, alsoSignedBy }: Kind<never> = kinds[ats.kind];
    const secrets = [ats.webhookSecret, ...(alsoSignedBy?.(ats as never) ?? [])];
    if (webhook !== null) senders.set(name, { source: ats.kind, title, webhook, secrets });
  }
  return senders;
}

/** When the service ticks after a moment, at the latest. */
function nextTick({ schedule, http }: Settings): (after: number) => number {
  const { next } = cronTimes(schedule.tick, schedule.timezone);
  const rarerMs = http.publicUrl === null ? 0 : schedule.tickSecondsWithWebhooks * 1000;
  return (after) => next(after + rarerMs);
}

function countRun(metrics: Metrics, account: string, kind: string, result: BackfillResult): void {
  const counts = Object.entries(result.resources).map(([resource, { created, updated, deleted }]) => [
    resource,
    { created, updated, deleted },
  ]);
  metrics.onRun(account, kind, result.ok ? 'succeeded' : 'failed', Object.fromEntries(counts));
}

/** Whatever the stop waits for then, such as a database that does not answer. */
function forcedEnd(signal: AbortSignal, log: Logger): { end: Promise<number>; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<number>((resolve) => {
    const force = () => {
      log.warn(
        { event: 'service_forced' },
        'work still under way is cut off; it is done again at the next start',
      );
      resolve(exitCodes.done);
    };
    const onAbort = () => {
      timer = setTimeout(force, longestStopMs).unref();
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  return { end, cancel: () => clearTimeout(timer) };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    // Nothing else need keep the process alive: a standby only waits.
    const keepAlive = setInterval(() => {}, 0x7fffffff);
    signal.addEventListener('abort', () => clearInterval(keepAlive), { once: true });
  });
}

/** Waits for the database and prepares its schema. @returns false if the service was stopped meanwhile */
async function databaseReady(
  database: DatabaseHandle,
  settings: Settings,
  log: Logger,
  signal: AbortSignal,
): Promise<boolean> {
  let said = false;
  while (!signal.aborted) {
    try {
      await prepareSchema(database, settings, log);
      return true;
    } catch (error) {
      if (!(error instanceof SyncError) || error.code !== 'DATABASE_UNREACHABLE' || lacksPassword(error))
        throw error;
      if (!said) {
        const { message, remedy = '' } = error;
        log.warn(
          { event: 'database_away' },
          `${message.replace(/\.?$/, '.')} ${remedy} Trying again until it is there.`,
        );
      }
      said = true;
    }
    await sleep(systemClock, retryMs, signal).catch(() => {});
  }
  return false;
}
