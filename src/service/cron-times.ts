/**
 * The times of a cron expression in a time zone. node-cron says which days and times of day an expression means; what
 * becomes of them when the clocks change is decided here: node-cron leaves out the hour that comes twice, and a day's
 * only time if that day lacks it.
 *
 *   an hour is left out    a time within it comes as much later: 02:30 at 03:30
 *   an hour comes twice    a time within it comes twice
 */
import cron from 'node-cron';

const secondMs = 1000;
const dayMs = 86_400_000;
/** Whoever wants the 29th of February to be a Monday waits for 28 years, and over the year 2100 for 40. */
const longestSearchDays = 41 * 366;
/** No zone changes its clocks and changes them back within so long. */
const changeStepMs = 7 * dayMs;

export interface CronTimes {
  /** The first time after `after`, both in milliseconds since the epoch. Infinity if there is none. */
  next(after: number): number;
}

/**
 * @param expression one that node-cron takes
 * @param zone a name of the IANA database
 */
export function cronTimes(expression: string, zone: string): CronTimes {
  const nextWall = wallTimes(expression);
  const offset = offsetsOf(zone);
  /** The next of the times that the last change left out: whoever asks after the change is told the same as before it. */
  const late = (after: number) => {
    const change = changeBetween(offset, after - dayMs, after);
    if (change === null) return Number.POSITIVE_INFINITY;
    const before = offset(change - 1);
    const time = nextWall(after + before) - before;
    return time < change + offset(change) - before ? time : Number.POSITIVE_INFINITY;
  };
  return {
    next(after) {
      const leftOut = late(after);
      let start = after;
      let wall = after + offset(after);
      for (;;) {
        const before = offset(start);
        const candidate = nextWall(wall) - before;
        const change =
          candidate === Number.POSITIVE_INFINITY ? null : changeBetween(offset, start, candidate);
        if (change === null) return Math.min(candidate, leftOut);
        // Up to the change nothing is due. What it leaves out comes as if the clocks had not changed.
        wall = change - 1 + offset(change);
        if (candidate + before <= wall) return Math.min(candidate, nextWall(wall) - offset(change), leftOut);
        start = change;
      }
    },
  };
}

/** Whether a day of the month and a day of the week are both named: then a day must be both. */
export function namesBothDays(expression: string): boolean {
  const { dayOfMonth, dayOfWeek } = cron.parse(expression);
  return dayOfMonth.length < 31 && dayOfWeek.length < 7;
}

/** Times of a clock on the wall, as if it were UTC: the first after a given one. */
function wallTimes(expression: string): (after: number) => number {
  const { month, ...parts } = cron.parse(expression);
  const [hours, minutes, seconds] = [parts.hour, parts.minute, parts.second].map((part) =>
    [...part].sort((one, other) => one - other),
  ) as [number[], number[], number[]];
  const task = cron.createTask(expression, () => {}, { timezone: 'UTC' });
  void task.destroy();
  /** The first time of a day that is later than `ms` of it. */
  const timeAfter = (ms: number) => {
    for (const hour of hours) {
      for (const minute of minutes) {
        const start = (hour * 60 + minute) * 60 * secondMs;
        if (start + 60 * secondMs <= ms) continue;
        const second = seconds.find((one) => start + one * secondMs > ms);
        if (second !== undefined) return start + second * secondMs;
      }
    }
    return undefined;
  };
  const first = timeAfter(-1)!;
  /** node-cron needs a while for each day, and the same one is asked about all day. */
  const judged = { day: Number.NaN, counts: false };
  const counts = (day: number) => {
    if (judged.day !== day) {
      Object.assign(judged, {
        day,
        counts: month.includes(new Date(day).getUTCMonth() + 1) && task.match(new Date(day + first)),
      });
    }
    return judged.counts;
  };
  return (after) => {
    let day = Math.floor(after / dayMs) * dayMs;
    for (let n = 0; n < longestSearchDays; n++, day += dayMs) {
      const time = n === 0 ? timeAfter(after - day) : first;
      if (time !== undefined && counts(day)) return day + time;
    }
    return Number.POSITIVE_INFINITY;
  };
}

/** How far a zone's clocks are ahead of UTC at a moment, in milliseconds. */
function offsetsOf(zone: string): (at: number) => number {
  if (zone === 'UTC') return () => 0;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (at) => {
    const parts = Object.fromEntries(
      format.formatToParts(at).map(({ type, value }) => [type, Number(value)]),
    );
    const { year, month, day, hour, minute, second } = parts as Record<string, number>;
    const wall = Date.UTC(year!, month! - 1, day, hour, minute, second);
    return wall - Math.floor(at / secondMs) * secondMs;
  };
}

/** The first moment in (start, end] at which the clocks differ from those at `start`, to the second. */
function changeBetween(offset: (at: number) => number, start: number, end: number): number | null {
  const before = offset(start);
  let same = start;
  let other = start;
  do {
    same = other;
    if (same >= end) return null;
    other = Math.min(end, same + changeStepMs);
  } while (offset(other) === before);
  // Clocks change at a whole second.
  same = Math.floor(same / secondMs);
  other = Math.floor(other / secondMs);
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (offset(middle * secondMs) === before) same = middle;
    else other = middle;
  }
  return other * secondMs;
}
