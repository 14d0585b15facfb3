/** When two names of time zones mean the same: a zone has old names and new ones, and which is canonical changes. */
import type { Same } from './equality.js';

/** Half a month apart, from 1970: since then zones of the tz database are told apart. */
const moments = Array.from({ length: 68 * 24 }, (_, n) => Date.UTC(1970, n >> 1, n % 2 === 0 ? 1 : 16));
const clocks = new Map<string, string>();

/** The zone's differences from UTC at all those moments; a name that nobody knows stands for itself. */
function clockOf(name: string): string {
  const known = clocks.get(name);
  if (known !== undefined) return known;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      timeZoneName: 'longOffset',
      year: 'numeric',
    });
  } catch {
    return name;
  }
  const clock = moments.map((at) => format.format(at).split('GMT')[1]).join();
  clocks.set(name, clock);
  return clock;
}

/** Whether clocks have agreed in both since 1970. Without a zone it is UTC. */
export const sameTimezone: Same = (a, b) => {
  const [left, right] = [a, b].map((zone) => (typeof zone === 'string' ? zone.trim() : 'UTC').toLowerCase());
  return left === right || clockOf(left!) === clockOf(right!);
};
