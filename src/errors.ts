/**
 * Coded errors. Every failure a user can meet has a code (stable, for programs), a message (what happened)
 * and a remedy (what to do next). `docs/codes.md` is generated from this list.
 */
export const errorCodes = {
  SETTINGS_INVALID: 'A setting is missing or has a value that cannot be used.',
  USAGE: 'The command line was not understood.',
  ACCOUNT_UNKNOWN: 'No account of that name is configured.',
  KEY_REFUSED: 'Spark Hire does not accept the API key (401).',
  KEY_OF_JOB_SEEKER: 'The API key belongs to a job seeker, not to a company user.',
  KEY_OF_ANOTHER_COMPANY: 'The API key belongs to another company than the one the account works for.',
  FORBIDDEN: 'Spark Hire refuses this request to this key (403).',
  PAYMENT_REQUIRED: 'Spark Hire asks for a payment before it does this (402).',
  NOT_FOUND: 'The object does not exist, or this key may not see it (404, 410).',
  METHOD_NOT_ALLOWED: 'Spark Hire does not support this method on this route (405).',
  REQUEST_REFUSED: 'Spark Hire does not accept the content of this request (another 4xx).',
  INPUT_INVALID: 'The input of a call is not what Spark Hire documents; nothing was sent.',
  RATE_LIMITED: 'Spark Hire kept answering that the rate limit is reached (429).',
  REMOTE_FAILED: 'Spark Hire answered with a server error (5xx).',
  REMOTE_UNREACHABLE: 'No connection to Spark Hire, or it broke before the answer was complete.',
  REMOTE_TIMEOUT: 'Spark Hire did not answer in time.',
  ANSWER_UNREADABLE:
    'The answer of Spark Hire is not what its document describes (not JSON, cut off, another shape).',
  ABORTED: 'The work was stopped before it was done.',
  DATABASE_UNREACHABLE: 'No connection to PostgreSQL.',
  DATABASE_FULL: 'PostgreSQL has no room left on its disk; nothing of the transaction was stored.',
  DATABASE_EXHAUSTED: 'PostgreSQL has run out of memory, locks or another resource than its disk.',
  DATABASE_DENIED: 'The database user lacks a right that the work takes.',
  DATABASE_READ_ONLY: 'The database may not be written: a standby, or set to read only.',
  DATABASE_TIMEOUT: 'PostgreSQL stopped a statement: a time limit, or a person.',
  DATABASE_BUSY: 'Other transactions in the database were in the way for too long.',
  DATABASE_INCOMPLETE: 'A table, column or function that the migrations made is missing.',
  DATABASE_ENCODING: 'The encoding of the database has no place for a character.',
  DATABASE_REFUSED: 'A trigger or a constraint that somebody added to the tables refused a row.',
  DATABASE_DAMAGED: 'PostgreSQL reports a fault of its own, such as a damaged file.',
  DATABASE_POOLED:
    'A connection pooler in transaction mode is in between: locks of a session do not hold there.',
  DATABASE_TOO_OLD: 'The PostgreSQL server is older than version 14.',
  DATABASE_NEWER: 'The database was migrated by a newer version of this program.',
  MIGRATION_FAILED: 'A migration failed; it was rolled back.',
  MIGRATIONS_PENDING: 'The database has not been migrated to what this version needs.',
  EMBEDDED_POSTGRES_UNAVAILABLE: 'The embedded PostgreSQL cannot run on this machine.',
  EMBEDDED_POSTGRES_FAILED: 'The embedded PostgreSQL did not start.',
  HTTP_UNAVAILABLE: 'The HTTP server cannot listen where the settings say.',
  CONFLICT_UNKNOWN: 'There is no conflict of that number.',
  CONFLICT_RESOLVED: 'The conflict was resolved before, by a person or automatically.',
  CONFLICT_CHANGED: 'The conflict has other values than those that were decided upon.',
  PLAN_CHANGED: 'The plan is not the one that was approved.',
  DATABASE_MOVED:
    'The database is a copy, or was moved or restored, and nobody has said that it may write to Spark Hire.',
  WEBHOOK_NOT_REGISTERED: 'Spark Hire has no webhook of this program for the account.',
  WEBHOOK_NOTHING_TO_SEND: 'Spark Hire has no event that it could send again to prove the way.',
  WEBHOOK_TEST_FAILED: 'An event that Spark Hire was asked to send again did not arrive.',
  IMPORT_INVALID: 'Lines of a file cannot be imported; none of its rows were.',
  ENCRYPTION_KEY_MISSING: 'Keys of users are stored encrypted, and SYNC_ENCRYPTION_KEY is not set.',
  USER_KEY_UNREADABLE: "A stored key of a user cannot be decrypted with the settings' encryption keys.",
  USER_KEY_MISMATCH: 'The API key belongs to another user than the one it was given for.',
  CANDIDATE_UNKNOWN: 'Nobody with this address is a candidate here.',
  USER_KEY_UNKNOWN: 'No API key is stored for this user.',
  USER_UNKNOWN: 'Spark Hire shows no user with this e-mail address.',
  ATS_NOT_CONNECTED: 'No ATS is connected to the account.',
  ATS_ACCESS_REFUSED: 'The ATS does not accept the credential.',
  ATS_FORBIDDEN: 'The ATS refuses this to the credential (403): a right or a scope is missing.',
  ATS_REQUEST_REFUSED: 'The ATS does not accept the content of a request (another 4xx).',
  ATS_RATE_LIMITED:
    'The ATS kept answering that its rate limit is reached (429), or asked for no requests for a while (also 503).',
  ATS_FAILED: 'The ATS answered with a server error (5xx).',
  ATS_UNREACHABLE: 'No connection to the ATS, or it broke before the answer was complete.',
  ATS_TIMEOUT: 'The ATS did not answer in time.',
  ATS_ANSWER_UNREADABLE: 'The answer of the ATS is not what its documents describe.',
  ATS_QUERY_FAILED: 'The view or query that an ATS is read from fails, or lacks a column.',
  INTERNAL: 'A bug in this program.',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** No try again ends these: somebody has to give another key of the account, a right or a decision first. */
const endedBy = new Map<string, 'key' | 'right' | 'decision'>(
  Object.entries({
    KEY_REFUSED: 'key',
    KEY_OF_JOB_SEEKER: 'key',
    KEY_OF_ANOTHER_COMPANY: 'key',
    FORBIDDEN: 'key',
    PAYMENT_REQUIRED: 'decision',
    PLAN_CHANGED: 'decision',
    DATABASE_MOVED: 'decision',
    DATABASE_DENIED: 'right',
    DATABASE_INCOMPLETE: 'right',
    ATS_ACCESS_REFUSED: 'right',
    ATS_FORBIDDEN: 'right',
  } satisfies Partial<Record<ErrorCode, 'key' | 'right' | 'decision'>>),
);

/** @param code of what fails now; null if it is not known */
export const takesPerson = (code: string | null): boolean => endedBy.has(code ?? '');

/** Whether another key of the account ends it. */
export const takesKey = (code: string | null): boolean => endedBy.get(code ?? '') === 'key';

export interface SyncErrorOptions {
  /** What the reader can do about it, as a sentence. */
  remedy?: string;
  cause?: unknown;
}

/** The base of every error this program throws on purpose. Its message and remedy never hold a secret. */
export class SyncError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, message: string, options: SyncErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SyncError';
    this.code = code;
    this.remedy = options.remedy;
  }
}

/** The message of anything that was thrown, for a log line or a table. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
