/**
 * Migrations: numbered SQL files, each applied in a transaction of its own, under an advisory lock, recorded in
 * `sync.migrations`. A process that dies leaves nothing half-done and no lock behind.
 */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { messageOf, SyncError } from '../errors.js';
import type { Logger } from '../log.js';
import { codedIfConnection, connectionError } from './connection-error.js';
import { type Database, query } from './database.js';

const folder = fileURLToPath(new URL('../../migrations/', import.meta.url));
const oldestServer = 140_000;
/** Any fixed pair of numbers serves; the one in sync.order_changes differs in the second. */
const lockKeys = [7351, 2] as const;

interface Migration {
  version: number;
  name: string;
  sql: string;
}

export interface MigrationStatus {
  /** The newest version this program brings. */
  known: number;
  /** The newest version the database has; 0 for an empty one. */
  applied: number;
  migrations: Array<{ version: number; name: string; appliedAt: Date | null }>;
}

async function migrationFiles(): Promise<string[]> {
  return (await readdir(folder)).filter((file) => /^\d{4}_.+\.sql$/.test(file)).sort();
}

const versionOf = (file: string) => Number(file.slice(0, 4));

async function readMigrations(): Promise<Migration[]> {
  const files = await migrationFiles();
  return Promise.all(
    files.map(async (file) => ({
      version: versionOf(file),
      name: file.slice(5, -4),
      sql: await readFile(new URL(file, `file://${folder}`), 'utf8'),
    })),
  );
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'sparkhire-sync migrate' });
  client.on('error', () => {}); // the pending query rejects as well
  try {
    await client.connect();
  } catch (error) {
    throw connectionError(error);
  }
  try {
    return await work(client);
  } catch (error) {
    throw codedIfConnection(error);
  } finally {
    await client.end().catch(() => {});
  }
}

async function appliedVersions(client: pg.Client): Promise<Map<number, Date>> {
  const { rows: found } = await client.query("select to_regclass('sync.migrations') is not null as there");
  if (!found[0].there) return new Map();
  const { rows } = await client.query('select version, applied_at from sync.migrations order by version');
  return new Map(rows.map((row) => [row.version as number, row.applied_at as Date]));
}

function refuseNewer(applied: Map<number, Date>, known: number): void {
  const newest = Math.max(0, ...applied.keys());
  if (newest > known) {
    throw new SyncError(
      'DATABASE_NEWER',
      `The database has migration ${newest}, this program knows up to ${known}.`,
      { remedy: 'Use the newer version of sparkhire-sync that migrated this database.' },
    );
  }
}

/** Which migrations the database has and which it lacks. Changes nothing. */
export async function migrationStatus(url: string): Promise<MigrationStatus> {
  const migrations = await readMigrations();
  return withClient(url, async (client) => {
    const applied = await appliedVersions(client);
    return {
      known: migrations.at(-1)?.version ?? 0,
      applied: Math.max(0, ...applied.keys()),
      migrations: migrations.map(({ version, name }) => ({
        version,
        name,
        appliedAt: applied.get(version) ?? null,
      })),
    };
  });
}

/**
 * Whether there is nothing to migrate, asked through the program's own pool in one statement: what nearly every start
 * finds. If not, `migrate` and `migrationStatus` know why.
 * @throws SyncError DATABASE_UNREACHABLE
 */
export async function isMigrated(db: Database): Promise<boolean> {
  const known = (await migrationFiles()).map(versionOf);
  try {
    const [found] = await query<{ ready: boolean; versions: number[] }>(
      db,
      `select current_setting('server_version_num')::int >= ${oldestServer} and not ${rolesLackRights} as ready,
         array(select version from sync.migrations order by version) as versions`,
    );
    return found!.ready && isDeepStrictEqual(found!.versions, known);
  } catch (error) {
    if (error instanceof SyncError) throw error;
    return false;
  }
}

/**
 * Creates or upgrades the schemas and roles.
 * @returns the names of the migrations that were applied now
 * @throws SyncError DATABASE_UNREACHABLE, DATABASE_TOO_OLD, DATABASE_NEWER, MIGRATION_FAILED
 */
export async function migrate(url: string, log?: Logger): Promise<string[]> {
  const migrations = await readMigrations();
  const known = migrations.at(-1)?.version ?? 0;
  return withClient(url, async (client) => {
    const { rows } = await client.query("select current_setting('server_version_num')::int as version");
    if (rows[0].version < oldestServer) {
      throw new SyncError('DATABASE_TOO_OLD', `PostgreSQL ${rows[0].version / 10_000} is too old.`, {
        remedy: 'Use PostgreSQL 14 or newer.',
      });
    }
    // Warnings, not the notices that something exists already.
    client.on('notice', ({ code, message }) => {
      if (code?.startsWith('01')) log?.warn({ event: 'migration_warning' }, message ?? '');
    });
    const current = await appliedVersions(client);
    refuseNewer(current, known);
    const complete = migrations.every(({ version }) => current.has(version));
    if (complete && !(await rolesPending(client))) return [];

    await client.query('select pg_advisory_lock($1, $2)', [...lockKeys]);
    await prepare(client);
    const applied = await appliedVersions(client);
    refuseNewer(applied, known);
    const done: string[] = [];
    for (const migration of migrations) {
      if (applied.has(migration.version)) continue;
      await apply(client, migration);
      log?.info({ event: 'migrated', version: migration.version, name: migration.name }, 'migration applied');
      done.push(migration.name);
    }
    if (done.length === 0 && (await rolesPending(client))) {
      for (const { name, sql } of migrations) if (/(^|_)roles$/.test(name)) await client.query(sql);
      log?.info({ event: 'roles_completed' }, 'the roles were given their rights');
    }
    return done;
  });
}

/** The table that records the migrations. */
async function prepare(client: pg.Client): Promise<void> {
  try {
    await client.query('create schema if not exists sync');
    await client.query(
      `create table if not exists sync.migrations
         (version integer primary key, name text not null, applied_at timestamptz not null default now())`,
    );
  } catch (error) {
    refuseLostConnection(error);
    throw new SyncError('MIGRATION_FAILED', `The schema sync cannot be made: ${messageOf(error)}`, {
      remedy: 'Give the database user the right to: `grant create on database NAME to USER`.',
      cause: error,
    });
  }
}

async function apply(client: pg.Client, { version, name, sql }: Migration): Promise<void> {
  try {
    await client.query('begin');
    await client.query(sql);
    await client.query('insert into sync.migrations (version, name) values ($1, $2)', [version, name]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    refuseLostConnection(error);
    throw new SyncError('MIGRATION_FAILED', `Migration ${version} (${name}) failed: ${messageOf(error)}`, {
      remedy: 'Nothing of it was kept. Mend the cause, then run `sparkhire-sync migrate` again.',
      cause: error,
    });
  }
}

/** @throws SyncError DATABASE_UNREACHABLE: whether the migration would have failed is not known then */
function refuseLostConnection(error: unknown): void {
  const coded = codedIfConnection(error);
  if (coded !== error) throw coded;
}

/** Whether a role lacks its rights: somebody made it after the migration, which was not allowed to. */
const rolesLackRights = `exists (
  select from pg_roles r, pg_namespace n
  where (r.rolname, n.nspname) in (('sparkhire_reader', 'sparkhire'), ('sparkhire_reader', 'ats'),
      ('sparkhire_ats_writer', 'ats'))
    and pg_has_role(n.nspowner, 'usage') and not has_schema_privilege(r.oid, n.oid, 'usage'))`;

async function rolesPending(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(`select ${rolesLackRights} as pending`);
  return rows[0].pending;
}
