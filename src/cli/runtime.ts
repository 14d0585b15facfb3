/** What every command shares: settings, logs, the database, errors. */
import { loadSettings, type Settings } from '../config.js';
import { checkConnection, type Database, openDatabase } from '../db/database.js';
import { acquireEmbeddedPostgres } from '../db/embedded/index.js';
import { listMigrations, migrate, migrationStatus } from '../db/migrate.js';
import { SyncError } from '../errors.js';
import { createLogger, type Logger } from '../log.js';
import type { Invocation } from './invocation.js';

/** Options every command that works on accounts understands. */
export interface CommonOptions {
  account?: string;
  config?: string;
  json?: boolean;
}

export function settingsFor({ env }: Invocation, options: CommonOptions, needsAccounts = true): Settings {
  return loadSettings({ environment: env, file: options.config, needsAccounts });
}

export interface DatabaseHandle {
  url: string;
  db: Database;
}

/** Opens the configured database, or the embedded one, migrated; closes what it opened. */
export async function withDatabase<T>(
  invocation: Invocation,
  settings: Settings,
  work: (handle: DatabaseHandle) => Promise<T>,
): Promise<T> {
  const log = commandLog(invocation, settings);
  const signal = invocation.stopSignal();
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
  const { known, applied, migrations } = await migrationStatus(url);
  const missing = migrations.filter(({ appliedAt }) => appliedAt === null);
  if (applied > known) {
    throw new SyncError(
      'DATABASE_NEWER',
      `The database has migration ${applied}, this program knows up to ${known}.`,
      {
        remedy: 'Use the newer version of sparkhire-sync that migrated this database.',
      },
    );
  }
  if (missing.length === 0) return;
  const lacks = applied === 0 ? 'is empty' : `lacks ${listMigrations(missing)}`;
  throw new SyncError('MIGRATIONS_PENDING', `The database ${lacks}.`, {
    remedy: 'Run `sparkhire-sync migrate`.',
  });
}

/** @param bars where lines go while bars are drawn: they are for people, so what is logged between them is too */
export function commandLog({ stderr }: Invocation, settings: Settings, bars?: NodeJS.WritableStream): Logger {
  return createLogger({
    level: settings.log.level,
    destination: bars ?? stderr,
    readable: bars !== undefined || stderr.isTTY === true,
    colors: stderr.isTTY === true,
  });
}
