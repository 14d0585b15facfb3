/**
 * Backfills of an account that is at work: rows come, go and are touched between the pages.
 * @module-tag rare
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, type Switches, startEmulator } from '#emulators/emulator/index';
import { openTestMirror, type TestMirror } from '../../support/backfill-in-process.js';
import { pick, seededRandom, something } from '../../support/emulated-life.js';
import { inTurn } from '../../support/rotation.js';

let mirror: TestMirror;
beforeAll(async () => {
  mirror = await openTestMirror();
});
afterAll(() => mirror?.close());

const seeds = Array.from({ length: Number(process.env.SEEDS ?? 2) }, (_, i) => i + 1);

const weathers: Array<{ name: string; switches: Partial<Switches>; pageSize: number; ties: number }> = [
  { name: 'plain pages', switches: {}, pageSize: 10, ties: 0 },
  { name: 'capped pages', switches: { pageCap: 7 }, pageSize: 100, ties: 0 },
  { name: 'shuffled ties', switches: { ties: 'shuffled' }, pageSize: 10, ties: 9 },
  { name: 'long shuffled ties', switches: { ties: 'shuffled' }, pageSize: 12, ties: 45 },
  { name: 'long ties', switches: {}, pageSize: 12, ties: 45 },
  { name: 'one long tie', switches: { ties: 'shuffled', pageCap: 20 }, pageSize: 20, ties: 1000 },
  { name: 'short pages', switches: { shortPages: 'random' }, pageSize: 15, ties: 4 },
  {
    name: 'short pages, shuffled ties, an error at the end',
    switches: { shortPages: 'random', ties: 'shuffled', endOfList: '404' },
    pageSize: 20,
    ties: 8,
  },
  { name: 'fractions of seconds', switches: { timestampFormat: 'fractional' }, pageSize: 10, ties: 0 },
  {
    name: 'no time for what was never updated',
    switches: { nullTimestamps: 'updated-null' },
    pageSize: 9,
    ties: 5,
  },
];

/** Bulk changes: as many interviews (and jobs) as this share their second with their neighbours. */
function tie(emulator: Emulator, size: number): void {
  if (size === 0) return;
  for (const [collection, field] of [
    [emulator.state.interviews, 'updatedAt'],
    [emulator.state.jobs, 'createdAt'],
  ] as const) {
    const rows = [...collection.values()].sort((a, b) => a.createdAt - b.createdAt);
    rows.forEach((row, index) => {
      const first = rows[index - (index % size)]!;
      const at =
        field === 'updatedAt'
          ? Math.max(row.createdAt, (first as { updatedAt: number }).updatedAt)
          : first.createdAt;
      collection.change(row as never, (one: { updatedAt: number; createdAt: number }) => {
        one[field] = Math.floor(at / 1000) * 1000;
        one.updatedAt = Math.max(one.updatedAt, one.createdAt);
      });
    });
  }
}

/** Something happens at every other page, sometimes a lot. */
function startMoving(emulator: Emulator, random: () => number, until: number): () => void {
  let moves = 0;
  return emulator.onRequest(({ path, query }) => {
    const page = path === '/v1.0/interviews' || path === '/v1.0/jobs';
    if (!page || query === '' || moves >= until || random() < 0.4) return;
    moves++;
    const { act, state } = emulator;
    // Time passes, or it all happens in one second.
    if (random() < 0.5) emulator.clock.advance(400 + Math.floor(random() * 1500));
    const times = random() < 0.15 ? 12 : 1 + Math.floor(random() * 3);
    for (let i = 0; i < times; i++) {
      const dice = random();
      const interview = pick(random, state.interviews.values());
      const job = pick(random, [...state.jobs.values()].slice(1));
      if (dice < 0.25 && interview) act.deleteInterview(interview.uuid);
      else if (dice < 0.32 && job) act.deleteJob(job.uuid);
      else if (dice < 0.55 && interview) act.touchInterview(interview.uuid);
      else something(emulator, random);
    }
  });
}

describe.each(inTurn(weathers))('an account at work: $name', ({ name, switches, pageSize, ties }) => {
  it.each(seeds)('is mirrored without a gap (seed %i)', async (seed) => {
    const emulator = await startEmulator({
      seed,
      users: 5,
      jobs: 25,
      interviews: 75,
      shareLinks: 2,
      jobSlots: -1,
      rateLimit: 1_000_000,
      switches,
    });
    const account = `${name} ${seed}`;
    const options = { account, pageSize, details: false, anyAbsence: true };
    try {
      tie(emulator, ties);
      // Half of the time the mirror knows the rows already.
      if (seed % 2 === 1) await mirror.pull(emulator, options);
      const there = {
        interviews: new Set(emulator.state.interviews.keys()),
        jobs: new Set(emulator.state.jobs.keys()),
      };
      const stop = startMoving(emulator, seededRandom(seed * 31 + ties), 25);
      const moving = await mirror.pull(emulator, options);
      stop();
      expect(moving.ok).toBe(true);
      const stored = await mirror.stored(account);
      for (const table of ['interviews', 'jobs'] as const) {
        const proven = !moving.notes.some((note) => note.startsWith(`${table}: not proven`));
        const allAlong = [...emulator.state[table].keys()].filter((uuid) => there[table].has(uuid));
        // It was there at every moment, so nobody may think that it is gone.
        expect(allAlong.filter((uuid) => stored.deleted[table].has(uuid))).toEqual([]);
        if (proven) expect(allAlong.filter((uuid) => !stored[table].has(uuid))).toEqual([]);
        else expect(stored.deleted[table].size).toBe(0);
        if (!proven) expect(moving.complete).toBe(false);
      }
      // An end that keeps moving may be given up, and short pages may be unlucky; elsewhere it is proven.
      if (switches.shortPages === undefined) expect(moving).toMatchObject({ complete: true });

      emulator.clock.advance(5000);
      const quiet = await mirror.pull(emulator, options);
      expect(quiet).toMatchObject({ ok: true, complete: true });
      expect(await mirror.wrong(emulator, { account, details: false })).toEqual([]);
    } finally {
      await emulator.close();
    }
  });
});

it('an account that never rests is read to an end, and the backfill says what it could not prove', async () => {
  const emulator = await startEmulator({ users: 3, jobs: 10, interviews: 60, rateLimit: 1_000_000 });
  const account = 'restless';
  try {
    await mirror.pull(emulator, { account, pageSize: 8, details: false });
    const random = seededRandom(5);
    const stop = emulator.onRequest(({ query }) => {
      if (query === '') return;
      emulator.clock.advance(1000);
      for (let i = 0; i < 4; i++)
        emulator.act.touchInterview(pick(random, emulator.state.interviews.keys())!);
    });
    const result = await mirror.pull(emulator, { account, pageSize: 8, details: false });
    stop();
    expect(result).toMatchObject({ ok: true });
    expect(result.requests).toBeLessThan(700);
    const stored = await mirror.stored(account);
    expect(stored.deleted.interviews.size).toBe(0);
    expect(stored.interviews.size).toBe(60);
  } finally {
    await emulator.close();
  }
});
