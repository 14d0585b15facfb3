/** What commands on a database share: settings and the database, migrated. */
import { loadSettings, type Settings } from '../config.js';
import { type Database, openDatabase } from '../db/database.js';
import { isMigrated, listMigrations, migrate, migrationStatus } from '../db/migrate.js';
import { SyncError } from '../errors.js';
import type { Logger } from '../log.js';
import type { Invocation } from './invocation.js';
import { commandLog } from './report/command-log.js';

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
  const log = await commandLog(invocation, settings);
  const { url, release } = await findDatabase(settings, log, invocation.stopSignal());
  try {
    const db = openDatabase(url, { maxConnections: settings.database.maxConnections });
    try {
      await prepareSchema({ url, db }, settings, log);
      return await work({ url, db });
    } finally {
      await db.destroy();
    }
  } finally {
    await release();
  }
}

export interface FoundDatabase {
  url: string;
  /** Its connections are to be closed before. */
  release(): Promise<void>;
}

/** The configured database, or the embedded one, started if it isn't running. */
export async function findDatabase(
  { database }: Settings,
  log: Logger,
  signal: AbortSignal,
): Promise<FoundDatabase> {
  if (database.url !== null) return { url: database.url, release: async () => {} };
  const { acquireEmbeddedPostgres, EmbeddedPostgresError } = await import('#embedded-postgres/index');
  try {
    return await acquireEmbeddedPostgres({ log, signal });
  } catch (error) {
    if (!(error instanceof EmbeddedPostgresError)) throw error;
    const { code, message, remedy } = error;
    throw new SyncError(code, message, { cause: error, ...(remedy !== undefined && { remedy }) });
  }
}

/**
 * Migrates the database, or checks that somebody did.
 * @throws SyncError DATABASE_UNREACHABLE, and those of `migrate`
 */
export async function prepareSchema(
  { url, db }: DatabaseHandle,
  settings: Settings,
  log: Logger,
): Promise<void> {
  if (await isMigrated(db, url)) return;
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
