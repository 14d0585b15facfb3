/**
 * Bad days, drawn by a seed each: rows that come, go and change their keys, people at Spark Hire, faults of the API and
 * deaths of the program. However it goes, it has to end well: rest.ts says what that means.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { withoutBackoff } from '../support/push-scene.js';
import { Coverage } from './coverage.js';
import { dropDatabases } from './databases.js';
import { dayIn, dayOf, play } from './day.js';
import { events, type Happening } from './events.js';
import { takingOver } from './process.js';
import { shortestThatFails } from './shrink.js';

withoutBackoff();

const met = new Coverage(Object.keys(events));
takingOver();
afterAll(dropDatabases);
afterAll(() => {
  const { SIMULATE_JSON } = process.env;
  if (SIMULATE_JSON !== undefined) writeFileSync(SIMULATE_JSON, JSON.stringify(met.json()));
});

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
  expect(await play(dayIn(file!), met)).toEqual([]);
});

it.concurrent.each(days)('%s ends well', async (name) => {
  expect(await play(dayIn(join(mended, name)), met)).toEqual([]);
});

it.concurrent.each(seeds)('seed %i ends well', async (seed) => {
  const { setting, happenings } = dayOf(seed);
  let violations = await play({ setting, happenings }, met);
  if (violations.length === 0) return;
  const fails = async (some: readonly Happening[]) => {
    const found = await play({ setting, happenings: some }, met);
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
