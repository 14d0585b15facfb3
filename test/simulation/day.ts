/** One day: its setting and what happens, as a seed draws it or a file has it, and how it is played to its end. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { leave } from './around.js';
import type { Coverage } from './coverage.js';
import { events, type Happening, weights } from './events.js';
import { endWell } from './rest.js';
import type { Setting } from './settings.js';
import { openWorld } from './world.js';

const setting: fc.Arbitrary<Setting> = fc.record({
  firstContact: fc.constantFrom('ask', 'link', 'create'),
  jobsWithdrawn: fc.constantFrom('inactive', 'delete'),
  usersWithdrawn: fc.constantFrom('propose', 'delete'),
  usersPaid: fc.constantFrom('refuse', 'allow', 'allow'),
  closeUnderInterviews: fc.boolean(),
  smallMassChange: fc.boolean(),
  keysMissing: fc.constantFrom('hold', 'hold', 'administrator'),
  keysAbsent: fc.constantFrom('hold', 'hold', 'hold', 'administrator'),
  keysRefused: fc.constantFrom('hold', 'hold', 'hold', 'administrator'),
  keysProvision: fc.constantFrom('demand', 'command'),
  keysStored: fc.constantFrom(true, true, false),
  jobSlots: fc.constantFrom(-1, -1, 1, 3),
  userSeats: fc.constantFrom(-1, -1, 2, 4),
  pageSize: fc.constantFrom(undefined, undefined, undefined, 2, 4),
  readings: fc.array(fc.tuple(fc.nat(999), fc.nat(99)), { maxLength: 3 }),
});

const more = new Set(process.env.SIMULATE_MORE?.split(','));
const happening: fc.Arbitrary<Happening> = fc.record({
  name: fc.oneof(
    ...Object.keys(events).map((name) => ({
      arbitrary: fc.constant(name),
      weight: Math.round(10 * (weights[name] ?? 1) * (more.has(name) ? 12 : 1)),
    })),
  ),
  a: fc.nat(999),
  b: fc.nat(999),
  c: fc.nat(999),
});

/** Most end soon; one of sixteen goes on and on, as what takes long to come about needs. */
const lengths = { usual: [20, 40], long: [41, 200] } as const;
const most = process.env.SIMULATE_EVENTS;
const sequence = ([minLength, maxLength]: readonly [number, number]) =>
  fc.array(happening, { minLength, maxLength, size: 'max' });

const day = fc.record({
  setting,
  happenings:
    most === undefined
      ? fc.oneof(
          { weight: 15, arbitrary: sequence(lengths.usual) },
          { weight: 1, arbitrary: sequence(lengths.long) },
        )
      : sequence([0, Number(most)]),
});
export type Day = typeof day extends fc.Arbitrary<infer T> ? T : never;

/** @returns what was violated; empty if it ended well */
export async function play(
  { setting, happenings }: { setting: Setting; happenings: readonly Happening[] },
  met: Coverage,
): Promise<string[]> {
  const closing: Array<() => Promise<void>> = [];
  try {
    const world = await openWorld((close) => closing.push(close), setting);
    closing.push(() => leave(world));
    // What is on its way is so only for as long as a write is.
    world.scene.emulator.onRequest(({ method }) => (method === 'GET' ? undefined : met.look(world)));
    let before: string | null = null;
    for (const { name, ...numbers } of happenings) {
      met.event(name, before);
      before = name;
      await events[name]!(world, numbers);
      if (world.violations.length > 0) return world.violations;
      await met.look(world);
    }
    await endWell(
      world,
      happenings.map(({ b }) => b),
    );
    await met.look(world);
    met.decided(world);
    return world.violations;
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** The seed's own day. */
export function dayOf(seed: number): Day {
  return fc.sample(day, { seed, numRuns: 1 })[0]!;
}

/** A day as it is printed: the setting, then an event a line. Other lines are left out. */
export function dayIn(file: string): Day {
  const [setting, ...happenings] = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  return { setting, happenings };
}
