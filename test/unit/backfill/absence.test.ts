/** When so much is missing that a person has to look, and what a person's release covers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Absence, covers, tooMuchMissing } from '../../../src/backfill/sweep/absence.js';

const limits = { share: 0.1, rows: 3 };
const absence = (changes: Partial<Absence>): Absence => ({
  missing: 0,
  gone: 0,
  known: 100,
  met: 90,
  viewChanged: false,
  ...changes,
});

describe('too much missing', () => {
  it.each<[string, Partial<Absence>, RegExp | null]>([
    ['nothing', {}, null],
    ['nothing, with another key', { viewChanged: true }, null],
    ['nothing of an empty resource', { known: 0, met: 0 }, null],
    ['exactly the share', { missing: 10 }, null],
    ['one more than the share', { missing: 11, met: 89 }, /^11 of 100 rows are missing from the listing$/],
    ['a large share of few rows', { missing: 2, known: 4, met: 2 }, null],
    ['three rows of few', { missing: 3, known: 7, met: 4 }, /^3 of 7 rows/],
    ['one row, with another key', { missing: 1, viewChanged: true }, /sees something else.*1 row is missing/],
    ['two rows, with another key', { missing: 2, viewChanged: true }, /2 rows are missing/],
    ['all, however few', { missing: 1, known: 1, met: 0 }, /^the listing is empty, 1 row was known$/],
    ['rows that were unlisted and are gone', { gone: 11, known: 101, met: 90 }, /^11 of 101 rows/],
    ['both together', { missing: 6, gone: 6, known: 106 }, /^12 of 106 rows/],
    [
      'one that was unlisted and is gone, in a listing that was empty before',
      { gone: 1, known: 1, met: 0 },
      null,
    ],
  ])('%s', (_, changes, reason) => {
    const said = tooMuchMissing(absence(changes), limits);
    if (reason === null) expect(said).toBeNull();
    else expect(said).toMatch(reason);
  });

  it('is never said of what is within the limits, always of what is not', () => {
    const counts = fc.record({
      missing: fc.nat(50),
      gone: fc.nat(50),
      met: fc.integer({ min: 1, max: 500 }),
    });
    fc.assert(
      fc.property(counts, ({ missing, gone, met }) => {
        const known = met + missing + gone;
        const said = tooMuchMissing({ missing, gone, met, known, viewChanged: false }, limits);
        const lost = missing + gone;
        expect(said !== null).toBe(lost >= 3 && lost / known > 0.1);
      }),
    );
  });
});

describe('a release', () => {
  const key = { userUuid: 'a', administers: true };
  it.each<[string, number, typeof key | undefined, Partial<Absence>, boolean]>([
    ['covers what was seen', 10, key, { missing: 10 }, true],
    ['covers less', 10, key, { missing: 4 }, true],
    ['does not cover more', 10, key, { missing: 11 }, false],
    ['does not cover more by rows that were unlisted', 10, key, { missing: 10, gone: 1 }, false],
    ["does not cover another user's key", 10, { ...key, userUuid: 'b' }, { missing: 1 }, false],
    ['does not cover a demoted key', 10, { ...key, administers: false }, { missing: 1 }, false],
    ['does not cover what was seen with nobody knows which key', 10, undefined, { missing: 1 }, false],
  ])('%s', (_, missing, seenWith, changes, expected) => {
    expect(covers({ missing, key: seenWith }, absence(changes), key)).toBe(expected);
  });
});
