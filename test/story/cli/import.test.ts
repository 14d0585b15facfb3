/** `sparkhire-sync import` as an ETL meets it. */
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { runProgram } from '../../support/program.js';

let database: TestDatabase;
let client: pg.Client;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sparkhire-e2e-'));
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() =>
  client.query('truncate ats.users, ats.jobs, ats.packages, ats.interviews, sync.desired_queue'),
);

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}
/** What this process has open, as Linux tells. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}
/** No key: only the database is needed. */
const load = (args: string[], env: Record<string, string> = {}) =>
  runProgram(['import', ...args], { env: { DATABASE_URL: database.url, ...env } });
const rows = async (sql: string) => (await client.query(sql)).rows as Record<string, unknown>[];

describe('import', () => {
  it('takes each of the tables, and says what it did', async () => {
    const files: Array<[string, string]> = [
      ['users', file('users.csv', 'ats_id,name,email\nU,Ada,ada@mill.test\n')],
      ['jobs', file('jobs.csv', 'ats_id,title\nJ,Baker\n')],
      ['packages', file('packages.csv', 'package,deadline_days\np,7\n')],
      ['interviews', file('interviews.jsonl', '{"ats_id":"I","job_ats_id":"J","questions":[]}\n')],
    ];
    for (const [table, name] of files) {
      const { code, stdout, stderr } = await load([table, name]);
      expect([stderr, code]).toEqual(['', 0]);
      expect(stdout).toBe(
        `1 row of ${name} imported into ats.${table} of account default: 1 new, 0 changed, 0 as before.\n`,
      );
      expect(await rows(`select account from ats.${table}`)).toEqual([{ account: 'default' }]);
    }
    const again = await load(['jobs', join(directory, 'jobs.csv'), '--json', '--account', 'mill']);
    expect(again).toMatchObject({
      code: 0,
      json: { account: 'mill', table: 'jobs', ok: true, rows: 1, created: 1, updated: 0, unchanged: 0 },
    });
  });

  it('with wrong lines names them all, imports nothing, and exits with 1', async () => {
    const name = file('jobs.csv', 'ats_id,title,deleted_at\n1,Baker,\n,Cook,\n3,Waiter,soon\n');
    const { code, stdout, stderr } = await load(['jobs', name]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.split('\n').slice(0, 3)).toEqual([
      `IMPORT_INVALID: 2 lines of ${name} cannot be imported; nothing was.`,
      '  line 3: ats_id is missing',
      '  line 4: deleted_at must be a time with its offset, like 2031-05-01T12:00:00Z: "soon"',
    ]);
    const { json } = await load(['jobs', name, '--json']);
    expect(json).toMatchObject({
      ok: false,
      error: { code: 'IMPORT_INVALID', remedy: expect.any(String) },
      problems: [
        { line: 3, column: 'ats_id', problem: 'is missing' },
        { line: 4, column: 'deleted_at' },
      ],
    });
    expect(await rows('select * from ats.jobs')).toEqual([]);
    expect(await rows('select * from sync.desired_queue')).toEqual([]);
  });

  it('reads stdin', async () => {
    const { json } = await runProgram(['import', 'users', '-', '--json'], {
      env: { DATABASE_URL: database.url },
      input: '{"ats_id":"1"}\n{"ats_id":"2"}\n',
    });
    expect(json).toMatchObject({ ok: true, rows: 2, created: 2 });
  });

  it('keeps no transaction open while it waits for stdin', async () => {
    const seen: unknown[] = [];
    async function* input() {
      for (const part of ['ats_id\n', '1\n', '2\n', '3\n']) {
        yield Buffer.from(part);
        seen.push(
          ...(await rows(
            `select count(*)::int as open from pg_stat_activity where datname = current_database()
             and xact_start is not null and pid <> pg_backend_pid()`,
          )),
        );
      }
    }
    const { json } = await runProgram(['import', 'users', '-', '--json'], {
      env: { DATABASE_URL: database.url },
      input: input(),
    });
    expect(json).toMatchObject({ ok: true, created: 3 });
    expect(seen).toEqual(Array.from({ length: 4 }, () => ({ open: 0 })));
  });

  const wrongLines = () => file('wrong.csv', `ats_id,titel\n${'J,Baker\n'.repeat(20_000)}`);
  it.each<[string, () => string, Record<string, string>, number]>([
    ['a directory', () => directory, {}, 2],
    [
      'a file nobody can store',
      () => file('jobs.csv', 'ats_id\nJ\n'),
      { DATABASE_URL: 'postgres://localhost:1/none' },
      1,
    ],
    ['a file with wrong lines', wrongLines, {}, 1],
    ['a file', () => file('jobs.csv', 'ats_id\nJ\n'), {}, 0],
  ])('leaves no file open: %s', async (_, given, env, code) => {
    const name = given();
    expect((await load(['jobs', name], env)).code).toBe(code);
    expect(openFiles()).not.toContain(name);
  });

  it('refuses what it does not know: tables, files, several accounts', async () => {
    expect(await load(['robots', 'x.csv'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('users, jobs'),
    });
    expect(await load(['jobs', '/nowhere/none.csv'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('none.csv cannot be read'),
    });
    expect(await load(['jobs', directory])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it is a directory'),
    });
    const config = file(
      'two.yaml',
      'accounts:\n  - name: mill\n    apiKeyEnv: MILL_KEY\n  - name: farm\n    apiKeyEnv: FARM_KEY\n',
    );
    const keys = { MILL_KEY: 'key-of-the-mill-0001', FARM_KEY: 'key-of-the-farm-0001' };
    const name = file('jobs.csv', 'ats_id\n1\n');
    const unclear = await load(['jobs', name, '--config', config], keys);
    expect(unclear).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--account mill, or --account farm'),
    });
    expect(await load(['jobs', name, '--config', config, '--account', 'farm'], keys)).toMatchObject({
      code: 0,
    });
    expect(await rows('select account from ats.jobs')).toEqual([{ account: 'farm' }]);
  });
});
