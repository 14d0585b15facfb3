/** Databases for tests: real, empty or migrated, each for one test or file alone. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { reset } from './database-reset.js';
import type { TestDatabases } from './global-setup.js';
import { type Ask, inTurn } from './in-turn.js';
import { waitingIn } from './warm-connections.js';

export interface TestDatabase {
  /** A superuser's connection string. */
  url: string;
  /** Nobody reaches the database any more by its name, and whatever is still connected to it is cut off. */
  drop(): Promise<void>;
}

/** Migrated databases that were used and emptied: a clone and its removal cost more than twice as much. */
const free: string[] = [];

/** A database with all migrations applied and no rows. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { template } = await testDatabases();
  const name = free.pop() ?? (await create(template));
  return lend(name, () => takeBack(name));
}

/**
 * Empties a database in place for another use by the same test; what is still at work in it is cut off, idle sessions stay.
 * @returns whether it is like a new one
 */
export async function emptyTestDatabase({ url }: TestDatabase): Promise<boolean> {
  const admin = await administrator();
  await admin.query(
    `select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = $1 and state is distinct from 'idle'`,
    [new URL(url).pathname.slice(1)],
  );
  return reset(url, (await testDatabases()).reset);
}

/** A database without anything in it. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const name = await create('template0');
  return lend(name, () => remove(name));
}

/** Another database with all that one of these has, as a backup that was restored. Whatever is connected to it is cut off. */
export async function copyTestDatabase(url: string): Promise<TestDatabase> {
  const { prefix } = await testDatabases();
  const from = new URL(url).pathname.slice(1);
  const name = newName(prefix);
  const admin = await administrator();
  await admin.query(
    `select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '${from}'`,
  );
  await admin.query(`create database ${name} template ${from}`);
  return lend(name, () => remove(name));
}

/** The database is lost, and this copy takes its name. Whatever is connected to either is cut off. */
export async function replaceTestDatabase(url: string, copy: TestDatabase): Promise<void> {
  const [lost, found] = [url, copy.url].map((one) => new URL(one).pathname.slice(1));
  const admin = await administrator();
  await admin.query(`drop database ${lost} with (force)`);
  await admin.query(`alter database ${found} rename to ${lost}`);
}

async function lend(name: string, giveBack: () => Promise<void>): Promise<TestDatabase> {
  let given: Promise<void> | undefined;
  return {
    url: await urlOf(name),
    drop() {
      given ??= giveBack();
      return given;
    },
  };
}

/** Empties a database for the next test. One whose structure was changed is removed. */
async function takeBack(name: string): Promise<void> {
  const { prefix, reset: how } = await testDatabases();
  const admin = await administrator();
  const waiting = waitingIn(name);
  const { rowCount: cutOff } = await admin.query(
    `select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = $1 and pid <> all($2)`,
    [name, waiting.processes],
  );
  waiting.endMost();
  let next = name;
  if (cutOff !== 0) {
    // What a test left behind may connect again, and must not find what is the next test's.
    next = newName(prefix);
    try {
      await admin.query(
        `select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '${name}';
         alter database ${name} rename to ${next}`,
      );
    } catch {
      return remove(name);
    }
  }
  if (await reset(await urlOf(next), how)) free.push(next);
  else await remove(next);
}

let asked: Promise<TestDatabases> | undefined;

function testDatabases(): Promise<TestDatabases> {
  asked ??= fetch(inject('testDatabasesUrl')).then(async (response) => {
    if (!response.ok) throw new Error(`There is no PostgreSQL to test with:\n${await response.text()}`);
    return (await response.json()) as TestDatabases;
  });
  return asked;
}

const newName = (prefix: string) => `${prefix}${randomBytes(6).toString('hex')}`;

async function urlOf(name: string): Promise<string> {
  const url = new URL((await testDatabases()).adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function create(template: string): Promise<string> {
  const { prefix, strategy } = await testDatabases();
  const name = newName(prefix);
  const admin = await administrator();
  for (let attempt = 1; ; attempt++) {
    // One process at a time: a clone fails while something else uses its template.
    await admin.query("select pg_advisory_lock(hashtext('sparkhire test template'))");
    try {
      await admin.query(`create database ${name} template ${template} ${strategy}`);
      return name;
    } catch (error) {
      // object_in_use, although PostgreSQL itself waits 5 s: autovacuum may look at a template.
      if ((error as { code?: string }).code !== '55006' || attempt === 5) throw error;
    } finally {
      await admin.query("select pg_advisory_unlock(hashtext('sparkhire test template'))");
    }
  }
}

async function remove(name: string): Promise<void> {
  const admin = await administrator();
  await admin.query(`drop database if exists ${name} with (force)`);
}

let connected: Promise<{ query: Ask }> | undefined;

/** One connection for all that this process does to databases. It keeps no process alive. */
function administrator(): Promise<{ query: Ask }> {
  connected ??= connect();
  return connected;
}

async function connect(): Promise<{ query: Ask }> {
  const client = new pg.Client({ connectionString: (await testDatabases()).adminUrl });
  const lost = () => {
    connected = undefined;
  };
  // The end of the server is no news, and another may be connected to meanwhile.
  client.on('error', lost);
  client.on('end', lost);
  try {
    await client.connect();
  } catch (error) {
    lost();
    throw error;
  }
  // @types/pg does not know it.
  (client as unknown as { unref(): void }).unref();
  return { query: inTurn(client) };
}
