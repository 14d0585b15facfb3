/** Clocks that jump: the database's, Spark Hire's, and a night in which an hour comes twice. */
import { at, type Play, rowsOf } from './rows.js';
import type { World } from './world.js';

/** Time passes for everybody. */
export async function pass({ scene }: World, seconds: number): Promise<void> {
  scene.emulator.clock.advance(seconds * 1000);
  await scene.later(seconds);
}

const jumps = [1, 30, 70, 600, 3600, 86_400];
const day = 86_400_000;

/** Half past two by the clocks of Vienna, the first and the second time, when summer time ends next. */
function twice(year = new Date().getUTCFullYear()): [string, string] {
  const last = new Date(Date.UTC(year, 9, 31));
  const sunday = new Date(last.getTime() - last.getUTCDay() * day);
  if (sunday.getTime() < Date.now() + 30 * day) return twice(year + 1);
  const date = sunday.toISOString().slice(0, 10);
  return [`${date}T02:30:00+02:00`, `${date}T02:30:00+01:00`];
}

export const clocks: Record<string, Play> = {
  /** The database's clock is set: what it remembers is older than it seemed, or of a time that is still to come. */
  clockJumps: ({ scene }, { a, b }) => scene.later(jumps[a % jumps.length]! * (b % 2 === 0 ? 1 : -1)),
  /** Spark Hire's clock is set; back by a little only, since the Date of the emulator's answers stays as it is. */
  theirClockJumps: ({ scene: { emulator } }, { a, b }) =>
    emulator.clock.advance(1000 * (b % 2 === 0 ? jumps[a % jumps.length]! : -1 - (a % 3))),
  /** A deadline in the hour that comes twice, and an hour later by the same clock. */
  async hourTwice(world, { a, b }) {
    const row = at(rowsOf(world, 'interviews'), a);
    if (row === undefined || row.sound !== null) return;
    const [first, second] = twice();
    row.fields.deadline_at = first;
    await world.commit([row]);
    if (b % 2 === 0) await world.run(['apply']);
    row.fields.deadline_at = second;
    await world.commit([row]);
  },
};
