import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asEmail,
  asInteger,
  asNumber,
  asRating,
  asStatus,
  asTakes,
  asTimestamp,
  asUuid,
  type OddField,
  rfc3339,
} from '../../../src/sparkhire/fields.js';
import { formOf } from '../../../src/sparkhire/odd-fields.js';
import { readRow } from '../../../src/sparkhire/reading.js';
import { interviewSchema } from '../../../src/sparkhire/resources/interviews.js';
import { runsOf } from '../../support/rotation.js';

describe('point 6: timestamps', () => {
  it.each([
    ['2031-05-06T07:08:09+00:00', '2031-05-06T07:08:09+00:00'],
    ['2031-05-06T07:08:09Z', '2031-05-06T07:08:09Z'],
    ['2031-05-06t07:08:09z', '2031-05-06T07:08:09Z'],
    ['2031-05-06 07:08:09-0530', '2031-05-06T07:08:09-05:30'],
    ['2031-05-06T07:08:09.25+02:00', '2031-05-06T07:08:09.25+02:00'],
    ['2031-05-06T07:08:09.123456789123Z', '2031-05-06T07:08:09.123456789Z'],
    ['2032-02-29T00:00:00Z', '2032-02-29T00:00:00Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
  ])('%s is read', (text, expected) => {
    expect(asTimestamp(text)).toBe(expected);
    expect(Number.isNaN(Date.parse(expected))).toBe(false);
  });

  it.each([
    null,
    undefined,
    '',
    'soon',
    0,
    19,
    {},
    '2031-05-06',
    '06.05.2031 07:08',
    '05/06/2031 07:08:09',
    '/Date(1900000000000)/',
    '20310506070809',
    '20310506',
    'Tue, 06 Mai 2031 07:08:09 GMT',
    'Tue, 31 Apr 2031 07:08:09 GMT',
    '05-06-31T07:08:09Z',
    '2031-02-29T00:00:00Z',
    '2031-13-01T00:00:00Z',
    '2031-00-10T00:00:00Z',
    '2031-04-31T00:00:00Z',
    '2031-05-06T24:00:00Z',
    '2031-05-06T07:60:09Z',
    '2031-05-06T07:08:61Z',
    '2031-05-06T07:08:09+16:00',
    '2031-05-06T07:08:09+01:60',
    '0000-00-00T00:00:00+00:00',
    '-0001-11-30T00:00:00+00:00',
    '12031-05-06T07:08:09Z',
    'infinity',
    'now',
  ])('%s becomes null', (value) => {
    expect(asTimestamp(value)).toBeNull();
  });

  it.each([
    ['2031-05-06T07:08Z', '2031-05-06T07:08:00Z'],
    ['2031-05-06 07:08+02:00', '2031-05-06T07:08:00+02:00'],
    ['2031-05-06T07:08:09+02', '2031-05-06T07:08:09+02:00'],
    ['2031-05-06 07:08:09 UTC', '2031-05-06T07:08:09Z'],
    ['2031-05-06T07:08:09,5Z', '2031-05-06T07:08:09.5Z'],
    ['20310506T070809Z', '2031-05-06T07:08:09Z'],
    ['20310506T070809.25+0200', '2031-05-06T07:08:09.25+02:00'],
    ['20310506T0708Z', '2031-05-06T07:08:00Z'],
    ['Tue, 06 May 2031 07:08:09 GMT', '2031-05-06T07:08:09Z'],
    ['6 Dec 2031 07:08:09 -0530', '2031-12-06T07:08:09-05:30'],
    [1_900_000_000, '2030-03-17T17:46:40.000Z'],
    ['1900000000', '2030-03-17T17:46:40.000Z'],
    [1_900_000_000_250, '2030-03-17T17:46:40.250Z'],
    [1_900_000_000.25, '2030-03-17T17:46:40.250Z'],
  ])('%s is no RFC 3339 and can mean one moment only', (value, expected) => {
    const odd: OddField[] = [];
    expect(asTimestamp(value, odd)).toBe(expected);
    expect(odd).toEqual([]);
  });

  it.each([
    ['2031-05-06T07:08:09', '2031-05-06T07:08:09Z'],
    ['2031-05-06 07:08', '2031-05-06T07:08:00Z'],
  ])(
    '%s without an offset is taken for UTC, as every time of the document is, and told',
    (value, expected) => {
      const odd: OddField[] = [];
      expect(asTimestamp(value, odd)).toBe(expected);
      expect(odd).toEqual([{ path: '', value, as: 'UTC' }]);
      expect(rfc3339(value)).toBeNull();
    },
  );

  it('every moment that JavaScript writes is kept to the millisecond', () => {
    const day = (text: string) => new Date(text);
    fc.assert(
      fc.property(
        fc.date({ min: day('0001-01-01'), max: day('9999-12-31'), noInvalidDate: true }),
        (date) => {
          expect(Date.parse(asTimestamp(date.toISOString()) ?? '')).toBe(date.getTime());
        },
      ),
    );
  });

  it('what stays as it is reads as what is written otherwise', () => {
    const two = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'));
    const year = fc.constantFrom('0000', '0001', '1900', '2000', '2031', '2032', '9999');
    const offset = fc.oneof(
      fc.constant('Z'),
      fc.tuple(fc.constantFrom('+', '-'), two(17), two(61)).map(([sign, h, m]) => `${sign}${h}:${m}`),
    );
    const fraction = fc.constantFrom('', '.5', '.123456789', '.1234567891');
    const parts = fc.tuple(year, two(13), two(32), two(25), two(61), two(61), fraction, offset);
    fc.assert(
      fc.property(parts, ([y, month, day, h, m, s, below, zone]) => {
        const [date, time] = [`${y}-${month}-${day}`, `${h}:${m}:${s}${below}${zone}`];
        expect(rfc3339(`${date}T${time}`)).toBe(rfc3339(`${date}t${time}`));
      }),
      { numRuns: runsOf(2000) },
    );
  });

  it('whatever text comes, the result is null or a date', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?[+-]\d\d:\d\d$/),
        (junk, near) => {
          for (const text of [junk, near]) {
            const read = asTimestamp(text);
            expect(read === null || !Number.isNaN(Date.parse(read))).toBe(true);
          }
        },
      ),
    );
  });
});

describe('point 16: ratings', () => {
  it.each([
    [0, 0],
    [5, 5],
    [3.4, 3.4],
    ['4.50', 4.5],
    ['0', 0],
    [5.01, null],
    [-0.1, null],
    ['6', null],
    ['', null],
    ['good', null],
    ['3,4', null],
    ['1e0', null],
    [null, null],
    [undefined, null],
    [true, null],
    [Number.NaN, null],
    [{}, null],
  ])('%s is read as %s', (value, expected) => {
    expect(asRating(value)).toBe(expected);
  });
});

describe('point 17: takes', () => {
  it.each([
    [3, { limit: 3, completed: null, remaining: null }],
    ['3', { limit: 3, completed: null, remaining: null }],
    [-1, { limit: -1, completed: null, remaining: null }],
    [
      { completed: 1, remaining: 2 },
      { limit: null, completed: 1, remaining: 2 },
    ],
    [
      { completed: -1, remaining: -1, limit: -1 },
      { limit: -1, completed: -1, remaining: -1 },
    ],
    [{ completed: 'many' }, { limit: null, completed: null, remaining: null }],
    [null, null],
    ['some', null],
    [[], null],
  ])('%j is read', (value, expected) => {
    expect(asTakes(value)).toEqual(expected);
  });
});

describe('single values', () => {
  it('point 22: "cancelled" is the same as "canceled", other values stay as they are', () => {
    expect(asStatus('cancelled')).toBe('canceled');
    expect(asStatus('canceled')).toBe('canceled');
    expect(asStatus(' Canceled')).toBe('canceled');
    expect(asStatus('ACTIVE')).toBe('active');
    expect(asStatus('Paused_by_aliens')).toBe('Paused_by_aliens');
    expect(asStatus('paused_by_aliens')).toBe('paused_by_aliens');
    expect(asStatus(7)).toBeNull();
  });

  it('a uuid is lower-cased, anything else is none', () => {
    expect(asUuid('ABCDEF01-2345-6789-abcd-EF0123456789')).toBe('abcdef01-2345-6789-abcd-ef0123456789');
    for (const odd of ['', 'abcdef01', 'abcdef0123456789abcdef0123456789', 12, null, undefined, {}]) {
      expect(asUuid(odd)).toBeNull();
    }
  });

  it('an e-mail address loses the blanks around it, not its case', () => {
    expect(asEmail('  Ana.Lima@Example.COM ')).toBe('Ana.Lima@Example.COM');
    expect(asEmail(null)).toBeNull();
  });

  it('a number may be written as text, but must be finite', () => {
    expect(asNumber(' -1 ')).toBe(-1);
    expect(asNumber('0x10')).toBeNull();
    expect(asNumber(Number.POSITIVE_INFINITY)).toBeNull();
    expect(asInteger('1.5')).toBeNull();
    expect(asInteger(2 ** 31)).toBeNull();
    expect(asInteger(2 ** 31 - 1)).toBe(2 ** 31 - 1);
  });
});

describe('what comes in another form than its name promises', () => {
  const read = (raw: Record<string, unknown>) => {
    const odd: OddField[] = [];
    readRow(interviewSchema, { uuid: 'abcdef01-2345-6789-abcd-ef0123456789', ...raw }, odd);
    return odd.map(({ path, value }) => [path, value]);
  };

  it('is told with the path to it', () => {
    const odd = {
      rating: 'five stars',
      updated_at: '06.05.2031',
      job_post: { uuid: 17, location: 'Paris' },
      questions: [
        { uuid: 'abcdef01-2345-6789-abcd-ef0123456789', takes: { completed: 'many' } },
        { text: 'Who?' },
      ],
      share_link: { id: 4 },
    };
    expect(read(odd)).toEqual([
      ['rating', 'five stars'],
      ['job_post.uuid', 17],
      ['job_post.location', 'Paris'],
      ['share_link', { id: 4 }],
      ['questions.takes.completed', 'many'],
      ['questions', { text: 'Who?' }],
      ['updated_at', '06.05.2031'],
    ]);
  });

  it.each([
    null,
    undefined,
    '',
    ' ',
    false,
    0,
    [],
    {},
    '0000-00-00T00:00:00+00:00',
    '-0001-11-30T00:00:00+00:00',
  ])('%j says nothing, and is nothing to tell', (nothing) => {
    expect(read({ completed_at: nothing, company: nothing, share_link: nothing, type: nothing })).toEqual([]);
  });

  it.each([
    ['updated_at', '06.05.2031 07:08', '"06.05.2031 07:08"'],
    ['created_at', 19, '19'],
    ['assigned_to.name', { first: 'Ada', last: 'Lovelace' }, 'an object with first, last'],
    ['rating', 'Great, 5!', '"aaaaa, 9!"'],
    ['type', 123456, 'a number'],
    ['questions', 'a'.repeat(100), `"${'a'.repeat(40)}…"`],
    ['job_post', ['x', 'y'], 'a list'],
    ['type', true, 'true'],
  ])('%s that is %j is shown as %s: its form, and no personal data', (path, value, shown) => {
    expect(formOf({ path, value, as: null })).toBe(shown);
  });
});
