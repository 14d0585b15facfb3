/** What every command shares: settings, logs, the database, signals, exit codes. */
import { loadSettings, type Settings } from '../config.js';
import { checkConnection, type Database, openDatabase } from '../db/database.js';
import { acquireEmbeddedPostgres } from '../db/embedded/index.js';
import { migrate, migrationStatus } from '../db/migrate.js';
import { messageOf, SyncError } from '../errors.js';
import { createLogger, type Logger } from '../log.js';

export const exitCodes = { done: 0, failed: 1, usage: 2, waits: 3 } as const;

/** Options every command that works on accounts understands. */
export interface CommonOptions {
  account?: string;
  config?: string;
  json?: boolean;
}

/** Ctrl-C reaches a process from the terminal and again through npm: that is one signal, not two. */
const sameSignalMs = 1000;

/** Aborts on SIGINT or SIGTERM; a second signal, a second later or more, ends the process at once. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let firstAt = 0;
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      if (performance.now() - firstAt > sameSignalMs) process.exit(exitCodes.failed);
      return;
    }
    firstAt = performance.now();
    controller.abort(
      new SyncError('ABORTED', `Stopped by ${name}.`, {
        remedy: 'Run it again: it goes on where it stopped.',
      }),
    );
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
}

/** Errors that another command line or other settings avoid. */
const ofUsage: ReadonlySet<string> = new Set([
  'SETTINGS_INVALID',
  'USAGE',
  'ACCOUNT_UNKNOWN',
  'ENCRYPTION_KEY_MISSING',
]);

/** Prints an error for people (stderr) or programs (stdout, with --json) and answers the exit code. */
export function reportError(error: unknown, json: boolean): number {
  const coded = error instanceof SyncError ? error : null;
  if (json) {
    const code = coded?.code ?? 'INTERNAL';
    process.stdout.write(
      `${JSON.stringify({ ok: false, error: { code, message: messageOf(error), remedy: coded?.remedy } })}\n`,
    );
  }
  process.stderr.write(`${describeError(error)}\n`);
  return coded !== null && ofUsage.has(coded.code) ? exitCodes.usage : exitCodes.failed;
}

export function describeError(error: unknown): string {
  if (!(error instanceof SyncError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `This is a bug in sparkhire-sync: ${text}`;
  }
  return describeCoded(error);
}

export function describeCoded({ code, message, remedy }: { code: string; message: string; remedy?: string }) {
  return `${code}: ${message}${remedy ? `\n→ ${remedy}` : ''}`;
}

export function settingsFor(options: CommonOptions, needsAccounts = true): Settings {
  return loadSettings({ file: options.config, needsAccounts });
}

export interface DatabaseHandle {
  url: string;
  db: Database;
}

/** Opens the configured database, or the embedded one, migrated; closes what it opened. */
export async function withDatabase<T>(
  settings: Settings,
  log: Logger,
  signal: AbortSignal,
  work: (handle: DatabaseHandle) => Promise<T>,
): Promise<T> {
  const embedded =
    settings.database.url === null ? await acquireEmbeddedPostgres({ log, signal }) : undefined;
  try {
    const url = settings.database.url ?? embedded!.url;
    await prepareSchema(url, settings, log);
    const db = openDatabase(url, { maxConnections: settings.database.maxConnections });
    try {
      await checkConnection(db);
      return await work({ url, db });
    } finally {
      await db.destroy();
    }
  } finally {
    await embedded?.release();
  }
}

/** Migrates the database, or checks that somebody did. */
export async function prepareSchema(url: string, settings: Settings, log: Logger): Promise<void> {
  if (settings.database.migrateAtStart) {
    await migrate(url, log);
    return;
  }
  const { known, applied } = await migrationStatus(url);
  if (applied === known) return;
  if (applied > known) {
    throw new SyncError(
      'DATABASE_NEWER',
      `The database has migration ${applied}, this program knows up to ${known}.`,
      {
        remedy: 'Use the newer version of sparkhire-sync that migrated this database.',
      },
    );
  }
  throw new SyncError(
    'MIGRATIONS_PENDING',
    `The database has migration ${applied}, this program needs ${known}.`,
    {
      remedy: 'Run `sparkhire-sync migrate`.',
    },
  );
}

export function commandLog(settings: Settings, destination?: NodeJS.WritableStream): Logger {
  // Bars are for people, so what is logged between them is too.
  return createLogger({
    level: settings.log.level,
    destination,
    readable: destination === undefined ? undefined : true,
  });
}
