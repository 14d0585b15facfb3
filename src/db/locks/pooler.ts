/**
 * Poolers that give a connection's statements to changing server processes. Locks of a session do not hold behind one:
 * two services would work at the same time, and locks would be left behind for good.
 */
import { messageOf, SyncError } from '../../errors.js';
import { Connection } from '../connection.js';
import { codedIfKnown } from '../connection-error.js';

export const poolerRemedy =
  'Point DATABASE_URL at PostgreSQL itself, or at a pool in session mode (PgBouncer: pool_mode = session, or another port). Locks let one process at a time work on an account. In transaction mode they are lost or left behind, so two services could work at the same time.';

/** Poolers that people have without having set one up, and where the same database is had directly. */
function directAddress(url: string): string | null {
  const { hostname, port } = new URL(url);
  if (/-pooler\.[^/]*neon\.tech$/.test(hostname)) return `the host ${hostname.replace('-pooler.', '.')}`;
  if (/\.pooler\.supabase\.com$/.test(hostname) && port === '6543') return 'port 5432 of the same host';
  if (/\.supabase\.co$/.test(hostname) && port === '6543') return 'port 5432 of the same host';
  return null;
}

/**
 * To be called where a connection turned out to be pooled: whether locks hold there all the same.
 * @throws SyncError DATABASE_POOLED, DATABASE_UNREACHABLE
 */
export async function refuseTransactionMode(url: string): Promise<void> {
  const evidence = await findPooler(url);
  if (evidence === null) return;
  const direct = directAddress(url);
  throw new SyncError(
    'DATABASE_POOLED',
    `A connection pooler in transaction mode is between here and PostgreSQL: ${evidence}.`,
    { remedy: `${poolerRemedy}${direct === null ? '' : ` Here that is ${direct}.`}` },
  );
}

/**
 * Whether something between here and the server gives a connection's statements to changing server processes.
 * Two connections are used at once: such a pooler gives the second one the server the first one just used. So one
 * must keep its server process while others hold theirs.
 * @returns the evidence, as the end of a sentence; null if every connection has its own server process
 * @throws SyncError DATABASE_UNREACHABLE
 */
export async function findPooler(url: string): Promise<string | null> {
  const opened: Connection[] = [];
  const open = async () => {
    const connection = new Connection({
      connectionString: url,
      application_name: 'sparkhire-sync doctor',
      connectionTimeoutMillis: 10_000,
      query_timeout: 10_000,
    });
    connection.on('error', () => {}); // the pending query rejects as well
    await connection.connect();
    opened.push(connection);
    return connection;
  };
  try {
    const holder = await open();
    const pid = await server(holder);
    for (let n = 0; n < 3; n++) {
      const other = await open();
      const refused = await other.query('begin').then(
        () => null,
        (error: { code?: unknown }) => {
          if (error.code !== '08P01') throw error;
          return messageOf(error);
        },
      );
      if (refused !== null) return `a transaction was refused (${refused})`;
      if ((await server(other)) === pid) return 'two connections were given the same server process';
    }
    // One that takes turns among many servers shows by now.
    for (let n = 0; n < 3; n++) {
      if ((await server(holder)) !== pid) return 'one connection was given two server processes';
    }
    return null;
  } catch (error) {
    throw codedIfKnown(error);
  } finally {
    await Promise.all(opened.map((connection) => connection.end().catch(() => {})));
  }
}

async function server(connection: Connection): Promise<number> {
  return (await connection.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;
}
