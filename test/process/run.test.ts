/** `sparkhire-sync run` as an operator meets it: from an empty mirror to its end, with commands beside it. */
import { createServer } from 'node:net';
import type pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/index.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { differences, expectedMirror, storedMirror } from '../support/mirror-oracle.js';
import { runProcess } from '../support/process.js';
import { accountSettings } from '../support/program.js';
import { connectTo, eventually, type RunningService, startRun } from '../support/service.js';

let database: TestDatabase;
let client: pg.Client;
let emulator: Emulator;
const services: RunningService[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  client = await connectTo(database.url);
  emulator = await startEmulator({ users: 4, jobs: 5, interviews: 30, rateLimit: 1_000_000 });
});
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop('SIGKILL')));
  await emulator.close();
  await client.end();
  await database.drop();
});

async function start(more: Record<string, string | undefined> = {}): Promise<RunningService> {
  const service = await startRun(accountSettings(emulator, database.url, more));
  services.push(service);
  return service;
}

const wrong = async () => differences(expectedMirror(emulator), await storedMirror(client));
const isTrue = () => eventually(async () => expect(await wrong()).toEqual([]), 60_000);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it('reads an empty mirror full by itself, keeps it true, and ends well', async () => {
  const service = await start();
  await isTrue();
  emulator.act.addInterview({});
  emulator.act.editJob([...emulator.state.jobs.keys()][0]!, {
    title: 'Night-shift nurse',
    description: 'New.',
  });
  await isTrue();

  expect(await service.get('/healthz')).toMatchObject({ status: 200, json: { ok: true } });
  expect(await service.get('/readyz')).toMatchObject({
    status: 200,
    json: { ready: true, accounts: [{ account: 'default', role: 'owner', state: 'up to date' }] },
  });
  const metrics = await service.get('/metrics');
  expect(metrics.body).toMatch(/^sparkhire_sync_requests_total\{.*route="GET \/interviews".*\} \d+$/m);

  const asked = performance.now();
  const { code } = await service.stop();
  expect(code).toBe(0);
  expect(performance.now() - asked).toBeLessThan(9_000);
  const { rows } = await client.query("select count(*)::int as n from sync.runs where outcome = 'running'");
  expect(rows).toEqual([{ n: 0 }]);
});

it('applies webhooks at once, without any tick', async () => {
  const port = await freePort();
  const service = await start({
    SYNC_SCHEDULE: '0 0 1 1 *',
    SYNC_HTTP_PORT: String(port),
    SYNC_PUBLIC_URL: `http://127.0.0.1:${port}`,
  });
  await isTrue();
  await eventually(() => expect(emulator.state.webhooks.size).toBe(1));
  const interview = [...emulator.state.interviews.values()].find(({ status }) => status === 'accepted')!;
  const happened = performance.now();
  emulator.act.completeInterview(interview.uuid, { rating: 4 });
  await eventually(async () => {
    const { rows } = await client.query('select status from sparkhire.interviews where uuid = $1', [
      interview.uuid,
    ]);
    expect(rows).toEqual([{ status: 'completed' }]);
  });
  // Some 100 ms where nothing else is at work.
  expect(performance.now() - happened).toBeLessThan(10_000);
  await isTrue();

  const test = await runProcess(['webhooks', 'test', '--json'], {
    env: accountSettings(emulator, database.url, { SYNC_PUBLIC_URL: `http://127.0.0.1:${port}` }),
  });
  expect(test.stderr).toContain('handed_over');
  expect([test.code, test.json]).toEqual([
    0,
    expect.objectContaining({ ok: true, event: expect.stringMatching(/^Interview/) }),
  ]);
  expect((await service.stop()).code).toBe(0);
});

it('does what commands beside it ask for, and they show it', async () => {
  const service = await start();
  await isTrue();
  const env = accountSettings(emulator, database.url);
  const backfill = await runProcess(['backfill', '--fresh', '--json'], { env });
  expect(backfill.code).toBe(0);
  expect(backfill.stderr).toContain('handed_over');
  expect(backfill.stderr).toContain('"resource":"interviews","phase":"details"');
  expect(backfill.json).toMatchObject({
    account: 'default',
    ok: true,
    complete: true,
    resources: { interviews: { read: 30, created: 0, updated: 0, details: 30 } },
  });
  emulator.act.addJob({ title: 'Librarian', status: 'inactive' });
  const sync = await runProcess(['sync', '--json'], { env });
  expect([sync.code, sync.json]).toEqual([0, expect.objectContaining({ account: 'default', ok: true })]);
  await isTrue();
  const doctor = await runProcess(['doctor', '--json'], { env });
  expect(doctor.json).toEqual(
    expect.arrayContaining([expect.objectContaining({ check: 'key', ok: true, account: 'default' })]),
  );
  const status = await runProcess(['status'], { env });
  expect(status.stdout).toContain('Account default: up to date');
  expect((await service.stop()).code).toBe(0);
});

it('goes on within five seconds where an owner was killed, and the limit holds across the change', async () => {
  const limit = { SPARKHIRE_RATE_LIMIT: '30', SPARKHIRE_RATE_WINDOW_SECONDS: '2' };
  const one = await start(limit);
  await one.program.waitForLine(/"event":"account_taken"/);
  const other = await start(limit);
  await other.program.waitForLine(/"event":"standing_by"/);
  expect((await other.get('/readyz')).json).toMatchObject({
    ready: true,
    accounts: [{ role: 'standby', state: expect.stringContaining('stands by') }],
  });
  await eventually(() => expect(emulator.requests.length).toBeGreaterThan(20));
  one.program.kill('SIGKILL');
  const killed = performance.now();
  await other.program.waitForLine(/"event":"account_taken"/);
  expect(performance.now() - killed).toBeLessThan(5_000);
  await isTrue();
  const arrivals = emulator.requests.map(({ at }) => at);
  const fullest = Math.max(
    ...arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + 2_000).length),
  );
  expect(fullest).toBeLessThanOrEqual(30);
  expect((await other.stop()).code).toBe(0);
});
