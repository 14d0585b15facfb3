/**
 * Runs once, before all tests. It starts no PostgreSQL yet, only a door at which the first test that needs
 * a database knocks: unit tests alone do not pay for a server.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { prepareReset, type Reset } from './database-reset.js';
import { startTestServer, type TestServer } from './postgres-server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** GET it: the server (started then, if it is the first time) as a `TestDatabases` in JSON. */
    testDatabasesUrl: string;
  }
}

/** What a test needs to make databases. */
export interface TestDatabases {
  /** A superuser's connection to a database that tests leave alone. */
  adminUrl: string;
  /** A database with all migrations applied, to clone. */
  template: string;
  /** What the names of this run's databases start with. */
  prefix: string;
  /** How the server clones a small database soonest: written in its files, not in its log; '' where it has no choice. */
  strategy: string;
  /** How a used clone becomes a new one. */
  reset: Reset;
}

interface Started extends TestDatabases {
  server: TestServer;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let started: Promise<Started> | undefined;
  const door = createServer((_request, response) => {
    started ??= start();
    started.then(
      ({ server: _, ...databases }) => response.end(JSON.stringify(databases)),
      (error) => response.writeHead(500).end(error instanceof Error ? error.stack : String(error)),
    );
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  project.provide('testDatabasesUrl', `http://127.0.0.1:${(door.address() as AddressInfo).port}/`);
  return async () => {
    door.close();
    door.closeAllConnections();
    const databases = await started?.catch(() => undefined);
    if (!databases) return;
    if (!databases.server.throwAway)
      await dropDatabases(databases.adminUrl, (name) => name.startsWith(databases.prefix));
    await databases.server.stop();
  };
}

const family = 'sparkhire_test_';

async function start(): Promise<Started> {
  const server = await startTestServer();
  try {
    // The time in the name lets a later run tell what a killed one left on a server that stays.
    const prefix = `${family}${Math.floor(Date.now() / 1000)}_${process.pid}_`;
    if (!server.throwAway) await dropDatabases(server.url, abandoned);
    const template = `${prefix}template`;
    const url = new URL(server.url);
    url.pathname = `/${template}`;
    await query(server.url, `create database ${template} template template0`);
    // Only now: tests without a database run whether migrations load or not.
    const { migrate } = await import('../../src/db/migrate.js');
    await migrate(url.href);
    const reset = await withClient(url.href, prepareReset);
    // Nobody can connect to it any more: an open connection would fail every clone.
    await query(server.url, `alter database ${template} with allow_connections false`);
    const [{ version }] = (
      await query(server.url, `select current_setting('server_version_num')::int as version`)
    ).rows;
    const strategy = version >= 150_000 ? 'strategy file_copy' : '';
    return { adminUrl: server.url, template, prefix, strategy, reset, server };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** A day old: no test run takes that long. */
function abandoned(name: string): boolean {
  const seconds = Number(/^sparkhire_test_(\d+)_/.exec(name)?.[1]);
  return seconds < Date.now() / 1000 - 86_400;
}

async function dropDatabases(adminUrl: string, which: (name: string) => boolean): Promise<void> {
  const found = await query(
    adminUrl,
    `select datname from pg_database where starts_with(datname, '${family}')`,
  );
  for (const { datname } of found.rows) {
    if (which(datname)) await query(adminUrl, `drop database if exists "${datname}" with (force)`);
  }
}

const query = (url: string, sql: string) => withClient(url, (client) => client.query(sql));

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
