/** When schedules come, over both changes of the clocks and without them. */
import cron from 'node-cron';
import { describe, expect, it } from 'vitest';
import { cronTimes, namesBothDays } from '../../../src/service/cron-times.js';
import { inTurn } from '../../support/rotation.js';

const minute = 60_000;
const hour = 60 * minute;

/** The times in [from, to], as ISO without milliseconds. */
function timesBetween(expression: string, zone: string, from: string, to: string): string[] {
  const times = cronTimes(expression, zone);
  const found: string[] = [];
  const end = Date.parse(to);
  for (let at = times.next(Date.parse(from) - 1); at <= end; at = times.next(at)) {
    found.push(new Date(at).toISOString().replace('.000', ''));
  }
  return found;
}

/** The longest wait between two times in a row. */
function longestWait(expression: string, zone: string, from: string, to: string): number {
  const at = timesBetween(expression, zone, from, to).map((time) => Date.parse(time));
  return Math.max(...at.slice(1).map((time, index) => time - at[index]!));
}

// A day before and after each change: where clocks go an hour ahead and back, half an hour, and where they stay.
const zones = [
  [
    'Europe/Berlin',
    '2026-03-28T00:00:00Z',
    '2026-03-30T00:00:00Z',
    '2026-10-24T00:00:00Z',
    '2026-10-26T00:00:00Z',
  ],
  [
    'America/New_York',
    '2026-03-07T06:00:00Z',
    '2026-03-09T06:00:00Z',
    '2026-10-31T06:00:00Z',
    '2026-11-02T06:00:00Z',
  ],
  [
    'America/St_Johns',
    '2026-03-07T06:00:00Z',
    '2026-03-09T06:00:00Z',
    '2026-10-31T06:00:00Z',
    '2026-11-02T06:00:00Z',
  ],
  [
    'Australia/Lord_Howe',
    '2026-10-02T15:00:00Z',
    '2026-10-04T15:00:00Z',
    '2026-04-03T15:00:00Z',
    '2026-04-05T15:00:00Z',
  ],
  [
    'Africa/Casablanca',
    '2026-03-21T00:00:00Z',
    '2026-03-23T12:00:00Z',
    '2026-02-14T00:00:00Z',
    '2026-02-16T12:00:00Z',
  ],
  ['UTC', '2026-03-28T00:00:00Z', '2026-03-30T00:00:00Z', '2026-10-24T00:00:00Z', '2026-10-26T00:00:00Z'],
] as const;

describe.each(inTurn(zones))('a schedule in %s', (zone, spring, springEnd, autumn, autumnEnd) => {
  const changes = [
    ['spring', spring, springEnd],
    ['autumn', autumn, autumnEnd],
  ] as const;

  it.each(changes)('comes every minute when clocks change in %s', (_, from, to) => {
    expect(longestWait('* * * * *', zone, from, to)).toBe(minute);
  });

  it.each(changes)('never waits twice its period when clocks change in %s', (_, from, to) => {
    for (const [expression, period] of [
      ['*/15 * * * *', 15 * minute],
      ['7 * * * *', hour],
      ['0 */2 * * *', 2 * hour],
      ['30 2 * * *', 24 * hour],
      ['30 1 * * *', 24 * hour],
    ] as const) {
      // From a week before, so that a daily one has come.
      const before = new Date(Date.parse(from) - 7 * 24 * hour).toISOString();
      const after = new Date(Date.parse(to) + 7 * 24 * hour).toISOString();
      expect([expression, longestWait(expression, zone, before, after) < 2 * period]).toEqual([
        expression,
        true,
      ]);
    }
  });

  it('comes on each day of the year, whatever hour it names', () => {
    for (const time of ['30 1', '30 2', '0 0']) {
      const times = timesBetween(`${time} * * *`, zone, '2025-12-31T12:00:00Z', '2026-12-31T12:00:00Z');
      const days = new Set(
        times.map((at) =>
          new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short' }).format(new Date(at)),
        ),
      );
      expect([time, days.size]).toEqual([time, 365]);
    }
  });
});

describe('a schedule of seconds', () => {
  it('goes on through the hour that is left out and through the one that comes twice', () => {
    for (const [from, to] of [
      ['2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z'],
      ['2026-10-25T00:00:00Z', '2026-10-25T02:00:00Z'],
    ] as const) {
      expect(longestWait('*/10 * * * * *', 'Europe/Berlin', from, to)).toBe(10_000);
    }
  });
});

describe('a time of day', () => {
  it('that is left out comes an hour later, and the next day as written', () => {
    expect(
      timesBetween('30 2 * * *', 'America/New_York', '2026-03-07T00:00:00Z', '2026-03-10T00:00:00Z'),
    ).toEqual(['2026-03-07T07:30:00Z', '2026-03-08T07:30:00Z', '2026-03-09T06:30:00Z']);
  });

  it('that is left out comes as late from wherever it is asked for, as do all others of that hour', () => {
    const late = ['2026-03-29T01:00:00Z', '2026-03-29T01:20:00Z', '2026-03-29T01:40:00Z'];
    expect(
      timesBetween('*/20 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z'),
    ).toEqual(late);
    const { next } = cronTimes('40 2 * * *', 'Europe/Berlin');
    const due = Date.parse(late[2]!);
    for (let at = due - 2 * hour; at < due; at += 5 * minute) expect(next(at)).toBe(due);
    expect(next(due)).toBe(Date.parse('2026-03-30T00:40:00Z'));
  });

  it('that comes twice is met both times', () => {
    expect(
      timesBetween('30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', '2026-11-02T12:00:00Z'),
    ).toEqual(['2026-11-01T05:30:00Z', '2026-11-01T06:30:00Z', '2026-11-02T06:30:00Z']);
  });

  it('is kept in its zone on both sides of a change', () => {
    expect(
      timesBetween('0 9 1 * *', 'Europe/Berlin', '2026-02-15T00:00:00Z', '2026-05-15T00:00:00Z'),
    ).toEqual(['2026-03-01T08:00:00Z', '2026-04-01T07:00:00Z', '2026-05-01T07:00:00Z']);
  });

  it('may be years away, or never come', () => {
    const { next } = cronTimes('0 0 29 2 1', 'Europe/Berlin');
    const at = next(Date.parse('2026-01-01T00:00:00Z'));
    expect(new Date(at).toISOString()).toBe('2044-02-28T23:00:00.000Z');
    expect(cronTimes('0 0 L-29 2 *', 'UTC').next(0)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('an expression', () => {
  it('that names both a day of the month and of the week means days that are both', () => {
    expect(
      timesBetween('0 0 13 * FRI', 'UTC', '2026-01-01T00:00:00Z', '2026-12-31T00:00:00Z').map((at) =>
        at.slice(0, 10),
      ),
    ).toEqual(['2026-02-13', '2026-03-13', '2026-11-13']);
  });

  it('says whether it names both', () => {
    for (const both of ['0 0 13 * FRI', '0 0 L * 1-5', '0 0 1-15 * 0'])
      expect(namesBothDays(both)).toBe(true);
    for (const one of [
      '* * * * *',
      '0 0 13 * *',
      '0 0 * * 1-5',
      '0 0 ? * 1',
      '0 0 1-31 * 1',
      '*/5 0 0 */1 * 0-7',
    ]) {
      expect([one, namesBothDays(one)]).toEqual([one, false]);
    }
  });

  it('has the times that node-cron finds, where no clock changes', () => {
    for (const expression of [
      '*/7 * * * *',
      '0 0 L * *',
      '15 8 * * 1-5',
      '0 12 15W * *',
      '0 6 * * 2#3',
      '5 4 * * 5L',
    ]) {
      const task = cron.createTask(expression, () => {}, { timezone: 'UTC' });
      const { next } = cronTimes(expression, 'UTC');
      let at = Date.now();
      for (const theirs of task.getNextRuns(20)) {
        at = next(at);
        expect([expression, at]).toEqual([expression, theirs.getTime()]);
      }
      void task.destroy();
    }
  });
});
