import knexModule, { type Knex } from 'knex';
import type pg from 'pg';
import { connectionError } from './connection-error.js';

export type Database = Knex;

/** A transaction: `query` takes PostgreSQL's own $1 placeholders, `connection` serves COPY. */
export interface Transaction {
  query<Row = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  connection: pg.Client;
}

export interface DatabaseOptions {
  /** Most connections held at once; 10 unless given. */
  maxConnections?: number;
  applicationName?: string;
}

/** A pool on the database. Connections are made when first needed; `destroy()` closes them. */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  return knexModule.default({
    client: 'pg',
    connection: {
      connectionString: url,
      application_name: options.applicationName ?? 'sparkhire-sync',
      keepAlive: true,
    },
    pool: { min: 0, max: options.maxConnections ?? 10 },
    acquireConnectionTimeout: 30_000,
  });
}

/** One connection is enough to tell whether the database is there. */
export async function checkConnection(db: Database): Promise<void> {
  try {
    await db.raw('select 1');
  } catch (error) {
    throw connectionError(error);
  }
}

/** Runs a statement outside any transaction, with $1 placeholders. */
export async function query<Row = Record<string, unknown>>(
  db: Database,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const connection = (await db.client.acquireConnection()) as pg.Client;
  try {
    return (await connection.query(sql, values)).rows as Row[];
  } finally {
    await db.client.releaseConnection(connection);
  }
}

/** Commits what `work` did, or nothing of it. */
export async function inTransaction<T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return db.transaction(async (trx) => {
    const connection = (await trx.client.acquireConnection()) as pg.Client;
    return work({
      connection,
      async query<Row>(sql: string, values: unknown[] = []) {
        return (await connection.query(sql, values)).rows as Row[];
      },
    });
  });
}
