/** Every error code of PostgreSQL that an operator can cause has a code of ours and a remedy. */
import { describe, expect, it } from 'vitest';
import { codedIfConnection, codedIfKnown, connectionError } from '../../../src/db/connection-error.js';
import { SyncError } from '../../../src/errors.js';

function failure(code: string, message = 'as PostgreSQL says it'): Error {
  return Object.assign(new Error(message), { code });
}

const caused: Array<[string, string[], RegExp]> = [
  ['DATABASE_UNREACHABLE', ['08000', '08001', '08003', '08004', '08006'], /network/],
  ['DATABASE_UNREACHABLE', ['08P01'], /pooler/],
  ['DATABASE_UNREACHABLE', ['28P01'], /password/],
  ['DATABASE_UNREACHABLE', ['28000'], /pg_hba\.conf.*sslmode=require/],
  ['DATABASE_UNREACHABLE', ['3D000'], /Create the database/],
  ['DATABASE_UNREACHABLE', ['53300'], /max_connections/],
  ['DATABASE_UNREACHABLE', ['57P01', '57P02'], /stops or restarts/],
  ['DATABASE_UNREACHABLE', ['57P03'], /starting or recovering/],
  ['DATABASE_UNREACHABLE', ['57P04'], /dropped/],
  ['DATABASE_UNREACHABLE', ['57P05', '25P03', '25P04'], /idle_session_timeout/],
  [
    'DATABASE_UNREACHABLE',
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND'],
    /server is running/,
  ],
  ['DATABASE_FULL', ['53100'], /Free some space/],
  ['DATABASE_EXHAUSTED', ['53000', '53200', '53400', '54001'], /max_locks_per_transaction/],
  ['DATABASE_DENIED', ['42501'], /own the schemas/],
  ['DATABASE_READ_ONLY', ['25006'], /primary server/],
  ['DATABASE_TIMEOUT', ['57014'], /statement_timeout/],
  ['DATABASE_BUSY', ['55P03', '55006', '40001', '40P01', '40003'], /pg_stat_activity/],
  [
    'DATABASE_INCOMPLETE',
    ['3F000', '42P01', '42703', '42883', '42704'],
    /sparkhire-sync migrate.*sparkhire-sync doctor/,
  ],
  ['DATABASE_ENCODING', ['22P05'], /UTF8/],
  ['DATABASE_POOLED', ['26000'], /session mode/],
  ['DATABASE_DAMAGED', ['XX000', 'XX001', 'XX002', '58000', '58030', '58P01', 'F0000'], /server's log/],
];

describe('an error of PostgreSQL', () => {
  it.each(caused.flatMap(([code, states, remedy]) => states.map((state) => [state, code, remedy] as const)))(
    '%s is %s, with a remedy',
    (state, code, remedy) => {
      const coded = codedIfKnown(failure(state)) as SyncError;
      expect(coded).toMatchObject({ name: 'SyncError', code });
      expect(coded.message).toContain('as PostgreSQL says it');
      expect(coded.remedy).toMatch(remedy);
      const lost = code === 'DATABASE_UNREACHABLE';
      expect(codedIfConnection(failure(state)) instanceof SyncError).toBe(lost);
    },
  );

  it.each(['23505', '22001', '42601', '42804', '25P02', '0A000'])(
    '%s, which only this program can have caused, stays what it is',
    (state) => {
      const error = failure(state);
      expect(codedIfKnown(error)).toBe(error);
    },
  );

  it.each([
    ['P0001', {}, 'a trigger'],
    ['P0001', { where: 'PL/pgSQL function audit.guard() line 3 at RAISE' }, 'the function guard'],
    ['22012', { where: 'SQL function "guard" statement 1' }, 'the function guard'],
    [
      '42P01',
      {
        where:
          'PL/pgSQL function guard() line 1 at SQL statement\nPL/pgSQL function sync.queue_desired() line 9',
      },
      'the function guard',
    ],
    ['ZZ001', { where: 'PL/Python function "guard"' }, 'the function guard'],
    [
      '23514',
      { schema: 'sparkhire', table: 'jobs', constraint: 'no_interns' },
      'the constraint no_interns of sparkhire.jobs',
    ],
    [
      '23505',
      { schema: 'sparkhire', table: 'jobs', constraint: 'jobs_title_key' },
      'the constraint jobs_title_key of sparkhire.jobs',
    ],
    [
      '23503',
      { schema: 'ats', table: 'interviews', constraint: 'interviews_job_fkey' },
      'the constraint interviews_job_fkey of ats.interviews',
    ],
    [
      '23P01',
      { schema: 'ats', table: 'jobs', constraint: 'no_overlap' },
      'the constraint no_overlap of ats.jobs',
    ],
    ['23502', { schema: 'sync', table: 'intents', column: 'tenant' }, 'the column sync.intents.tenant'],
    ['44000', { schema: 'ats', table: 'jobs', constraint: 'seen' }, 'the constraint seen of ats.jobs'],
    [
      '0A000',
      { hint: 'You need an unconditional ON INSERT DO INSTEAD rule with a RETURNING clause.' },
      'a rule that the table has',
    ],
  ])(
    '%s of a trigger or constraint that somebody added is told with who refused it: %o',
    (state, told, by) => {
      const coded = codedIfKnown(Object.assign(failure(state), told)) as SyncError;
      expect(coded).toMatchObject({
        code: 'DATABASE_REFUSED',
        remedy: expect.stringMatching(/^Change or remove it/),
      });
      expect(coded.message).toContain(`by ${by}`);
      expect(coded.message).toContain('as PostgreSQL says it');
    },
  );

  it.each([
    ['23505', { schema: 'sync', table: 'intents', constraint: 'intents_open_idx' }],
    ['23514', { schema: 'sync', table: 'user_keys', constraint: 'user_keys_state_check' }],
    ['P0001', { where: 'PL/pgSQL function sync.queue_desired() line 3 at RAISE' }],
  ])('%s of a trigger or constraint of this program stays what it is: %o', (state, told) => {
    const error = Object.assign(failure(state), told);
    expect(codedIfKnown(error)).toBe(error);
  });

  it('of a time limit that ends a function of somebody else is that of the time limit', () => {
    const error = Object.assign(failure('57014'), { where: 'PL/pgSQL function guard() line 3' });
    expect(codedIfKnown(error)).toMatchObject({ code: 'DATABASE_TIMEOUT' });
  });

  it('that has a code of ours already keeps it', () => {
    const error = new SyncError('DATABASE_FULL', 'x');
    expect([codedIfKnown(error), codedIfConnection(error), connectionError(error)]).toEqual([
      error,
      error,
      error,
    ]);
  });
});

describe('a connection that cannot be made', () => {
  const said: Array<[string, Error, RegExp]> = [
    [
      'to an authority nobody knows',
      failure('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'),
      /sslrootcert=FILE.*no-verify/,
    ],
    [
      'to a certificate signed by itself',
      failure('DEPTH_ZERO_SELF_SIGNED_CERT'),
      /sslrootcert=FILE.*no-verify/,
    ],
    ['to an unknown issuer', failure('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), /sslrootcert=FILE/],
    ['under another name', failure('ERR_TLS_CERT_ALTNAME_INVALID'), /host name.*certificate/],
    ['to an expired certificate', failure('CERT_HAS_EXPIRED'), /Renew/],
    [
      'to a server without TLS',
      new Error('The server does not support SSL connections'),
      /leave sslmode out/,
    ],
    [
      'without the TLS that is asked for',
      failure('28000', 'no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", no encryption'),
      /takes encrypted connections only.*sslmode=require/,
    ],
    [
      'without a password',
      new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'),
      /USER:PASSWORD@HOST/,
    ],
    [
      'to a file that is not there',
      failure('ENOENT', "ENOENT: no such file or directory, open '/x.pem'"),
      /sslrootcert/,
    ],
    [
      'to a database that takes none',
      failure('55000', 'database "d" is not currently accepting connections'),
      /alter database NAME allow_connections true/,
    ],
    [
      'to a database that was half dropped',
      failure('55000', 'cannot connect to invalid database "d"'),
      /drop it, and restore it/,
    ],
    ['without the right to connect', failure('42501', 'permission denied for database "d"'), /grant connect/],
  ];
  it.each(said)('%s names what to do', (_, error, remedy) => {
    expect(connectionError(error)).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      remedy: expect.stringMatching(remedy),
    });
  });
});
