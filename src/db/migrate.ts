/**
 * Migrations: numbered SQL files, each applied in a transaction of its own, under an advisory lock, recorded in
 * `sync.migrations`. A process that dies leaves nothing half-done and no lock behind.
 */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { sleep, systemClock } from '../clock.js';
import { messageOf, SyncError } from '../errors.js';
import type { Logger } from '../log.js';
import { Connection } from './connection.js';
import { codedIfConnection, codedIfKnown } from './connection-error.js';
import { type Database, isPooled, query } from './database.js';
import { refuseTransactionMode } from './locks/pooler.js';
import { type Ask, type MissingOfAts, missingOfAts } from './objects/ats-objects.js';
import { incomplete, lookForOwn, type OwnObjects, restoreRemedy } from './objects/own-objects.js';
import { rolesLackRights, rolesThatLack } from './objects/role-rights.js';

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
  /** Tables and functions of schemas sync and sparkhire. */
  objects: OwnObjects;
}

async function migrationFiles(): Promise<string[]> {
  return (await readdir(folder)).filter((file) => /^\d{4}_.+\.sql$/.test(file)).sort();
}

const versionOf = (file: string) => Number(file.slice(0, 4));

export interface MigrationResult {
  /** The names of the migrations that were applied now. */
  applied: string[];
  /** The roles that were given rights they lacked. */
  granted: string[];
  /** What was missing of the tables of schema ats, and is back: `the view ats.job_sync of ats.jobs`. */
  mended: string[];
}

/**
 * A migration that waits for a table keeps everybody behind it waiting who wants that table after it. So it waits for
 * seconds only, lets them in, and tries again.
 */
export interface Patience {
  lockMs: number;
  pauseMs: number;
  tries: number;
}
const usualPatience: Patience = { lockMs: 3_000, pauseMs: 2_000, tries: 60 };

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
  const client = new Connection({ connectionString: url, application_name: 'sparkhire-sync migrate' });
  client.on('error', () => {}); // the pending query rejects as well
  await client.connect();
  try {
    if (client.isPooled) await refuseTransactionMode(url);
    await refuseOld(client);
    return await work(client);
  } catch (error) {
    throw codedIfKnown(error);
  } finally {
    await client.end().catch(() => {});
  }
}

const asking =
  (client: pg.Client): Ask =>
  async (sql) =>
    (await client.query(sql)).rows;

async function refuseOld(client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    "select current_setting('server_version_num')::int as number, current_setting('server_version') as version",
  );
  if (rows[0].number >= oldestServer) return;
  throw new SyncError('DATABASE_TOO_OLD', `PostgreSQL ${rows[0].version} is too old.`, {
    remedy: 'Use PostgreSQL 14 or newer.',
  });
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

/** As a sentence names them. */
export function listMigrations(migrations: ReadonlyArray<{ version: number; name: string }>): string {
  const names = migrations.map(({ version, name }) => `${version} (${name})`);
  return `${names.length === 1 ? 'migration' : 'migrations'} ${names.join(', ')}`;
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
      objects: await lookForOwn(
        asking(client),
        migrations.map(({ sql }) => sql),
      ),
    };
  });
}

/**
 * Whether there is nothing to migrate, asked through the program's own pool in one statement: what nearly every start
 * finds. If not, `migrate` and `migrationStatus` know why. Only where a pooler is in between its mode is asked for too.
 * @throws SyncError DATABASE_UNREACHABLE, DATABASE_POOLED
 */
export async function isMigrated(db: Database, url: string): Promise<boolean> {
  const known = (await migrationFiles()).map(versionOf);
  try {
    if (await isPooled(db)) await refuseTransactionMode(url);
    const [found] = await query<{ ready: boolean; versions: number[] }>(
      db,
      `select current_setting('server_version_num')::int >= ${oldestServer} and not ${rolesLackRights} as ready,
         array(select version from sync.migrations order by version) as versions`,
    );
    return found!.ready && isDeepStrictEqual(found!.versions, known);
  } catch (error) {
    if (error instanceof SyncError && ['DATABASE_UNREACHABLE', 'DATABASE_POOLED'].includes(error.code))
      throw error;
    return false;
  }
}

/**
 * Creates or upgrades the schemas and roles.
 * @throws SyncError DATABASE_UNREACHABLE, DATABASE_POOLED, DATABASE_TOO_OLD, DATABASE_NEWER, DATABASE_BUSY,
 *   MIGRATION_FAILED
 */
export async function migrate(
  url: string,
  log?: Logger,
  patience: Patience = usualPatience,
): Promise<MigrationResult> {
  const migrations = await readMigrations();
  const known = migrations.at(-1)?.version ?? 0;
  return withClient(url, async (client) => {
    // Warnings, not the notices that something exists already.
    client.on('notice', ({ code, message }) => {
      if (code?.startsWith('01')) log?.warn({ event: 'migration_warning' }, message ?? '');
    });
    const current = await appliedVersions(client);
    refuseNewer(current, known);
    const complete = migrations.every(({ version }) => current.has(version));
    const nothing = complete && (await rolesThatLack(asking(client), true)).length === 0;
    if (nothing && (await missingOf(client)).length === 0) return { applied: [], granted: [], mended: [] };

    // Of whoever migrates at the same time, however long that takes; so a time limit of the role may not end it.
    await client.query('set lock_timeout = 0');
    await client.query('select pg_advisory_lock($1, $2)', [...lockKeys]);
    await prepare(client);
    const applied = await appliedVersions(client);
    refuseNewer(applied, known);
    const done: string[] = [];
    for (const migration of migrations) {
      if (applied.has(migration.version)) continue;
      await apply(client, migration, patience, log);
      log?.info({ event: 'migrated', version: migration.version, name: migration.name }, 'migration applied');
      done.push(migration.name);
    }
    const lacking = done.length === 0 ? await rolesThatLack(asking(client), true) : [];
    const granted = lacking.map(({ role }) => role);
    if (granted.length > 0) {
      for (const { name, sql } of migrations) if (ofRoles.test(name)) await client.query(sql);
      log?.info({ event: 'roles_completed', roles: granted }, 'the roles were given their rights');
    }
    const mended = await mendAts(client, migrations, done.length + granted.length > 0, log);
    return { applied: done, granted, mended };
  });
}

/** Migrations that give rights, and may be run again; not the one whose view has got more columns since. */
const ofRoles = /^(?!share_requests_and_).*roles$/;
const mendRemedy =
  'The tables must have the columns that docs/ats.md names, one row a key, and belong to the user of DATABASE_URL (`alter table ats.NAME owner to USER`). Correct that, then run `sparkhire-sync migrate` again.';

/** What is missing of schema ats, to its owner: others could do nothing about it. */
async function missingOf(client: pg.Client): Promise<MissingOfAts[]> {
  const { rows } = await client.query(
    `select from pg_namespace where nspname = 'ats' and pg_has_role(nspowner, 'usage')`,
  );
  if (rows.length === 0) return [];
  return missingOfAts(asking(client));
}

/**
 * Brings back what belongs to the tables of schema ats, as far as it can.
 * @param tolerant whether there was other work, which what is left does not spoil
 * @returns what is back
 */
async function mendAts(
  client: pg.Client,
  migrations: readonly Migration[],
  tolerant: boolean,
  log?: Logger,
): Promise<string[]> {
  const missing = await missingOf(client);
  if (missing.length === 0) return [];
  let cause: unknown;
  // Tables first, and rights after what they are on. What cannot be done keeps the rest from nothing.
  const again = (names: RegExp) => migrations.filter(({ name }) => names.test(name));
  for (const { sql } of [
    ...again(/^(ats_tables|package_jobs)$/),
    // Views before those objects: that migration would make them as they were once.
    ...again(/^ats_views$/),
    ...again(/^(ats_objects|connectors)$/),
    ...again(ofRoles),
  ]) {
    try {
      await client.query(sql);
    } catch (error) {
      refuseLostConnection(error);
      // What fails after it may fail because of it.
      cause ??= error;
    }
  }
  const left = await missingOf(client);
  const isLeft = ({ problem }: MissingOfAts) => left.some((one) => one.problem === problem);
  const mended = missing.filter((one) => !isLeft(one)).map(({ thing }) => thing);
  if (mended.length > 0)
    log?.info({ event: 'ats_mended', mended }, 'what belongs to the tables of schema ats was brought back');
  if (left.length > 0) {
    const why = cause === undefined ? '' : `: ${messageOf(cause)}`;
    const problems = left.map(({ problem }) => problem);
    const message = `Of the tables of schema ats this cannot be brought back (${problems.join('; ')})${why}`;
    if (!tolerant) {
      const own = await lookForOwn(
        asking(client),
        migrations.map(({ sql }) => sql),
      );
      // Views of these tables need the others.
      throw incomplete(own) ?? new SyncError('MIGRATION_FAILED', message, { remedy: mendRemedy, cause });
    }
    log?.warn({ event: 'ats_incomplete', missing: problems }, message);
  }
  return mended;
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
    const known = codedIfKnown(error);
    if (known instanceof SyncError && known.code !== 'DATABASE_DENIED') throw known;
    throw new SyncError('MIGRATION_FAILED', `The schema sync cannot be made: ${messageOf(error)}`, {
      remedy: 'Give the database user the right to: `grant create on database NAME to USER`.',
      cause: error,
    });
  }
}

async function apply(
  client: pg.Client,
  { version, name, sql }: Migration,
  { lockMs, pauseMs, tries }: Patience,
  log: Logger | undefined,
): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      await client.query('begin');
      await client.query(`set local lock_timeout = ${lockMs}`);
      await client.query(sql);
      await client.query('insert into sync.migrations (version, name) values ($1, $2)', [version, name]);
      await client.query('commit');
      return;
    } catch (error) {
      await client.query('rollback').catch(() => {});
      refuseLostConnection(error);
      if (!isBlocked(error)) throw migrationFailed(version, name, error);
      const who = describeHolders(await holders(client));
      const message = `Migration ${version} (${name}) waits for tables that others use: ${who}`;
      if (tried === tries) {
        throw new SyncError('DATABASE_BUSY', `${message}.`, {
          remedy:
            'End those transactions (`select pg_terminate_backend(PID)`), then run `sparkhire-sync migrate` again.',
          cause: error,
        });
      }
      // Once a minute is enough for a log.
      if (tried % 12 === 1)
        log?.warn({ event: 'migration_waits', version, name }, `${message}; trying again`);
    }
    await sleep(systemClock, pauseMs);
  }
}

/** duplicate_table, _function, _object, _schema */
const isThereAlready = /^42(P07|723|710|P06)$/;
const thereRemedy = `It is there, though sync.migrations does not say so: remove it if somebody else made it. Else a part of the database was lost. ${restoreRemedy}`;

function migrationFailed(version: number, name: string, error: unknown): SyncError {
  const known = codedIfKnown(error);
  // What is missing is what migrations make.
  const coded = known instanceof SyncError && known.code !== 'DATABASE_INCOMPLETE' ? known.remedy : undefined;
  const told = isThereAlready.test(String((error as { code?: unknown }).code)) ? thereRemedy : coded;
  return new SyncError('MIGRATION_FAILED', `Migration ${version} (${name}) failed: ${messageOf(error)}`, {
    remedy: `Nothing of it was kept. ${told ?? 'Fix the cause.'} Then run \`sparkhire-sync migrate\`.`,
    cause: error,
  });
}

/** lock_not_available, deadlock_detected */
function isBlocked(error: unknown): boolean {
  return ['55P03', '40P01'].includes(String((error as { code?: unknown }).code));
}

interface Holder {
  pid: number;
  application: string | null;
  user: string | null;
  since: Date | null;
  state: string | null;
}

/** Who has tables of the schemas locked, by the age of the transaction. */
async function holders(client: pg.Client): Promise<Holder[]> {
  const { rows } = await client.query<Holder>(
    `select a.pid, nullif(a.application_name, '') as application, a.usename as user, a.xact_start as since, a.state
     from pg_stat_activity a
     where a.pid <> pg_backend_pid() and exists (
       select from pg_locks l join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
       where l.pid = a.pid and l.granted and n.nspname in ('sync', 'sparkhire', 'ats')
         and l.database = (select oid from pg_database where datname = current_database()))
     order by a.xact_start nulls last limit 5`,
  );
  return rows;
}

function describeHolders(found: readonly Holder[]): string {
  if (found.length === 0) return 'they are gone by now';
  return found
    .map(({ pid, application, user, since, state }) => {
      const age = since === null ? '' : ` since ${since.toISOString()}`;
      return `pid ${pid} (${[application ?? 'no application name', user, state].filter(Boolean).join(', ')})${age}`;
    })
    .join('; ');
}

/** @throws SyncError DATABASE_UNREACHABLE: whether the migration would have failed is not known then */
function refuseLostConnection(error: unknown): void {
  const coded = codedIfConnection(error);
  if (coded !== error) throw coded;
}
