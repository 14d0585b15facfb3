/** `sparkhire-sync backfill` as programs and people meet it: its output, its exit codes, its options. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '#emulators/emulator/index';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { differences, expectedMirror, storedMirror } from '../../support/mirror-oracle.js';
import { accountSettings, runProgram, startProgram } from '../../support/program.js';

let database: TestDatabase;
let client: pg.Client;
let emulator: Emulator;
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sparkhire-e2e-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));
beforeEach(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  emulator = await startEmulator({ users: 5, jobs: 6, interviews: 40, rateLimit: 1_000_000 });
});
afterEach(async () => {
  await emulator?.close();
  await client?.end();
  await database?.drop();
});

const backfill = (args: string[] = [], more: Record<string, string | undefined> = {}) =>
  runProgram(['backfill', ...args], { env: accountSettings(emulator, database.url, more) });

const wrong = async (account = 'default', of = emulator) =>
  differences(expectedMirror(of), await storedMirror(client, account));

const isWhole = expect.any(Number);
const counts = { read: isWhole, created: isWhole, updated: isWhole, unchanged: isWhole, deleted: isWhole };

it('says what it did in one line of JSON, and logs to stderr', async () => {
  const { code, json, stdout, stderr } = await backfill(['--json'], { LOG_LEVEL: 'debug' });
  expect(code).toBe(0);
  expect(stdout.split('\n')).toHaveLength(2);
  expect(json).toMatchObject({
    account: 'default',
    ok: true,
    complete: true,
    requests: emulator.requests.length,
    rateLimited: 0,
    seconds: expect.any(Number),
    resources: {
      users: { ...counts, read: 5, created: 5, updated: 0, unchanged: 0, deleted: 0 },
      jobs: { ...counts, read: 6, created: 6 },
      interviews: { ...counts, read: 40, created: 40 },
      interview_questions: { ...counts },
      question_sets: { ...counts, created: 6 },
      share_links: { ...counts, created: 8 },
      companies: { ...counts, created: 1 },
      plans: { ...counts, created: 1 },
    },
    pushed: { created: 0, updated: 0, canceled: 0, adopted: 0, conflicts: 0, rejected: 0, held: 0 },
  });
  for (const line of stderr.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('level');
  expect(await wrong()).toEqual([]);
  const runs = await client.query(
    'select distinct outcome, finished_at is not null as finished from sync.runs',
  );
  expect(runs.rows).toEqual([{ outcome: 'succeeded', finished: true }]);
});

it('says it in words without --json', async () => {
  const { code, stdout } = await backfill();
  expect(code).toBe(0);
  expect(stdout).toMatch(/mirrored completely/);
  expect(stdout).toMatch(/interviews +40 +40 /);
});

it('reads what it is asked to', async () => {
  const some = await backfill(['--json', '--resource', 'jobs', '--resource', 'users', '--no-details']);
  expect(some.code).toBe(0);
  expect(Object.keys((some.json as { resources: object }).resources).sort()).toEqual(['jobs', 'users']);
  const stored = await storedMirror(client);
  expect(stored.jobs).toEqual(expectedMirror(emulator, { details: false }).jobs);
  expect(stored.interviews.size).toBe(0);

  const listings = await backfill(['--json', '--no-details']);
  expect(listings.code).toBe(0);
  expect(differences(expectedMirror(emulator, { details: false }), await storedMirror(client))).toEqual([]);

  const fresh = await backfill(['--json', '--fresh', '--account', 'default']);
  expect(fresh.code).toBe(0);
  expect(await wrong()).toEqual([]);
});

it('ends with 3 where a person has to look, and with 0 again when that is over', async () => {
  expect((await backfill(['--json'])).code).toBe(0);
  const gone = [...emulator.state.interviews.keys()].slice(0, 20);
  for (const uuid of gone) emulator.act.hide(uuid);
  const held = await backfill(['--json']);
  expect(held.code).toBe(3);
  expect(held.json).toMatchObject({ ok: true, complete: true, openConflicts: 1 });
  for (const uuid of gone) emulator.act.show(uuid);
  expect((await backfill(['--json'])).code).toBe(0);
  expect(await wrong()).toEqual([]);
});

it('a sweep that proves nothing is no failure', async () => {
  emulator.switches.pageCap = 1;
  const result = await backfill(['--json']);
  expect(result.code).toBe(0);
  expect(result.json).toMatchObject({ ok: true, complete: false });
});

describe('several accounts', () => {
  let other: Emulator;
  let file: string;
  beforeEach(async () => {
    other = await startEmulator({
      seed: 7,
      users: 3,
      jobs: 2,
      interviews: 9,
      rateLimit: 1_000_000,
      adminKey: 'the-south-key',
    });
    file = join(directory, 'accounts.yaml');
    writeFileSync(join(directory, 'south.key'), 'the-south-key\n');
    writeFileSync(
      file,
      `accounts:
  - name: north
    apiKeyEnv: NORTH_KEY
    baseUrl: ${emulator.url}
    pageSize: 10
  - name: south
    apiKeyFile: ${join(directory, 'south.key')}
    baseUrl: ${other.url}
`,
    );
  });
  afterEach(() => other?.close());
  const all = (args: string[], key = emulator.adminKey) =>
    runProgram(['backfill', '--json', ...args], {
      env: {
        DATABASE_URL: database.url,
        SPARKHIRE_RATE_LIMIT: '100000',
        NORTH_KEY: key,
        SYNC_CONFIG: args.includes('--config') ? undefined : file,
      },
    });

  it('are mirrored one after the other, each with its own line in the array', async () => {
    const { code, json } = await all(['--config', file]);
    expect(code).toBe(0);
    expect(json).toMatchObject([
      { account: 'north', ok: true, complete: true, resources: { interviews: { created: 40 } } },
      { account: 'south', ok: true, complete: true, resources: { interviews: { created: 9 } } },
    ]);
    expect(await wrong('north')).toEqual([]);
    expect(await wrong('south', other)).toEqual([]);
    const one = await all(['--account', 'south']);
    expect(one.code).toBe(0);
    expect(one.json).toMatchObject({ account: 'south', resources: { interviews: { unchanged: 9 } } });
  });

  it('fail each for itself', async () => {
    const { code, json } = await all([], 'not-the-key');
    expect(code).toBe(1);
    expect(json).toMatchObject([
      { account: 'north', ok: false, complete: false, error: { code: 'KEY_REFUSED' } },
      { account: 'south', ok: true, complete: true },
    ]);
    expect(await wrong('south', other)).toEqual([]);
  });

  it('are pushed side by side: one that looks for a lost answer keeps no other waiting', async () => {
    await all([]);
    for (const name of ['north', 'south'])
      await client.query(
        `insert into ats.jobs (account, ats_id, title, description, status, city, country)
         values ($1, 'J-1', 'Baker', 'Bakes.', 'open', 'Graz', 'Austria')`,
        [name],
      );
    emulator.faults.add({ method: 'POST', path: '/jobs$', effect: { kind: 'reset', when: 'before' } });
    const made = new Promise<void>((resolve) => {
      other.onRequest(({ method, path }) =>
        method === 'POST' && path.endsWith('/jobs') ? resolve() : undefined,
      );
    });
    const program = startProgram(['sync', '--json'], {
      env: { DATABASE_URL: database.url, NORTH_KEY: emulator.adminKey, SYNC_CONFIG: file },
    });
    await made;
    program.kill('SIGTERM');
    expect((await program.ended).json).toMatchObject([{ account: 'north' }, { account: 'south' }]);
  });

  it('are all told of when a signal ends them', async () => {
    const program = startProgram(['backfill', '--json', '--config', file], {
      env: { DATABASE_URL: database.url, NORTH_KEY: emulator.adminKey },
    });
    const off = emulator.onRequest(({ path }) => {
      if (path.includes('/jobs/')) program.kill('SIGTERM');
    });
    const { code, json } = await program.ended;
    off();
    expect(code).toBe(1);
    expect(json).toMatchObject([
      { account: 'north', ok: false, complete: false, error: { code: 'ABORTED' } },
      { account: 'south', ok: false, complete: false, requests: 0, error: { code: 'ABORTED' } },
    ]);
    expect(other.requests).toEqual([]);
  });
});

describe('a key that is no good', () => {
  /** Everything a reader could see, in one text. */
  async function mirrorText(): Promise<string> {
    const tables = [
      'users',
      'jobs',
      'interviews',
      'interview_questions',
      'question_sets',
      'share_links',
      'plans',
    ];
    const texts = tables.map(
      (table) => `(select string_agg(t::text, '' order by t::text) from sparkhire.${table} t)`,
    );
    return (await client.query(`select concat(${texts.join(', ')}) as text`)).rows[0].text;
  }

  it.each([
    ['unknown', () => {}, 'KEY_REFUSED', /API key/],
    [
      'of a disabled user',
      () => emulator.act.disableUser([...emulator.state.users.keys()][0]!),
      'KEY_REFUSED',
      /disabled/,
    ],
    [
      'of a job seeker',
      () => {
        emulator.switches.meType = 'job_seeker';
      },
      'KEY_OF_JOB_SEEKER',
      /administrator/,
    ],
  ])('%s: fails at once, says what to do, and changes nothing', async (what, spoil, code, remedy) => {
    expect((await backfill(['--json'])).code).toBe(0);
    const before = await mirrorText();
    spoil();
    emulator.requests.length = 0;
    const result = await backfill(['--json'], what === 'unknown' ? { SPARKHIRE_API_KEY: 'no-such-key' } : {});
    expect(result.code).toBe(1);
    expect(emulator.requests.length).toBeLessThan(3);
    expect(result.json).toMatchObject({ ok: false, complete: false, error: { code } });
    expect(result.stderr).toMatch(remedy);
    expect(await mirrorText()).toBe(before);
  });
});

it('an address that leads elsewhere is told apart from a missing object', async () => {
  const result = await backfill(['--json'], { SPARKHIRE_BASE_URL: emulator.origin });
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(/base URL/);
});

describe('no database', () => {
  it('fails at once, and says where it looked', async () => {
    const url = new URL(database.url);
    url.port = '1';
    const { code, json, stderr } = await backfill(['--json'], { DATABASE_URL: url.href });
    expect(code).toBe(1);
    expect(json).toMatchObject({
      account: 'default',
      ok: false,
      complete: false,
      error: { code: 'DATABASE_UNREACHABLE' },
    });
    expect(stderr).toMatch(/DATABASE_URL/);
    expect(stderr).not.toContain(url.password);
    expect(emulator.requests).toEqual([]);
  });

  it('a database that goes away in the middle ends the backfill, and the next one goes on', async () => {
    let cut: Promise<unknown> | undefined;
    const off = emulator.onRequest(async ({ path }) => {
      if (cut || !path.includes('/interviews/')) return;
      cut = client.query(
        `select pg_terminate_backend(pid, 10000) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      );
      await cut;
    });
    const broken = await backfill(['--json']);
    off();
    // The backfill ends with the first of its sessions; the next one must not be given one that is still to end.
    await cut;
    expect(broken.code).toBe(1);
    expect(broken.json).toMatchObject({ ok: false, error: { code: 'DATABASE_UNREACHABLE' } });
    expect(broken.stderr).not.toMatch(/bug in sparkhire-sync|Unhandled/);
    const next = await backfill(['--json']);
    expect(next.code, next.stderr).toBe(0);
    expect(await wrong()).toEqual([]);
    const outcomes = await client.query('select distinct outcome from sync.runs order by 1');
    expect(outcomes.rows.map(({ outcome }) => outcome)).not.toContain('running');
  });
});
