/**
 * Bad days, drawn by a seed each: rows that come, go and change their keys, people at Spark Hire, faults of the API and
 * deaths of the program. However it goes, it has to end well: rest.ts says what that means.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { withoutBackoff } from '../support/push-scene.js';
import { leave } from './around.js';
import { Coverage } from './coverage.js';
import { dropDatabases } from './databases.js';
import { events, type Happening, weights } from './events.js';
import { takeOver } from './process.js';
import { endWell } from './rest.js';
import type { Setting } from './settings.js';
import { shortestThatFails } from './shrink.js';
import { openWorld } from './world.js';

withoutBackoff();

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

const day = fc.record({
  setting,
  happenings: fc.array(happening, { maxLength: Number(process.env.SIMULATE_EVENTS ?? 40), size: 'max' }),
});
type Day = typeof day extends fc.Arbitrary<infer T> ? T : never;

const met = new Coverage(Object.keys(events));
afterAll(takeOver());
afterAll(dropDatabases);
afterAll(() => {
  const { SIMULATE_JSON } = process.env;
  if (SIMULATE_JSON !== undefined) writeFileSync(SIMULATE_JSON, JSON.stringify(met.json()));
});

async function play({
  setting,
  happenings,
}: {
  setting: Setting;
  happenings: readonly Happening[];
}): Promise<string[]> {
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
function dayOf(seed: number): Day {
  return fc.sample(day, { seed, numRuns: 1 })[0]!;
}

/** A day as it is printed: the setting, then an event a line. Other lines are left out. */
function dayIn(file: string): Day {
  const [setting, ...happenings] = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  return { setting, happenings };
}

const file = process.env.SIMULATE_DAY;
/** Days that ended badly once, and what went wrong. */
const mended = join(import.meta.dirname, 'mended');
const days = file === undefined && process.env.SIMULATE_SEEDS === undefined ? readdirSync(mended).sort() : [];
const from = Number(process.env.SIMULATE_FROM ?? 1);
/** Days with a fault that is known and not mended yet: their seeds are played where seeds are asked for. */
const open = join(import.meta.dirname, 'open');
const isAsked = process.env.SIMULATE_SEEDS !== undefined;
const known = isAsked || !existsSync(open) ? [] : readdirSync(open).map((name) => /\d+/.exec(name)?.[0]);
const without = new Set([...(process.env.SIMULATE_WITHOUT?.split(',') ?? []), ...known].map(Number));
const seeds = Array.from(
  { length: file === undefined ? Number(process.env.SIMULATE_SEEDS ?? 40) : 0 },
  (_, index) => from + index,
).filter((seed) => !without.has(seed));

it.skipIf(file === undefined)('the day of the file ends well', async () => {
  expect(await play(dayIn(file!))).toEqual([]);
});

it.concurrent.each(days)('%s ends well', async (name) => {
  expect(await play(dayIn(join(mended, name)))).toEqual([]);
});

it.concurrent.each(seeds)('seed %i ends well', async (seed) => {
  const { setting, happenings } = dayOf(seed);
  let violations = await play({ setting, happenings });
  if (violations.length === 0) return;
  const fails = async (some: readonly Happening[]) => {
    const found = await play({ setting, happenings: some });
    if (found.length > 0) violations = found;
    return found.length > 0;
  };
  const isShrunk = process.env.SIMULATE_AS_IT_IS === undefined;
  const shortest = isShrunk ? await shortestThatFails(happenings, fails) : happenings;
  const report = [
    `seed ${seed}: ${shortest.length} of ${happenings.length} events`,
    JSON.stringify(setting),
    ...shortest.map((one) => JSON.stringify(one)),
    ...new Set(violations),
  ].join('\n');
  // Of many seeds the rest need not be waited for.
  if (process.env.SIMULATE_SEEDS !== undefined) console.error(report);
  throw new Error(report);
});
