/** What is told of DATABASE_URL before anything is connected. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings, type SettingsError } from '../../../src/config.js';
import { Connection } from '../../../src/db/connection.js';

let directory: string;
let certificate: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sparkhire-url-'));
  certificate = join(directory, 'ca.pem');
  writeFileSync(certificate, 'any');
});
afterAll(() => rmSync(directory, { recursive: true }));

function problemsWith(url: string): string[] {
  try {
    loadSettings({ environment: { DATABASE_URL: url }, needsAccounts: false });
    return [];
  } catch (error) {
    return (error as SettingsError).problems;
  }
}

describe('an address of a database', () => {
  it.each([
    'postgres://u:p@one,two/d',
    'postgresql://u:p@one:5432,two:5433/d?target_session_attrs=read-write',
    'postgres://one,two/d',
    'postgres:///d?host=one,two',
    'postgres://u:p@/d?host=one%2Ctwo',
  ])('%s with several hosts is refused as not supported', (url) => {
    expect(problemsWith(url)).toEqual([
      expect.stringMatching(/^DATABASE_URL: names several hosts, which is not supported/),
    ]);
  });

  it.each(['postgres://u:a,b@one/d', 'postgres://u:p@one/d,e', 'postgres://u:p@one/d?application_name=a,b'])(
    '%s with a comma elsewhere is taken',
    (url) => {
      expect(problemsWith(url)).toEqual([]);
    },
  );

  it.each(['requird', 'verify_full', 'allow', 'Require'])(
    'with sslmode=%s is told which modes there are',
    (mode) => {
      expect(problemsWith(`postgres://u:p@h/d?sslmode=${mode}`)).toEqual([
        `DATABASE_URL: has an sslmode that is not known, "${mode}": use one of disable, prefer, require, verify-ca, verify-full, no-verify`,
      ]);
    },
  );

  it('that names files which are not there is told of each of them', () => {
    const url = `postgres://u:p@h/d?sslmode=verify-full&sslrootcert=${directory}/no.pem&sslkey=${directory}/no.key`;
    expect(problemsWith(url)).toEqual([
      `DATABASE_URL: names a file in sslrootcert that cannot be read: ${directory}/no.pem`,
      `DATABASE_URL: names a file in sslkey that cannot be read: ${directory}/no.key`,
    ]);
    expect(problemsWith(`postgres://u:p@h/d?sslmode=verify-full&sslrootcert=${certificate}`)).toEqual([]);
    expect(problemsWith('postgres://u:p@h/d?sslmode=verify-full&sslrootcert=system')).toEqual([]);
  });
});

describe('a connection', () => {
  it('has the certificate judged in every mode but no-verify, without a word of the driver on stderr', async () => {
    const warnings: unknown[] = [];
    const hear = (warning: unknown) => warnings.push(warning);
    process.on('warning', hear);
    const ssl = (query: string) =>
      (new Connection({ connectionString: `postgres://u:p@h/d?${query}` }) as unknown as { ssl: unknown })
        .ssl;
    const verified = [
      'sslmode=require',
      'a=b&sslmode=prefer',
      'sslmode=verify-ca&c=d',
      'sslmode=verify-full',
    ];
    expect(verified.map(ssl)).toEqual([{}, {}, {}, {}]);
    expect(ssl('sslrootcert=system')).toEqual({});
    expect(ssl(`sslmode=require&sslrootcert=${certificate}`)).toEqual({ ca: 'any' });
    expect(ssl('sslmode=no-verify')).toEqual({ rejectUnauthorized: false });
    expect(ssl('uselibpqcompat=true&sslmode=require')).toEqual({ rejectUnauthorized: false });
    expect([ssl('sslmode=disable'), ssl('')]).toEqual([false, false]);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', hear);
    expect(warnings).toEqual([]);
  });
});
