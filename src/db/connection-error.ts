/** Errors of PostgreSQL, of its driver and of the network, as coded ones with what to do. */
import { messageOf, SyncError } from '../errors.js';
import { refusedBy } from './refused.js';
import { meaningOf } from './sqlstate.js';

const theirCertificate =
  'The certificate of the server is signed by an authority that is not known here: add sslrootcert=FILE (its certificate, PEM) to DATABASE_URL. With sslmode=no-verify the connection is encrypted, but whoever answers is trusted.';
const anotherName =
  'Use the host name in DATABASE_URL that stands in the certificate of the server. With sslmode=no-verify the connection is encrypted, but whoever answers is trusted.';

/** PostgreSQL's driver has nothing to answer with: DATABASE_URL names no password, nor does the environment. */
const lacksWords = /password must be a string/;

/** Codes and words of what fails on the way to a server, and what helps. Neither has a SQLSTATE. */
const onTheWay: Array<[RegExp, string]> = [
  [/SELF_SIGNED_CERT|UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)|CERT_UNTRUSTED/, theirCertificate],
  [/CERT_ALTNAME_INVALID/, anotherName],
  [/CERT_(HAS_EXPIRED|NOT_YET_VALID)/, 'Renew the certificate of the server, or set the clock right.'],
  [
    /does not support SSL/,
    'The server takes no encrypted connections: leave sslmode out of DATABASE_URL, or switch TLS on there (ssl = on).',
  ],
  [/CERT_|_CERT|ERR_SSL|ERR_TLS|ERR_OSSL/, 'Check sslrootcert, sslcert and sslkey in DATABASE_URL.'],
  [
    /password must be|SASL/,
    'The server asks for a password, and DATABASE_URL has none that can be used: postgres://USER:PASSWORD@HOST/DATABASE (special characters as %XX).',
  ],
  [
    /no encryption|SSL off|sslmode=require/,
    'The server takes encrypted connections only: add sslmode=require to DATABASE_URL, with sslrootcert=FILE where its certificate is signed by a private authority.',
  ],
  [
    /not currently accepting connections/,
    'Let the database named in DATABASE_URL take connections: `alter database NAME allow_connections true`, or name another one.',
  ],
  [
    /cannot connect to invalid database/,
    'Somebody began to drop the database named in DATABASE_URL: drop it, and restore it from a backup.',
  ],
  [/^42501$/, 'Let the user connect: `grant connect on database NAME to USER`.'],
  [
    /^(ENOENT|EACCES|EISDIR): .*open/,
    'Check the files that sslrootcert, sslcert and sslkey name in DATABASE_URL.',
  ],
];
/** Whether it is somebody's server or the embedded one: who began without it loses sight of what the other holds. */
const elsewhere =
  'Check that the PostgreSQL server is running, and DATABASE_URL where it is set. Nothing is lost: a running service continues automatically.';

/** A failed connection as a coded error. The message of the driver names host and port, never the password. */
export function connectionError(error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  const code = String((error as { code?: unknown }).code ?? '');
  const nested = error instanceof AggregateError ? error.errors.map(messageOf).join('; ') : '';
  const message = messageOf(error) || nested;
  const told = onTheWay.find(([words]) => words.test(code) || words.test(message))?.[1];
  const remedy = told ?? meaningOf(code)?.remedy ?? elsewhere;
  return new SyncError('DATABASE_UNREACHABLE', `PostgreSQL cannot be reached: ${message}`, {
    remedy,
    cause: error,
  });
}

/** Whether waiting cannot help: the server asks for a password, and this process was given none. */
export function lacksPassword(error: unknown): boolean {
  return error instanceof SyncError && lacksWords.test(messageOf(error.cause));
}

const socketCodes = /^E(CONN\w+|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN)$/;
// What pg and knex say without a code.
const connectionWords =
  /Connection terminated|connection error and is not queryable|Client was closed|Query read timeout/;

/** A failed or lost connection as a coded error; any other error as it is. */
export function codedIfConnection(error: unknown): unknown {
  const coded = codedIfKnown(error);
  return coded instanceof SyncError && coded.code === 'DATABASE_UNREACHABLE' ? coded : error;
}

/** What may happen in any function and speaks of something else: connections, resources, locks, limits, the disk. */
const ofSurroundings = /^(08|25|40|53|55|57|58|XX)/;

/**
 * What PostgreSQL or the way to it did, as a coded error, if somebody who runs it can have caused it. Any other error
 * as it is.
 */
export function codedIfKnown(error: unknown): unknown {
  if (error instanceof SyncError) return error;
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  const text = typeof code === 'string' ? code : '';
  if (socketCodes.test(text) || name === 'KnexTimeoutError' || connectionWords.test(messageOf(error))) {
    return connectionError(error);
  }
  const theirs = ofSurroundings.test(text) ? null : refusedBy(error);
  if (theirs !== null) {
    return new SyncError('DATABASE_REFUSED', `PostgreSQL refused a row, by ${theirs}: ${messageOf(error)}`, {
      remedy:
        'Change or remove it, or correct the row. Nothing is lost: a running service continues automatically, a command when it is run again.',
      cause: error,
    });
  }
  const meaning = meaningOf(text);
  if (meaning === undefined) return error;
  return new SyncError(meaning.code, `${meaning.says}: ${messageOf(error)}`, {
    remedy: meaning.remedy,
    cause: error,
  });
}
