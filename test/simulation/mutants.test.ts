/** Days with one deliberate fault of the program at a time, for scripts/mutants.mjs: it puts the faults there, each behind its name. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, it } from 'vitest';
import { withoutBackoff } from '../support/push-scene.js';
import { Coverage } from './coverage.js';
import { dropDatabases } from './databases.js';
import { dayOf, play } from './day.js';
import { takingOver } from './process.js';

interface Asked {
  /** By their names, and whether all that they change is what a function answers that asks nobody. */
  faults: Array<{ name: string; isPure: boolean }>;
  seeds: number;
  from: number;
  /** Where each that is caught gets its line of JSON, and in the end each that is not. */
  told: string;
}

/** What the files with faults look at. */
interface Switches {
  /** The fault whose turn it is. */
  fault?: string;
  /** Told of a call, its answer, and how to call it anew. */
  called?(faults: readonly string[], call: () => unknown, answer: unknown): void;
}

const asked = process.env.SIMULATE_FAULTS;
const { faults, seeds, from, told } = (
  asked === undefined ? { faults: [], seeds: 0 } : JSON.parse(asked)
) as Asked;

withoutBackoff();
takingOver();
afterAll(dropDatabases);

const atOnce = 4;
const switches = globalThis as Switches;
const current = new AsyncLocalStorage<number>();

async function wrongOf(seed: number): Promise<string | undefined> {
  try {
    return (await current.run(seed, () => play(dayOf(seed), new Coverage([]))))[0];
  } catch (error) {
    return String(error);
  }
}

/** What was violated first, by seeds. */
async function played(some: readonly number[], fault?: string): Promise<Array<[number, string]>> {
  switches.fault = fault;
  const ended = await Promise.all(some.map(async (seed) => [seed, await wrongOf(seed)] as const));
  return ended.flatMap(([seed, wrong]) => (wrong === undefined ? [] : [[seed, wrong]]));
}

/** Seeds of which a fault would have had something answered otherwise: in others it changes nothing. */
const matters = new Map<string, Set<number>>(faults.map(({ name }) => [name, new Set()]));

function called(names: readonly string[], call: () => unknown, answer: unknown): void {
  const seed = current.getStore();
  // Within a call with a fault that fault is shown by the outer one.
  if (seed === undefined || switches.fault !== undefined) return;
  for (const name of names) {
    const seeds = matters.get(name);
    if (seeds === undefined || seeds.has(seed)) continue;
    switches.fault = name;
    try {
      if (!isDeepStrictEqual(call(), answer)) seeds.add(seed);
    } catch {
      seeds.add(seed);
    }
  }
  switches.fault = undefined;
}

const tell = (line: object) => appendFileSync(told, `${JSON.stringify(line)}\n`);

it.skipIf(faults.length === 0)('the faults are caught', async () => {
  const all = Array.from({ length: seeds }, (_, index) => from + index);
  const bad = new Map<number, string>();
  switches.called = called;
  for (let next = 0; next < all.length; next += atOnce)
    for (const [seed, wrong] of await played(all.slice(next, next + atOnce))) bad.set(seed, wrong);
  delete switches.called;
  tell({ bad: Object.fromEntries(bad) });
  const good = all.filter((seed) => !bad.has(seed));
  let left = faults.map(({ name, isPure }) => {
    const seeds = good.filter((seed) => !isPure || matters.get(name)!.has(seed));
    return { name, seeds, of: seeds.length };
  });
  tell({ matters: Object.fromEntries(left.map(({ name, of }) => [name, of])) });
  for (; left.length > 0; left = left.filter(({ seeds }) => seeds.length > 0))
    for (const one of [...left]) {
      const found = one.of === 0 ? [] : await played(one.seeds.splice(0, atOnce), one.name);
      const times = one.of - one.seeds.length;
      const [seed, wrong] = found[0] ?? [];
      if (seed === undefined && one.seeds.length > 0) continue;
      tell({ fault: one.name, played: times, seed, wrong });
      one.seeds = [];
    }
});
