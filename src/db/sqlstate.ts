/** What PostgreSQL's error codes mean to whoever runs this program: each that an operator can cause, and what to do. */
import type { ErrorCode } from '../errors.js';

export interface Meaning {
  code: ErrorCode;
  /** What stands before PostgreSQL's own words. */
  says: string;
  remedy: string;
}

const unreachable = (remedy: string): Meaning => ({
  code: 'DATABASE_UNREACHABLE',
  says: 'PostgreSQL cannot be reached',
  remedy,
});
const again = 'Nothing is lost: run it again; a running service continues automatically.';

/** The first that matches counts. Classes end with dots. */
const meanings: Array<[RegExp, Meaning]> = [
  [
    /^08P01$/,
    unreachable(
      'A pooler or proxy refuses what DATABASE_URL asks for: leave out `options` and the like, or point it at PostgreSQL itself.',
    ),
  ],
  [/^08...$/, unreachable('Check that the server is running and that the network leads to it.')],
  [/^28P01$/, unreachable('Check the user and the password in DATABASE_URL.')],
  [
    /^28...$/,
    unreachable(
      'The server lets this user not in from here: check the user in DATABASE_URL and its pg_hba.conf. If it takes encrypted connections only, add sslmode=require to DATABASE_URL (with sslrootcert=FILE for a private authority).',
    ),
  ],
  [/^3D000$/, unreachable('Create the database named in DATABASE_URL, or name one that exists.')],
  [
    /^53300$/,
    unreachable(
      'All connections of the server are taken: raise its max_connections (or the limit of the role or database), lower `database.maxConnections`, or end what holds them.',
    ),
  ],
  [/^57P0[12]$/, unreachable(`The server stops or restarts, or somebody ended the connection. ${again}`)],
  [
    /^57P03$/,
    unreachable(
      'The server is starting or recovering: wait until it is up; restart it if it stays like this.',
    ),
  ],
  [/^57P04$/, unreachable('The database was dropped: restore it, or name another one in DATABASE_URL.')],
  [
    /^(57P05|25P03|25P04)$/,
    unreachable(
      `A time limit of the server or role ended the connection (idle_session_timeout, idle_in_transaction_session_timeout, transaction_timeout). ${again}`,
    ),
  ],
  [
    /^53100$/,
    {
      code: 'DATABASE_FULL',
      says: 'PostgreSQL has no room left',
      remedy:
        'Free some space on the disk of the PostgreSQL server; nothing is lost, and the work continues automatically.',
    },
  ],
  [
    /^(53...|54001)$/,
    {
      code: 'DATABASE_EXHAUSTED',
      says: 'PostgreSQL has run out of memory or another resource',
      remedy: `Give the server more of what it names (memory, max_locks_per_transaction, max_stack_depth, temp_file_limit). ${again}`,
    },
  ],
  [
    /^42501$/,
    {
      code: 'DATABASE_DENIED',
      says: 'The database user may not do this',
      remedy:
        'Let the user of DATABASE_URL own the schemas sparkhire, ats and sync and what is in them (a restore may have given them to somebody else: `reassign owned by OTHER to USER`), or name their owner in DATABASE_URL.',
    },
  ],
  [
    /^25006$/,
    {
      code: 'DATABASE_READ_ONLY',
      says: 'The database is read only',
      remedy:
        'Point DATABASE_URL at the primary server, or end its read-only state (default_transaction_read_only).',
    },
  ],
  [
    /^57014$/,
    {
      code: 'DATABASE_TIMEOUT',
      says: 'PostgreSQL stopped a statement',
      remedy: `Raise statement_timeout of the database user (\`alter role USER set statement_timeout = '10min'\`), unless a person canceled it. ${again}`,
    },
  ],
  [
    /^(55P03|55006|40...)$/,
    {
      code: 'DATABASE_BUSY',
      says: 'Somebody else in the database was in the way',
      remedy: `Look in pg_stat_activity for transactions that stay open, and raise lock_timeout if the database user has one. ${again}`,
    },
  ],
  [
    /^(3F000|42P01|42703|42883|42704)$/,
    {
      code: 'DATABASE_INCOMPLETE',
      says: 'Something that the migrations made is missing',
      remedy:
        'Run `sparkhire-sync migrate`: it makes what is missing of schema ats again. `sparkhire-sync doctor` names what was dropped, or left out by a restore, of the schemas sparkhire and sync, and what to do.',
    },
  ],
  [
    /^22P05$/,
    {
      code: 'DATABASE_ENCODING',
      says: 'The database cannot hold these characters',
      remedy: "Use a database with encoding UTF8: `create database NAME template template0 encoding 'UTF8'`.",
    },
  ],
  [
    /^26000$/,
    {
      code: 'DATABASE_POOLED',
      says: 'A statement that was prepared is not known any more',
      remedy: 'Point DATABASE_URL at PostgreSQL itself, or at a pool in session mode.',
    },
  ],
  [
    /^(XX...|58...|F0...)$/,
    {
      code: 'DATABASE_DAMAGED',
      says: 'PostgreSQL, or what is in front of it, reports a fault of its own',
      remedy:
        "Look into the server's log: its disk, its files or its indexes may be damaged, or DATABASE_URL names what a pooler does not know.",
    },
  ],
];

/** @returns undefined for what only this program can have caused */
export function meaningOf(sqlState: string): Meaning | undefined {
  return meanings.find(([codes]) => codes.test(sqlState))?.[1];
}

/** Whether an error speaks of what a row holds, so that others can be stored: data, limits of PostgreSQL, cardinality. */
export function speaksOfContent(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return error instanceof RangeError || (typeof code === 'string' && /^(22|21|54)/.test(code));
}
