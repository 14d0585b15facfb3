/** Days with one deliberate fault of the program at a time, for scripts/mutants.mjs: it puts the faults there, each behind its name. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, it } from 'vitest';
import { withoutBackoff } from '../support/push-scene.js';
import { Coverage } from './coverage.js';
import { dropDatabases } from './databases.js';
import { type Day, dayIn, dayOf, play } from './day.js';
import type { Mutant } from './mutants.mjs';
import { takingOver } from './process.js';

interface Fault extends Pick<Mutant, 'by' | 'given'> {
  name: string;
  isPure: boolean;
}

interface Asked {
  /** By their names, and whether all that they change is what a function answers that asks nobody. */
  faults: Fault[];
  /** How many are played after the days of `mended/`. */
  seeds: number;
  from: number;
  /** How many of the seeds each is played with; all unless given. */
  tries?: number;
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
const { faults, seeds, from, tries, told } = (
  asked === undefined ? { faults: [], seeds: 0 } : JSON.parse(asked)
) as Asked;

withoutBackoff();
takingOver();
afterAll(dropDatabases);

const atOnce = 4;
const switches = globalThis as Switches;
const current = new AsyncLocalStorage<string>();

/** By name: the days that ended badly once, which are short and full of what matters, and then seeds. */
function allDays(): Map<string, () => Day> {
  const mended = join(import.meta.dirname, 'mended');
  const files = readdirSync(mended).sort();
  const numbers = Array.from({ length: seeds }, (_, index) => from + index);
  return new Map([
    ...files.map((file) => [file, () => dayIn(join(mended, file))] as const),
    ...numbers.map((seed) => [`seed ${seed}`, () => dayOf(seed)] as const),
  ]);
}
const days = allDays();

/** How much of a day is what a fault shows by. */
function shareOf({ by = [], given = {} }: Fault, { setting, happenings }: Day): number {
  const isGiven = Object.entries(given).every(
    ([name, value]) => setting[name as keyof Day['setting']] === value,
  );
  const those = happenings.filter(({ name }) => by.includes(name)).length;
  return isGiven ? those / (5 + happenings.length) : 0;
}

const drawn = new Map<string, Day>();

/** The days that a fault is played with, in their order. */
function daysFor(fault: Fault): string[] {
  const names = [...days.keys()];
  if (tries === undefined) return names;
  const isSeed = (name: string) => name.startsWith('seed ');
  const mended = names.filter((name) => !isSeed(name));
  const numbers = names.filter(isSeed);
  if (fault.by === undefined) return [...mended, ...numbers.slice(0, tries)];
  for (const name of numbers) if (!drawn.has(name)) drawn.set(name, days.get(name)!());
  return numbers
    .map((name) => ({ name, share: shareOf(fault, drawn.get(name)!) }))
    .filter(({ share }) => share > 0)
    .sort((one, other) => other.share - one.share)
    .slice(0, tries)
    .map(({ name }) => name);
}

async function wrongOf(name: string, day: () => Day): Promise<string | undefined> {
  try {
    return (await current.run(name, () => play(day(), new Coverage([]))))[0];
  } catch (error) {
    // Without a database nothing is shown by any fault.
    if ((error as { code?: unknown }).code === 'ECONNREFUSED') throw error;
    return String(error);
  }
}

/** What was violated first, by days. */
async function played(some: readonly string[], fault?: string): Promise<Array<[string, string]>> {
  switches.fault = fault;
  const ended = await Promise.all(
    some.map(async (name) => [name, await wrongOf(name, days.get(name)!)] as const),
  );
  return ended.flatMap(([name, wrong]) => (wrong === undefined ? [] : [[name, wrong]]));
}

/** Days of which a fault would have had something answered otherwise: in others it changes nothing. */
const matters = new Map<string, Set<string>>(faults.map(({ name }) => [name, new Set()]));

function called(names: readonly string[], call: () => unknown, answer: unknown): void {
  const day = current.getStore();
  // Within a call with a fault that fault is shown by the outer one.
  if (day === undefined || switches.fault !== undefined) return;
  for (const name of names) {
    const those = matters.get(name);
    if (those === undefined || those.has(day)) continue;
    switches.fault = name;
    try {
      if (!isDeepStrictEqual(call(), answer)) those.add(day);
    } catch {
      those.add(day);
    }
  }
  switches.fault = undefined;
}

const tell = (line: object) => appendFileSync(told, `${JSON.stringify(line)}\n`);

it.skipIf(faults.length === 0)('the faults are caught', async () => {
  const daysOf = new Map(faults.map((fault) => [fault.name, daysFor(fault)]));
  const wanted = new Set([...daysOf.values()].flat());
  const all = [...days.keys()].filter((name) => wanted.has(name));
  const bad = new Map<string, string>();
  switches.called = called;
  for (let next = 0; next < all.length; next += atOnce)
    for (const [day, wrong] of await played(all.slice(next, next + atOnce))) bad.set(day, wrong);
  delete switches.called;
  tell({ bad: Object.fromEntries(bad) });
  let left = faults.map(({ name, isPure }) => {
    const isGood = (day: string) => !bad.has(day) && (!isPure || matters.get(name)!.has(day));
    const toPlay = daysOf.get(name)!.filter(isGood);
    return { name, toPlay, of: toPlay.length };
  });
  tell({ matters: Object.fromEntries(left.map(({ name, of }) => [name, of])) });
  for (; left.length > 0; left = left.filter(({ toPlay }) => toPlay.length > 0))
    for (const one of [...left]) {
      const found = one.of === 0 ? [] : await played(one.toPlay.splice(0, atOnce), one.name);
      const times = one.of - one.toPlay.length;
      const [day, wrong] = found[0] ?? [];
      if (day === undefined && one.toPlay.length > 0) continue;
      tell({ fault: one.name, played: times, day, wrong });
      one.toPlay = [];
    }
});
