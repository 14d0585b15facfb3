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
