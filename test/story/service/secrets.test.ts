/** Keys and passwords stay where they are: not in output, not in errors, not in any table. */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '#emulators/emulator/index';
import { defaultRetryPolicy } from '../../../src/sparkhire/retry.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { accountSettings, type ProgramResult, runProgram } from '../../support/program.js';

// A request that failed is repeated at once: none of this is about the time between.
const policy = { ...defaultRetryPolicy };
beforeAll(() => void Object.assign(defaultRetryPolicy, { baseMs: 1 }));
afterAll(() => void Object.assign(defaultRetryPolicy, policy));

/** An opaque string may hold anything. */
const key = 'k3y/with+odd=chars%and spaces-äß';
const forms = [
  key,
  encodeURIComponent(key),
  ...[key, `${key}:`, `${key}:x`].flatMap((text) => {
    const base64 = Buffer.from(text).toString('base64');
    return [base64, base64.replace(/=+$/, ''), Buffer.from(text).toString('base64url')];
  }),
];

let database: TestDatabase;
let client: pg.Client;
let emulator: Emulator;

beforeEach(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  emulator = await startEmulator({ users: 3, jobs: 3, interviews: 12, rateLimit: 1_000_000, adminKey: key });
});
afterEach(async () => {
  await emulator?.close();
  await client?.end();
  await database?.drop();
});

async function everyTable(): Promise<string> {
  const tables = await client.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('sparkhire', 'sync', 'ats') and table_type = 'BASE TABLE'`,
  );
  expect(tables.rows.length).toBeGreaterThan(12);
  let text = '';
  for (const { name } of tables.rows) {
    const { rows } = await client.query(`select string_agg(t::text, E'\\n') as text from ${name} t`);
    text += rows[0].text ?? '';
  }
  return text;
}

const backfill = () =>
  runProgram(['backfill', '--json'], {
    env: accountSettings(emulator, database.url, {
      LOG_LEVEL: 'trace',
      SPARKHIRE_REQUEST_TIMEOUT_SECONDS: '0.4',
    }),
  });

async function expectNoSecret(result: ProgramResult, others: string[] = []) {
  const seen = { ...result, json: undefined, tables: await everyTable() };
  for (const [where, text] of Object.entries(seen)) {
    if (typeof text !== 'string') continue;
    for (const form of [...forms, ...others, new URL(database.url).password]) {
      expect(text.includes(form), `${form} in ${where}`).toBe(false);
    }
  }
}

it('nothing shows the key, however much is logged', async () => {
  const result = await backfill();
  expect(result.code).toBe(0);
  expect(result.stderr).toContain('"level":20');
  await expectNoSecret(result);
});

it('nor where the server throws it back, in words, in base64, in a code or in a page', async () => {
  const base64 = Buffer.from(`${key}:x`).toString('base64');
  for (const [path, code] of [
    ['/users$', `bad key ${key}`],
    ['/jobs', `Basic ${base64}`],
    ['/question_sets', key],
  ]) {
    emulator.faults.add({ path, effect: { kind: 'status', status: 400, code, body: 'json' } });
  }
  emulator.faults.add({ path: '/share_links', effect: { kind: 'status', status: 403, code: base64 } });
  const result = await backfill();
  expect(result.code).toBe(1);
  expect(result.stderr).toContain('[redacted]');
  await expectNoSecret(result);
});

it("nor where the API answers with a user's integration key", async () => {
  const [owner] = emulator.state.users.values();
  const headers = { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` };
  const made = await fetch(`${emulator.url}/users/${owner!.uuid}/integration_key`, {
    method: 'POST',
    headers,
  });
  const { key: secret } = (await made.json()) as { key: string };
  const result = await backfill();
  expect(result.code).toBe(0);
  expect(
    emulator.requests.some(({ path, status }) => path.endsWith('/integration_key') && status === 200),
  ).toBe(true);
  await expectNoSecret(result, [secret]);
});

it('nor when everything breaks', async () => {
  emulator.faults.add({ path: '/jobs/', count: 2, effect: { kind: 'reset', when: 'after' } });
  emulator.faults.add({ path: '/interviews\\?', count: 1, effect: { kind: 'hang', when: 'before' } });
  emulator.faults.add({ path: '/question_sets', count: 1, effect: { kind: 'html' } });
  emulator.faults.add({ path: '/users$', effect: { kind: 'truncated', closes: true } });
  const result = await backfill();
  expect(result.code).toBe(1);
  await expectNoSecret(result);
});
