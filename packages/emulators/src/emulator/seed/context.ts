import type { Random } from '../../emulation/random.js';
import type { User } from '../records.js';
import type { State } from '../state.js';

export const day = 86_400_000;
/** The data reaches back this far. */
export const history = 548 * day;

export interface SeedContext {
  state: State;
  random: Random;
  /** The beginning of the day of the start: every time is counted from it, so a day's data is the same all day. */
  today: number;
  /** When a run that starts at `at` gets to the next row: the same second for 40 rows, then the next one. */
  batched: (at: number) => number;
}

export function batches(): SeedContext['batched'] {
  const counts = new Map<number, number>();
  return (at) => {
    const count = counts.get(at) ?? 0;
    counts.set(at, count + 1);
    return at + Math.floor(count / 40) * 1000;
  };
}

/** Milliseconds into a day at which somebody works: seven to nineteen o'clock. */
export function workingTime(random: Random): number {
  return 7 * 3_600_000 + Math.floor(random.unit() * 12 * 3_600_000);
}

/** Somebody who was there at the time; the first user always was. */
export function authorAt(random: Random, users: User[], time: number): string {
  for (let i = 0; i < 4; i++) {
    const user = random.pick(users);
    if (user.createdAt <= time && user.role !== 'evaluator') return user.uuid;
  }
  return users[0]!.uuid;
}
