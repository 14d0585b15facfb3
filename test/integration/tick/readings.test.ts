/**
 * Pairs of readings of the API document, against ticks: what happens to an account after its backfill is found by
 * ticks alone, whichever way the document is meant.
 * @module-tag rare
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SwitchName, startEmulator, switchAlternatives } from '#emulators/emulator/index';
import { openTestMirror, type TestMirror } from '../../support/backfill-in-process.js';
import { seededRandom, something } from '../../support/emulated-life.js';
import { coveringPairs } from '../../support/pairs.js';
import { inTurn } from '../../support/rotation.js';
import { openTicking } from '../../support/tick-in-process.js';

/** What a listing and its rows look like; other readings make no difference to a tick. */
const listing: SwitchName[] = [
  'timestampFormat',
  'nullTimestamps',
  'unknownFields',
  'shortPages',
  'ties',
  'nullOrder',
  'defaultOrder',
  'endOfList',
  'unknownQuery',
  'listDetailFields',
  'jobKey',
  'nestedJob',
];
const parameters = {
  ...Object.fromEntries(listing.map((name) => [name, switchAlternatives[name]])),
  pageCap: [null, 7, 3],
  pageSize: [100, 6],
};
const combinations = coveringPairs(parameters);
/** Other data for the same readings. */
const shift = 1000 * Number(process.env.SEED ?? 0);

let mirror: TestMirror;
beforeAll(async () => {
  mirror = await openTestMirror();
});
afterAll(() => mirror?.close());

/**
 * What only a sweep finds: rows that are gone, and parts of other objects that a row shows and that change without
 * a change of its own updated_at.
 */
const sweepFinds = /should not be there|(job_title|_email|_by_uuid|interview_uuids):? /;

describe('pairs of readings', () => {
  it.each(inTurn(combinations.map((combination, index) => ({ index, combination }))))(
    'set $index is followed by ticks',
    async ({ index, combination }) => {
      const { pageSize, ...switches } = combination;
      const emulator = await startEmulator({
        seed: 500 + index + shift,
        users: 5,
        jobs: 8,
        interviews: 20,
        questionSets: 2,
        shareLinks: 2,
        rateLimit: 1_000_000,
        switches,
      });
      const account = `set-${index}`;
      const ticking = await openTicking(mirror, emulator, { account, pageSize: pageSize as number });
      try {
        const first = await mirror.pull(emulator, { account, pageSize: pageSize as number });
        expect(first.error).toBeUndefined();
        const random = seededRandom(index + shift);
        for (let round = 0; round < 2; round++) {
          for (let i = 0; i < 8; i++) {
            something(emulator, random);
            if (random() < 0.5) emulator.clock.advance(Math.floor(random() * 90_000));
          }
          // The plan and what else has rarer turns; and ever more of the watermark is settled.
          await ticking.age(round === 0 ? 901 : 20);
          const result = await ticking.sync();
          expect(result.error).toBeUndefined();
          // A page of a single row, by chance, may leave it open until the next tick.
          if (switches.shortPages === 'never') expect([result.notes, result.unordered]).toEqual([[], []]);
        }
        await ticking.age(901);
        let last = await ticking.sync();
        for (let i = 0; i < 5 && last.unordered.length > 0; i++) last = await ticking.sync();
        const wrong = await mirror.wrong(emulator, { account });
        expect(wrong.filter((line) => !sweepFinds.test(line))).toEqual([]);
      } finally {
        await ticking.close();
        await emulator.close();
      }
    },
  );
});
