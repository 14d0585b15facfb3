/** Answers that are broken, late, refused or never come: what fails, what goes on, and what is left alone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Emulator,
  type EmulatorOptions,
  type FaultEffect,
  type Switches,
  startEmulator,
  switchAlternatives,
} from '#emulators/emulator/index';
import { openTestMirror, type TestMirror } from '../../support/backfill-in-process.js';
import { someDeletions } from '../../support/emulated-life.js';
import { startWithLimitMet } from '../../support/limit-met.js';
import { inTurn } from '../../support/rotation.js';

let mirror: TestMirror;
const emulators: Emulator[] = [];
beforeAll(async () => {
  mirror = await openTestMirror();
});
afterAll(async () => {
  await Promise.all(emulators.map((emulator) => emulator.close()));
  await mirror?.close();
});

async function emulated(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({
    users: 6,
    jobs: 12,
    interviews: 40,
    questionSets: 4,
    shareLinks: 4,
    rateLimit: 1_000_000,
    ...options,
  });
  emulators.push(emulator);
  return emulator;
}

let accounts = 0;
const newAccount = () => `account-${++accounts}`;

/** A short one only where no answer comes: a busy machine makes nothing else late. */
const patience = ({ kind }: FaultEffect) => (kind === 'hang' ? { requestTimeoutSeconds: 0.4 } : {});

const runsOf = (account: string) =>
  mirror.rows<{ resource: string; kind: string; outcome: string; error: string | null }>(
    'select resource, kind, outcome, error from sync.runs where account = $1 and resource is not null order by id',
    [account],
  );

describe('a listing that cannot be read', () => {
  const listings = ['users', 'jobs', 'interviews', 'question_sets', 'share_links'] as const;
  const broken: Array<[string, FaultEffect, string]> = [
    ['HTML', { kind: 'html' }, 'ANSWER_UNREADABLE'],
    ['half of the JSON', { kind: 'truncated' }, 'ANSWER_UNREADABLE'],
    ['a connection that breaks in the middle', { kind: 'truncated', closes: true }, 'REMOTE_UNREACHABLE'],
    ['an empty body', { kind: 'status', status: 200, body: 'empty' }, 'ANSWER_UNREADABLE'],
    ['an object for an array', { kind: 'wrong-shape' }, 'ANSWER_UNREADABLE'],
    ['a server error', { kind: 'status', status: 503, body: 'html' }, 'REMOTE_FAILED'],
    ['no answer', { kind: 'hang', when: 'before' }, 'REMOTE_TIMEOUT'],
  ];

  it.concurrent('is tried again, then fails alone: nothing of it is deleted, everything else is done', async () => {
    await Promise.all(
      inTurn(broken.map((one, index) => ({ one, index }))).map(
        async ({ one: [what, effect, code], index }) => {
          const listing = listings[index % listings.length]!;
          const emulator = await emulated({ seed: index, switches: { pageCap: 10 } });
          const account = newAccount();
          const options = { account, anyAbsence: true, ...patience(effect) };
          expect(await mirror.pull(emulator, options), what).toMatchObject({ ok: true });
          const before = await mirror.stored(account);
          someDeletions(emulator, () => 0.3);
          emulator.act.editJob([...emulator.state.jobs.keys()][0]!, { description: `After ${what}` });
          const fault = emulator.faults.add({
            path: `/v1.0/${listing}(\\?.*range=[1-9]\\d|$|\\?range)`,
            effect,
          });
          emulator.requests.length = 0;
          const failed = await mirror.pull(emulator, options);
          expect(failed, what).toMatchObject({ ok: false, complete: false, error: { code } });
          expect(emulator.requests.filter((request) => request.fault !== null)).toHaveLength(5);

          const after = await mirror.stored(account);
          expect(after.deleted[listing], what).toEqual(before.deleted[listing]);
          for (const other of listings.filter((name) => name !== listing)) {
            expect(after.deleted[other].size, `${what}: ${other}`).toBe(1);
          }
          const runs = (await runsOf(account)).slice(-12);
          expect(runs.filter((run) => run.outcome === 'failed')).toMatchObject([
            { kind: 'sweep', resource: listing },
          ]);
          expect(runs.filter((run) => run.kind === 'sweep' && run.outcome === 'succeeded')).not.toEqual([]);
          if (listing !== 'jobs') {
            const [job] = emulator.state.jobs.values();
            expect(after.jobs.get(job!.uuid)).toMatchObject({ description: `After ${what}` });
          }

          emulator.faults.remove(fault);
          expect(await mirror.pull(emulator, options), what).toMatchObject({ ok: true, complete: true });
          expect(await mirror.wrong(emulator, { account }), what).toEqual([]);
        },
      ),
    );
  });

  it.concurrent('does not keep the next backfill from reading the others again', {
    tags: ['rare'],
  }, async () => {
    const emulator = await emulated();
    const account = newAccount();
    emulator.faults.add({ path: '/question_sets', effect: { kind: 'html' } });
    const [, user] = emulator.state.users.values();
    expect(await mirror.pull(emulator, { account })).toMatchObject({ ok: false });
    emulator.act.editUser(user!.uuid, { name: 'Somebody Else' });
    expect(await mirror.pull(emulator, { account })).toMatchObject({ ok: false });
    expect((await mirror.stored(account)).users.get(user!.uuid)).toMatchObject({ name: 'Somebody Else' });
  });

  it.concurrent('of users counts as a failure also when it is refused', { tags: ['rare'] }, async () => {
    const emulator = await emulated();
    const account = newAccount();
    emulator.faults.add({ path: '/v1.0/users$', effect: { kind: 'status', status: 403 } });
    expect(await mirror.pull(emulator, { account })).toMatchObject({
      ok: false,
      error: { code: 'FORBIDDEN' },
    });
    expect((await mirror.stored(account)).interviews.size).toBe(40);
  });
});

describe('an object that cannot be read by itself', () => {
  const broken: Array<[string, FaultEffect]> = [
    ['a server error', { kind: 'status', status: 500 }],
    ['HTML', { kind: 'html' }],
    ['no answer', { kind: 'hang', when: 'before' }],
    ['a reset connection', { kind: 'reset', when: 'after' }],
    ['a request to pay', { kind: 'status', status: 402 }],
  ];

  it.concurrent('leaves the others their details, and is tried again', { tags: ['rare'] }, async () => {
    await Promise.all(
      broken.map(async ([what, effect], index) => {
        const emulator = await emulated({ seed: 20 + index });
        const account = newAccount();
        const options = { account, ...patience(effect) };
        // The first in the order of uuids: all the others come after it.
        const [victim] = [...emulator.state.interviews.keys()].sort();
        const fault = emulator.faults.add({ path: `/interviews/${victim}`, effect });
        expect(await mirror.pull(emulator, options), what).toMatchObject({ ok: false, complete: false });
        const due = await mirror.rows<{ uuid: string }>(
          `select uuid from sparkhire.interviews where account = $1 and details_due
           union all select uuid from sparkhire.jobs where account = $1 and details_due`,
          [account],
        );
        expect(due, what).toEqual([{ uuid: victim }]);
        expect((await mirror.stored(account)).share_links.size).toBe(4);

        const added = emulator.act.addInterview();
        emulator.faults.remove(fault);
        emulator.requests.length = 0;
        expect(await mirror.pull(emulator, options), what).toMatchObject({ ok: true, complete: true });
        const read = emulator.requests.filter(({ path }) => /\/interviews\/./.test(path));
        expect(new Set(read.map(({ path }) => path.slice(-36))), what).toEqual(new Set([victim, added.uuid]));
        expect(await mirror.wrong(emulator, { account }), what).toEqual([]);
      }),
    );
  });

  it.concurrent('is given up where none can be read', { tags: ['rare'] }, async () => {
    const emulator = await emulated();
    const account = newAccount();
    emulator.faults.add({ path: '/interviews/.', effect: { kind: 'status', status: 500 } });
    const result = await mirror.pull(emulator, { account });
    expect(result).toMatchObject({ ok: false, error: { code: 'REMOTE_FAILED' } });
    const asked = new Set(
      emulator.requests.map(({ path }) => path).filter((path) => /interviews\/./.test(path)),
    );
    expect(asked.size).toBeLessThan(30);
    expect((await mirror.stored(account)).interviews.size).toBe(40);
  });

  it.concurrent('is no failure where it is hidden or has just gone', { tags: ['rare'] }, async () => {
    const emulator = await emulated();
    const account = newAccount();
    const [hidden, gone] = [...emulator.state.interviews.keys()];
    emulator.faults.add({ path: `/interviews/${hidden}`, effect: { kind: 'status', status: 403 } });
    const stop = emulator.onRequest(({ path }) => {
      if (!path.includes('/jobs/')) return;
      stop();
      emulator.act.deleteInterview(gone!);
    });
    expect(await mirror.pull(emulator, { account })).toMatchObject({ ok: true, complete: true });
    expect((await mirror.stored(account)).deleted.interviews.size).toBe(0);
  });
});

describe('trouble that passes', () => {
  it.concurrent('is overcome: resets, delays, hangs, errors, spoiled answers, 429 with and without a hint', async () => {
    const passing: FaultEffect[] = [
      { kind: 'reset', when: 'before' },
      { kind: 'reset', when: 'after' },
      { kind: 'latency', ms: 150 },
      { kind: 'hang', when: 'before' },
      { kind: 'hang', when: 'after' },
      { kind: 'status', status: 500 },
      { kind: 'status', status: 503, headers: { 'Retry-After': '1' } },
      { kind: 'truncated', closes: true },
      { kind: 'truncated' },
      { kind: 'html' },
      { kind: 'wrong-shape' },
      { kind: 'rate-limited' },
      { kind: 'rate-limited', retryAfter: 1 },
    ];
    await Promise.all(
      inTurn(passing.map((effect, index) => ({ effect, index }))).map(async ({ effect, index }) => {
        const emulator = await emulated({ seed: 40 + index });
        const account = newAccount();
        // A few requests in a row meet it, in listings and among single objects.
        for (const path of ['/me', 'range=1-', '/jobs/.', '/interviews/.']) {
          emulator.faults.add({ path, nth: 1, effect });
        }
        const result = await mirror.pull(emulator, { account, ...patience(effect) });
        const what = JSON.stringify(effect);
        expect(result, what).toMatchObject({ ok: true, complete: true });
        expect(result.rateLimited > 0, what).toBe(effect.kind === 'rate-limited');
        expect(await mirror.wrong(emulator, { account }), what).toEqual([]);
      }),
    );
  });
});

describe('a limit that is lower than ours', () => {
  const ways = switchAlternatives.rateHeaders.flatMap((rateHeaders) =>
    switchAlternatives.rateWindow.flatMap((rateWindow) =>
      [false, true].map(
        (rateCountsRefused) => ({ rateHeaders, rateWindow, rateCountsRefused }) as Partial<Switches>,
      ),
    ),
  );

  it.concurrent('is kept to, however it is told', { tags: ['rare'] }, async () => {
    await Promise.all(
      inTurn(ways.map((switches, index) => ({ switches, index }))).map(async ({ switches, index }) => {
        const emulator = await startWithLimitMet({
          seed: 60 + index,
          users: 2,
          jobs: 3,
          interviews: 10,
          questionSets: 4,
          shareLinks: 1,
          rateLimit: 9,
          rateWindowSeconds: 1,
          switches,
        });
        emulators.push(emulator);
        const account = newAccount();
        const result = await mirror.pull(emulator, { account });
        const what = JSON.stringify(switches);
        expect(result, what).toMatchObject({ ok: true, complete: true });
        expect(await mirror.wrong(emulator, { account }), what).toEqual([]);
        expect(result.rateLimited, what).toBeGreaterThan(0);
      }),
    );
  });
});

describe('a server that goes away', () => {
  it.concurrent('ends the backfill, which goes on when it is back', async () => {
    const emulator = await emulated({ seed: 80 });
    const account = newAccount();
    const off = emulator.onRequest(async ({ path }) => {
      if (!path.includes('/interviews/')) return;
      off();
      await emulator.close();
    });
    const broken = await mirror.pull(emulator, { account });
    expect(broken).toMatchObject({ ok: false, complete: false, error: { code: 'REMOTE_UNREACHABLE' } });
    const back = await emulated({ seed: 80, port: emulator.port });
    expect(await mirror.pull(back, { account })).toMatchObject({ ok: true, complete: true });
    expect(back.requests.filter(({ path }) => /\/(users|jobs|interviews)$/.test(path))).toEqual([]);
    expect(await mirror.wrong(back, { account })).toEqual([]);
  });
});

describe('parts that a plan or key may lack', () => {
  it.concurrent.each(inTurn(['share_links', 'question_sets', 'plan', 'companies']))(
    '%s refused: all else is mirrored',
    async (part) => {
      const emulator = await emulated();
      const account = newAccount();
      await mirror.pull(emulator, { account });
      const before = await mirror.stored(account);
      emulator.faults.add({ path: `/v1.0/${part}`, effect: { kind: 'status', status: 403 } });
      emulator.act.deleteInterview([...emulator.state.interviews.keys()][0]!);
      const result = await mirror.pull(emulator, { account });
      expect(result).toMatchObject({ ok: true });
      expect(result.notes.join('\n')).toContain('not available to this key');
      const after = await mirror.stored(account);
      expect(after.deleted.interviews.size).toBe(1);
      for (const table of ['share_links', 'question_sets', 'plans', 'companies'] as const) {
        expect(after[table].size).toBe(before[table].size);
      }
    },
  );

  it.concurrent('a listing that answers 416 to its first range is empty', async () => {
    const emulator = await emulated({ jobs: 0, interviews: 0, shareLinks: 0 });
    const account = newAccount();
    emulator.faults.add({ path: '/(jobs|interviews)\\?', effect: { kind: 'status', status: 416 } });
    expect(await mirror.pull(emulator, { account })).toMatchObject({ ok: true, complete: true });
  });

  it.concurrent('and deletes nothing if it was not', async () => {
    const emulator = await emulated();
    const account = newAccount();
    await mirror.pull(emulator, { account });
    emulator.faults.add({ path: '/(jobs|interviews)\\?', effect: { kind: 'status', status: 416 } });
    expect(await mirror.pull(emulator, { account, anyAbsence: true })).toMatchObject({
      ok: true,
      openConflicts: 2,
    });
    expect((await mirror.stored(account)).deleted.interviews.size).toBe(0);
  });
});
