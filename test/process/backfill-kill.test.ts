/** `sparkhire-sync backfill` killed, stopped, and run side by side: what it has done stays done. */
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/index.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { differences, expectedMirror, storedMirror } from '../support/mirror-oracle.js';
import { runProcess, startProcess } from '../support/process.js';
import { accountSettings, type ProgramResult } from '../support/program.js';

let database: TestDatabase;
let client: pg.Client;
let emulator: Emulator;

beforeEach(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  emulator = await startEmulator({ users: 4, jobs: 8, interviews: 90, shareLinks: 4, rateLimit: 1_000_000 });
});
afterEach(async () => {
  await emulator?.close();
  await client?.end();
  await database?.drop();
});

const settings = (more: Record<string, string | undefined> = {}) =>
  accountSettings(emulator, database.url, { SPARKHIRE_PAGE_SIZE: '10', ...more });

/** Runs a backfill and sends it a signal when its nth request arrives at Spark Hire. */
/** A signal is answered within so long, whatever is under way. */
const soonMs = 10_000;

/** `toEnd` is from the signal to the end of the process, in milliseconds. */
async function backfillUntil(
  nth: number,
  signal: NodeJS.Signals,
  more = {},
): Promise<ProgramResult & { toEnd: number }> {
  const program = startProcess(['backfill', '--json'], { env: settings(more) });
  let arrived = 0;
  let killedAt = 0;
  const off = emulator.onRequest(() => {
    if (++arrived !== nth) return;
    killedAt = performance.now();
    program.kill(signal);
  });
  const result = await program.ended;
  off();
  return { ...result, toEnd: performance.now() - killedAt };
}

const wrong = async () => differences(expectedMirror(emulator), await storedMirror(client));
const rows = async <Row>(sql: string) => (await client.query(sql)).rows as Row[];
const paths = () => emulator.requests.map(({ path, query }) => `${path.slice(5)}${query && `?${query}`}`);

interface Reached {
  done: string[];
  details: string[];
  pages: Record<string, number>;
}

/** What is committed: finished resources, single objects, and how far each listing was walked. */
async function reached(): Promise<Reached> {
  const checkpoints = await rows<{ resource: string; position: { done?: object; state?: { next: number } } }>(
    'select resource, position from sync.checkpoints where position is not null',
  );
  const details = await rows<{ uuid: string }>(
    `select uuid from sparkhire.jobs where not details_due
     union all select uuid from sparkhire.interviews where not details_due
     union all select uuid from sparkhire.share_links where not details_due`,
  );
  return {
    done: checkpoints.flatMap(({ position }) => Object.keys(position.done ?? {})),
    details: details.map(({ uuid }) => uuid),
    pages: Object.fromEntries(
      checkpoints.flatMap(({ resource, position }) =>
        position.state ? [[resource, position.state.next]] : [],
      ),
    ),
  };
}

describe('SIGKILL', () => {
  it('at any moment costs nothing but what was not committed', async () => {
    let asked = 0;
    let runs = 0;
    // Each run gets a little further than the last one before it is killed.
    for (const nth of [1, 4, 7, 13, 12, 30, 45, 28]) {
      const before = await reached();
      emulator.requests.length = 0;
      const { signal, code } = await backfillUntil(nth, 'SIGKILL');
      asked += emulator.requests.length;
      runs++;
      if (code === 0) break;
      expect(signal).toBe('SIGKILL');
      // Nothing that was committed is asked for again.
      for (const name of before.done) {
        expect(
          paths().filter((path) => new RegExp(`^/${name}(\\?|$)`).test(path)),
          name,
        ).toEqual([]);
      }
      for (const uuid of before.details) expect(paths().join(' ')).not.toContain(uuid);
      for (const [name, next] of Object.entries(before.pages)) {
        const ranges = paths().flatMap(
          (path) => new RegExp(`^/${name}\\?.*range=(\\d+)-`).exec(path)?.[1] ?? [],
        );
        for (const from of ranges) expect(Number(from), name).toBeGreaterThanOrEqual(next - 10);
      }
    }
    emulator.requests.length = 0;
    const last = await runProcess(['backfill', '--json'], { env: settings() });
    asked += emulator.requests.length;
    expect(last.code).toBe(0);
    expect(last.json).toMatchObject({ ok: true, complete: true });
    expect(await wrong()).toEqual([]);

    // A backfill that is never killed, for comparison.
    const fresh = await createTestDatabase();
    emulator.requests.length = 0;
    await runProcess(['backfill', '--json'], { env: { ...settings(), DATABASE_URL: fresh.url } });
    await fresh.drop();
    // Each run looks at the key, and repeats what was under way: a page or two, or a batch of single objects.
    expect(asked).toBeLessThan(emulator.requests.length + runs * (2 + 25 + 12));

    const outcomes = await rows<{ outcome: string; runs: number }>(
      `select outcome, count(*)::int as runs from sync.runs where resource is null group by 1 order by 1`,
    );
    expect(outcomes).toEqual([
      { outcome: 'interrupted', runs },
      { outcome: 'succeeded', runs: 1 },
    ]);
  });

  it('is followed by far fewer requests than a fresh start', async () => {
    await backfillUntil(85, 'SIGKILL');
    emulator.requests.length = 0;
    expect((await runProcess(['backfill', '--json'], { env: settings() })).code).toBe(0);
    const resumed = emulator.requests.length;
    emulator.requests.length = 0;
    expect((await runProcess(['backfill', '--json', '--fresh'], { env: settings() })).code).toBe(0);
    expect(resumed).toBeLessThan(emulator.requests.length * 0.7);
    expect(new Set(paths().filter((path) => path.startsWith('/interviews/'))).size).toBe(90);
    expect(await wrong()).toEqual([]);
  });
});

it('a backfill that waits takes over from one that is killed, and goes on where that stopped', async () => {
  // Both wait behind this request: the first for its answer, the second for the first.
  let answer = () => {};
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const off = emulator.onRequest(async ({ path, query }) => {
    if (path === '/v1.0/interviews' && query.includes('updated_asc')) await held;
  });
  const first = startProcess(['backfill', '--json'], { env: settings() });
  await first.waitForLine(/interviews: reading/);
  const second = startProcess(['backfill', '--json'], { env: settings() });
  await second.waitForLine(/another process works on this account/);
  first.kill('SIGKILL');
  await first.ended;
  off();
  answer();
  const { code, json } = await second.ended;
  expect(code).toBe(0);
  expect(json).toMatchObject({ ok: true, complete: true, resources: { users: { read: 0 } } });
  expect(paths().filter((path) => path === '/users')).toHaveLength(1);
  expect(await wrong()).toEqual([]);
});

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  it('ends the backfill soon, tidily, and it can be continued', async () => {
    for (const nth of [6, 40]) {
      const result = await backfillUntil(nth, signal);
      expect(result.code).toBe(1);
      expect(result.toEnd).toBeLessThan(soonMs);
      expect(result.json).toMatchObject({ ok: false, complete: false, error: { code: 'ABORTED' } });
      expect(result.stderr).toContain('goes on where it stopped');
    }
    const open = await rows(`select 1 from sync.runs where outcome = 'running'`);
    expect(open).toEqual([]);
    const before = await reached();
    expect(before.done).toContain('jobs');
    emulator.requests.length = 0;
    expect((await runProcess(['backfill', '--json'], { env: settings() })).code).toBe(0);
    for (const uuid of before.details) expect(paths().join(' ')).not.toContain(uuid);
    expect(await wrong()).toEqual([]);
  });
});

it('a signal ends a backfill also while it waits: for an answer, a repetition, the rate limit, another process', async () => {
  const waits = {
    answer: () => emulator.faults.add({ path: '/jobs/.', effect: { kind: 'hang', when: 'before' } }),
    repetition: () => emulator.faults.add({ path: '/jobs/.', effect: { kind: 'status', status: 500 } }),
    'rate limit': () =>
      emulator.faults.add({ path: '/jobs/.', effect: { kind: 'rate-limited', retryAfter: 60 } }),
  };
  for (const [what, wait] of Object.entries(waits)) {
    emulator.faults.clear();
    wait();
    const program = startProcess(['backfill', '--json', '--fresh'], { env: settings() });
    let met = 0;
    let killedAt = 0;
    const off = emulator.onRequest(({ path }) => {
      // Some time after the first such request, when its answer, if any, is there.
      if (!path.startsWith('/v1.0/jobs/') || ++met !== 1) return;
      setTimeout(() => {
        killedAt = performance.now();
        program.kill('SIGTERM');
      }, 300);
    });
    const { code, json } = await program.ended;
    const toEnd = performance.now() - killedAt;
    off();
    expect(code, what).toBe(1);
    expect(json, what).toMatchObject({ ok: false, error: { code: 'ABORTED' } });
    expect(toEnd, what).toBeLessThan(soonMs);
  }
  emulator.faults.clear();

  emulator.faults.add({ path: '/jobs/.', effect: { kind: 'hang', when: 'before' } });
  const owner = startProcess(['backfill', '--fresh'], { env: settings() });
  await owner.waitForLine(/jobs details/);
  const waiting = startProcess(['backfill', '--json'], { env: settings() });
  await waiting.waitForLine(/another process works on this account/);
  const killedAt = performance.now();
  waiting.kill('SIGTERM');
  const { code, json } = await waiting.ended;
  expect(code).toBe(1);
  expect(json).toMatchObject({ account: 'default', ok: false, error: { code: 'ABORTED' } });
  expect(performance.now() - killedAt).toBeLessThan(soonMs);
  owner.kill('SIGTERM');
  expect((await owner.ended).code).toBe(1);
});

/** The most requests that arrived within any window. */
function most(windowMs: number): number {
  const at = emulator.requests.map((request) => request.at).sort((a, b) => a - b);
  let from = 0;
  let most = 0;
  for (let to = 0; to < at.length; to++) {
    while (at[to]! - at[from]! >= windowMs) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

describe('the rate limit', () => {
  const limited = { SPARKHIRE_RATE_LIMIT: '40', SPARKHIRE_RATE_WINDOW_SECONDS: '1' };

  it('holds over a kill and a restart', async () => {
    emulator.rateLimit.limit = 40;
    emulator.rateLimit.windowMs = 1000;
    const killed = await backfillUntil(37, 'SIGKILL', limited);
    expect(killed.signal).toBe('SIGKILL');
    const { code, json } = await runProcess(['backfill', '--json'], { env: settings(limited) });
    expect(code).toBe(0);
    expect(json).toMatchObject({ ok: true, rateLimited: 0 });
    expect(emulator.requests.length).toBeGreaterThan(110);
    expect(most(1000)).toBeLessThanOrEqual(40);
    expect(await wrong()).toEqual([]);
  });

  it('holds for two backfills side by side, of which one waits for the other', async () => {
    emulator.rateLimit.limit = 60;
    emulator.rateLimit.windowMs = 1000;
    const env = settings({ SPARKHIRE_RATE_LIMIT: '60', SPARKHIRE_RATE_WINDOW_SECONDS: '1' });
    const spans: Array<[number, number]> = [];
    const programs = [0, 1].map(() => startProcess(['backfill', '--json'], { env }));
    const results = await Promise.all(programs.map((program) => program.ended));
    for (const { code, json } of results) {
      expect(code).toBe(0);
      expect(json).toMatchObject({ ok: true, complete: true, rateLimited: 0 });
    }
    expect(most(1000)).toBeLessThanOrEqual(60);
    // The second found everything done, and read the listings only.
    const created = results.map(({ json }) => {
      const { resources } = json as { resources: { interviews: { created: number } } };
      return resources.interviews.created;
    });
    expect(created.sort((a, b) => a - b)).toEqual([0, 90]);
    const runs = await rows<{ started_at: Date; finished_at: Date }>(
      'select started_at, finished_at from sync.runs where resource is null order by started_at',
    );
    for (const { started_at, finished_at } of runs) spans.push([started_at.getTime(), finished_at.getTime()]);
    expect(spans[1]![0]).toBeGreaterThanOrEqual(spans[0]![1]);
    expect(await wrong()).toEqual([]);
  });
});

it('keeps the key out of its command line', async () => {
  let commandLine = '';
  const program = startProcess(['backfill', '--json'], { env: settings() });
  const off = emulator.onRequest(() => {
    commandLine = readFileSync(`/proc/${program.child.pid}/cmdline`, 'utf8');
  });
  expect((await program.ended).code).toBe(0);
  off();
  expect(commandLine).toContain('backfill');
  expect(commandLine).not.toContain(emulator.adminKey);
});
