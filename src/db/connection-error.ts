import { messageOf, SyncError } from '../errors.js';

/** A failed connection as a coded error. The message of the driver names host and port, never the password. */
export function connectionError(error: unknown): SyncError {
  const code = (error as { code?: string }).code ?? '';
  const remedy =
    code === '28P01' || code === '28000'
      ? 'Check the user and the password in DATABASE_URL.'
      : code === '3D000'
        ? 'Create the database named in DATABASE_URL, or name one that exists.'
        : 'Check DATABASE_URL and that the server is running; leave DATABASE_URL unset to use the embedded PostgreSQL.';
  const nested = error instanceof AggregateError ? error.errors.map(messageOf).join('; ') : '';
  return new SyncError(
    'DATABASE_UNREACHABLE',
    `PostgreSQL cannot be reached: ${messageOf(error) || nested}`,
    {
      remedy,
      cause: error,
    },
  );
}

// SQLSTATEs that speak of the connection (08, 28, 3D000, 53300, 57P..) and timeouts that end it; codes of sockets.
const connectionCodes =
  /^(08...|28...|3D000|53300|57P0.|25P03|E(CONN\w+|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN))$/;
// What pg and knex say without a code.
const connectionWords = /Connection terminated|connection error and is not queryable|Client was closed/;

/** A failed or lost connection as a coded error; any other error as it is. */
export function codedIfConnection(error: unknown): unknown {
  if (error instanceof SyncError) return error;
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  const isConnection =
    (typeof code === 'string' && connectionCodes.test(code)) ||
    name === 'KnexTimeoutError' ||
    connectionWords.test(messageOf(error));
  return isConnection ? connectionError(error) : error;
}

/** SQLSTATE 53100: the server's disk is full. Any other error as it is. */
export function codedIfFull(error: unknown): unknown {
  if ((error as { code?: unknown } | null)?.code !== '53100') return error;
  return new SyncError('DATABASE_FULL', `PostgreSQL has no room left: ${messageOf(error)}`, {
    remedy:
      'Free some space on the disk of the PostgreSQL server; nothing is lost, and the work goes on by itself.',
    cause: error,
  });
}
