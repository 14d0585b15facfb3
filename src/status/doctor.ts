/** The checks of `doctor` that concern the database, and the sum of all. */
import { type Clock, systemClock } from '../clock.js';
import type { Account } from '../config.js';
import { type Database, openDatabase, query } from '../db/database.js';
import { inspectServer, type ServerFacts } from '../db/diagnosis.js';
import { findPooler, poolerRemedy } from '../db/locks/pooler.js';
import { listMigrations, type MigrationStatus, migrate, migrationStatus } from '../db/migrate.js';
import { restoreRemedy } from '../db/objects/own-objects.js';
import { strayAccounts, strayRemedy } from '../db/objects/stray-accounts.js';
import { type Check, checksOf } from './checks/check.js';
import { checkFields } from './checks/odd-fields.js';
import { duration } from './render/words.js';

/** Clocks may differ by so much. */
export const toleratedSkewMs = 30_000;

const { passed, warned, failed, threw, blocked } = checksOf(null);

const databaseChecks = ['pooler', 'migrations', 'roles', 'ats', 'database_clock'];

/**
 * Looks at the database. Whatever is wrong is a check that failed; never rejects.
 * @param migrateEmpty whether an empty database is given its tables, as every other command would do at its start
 */
export async function checkDatabase(
  url: string,
  migrateEmpty: boolean,
  clock: Clock = systemClock,
): Promise<Check[]> {
  let facts: ServerFacts;
  let server: Check;
  let pooler: Check;
  let migrations: Check;
  try {
    facts = await inspectServer(url, clock);
    server = judgeServer(facts);
    pooler = await checkPooler(url);
    migrations = pooler.ok
      ? await checkMigrations(url, migrateEmpty && server.ok)
      : blocked('migrations', 'cannot be checked without connections of its own');
    facts = await inspectServer(url, clock);
  } catch (error) {
    return [threw('database', error), ...withoutDatabase()];
  }
  return [
    server,
    pooler,
    migrations,
    judgeRoles(facts),
    judgeAts(facts),
    judgeClock('database_clock', "the database's clock", facts.aheadMs, facts.uncertainMs),
  ];
}

/** The checks that need a database, where there is none. */
export function withoutDatabase(): Check[] {
  return databaseChecks.map((check) => blocked(check, 'cannot be checked without the database'));
}

export function judgeServer(facts: ServerFacts): Check {
  const { version, versionNumber, database, user, readOnly, encoding, connections } = facts;
  const name = `PostgreSQL ${version}, database ${database}, user ${user}`;
  if (versionNumber < 140_000) {
    return failed('database', `${name}: too old`, 'Use PostgreSQL 14 or newer.');
  }
  if (readOnly) {
    return failed(
      'database',
      `${name}: read only`,
      'Point DATABASE_URL at the primary server, not at a replica or a database set to read only.',
    );
  }
  if (encoding !== 'UTF8') {
    return warned(
      'database',
      `${name}, encoding ${encoding}`,
      "Use a database with encoding UTF8: `create database NAME template template0 encoding 'UTF8'`. In another one, a letter that the encoding lacks stops the reading, and accented letters are not compared in small and capitals.",
    );
  }
  const free = connections.most - connections.used;
  if (free < 15) {
    return warned(
      'database',
      `${name}; ${connections.used} of ${connections.most} connections are in use`,
      'Raise max_connections of the server, or lower database.maxConnections: a service may take that many and one more.',
    );
  }
  return passed('database', name);
}

async function checkPooler(url: string): Promise<Check> {
  try {
    const evidence = await findPooler(url);
    if (evidence === null) return passed('pooler', 'every connection has a server process of its own');
    return failed(
      'pooler',
      `a connection pooler in transaction mode is in between: ${evidence}`,
      poolerRemedy,
    );
  } catch (error) {
    return threw('pooler', error);
  }
}

async function checkMigrations(url: string, migrateEmpty: boolean): Promise<Check> {
  try {
    const status = await migrationStatus(url);
    const isEmpty = status.applied === 0 && status.objects.there === 0;
    if (!isEmpty || !migrateEmpty) return judgeMigrations(status);
    await migrate(url);
    return passed('migrations', `the database was empty; all ${status.known} were applied now`);
  } catch (error) {
    return threw('migrations', error);
  }
}

export function judgeMigrations({ known, applied, migrations, objects }: MigrationStatus): Check {
  if (applied > known) {
    return failed(
      'migrations',
      `the database has migration ${applied}, this program knows up to ${known}`,
      'Use the newer version of sparkhire-sync that migrated this database.',
    );
  }
  const missing = migrations.filter(({ appliedAt }) => appliedAt === null);
  // Where nothing is recorded, what is there tells that it was.
  const isUnrecorded = applied === 0 && objects.there > 0;
  if (objects.missing.length > 0 && (missing.length === 0 || isUnrecorded)) {
    return failed('migrations', `there is no ${objects.missing.join(', no ')}`, restoreRemedy);
  }
  if (isUnrecorded)
    return failed('migrations', 'no migration is recorded, though tables are there', restoreRemedy);
  if (missing.length > 0) {
    const what =
      applied === 0
        ? `the database is empty, this program needs ${known} migrations`
        : `the database lacks ${listMigrations(missing)}`;
    return failed('migrations', what, 'Run `sparkhire-sync migrate`.');
  }
  return passed('migrations', `all ${known} are applied`);
}

export function judgeRoles({ roles }: Pick<ServerFacts, 'roles'>): Check {
  const missing = roles.filter(({ exists }) => !exists).map(({ name }) => name);
  if (missing.length > 0) {
    const statements = missing.map((name) => `create role ${name} nologin;`).join(' ');
    return warned(
      'roles',
      `there is no role ${missing.join(' and no role ')}`,
      `Have a user who may create roles run \`${statements}\`, then run \`sparkhire-sync migrate\`.`,
    );
  }
  const bare = roles.filter(({ lacks }) => lacks.length > 0);
  if (bare.length > 0) {
    return warned(
      'roles',
      bare.map(({ name, lacks }) => `${name} may not ${lacks.join(', ')}`).join('\n'),
      'Run `sparkhire-sync migrate` as the owner of the schemas and tables: it gives the roles their rights.',
    );
  }
  return passed('roles', roles.map(({ name }) => name).join(', '));
}

/** Whether the tables of schema ats have what the migrations gave them. */
export function judgeAts({ missingOfAts }: Pick<ServerFacts, 'missingOfAts'>): Check {
  if (missingOfAts === null) return blocked('ats', 'cannot be checked without the schema');
  if (missingOfAts.length === 0)
    return passed('ats', 'the tables of the ATS have their keys, triggers, views and rights');
  return failed(
    'ats',
    missingOfAts.map(({ problem }) => problem).join('\n'),
    'Run `sparkhire-sync migrate`: it brings back what was lost with a table that was replaced, and switches triggers on. A table that is missing is made again, empty. Let the loader empty and fill tables in one transaction instead of replacing them.',
  );
}

/** @param aheadMs how far the other clock is ahead of this machine's */
export function judgeClock(
  check: string,
  whose: string,
  aheadMs: number,
  uncertainMs: number,
  { passed, warned } = checksOf(null),
): Check {
  const off = Math.abs(aheadMs);
  if (off - uncertainMs > toleratedSkewMs) {
    return warned(
      check,
      `${whose} is ${duration(off / 1000)} ${aheadMs > 0 ? 'ahead of' : 'behind'} the one of this machine`,
      'Have both machines keep their time by NTP. Deadlines are judged and shown by these clocks.',
    );
  }
  // Within the coarseness of the look nothing can be told.
  const seconds = off <= uncertainMs ? 0 : off / 1000;
  return passed(
    check,
    `${whose} differs from the one of this machine by ${seconds < 1 ? 'less than 1 s' : duration(seconds)}`,
  );
}

export interface DoctorOptions {
  databaseUrl: string;
  /** Whether an empty database is given its tables. */
  migrateEmpty: boolean;
  accounts: readonly Account[];
  /** The checks of an account that need Spark Hire, by whoever may ask it. */
  runAccountChecks: (account: Account, db: Database) => Promise<Check[]>;
  clock?: Clock;
}

/** Everything there is to check once the settings can be used. Never rejects for what it finds. */
export async function examine(options: DoctorOptions): Promise<Check[]> {
  const checks = await checkDatabase(options.databaseUrl, options.migrateEmpty, options.clock);
  const broken = ['database', 'pooler', 'migrations'].find(
    (name) => checks.find(({ check }) => check === name)?.ok !== true,
  );
  if (broken !== undefined) {
    const why = broken === 'pooler' ? 'connections of its own' : `the ${broken}`;
    return [...checks, ...options.accounts.map((account) => withoutBooking(account, why))];
  }
  const db = openDatabase(options.databaseUrl, {
    maxConnections: 3,
    applicationName: 'sparkhire-sync doctor',
  });
  try {
    checks.push(...(await checkStrays(db, options.accounts)));
    for (const account of options.accounts) {
      try {
        checks.push(...(await options.runAccountChecks(account, db)));
        checks.push(await checkFields(db, account.name));
      } catch (error) {
        checks.push(checksOf(account.name).threw('spark_hire', error));
      }
      checks.push(...(await checkActivities(db, account.name)));
    }
  } finally {
    await db.destroy();
  }
  return checks;
}

/** @returns nothing where every row names an account that is known */
async function checkStrays(db: Database, accounts: readonly Account[]): Promise<Check[]> {
  try {
    const strays = await query<{ account: string }>(db, strayAccounts);
    const names = strays
      .map(({ account }) => account)
      .filter((name) => !accounts.some((one) => one.name === name));
    if (names.length === 0) return [];
    const shown = names.map((name) => JSON.stringify(name)).join(', ');
    const what = `rows in schema ats name account ${shown}, for which nobody works: they are not processed`;
    return [warned('ats_accounts', what, strayRemedy)];
  } catch (error) {
    return [threw('ats_accounts', error)];
  }
}

function withoutBooking({ name }: Account, why: string): Check {
  return checksOf(name).blocked(
    'spark_hire',
    `cannot be checked without ${why}: requests are booked there, so that the rate limit holds`,
  );
}

/** What the service recorded of its own work on an account: what fails there need not be found again. */
async function checkActivities(db: Database, account: string): Promise<Check[]> {
  const { passed, warned, threw } = checksOf(account);
  try {
    const rows = await query<{
      activity: string;
      failures: number;
      error_code: string | null;
      error: string | null;
      remedy: string | null;
      seconds: number | null;
    }>(
      db,
      `select activity, failures, error_code, error, remedy,
         extract(epoch from clock_timestamp() - succeeded_at)::float8 as seconds
       from sync.activities where account = $1 order by activity`,
      [account],
    );
    if (rows.length === 0) return [];
    const failing = rows.filter(({ failures }) => failures > 0);
    if (failing.length === 0) {
      const tick = rows.find(({ activity }) => activity === 'tick')?.seconds ?? null;
      const last = tick === null ? '' : `; the last tick succeeded ${duration(tick)} ago`;
      return [passed('activities', `none of the service's activities fails${last}`)];
    }
    return failing.map(({ activity, failures, error_code, error, remedy }) =>
      warned(
        'activities',
        `${activity} failed ${failures} times in a row: ${[error_code, error].filter((part) => part !== null).join(': ')}`,
        `${remedy === null ? '' : `${remedy} `}It is tried again automatically; \`sparkhire-sync status\` shows when.`,
      ),
    );
  } catch (error) {
    return [threw('activities', error)];
  }
}
