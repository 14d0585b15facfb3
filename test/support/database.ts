/** Databases for tests: real, empty or migrated, each for one test or file alone. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type { TestDatabases } from './global-setup.js';

export interface TestDatabase {
  /** A superuser's connection string. */
  url: string;
  /** Removes the database, with whatever is still connected to it. */
  drop(): Promise<void>;
}

/** A database with all migrations applied and no rows. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { template } = await testDatabases();
  return create(template);
}

/** A database without anything in it. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return create('template0');
}

let asked: Promise<TestDatabases> | undefined;

function testDatabases(): Promise<TestDatabases> {
  asked ??= fetch(inject('testDatabasesUrl')).then(async (response) => {
    if (!response.ok) throw new Error(`There is no PostgreSQL to test with:\n${await response.text()}`);
    return (await response.json()) as TestDatabases;
  });
  return asked;
}

async function create(template: string): Promise<TestDatabase> {
  const { adminUrl, prefix, strategy } = await testDatabases();
  const name = `${prefix}${randomBytes(6).toString('hex')}`;
  await withAdmin(adminUrl, async (client) => {
    for (let attempt = 1; ; attempt++) {
      // One at a time: a clone fails while something else uses its template. The lock goes with the connection.
      await client.query("select pg_advisory_lock(hashtext('sparkhire test template'))");
      try {
        await client.query(`create database ${name} template ${template} ${strategy}`);
        return;
      } catch (error) {
        // object_in_use, although PostgreSQL itself waits 5 s: autovacuum may look at a template.
        if ((error as { code?: string }).code !== '55006' || attempt === 5) throw error;
      } finally {
        await client.query("select pg_advisory_unlock(hashtext('sparkhire test template'))");
      }
    }
  });
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () =>
      withAdmin(adminUrl, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

async function withAdmin<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
