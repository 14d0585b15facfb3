/**
 * Ranges that count from 0 or from 1: every row is read either way.
 * @module-tag rare
 */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Emulator, type Switches, startEmulator } from '#emulators/emulator/index';
import { openTestMirror, type TestMirror } from '../../support/backfill-in-process.js';
import { openTicking } from '../../support/tick-in-process.js';

let mirror: TestMirror;
beforeAll(async () => {
  mirror = await openTestMirror();
});
afterAll(() => mirror?.close());

let accounts = 0;
async function emulated({
  jobs = 3,
  interviews = 12,
  ...switches
}: Partial<Switches> & { jobs?: number; interviews?: number }) {
  const account = `ranges-${++accounts}`;
  const emulator = await startEmulator({
    users: 2,
    jobs,
    interviews,
    questionSets: 0,
    shareLinks: 0,
    rateLimit: 1_000_000,
    switches,
  });
  onTestFinished(() => emulator.close());
  const known = async () =>
    (
      await mirror.rows<{ first: number | null }>(
        'select ranges_from as first from sync.accounts where account = $1',
        [account],
      )
    )[0]?.first;
  const asked = () =>
    emulator.requests.filter(
      ({ path, query }) => /jobs|interviews/.test(path) && /range=0-/.test(String(query)),
    ).length;
  return { emulator, account, known, asked };
}

async function ticks(emulator: Emulator, options: Parameters<typeof openTicking>[2]) {
  const ticking = await openTicking(mirror, emulator, options);
  onTestFinished(() => ticking.close());
  return ticking;
}

describe('point 8: the first row of a range', () => {
  it.each(['one', 'zero', 'one-or-zero'] as const)(
    'is read by sweeps and ticks, whichever number it has: %s',
    async (rangeFrom) => {
      const { emulator, account, known } = await emulated({ rangeFrom });
      expect(await mirror.pull(emulator, { account })).toMatchObject({ ok: true, complete: true });
      expect(await known()).toBe(rangeFrom === 'zero' ? 0 : 1);
      expect(await mirror.wrong(emulator, { account })).toEqual([]);
      const ticking = await ticks(emulator, { account });
      const job = [...emulator.state.jobs.values()].find(({ status }) => status === 'active')!;
      emulator.act.addInterview({ jobUuid: job.uuid, email: 'newest@example.org' });
      expect(await ticking.sync()).toMatchObject({ ok: true, complete: true });
      expect(await mirror.wrong(emulator, { account })).toEqual([]);
    },
  );

  it.each([
    ['one row in all', { jobs: 0, interviews: 0 }],
    ['a range behind the last row that is refused', { jobs: 1, interviews: 0, endOfList: '404' }],
    [
      'pages that are cut, in which rows of one key are shuffled',
      { jobs: 3, interviews: 4, pageCap: 3, ties: 'shuffled' },
    ],
  ] as const)('is read where it has the number 0 and there is %s', async (_, options) => {
    const { emulator, account, known } = await emulated({ ...options, rangeFrom: 'zero' });
    if (options.jobs === 0) emulator.act.addJob({});
    expect(await mirror.pull(emulator, { account })).toMatchObject({ ok: true });
    expect(await known()).toBe(0);
    expect(await mirror.wrong(emulator, { account })).toEqual([]);
  });

  it.each([
    ['one', 'empty'],
    ['zero', 'empty'],
    ['zero', '400'],
    ['zero', '404'],
    ['zero', '416'],
    ['one-or-zero', 'empty'],
  ] as const)('is learnt by ticks where there was no row at first: %s, %s', async (rangeFrom, endOfList) => {
    const { emulator, account, known } = await emulated({ jobs: 0, interviews: 0, rangeFrom, endOfList });
    expect(await mirror.pull(emulator, { account })).toMatchObject({ ok: true, complete: true });
    const ticking = await ticks(emulator, { account, refreshMs: 0 });
    const job = emulator.act.addJob({});
    expect(await ticking.sync()).toMatchObject({ ok: true, complete: true });
    expect(await known()).toBe(rangeFrom === 'zero' ? 0 : 1);
    emulator.act.addInterview({ jobUuid: job.uuid, email: 'first@example.org' });
    expect(await ticking.sync()).toMatchObject({ ok: true, complete: true });
    expect(await mirror.wrong(emulator, { account })).toEqual([]);
  });

  it('is asked for once, and again by a fresh backfill', async () => {
    const { emulator, account, asked } = await emulated({});
    for (let pull = 0; pull < 2; pull += 1) await mirror.pull(emulator, { account });
    expect(asked()).toBe(1);
    await mirror.pull(emulator, { account, fresh: true });
    expect(asked()).toBe(2);
  });
});
