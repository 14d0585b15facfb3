/** Days with one deliberate fault of the program at a time, for scripts/mutants.mjs: it puts the faults there, each behind its name. */
import { appendFileSync } from 'node:fs';
import { afterAll, it } from 'vitest';
import { withoutBackoff } from '../support/push-scene.js';
import { keepSessionsWarm } from '../support/warm-connections.js';
import { Coverage } from './coverage.js';
import { dropDatabases } from './databases.js';
import { dayOf, play } from './day.js';
import { takeOver } from './process.js';

interface Asked {
  faults: string[];
  seeds: number;
  from: number;
  /** Where each fault gets its line of JSON. */
  told: string;
}

const asked = process.env.SIMULATE_FAULTS;
const { faults, seeds, from, told } = (asked === undefined ? { faults: [] } : JSON.parse(asked)) as Asked;

withoutBackoff();
afterAll(keepSessionsWarm());
afterAll(takeOver());
afterAll(dropDatabases);

const atOnce = 4;
const withFault = globalThis as { fault?: string };

async function wrongWith(fault: string | undefined, seed: number): Promise<string | undefined> {
  withFault.fault = fault;
  try {
    return (await play(dayOf(seed), new Coverage([])))[0];
  } catch (error) {
    return String(error);
  }
}

/** Seeds that end badly as the program is: they find nothing. */
const asItIs = new Map<number, Promise<string | undefined>>();
function isGood(seed: number): Promise<boolean> {
  const ended = asItIs.get(seed) ?? wrongWith(undefined, seed);
  asItIs.set(seed, ended);
  return ended.then((wrong) => wrong === undefined);
}

it.each(faults)('%s', async (fault) => {
  let found: { seed: number; wrong: string } | undefined;
  let played = 0;
  for (let next = from; found === undefined && next < from + seeds; next += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, from + seeds - next) }, (_, index) => next + index);
    const ended = await Promise.all(
      some.map(async (seed) => ({ seed, wrong: await wrongWith(fault, seed) })),
    );
    played += some.length;
    for (const { seed, wrong } of ended)
      if (found === undefined && wrong !== undefined && (await isGood(seed))) found = { seed, wrong };
  }
  appendFileSync(told, `${JSON.stringify({ fault, played, ...found })}\n`);
});

it.skipIf(faults.length > 0)('is asked for by scripts/mutants.mjs', () => {});
