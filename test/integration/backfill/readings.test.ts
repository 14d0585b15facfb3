/**
 * Every pair of readings of the API document, against a whole backfill, changes, and a second backfill: where the
 * document leaves something open, the mirror must come out right whichever way it is meant.
 * @module-tag rare
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SwitchName, startEmulator, switchAlternatives } from '#emulators/emulator/index';
import { openTestMirror, type TestMirror } from '../../support/backfill-in-process.js';
import { seededRandom, someDeletions, something } from '../../support/emulated-life.js';
import { rawDifferences } from '../../support/mirror-oracle.js';
import { coveringPairs } from '../../support/pairs.js';
import { inTurn } from '../../support/rotation.js';

const writing: SwitchName[] = [
  'updateEcho',
  'interviewPostShape',
  'slotError',
  'seatError',
  'jobPutLocality',
  'smsWithoutFeature',
  'questionSetUpdate',
  'existingKey',
  'keyUpdate',
];
const webhooks = Object.keys(switchAlternatives).filter((name) => /webhook|replay|payload/i.test(name));
/** How a 429 looks: with a limit that is never reached it makes no difference. */
const limits = ['rateHeaders', 'rateWindow', 'rateScope', 'rateCountsRefused'];
/** A key of a job seeker is refused: its own test. */
const others = ['meType'];
const elsewhere = new Set<string>([...writing, ...webhooks, ...limits, ...others]);

const parameters = {
  ...Object.fromEntries(Object.entries(switchAlternatives).filter(([name]) => !elsewhere.has(name))),
  // Pages of sizes that matter for so little data.
  pageCap: [null, 7, 3],
  defaultPageSize: [null, 4],
  pageSize: [100, 7],
};
const combinations = coveringPairs(parameters);
/** Other data for the same readings. */
const shift = 1000 * Number(process.env.SEED ?? 0);

let mirror: TestMirror;
beforeAll(async () => {
  mirror = await openTestMirror();
});
afterAll(() => mirror?.close());

describe('pairs of readings', () => {
  it('are all covered', () => {
    const names = Object.keys(parameters) as Array<keyof typeof parameters>;
    const covered = new Set<string>();
    for (const combination of combinations) {
      for (const a of names) {
        for (const b of names) covered.add(`${a}=${combination[a]} ${b}=${combination[b]}`);
      }
    }
    const missing: string[] = [];
    for (const a of names) {
      for (const b of names) {
        for (const one of parameters[a]!) {
          for (const other of parameters[b]!) {
            if (a !== b && !covered.has(`${a}=${one} ${b}=${other}`))
              missing.push(`${a}=${one} ${b}=${other}`);
          }
        }
      }
    }
    expect(missing).toEqual([]);
    expect(combinations.length).toBeLessThan(60);
  });

  it.each(inTurn(combinations.map((combination, index) => ({ index, combination }))))(
    'set $index ends with the right mirror, twice',
    async ({ index, combination }) => {
      const { pageSize, ...switches } = combination;
      const emulator = await startEmulator({
        seed: index + shift,
        users: 5,
        jobs: 6,
        interviews: 18,
        questionSets: 3,
        shareLinks: 3,
        rateLimit: 1_000_000,
        switches,
      });
      const account = `set-${index}`;
      const options = { account, pageSize: pageSize as number, anyAbsence: true };
      try {
        const first = await mirror.pull(emulator, options);
        expect(first.error).toBeUndefined();
        expect(await mirror.wrong(emulator, { account })).toEqual([]);

        const random = seededRandom(index + shift);
        for (let i = 0; i < 20; i++) something(emulator, random);
        someDeletions(emulator, random);
        // Where a new share link leaves no trace in any listing, only reading every object finds it.
        const fresh = !emulator.switches.shareLinkTouches;
        let second = await mirror.pull(emulator, { ...options, fresh });
        // What came in another order at every request proves nothing: the next sweep tries again, and says so.
        for (let sweep = 1; sweep < 5 && !second.complete && combination.ties === 'shuffled'; sweep += 1)
          second = await mirror.pull(emulator, { ...options, fresh: true });
        expect(second.error).toBeUndefined();
        expect(await mirror.wrong(emulator, { account })).toEqual([]);
        expect(await rawDifferences(emulator, mirror.client, account)).toEqual([]);
      } finally {
        await emulator.close();
      }
    },
  );
});
