/** Wrong usage, wrong settings, help, and migrations. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '#emulators/emulator/index';
import { createEmptyDatabase, type TestDatabase } from '../../support/database.js';
import { accountSettings, runProgram } from '../../support/program.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sparkhire-e2e-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const nowhere = { DATABASE_URL: 'postgres://nobody:hidden@127.0.0.1:1/none', SPARKHIRE_API_KEY: 'some-key' };
const run = (args: string[], env: Record<string, string | undefined> = nowhere) => runProgram(args, { env });

describe('help', () => {
  it.each([
    [['--help'], /Commands:[\s\S]*backfill[\s\S]*migrate[\s\S]*demo/],
    [['backfill', '--help'], /--json[\s\S]*--resource[\s\S]*--no-details[\s\S]*--fresh/],
    [['migrate', '--help'], /--status/],
    [['demo', '--help'], /--once/],
    [['--version'], /^\d+\.\d+\.\d+\n$/],
  ])('%j is no failure, and needs no settings', async (args, shown) => {
    const { code, stdout, stderr } = await run(args, {});
    expect(code).toBe(0);
    expect(stdout).toMatch(shown);
    expect(stderr).toBe('');
  });
});

describe('wrong usage ends with 2, before anything is done', () => {
  it.each([
    [['backfill', '--frsh'], /--frsh[\s\S]*--fresh/],
    [['backfill', '--resource', 'applicants'], /applicants[\s\S]*users, jobs, interviews/],
    [['backfill', '--resource'], /--resource/],
    [['backfill', 'everything'], /too many arguments/],
    [['backfill', '--account', 'south'], /south[\s\S]*default/],
    [['backfil'], /backfil/],
    [[], /Usage/],
    [['migrate', '--down'], /--down/],
    [['demo', '--jobs', 'many'], /many/],
    [['backfill', '--config', '/nonexistent/settings.yaml'], /nonexistent/],
    [['keys', 'set'], /email/],
    [
      ['keys', 'set', 'jane@example.org', 'a-key-on-the-command-line'],
      /^(?![\s\S]*a-key-on)[\s\S]*never given on the command line/,
    ],
    [['keys', 'list', '--al'], /--al/],
    [['webhooks', 'test', 'a', 'b'], /too many arguments/],
    [['ats', 'chek'], /unknown command 'chek'; `ats` takes check, stages, pull\n/],
    [['conflicts', 'x', 'list'], /unknown command 'x'; `conflicts` takes/],
    [['conflicts', 'resolve', '1'], /--take/],
    [['plan', '--row', ' '], /--row[\s\S]*A row has a key/],
    [['backfill', '--account', ''], /no account called ""/],
    [['issues', '--state', 'held', '--state', 'rejected'], /--state[\s\S]*given twice/],
    [['apply', '--account', 'default', '--account', 'south'], /--account[\s\S]*given twice/],
    [['apply', '--approve', '--config'], /--approve <checksum>' argument missing/],
    [['help', 'aply'], /unknown command 'aply'/],
  ])('%j', async (args, said) => {
    const { code, stdout, stderr } = await run(args);
    expect(stderr).toMatch(said);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it.each([
    [['issues', '--state', 'lost']],
    [['conflicts', 'resolve', '--kind', 'lost', '--take', 'ats']],
    [['plan', '--frsh']],
    [['help', 'lost']],
  ])('%j says so in JSON where that is asked for', async (args) => {
    const { code, stdout } = await run([...args, '--json']);
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      error: { code: 'USAGE', message: expect.stringMatching(/lost|frsh/) },
    });
    expect(code).toBe(2);
  });

  it('--json is a flag also where a value is missing before it', async () => {
    const { code, stdout } = await run(['apply', '--approve', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { message: "option '--approve <checksum>' argument missing" },
    });
    expect(code).toBe(2);
  });

  it('with --json the reason is JSON on stdout too', async () => {
    const { code, json, stderr } = await run(['backfill', '--json', '--account', 'south']);
    expect(code).toBe(2);
    expect(json).toMatchObject({ ok: false, error: { code: 'ACCOUNT_UNKNOWN', remedy: expect.any(String) } });
    expect(stderr).toContain('south');
  });
});

describe('settings', () => {
  it('are all checked at once', async () => {
    const { code, stderr, json } = await run(['backfill', '--json'], {
      DATABASE_URL: 'mysql://somewhere',
      SPARKHIRE_BASE_URL: 'ftp://api.example.com',
      SPARKHIRE_RATE_LIMIT: '0',
      SPARKHIRE_RATE_WINDOW_SECONDS: 'a minute',
      SPARKHIRE_PAGE_SIZE: '2.5',
      SPARKHIRE_REQUEST_TIMEOUT_SECONDS: '-1',
      SYNC_SCHEDULE: 'now and then',
      SYNC_SWEEP_SCHEDULE: '99 * * * *',
      SYNC_SETTLE_SECONDS: '0',
      SYNC_HTTP_PORT: '70000',
      SYNC_PUBLIC_URL: 'example.com',
      SYNC_WEBHOOK_AUTH: 'nocolon',
      SYNC_ADMIN_TOKEN: 'short',
      SYNC_VIEWER_TOKEN: 'short',
      SYNC_ENCRYPTION_KEY: 'AAAA',
      SYNC_MIGRATE_AT_START: 'perhaps',
      LOG_LEVEL: 'loud',
    });
    expect(code).toBe(2);
    for (const name of [
      'DATABASE_URL',
      'SPARKHIRE_BASE_URL',
      'SPARKHIRE_RATE_LIMIT',
      'SPARKHIRE_RATE_WINDOW_SECONDS',
      'SPARKHIRE_PAGE_SIZE',
      'SPARKHIRE_REQUEST_TIMEOUT_SECONDS',
      'SYNC_SCHEDULE',
      'SYNC_SWEEP_SCHEDULE',
      'SYNC_SETTLE_SECONDS',
      'SYNC_HTTP_PORT',
      'SYNC_PUBLIC_URL',
      'SYNC_WEBHOOK_AUTH',
      'SYNC_ADMIN_TOKEN',
      'SYNC_VIEWER_TOKEN',
      'SYNC_ENCRYPTION_KEY',
      'SYNC_MIGRATE_AT_START',
      'LOG_LEVEL',
      'SPARKHIRE_API_KEY',
    ]) {
      expect(stderr).toContain(`  ${name}: `);
    }
    expect(stderr).not.toMatch(/nocolon|short\b.*token/);
    expect(json).toMatchObject({ ok: false, error: { code: 'SETTINGS_INVALID' } });
  });

  it('an account needs a key', async () => {
    const { code, stderr } = await run(['backfill'], { DATABASE_URL: nowhere.DATABASE_URL });
    expect(code).toBe(2);
    expect(stderr).toContain('SPARKHIRE_API_KEY');
  });

  it('a file is checked like the environment, by its own names', async () => {
    const file = join(directory, 'wrong.yaml');
    writeFileSync(
      file,
      `sparkhire: { pageSize: none, pages: 3 }
accounts:
  - name: north
    apiKeyEnv: NORTH_KEY
    rateLimit: -1
  - name: north
    apiKeyFile: ${join(directory, 'missing')}
`,
    );
    const { code, stderr } = await run(['backfill', '--config', file]);
    expect(code).toBe(2);
    for (const name of ['sparkhire.pageSize', 'sparkhire.pages', 'accounts.0.rateLimit', 'name of its own']) {
      expect(stderr).toContain(name);
    }
    writeFileSync(
      file,
      'accounts:\n  - { name: a, apiKeyEnv: KEY_A }\n  - { name: b, apiKeyFile: /no/such/key }\n',
    );
    const keys = await run(['backfill', '--config', file]);
    expect(keys.code).toBe(2);
    expect(keys.stderr).toContain('KEY_A');
    expect(keys.stderr).toContain('/no/such/key');
    writeFileSync(file, '- not\n- a mapping\n');
    expect((await run(['backfill', '--config', file])).code).toBe(2);
    writeFileSync(file, 'a: [unclosed\n');
    expect((await run(['backfill'], { ...nowhere, SYNC_CONFIG: file })).code).toBe(2);
  });
});

describe('migrations', () => {
  let database: TestDatabase;
  let emulator: Emulator;
  beforeAll(async () => {
    database = await createEmptyDatabase();
    emulator = await startEmulator({ users: 2, jobs: 1, interviews: 2, rateLimit: 1_000_000 });
  });
  afterAll(async () => {
    await emulator?.close();
    await database?.drop();
  });

  it('are shown, awaited, applied once, and then there', async () => {
    const env = { DATABASE_URL: database.url };
    const before = await run(['migrate', '--status', '--json'], env);
    expect(before.code).toBe(0);
    expect(before.json).toMatchObject({ applied: 0 });
    expect((before.json as { known: number }).known).toBeGreaterThan(0);

    const waiting = accountSettings(emulator, database.url, { SYNC_MIGRATE_AT_START: 'false' });
    const refused = await run(['backfill', '--json'], waiting);
    expect(refused.code).toBe(1);
    expect(refused.json).toMatchObject({ error: { code: 'MIGRATIONS_PENDING' } });
    expect(refused.stderr).toContain('sparkhire-sync migrate');
    expect(emulator.requests).toEqual([]);

    // Two at the same moment: one applies them, the other finds them there.
    const [one, other] = await Promise.all([
      run(['migrate', '--json'], env),
      run(['migrate', '--json'], env),
    ]);
    expect([one.code, other.code]).toEqual([0, 0]);
    const applied = [one, other].map(({ json }) => (json as { applied: string[] }).applied.length).sort();
    expect(applied).toEqual([0, (before.json as { known: number }).known]);

    const after = await run(['migrate', '--status'], env);
    expect(after.code).toBe(0);
    expect(after.stdout).not.toContain('not applied');
    expect((await run(['migrate'], env)).code).toBe(0);
    expect((await run(['backfill', '--json'], waiting)).code).toBe(0);
  });

  it('of a newer program are left alone', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(`insert into sync.migrations (version, name) values (9999, 'tomorrow')`);
    await client.end();
    const env = accountSettings(emulator, database.url);
    for (const more of [{}, { SYNC_MIGRATE_AT_START: 'false' }]) {
      const result = await run(['backfill', '--json'], { ...env, ...more });
      expect(result.code).toBe(1);
      expect(result.json).toMatchObject({ error: { code: 'DATABASE_NEWER' } });
    }
    expect((await run(['migrate'], env)).code).toBe(1);
  });
});
