/**
 * The database: connections, transactions, migrations, locks, checkpoints and booked requests. All other rooms reach
 * PostgreSQL by it and write their own statements. It knows schemas and rights, and not what a row means.
 */
import knexModule, { type Knex } from 'knex';
import type pg from 'pg';
import { messageOf, SyncError } from '../errors.js';
import { Connection } from './connection.js';
import { codedIfKnown, connectionError } from './connection-error.js';

export type Database = Knex;

/**
 * A statement that its connection keeps prepared under its name: PostgreSQL plans it a few times at most. For those whose
 * planning is much of their cost. What is planned while a table is small may stay so until PostgreSQL analyzes it, so a mere
 * look-up, which is planned quickly, is better planned anew.
 */
export interface Prepared {
  name: string;
  text: string;
}

/** Where a statement is run, with PostgreSQL's own $1 placeholders: in a transaction, or by itself. */
export interface Statements {
  query<Row = Record<string, unknown>>(sql: string | Prepared, values?: unknown[]): Promise<Row[]>;
}

/** `connection` serves COPY. */
export interface Transaction extends Statements {
  connection: pg.Client;
}

export interface DatabaseOptions {
  /** Most connections held at once; 10 unless given. */
  maxConnections?: number;
  applicationName?: string;
}

/** A pool on the database. Connections are made when first needed; `destroy()` closes them. */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const db = knexModule.default({
    client: 'pg',
    // Else each new connection is asked for it first.
    version: '14',
    connection: {
      connectionString: url,
      application_name: options.applicationName ?? 'sparkhire-sync',
      keepAlive: true,
    },
    pool: { min: 0, max: options.maxConnections ?? 10 },
    acquireConnectionTimeout: 30_000,
    // Knex would write to stdout, which belongs to the commands. What fails also rejects.
    log: { debug: () => {}, warn: () => {}, error: () => {}, deprecate: () => {} },
  });
  db.client.driver = { ...db.client.driver, Client: Connection };
  return db;
}

async function withConnection<T>(db: Database, use: (connection: pg.Client) => Promise<T>): Promise<T> {
  let connection: pg.Client | undefined;
  try {
    connection = (await db.client.acquireConnection()) as pg.Client;
    return await use(connection);
  } catch (error) {
    if (connection === undefined) throw connectionError(error);
    const { fault } = connection as Connection;
    const coded = codedIfKnown(isDead(error) ? (fault ?? error) : error);
    // The driver would tell the pool a little later, and somebody could be given the dead connection meanwhile.
    if (coded !== error && coded instanceof SyncError && coded.code === 'DATABASE_UNREACHABLE') {
      connection.emit('error', error);
    }
    throw coded;
  } finally {
    if (connection !== undefined) await db.client.releaseConnection(connection);
  }
}

/** pg's words, which have no code. */
const isDead = (error: unknown) => messageOf(error).endsWith('is not queryable');

/** Whether another server process than the one that answered at the beginning does the work: a pooler is in between. */
export function isPooled(db: Database): Promise<boolean> {
  return withConnection(db, async (connection) => (connection as Connection).isPooled);
}

/**
 * Runs a statement outside any transaction, with $1 placeholders.
 * @throws SyncError DATABASE_…: what somebody who runs the database can cause; PostgreSQL's other errors as they are
 */
export function query<Row = Record<string, unknown>>(
  db: Database,
  sql: string | Prepared,
  values: unknown[] = [],
): Promise<Row[]> {
  return withConnection(db, (connection) => rowsOf<Row>(connection, sql, values));
}

async function rowsOf<Row>(connection: pg.Client, sql: string | Prepared, values: unknown[]): Promise<Row[]> {
  const asked =
    typeof sql === 'string' ? connection.query(sql, values) : connection.query({ ...sql, values });
  return (await asked).rows as Row[];
}

/** Runs each statement by itself: a transaction around a single one takes two round trips more, and gives nothing. */
export function byThemselves(db: Database): Statements {
  return { query: (sql, values) => query(db, sql, values) };
}

/**
 * Whoever stands still within a transaction (a suspended machine, a stopped process) holds up whoever took over from
 * it, and TCP does not tell that it does: PostgreSQL ends such a transaction. For this one only, so that nothing of it
 * is left behind a pooler.
 */
const begin = "begin; set local idle_in_transaction_session_timeout = '10s'";

/**
 * Commits what `work` did, or nothing of it. Rejects with the error of `work`, whatever the rollback meets.
 * @param opening statements without placeholders that are sent with the beginning, in one round trip; `work` is given their rows
 * @throws SyncError DATABASE_…: what somebody who runs the database can cause; PostgreSQL's other errors as they are
 */
export function inTransaction<T>(
  db: Database,
  work: (tx: Transaction, opened: Array<Record<string, unknown>>) => Promise<T>,
  opening = '',
): Promise<T> {
  return withConnection(db, async (connection) => {
    let result: T;
    try {
      const answers = (await connection.query(`${begin}; ${opening}`)) as unknown as pg.QueryResult[];
      const opened = answers.flatMap(({ rows }) => rows);
      const tx: Transaction = {
        connection,
        query: (sql, values = []) => rowsOf(connection, sql, values),
      };
      result = await work(tx, opened);
    } catch (error) {
      // Who could not roll back is of no use to the next one.
      await connection.query('rollback').catch((failure) => connection.emit('error', failure));
      throw error;
    }
    // After a failed statement that `work` made light of, PostgreSQL answers a commit by rolling back.
    const { command } = await connection.query('commit');
    if (command !== 'COMMIT') throw new Error('a statement of the transaction failed: it was rolled back');
    return result;
  });
}

/** The same for what only reads: all of it sees one moment of the database. */
export function inSnapshot<T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return inTransaction(db, work, 'set transaction isolation level repeatable read, read only');
}
