/** Which migrations a program at work needs and which its database has, asked through its own pool. */
import { readdir } from 'node:fs/promises';
import { type Database, query } from './database.js';

const folder = new URL('../../migrations/', import.meta.url);

/** The newest migration this program brings. */
export async function knownSchemaVersion(): Promise<number> {
  const versions = (await readdir(folder))
    .filter((file) => /^\d{4}_.+\.sql$/.test(file))
    .map((file) => Number(file.slice(0, 4)));
  return Math.max(0, ...versions);
}

/**
 * The newest migration the database has; 0 if it was never migrated.
 * @throws SyncError DATABASE_UNREACHABLE
 */
export async function appliedSchemaVersion(db: Database): Promise<number> {
  const [found] = await query<{ there: boolean }>(
    db,
    "select to_regclass('sync.migrations') is not null as there",
  );
  if (!found!.there) return 0;
  const [row] = await query<{ version: number }>(
    db,
    'select coalesce(max(version), 0)::int as version from sync.migrations',
  );
  return row!.version;
}
