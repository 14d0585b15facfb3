import { type ReadingTable, readings } from './switch-table.js';

/**
 * The readings in force: one value for each thing the API document leaves open or contradicts itself about.
 * Mutable while the emulator runs; every answer looks at them afresh.
 */
export type Switches = { -readonly [K in keyof ReadingTable]: ReadingTable[K]['alternatives'][number] };
export type SwitchName = keyof Switches;

export const switchNames = Object.keys(readings) as SwitchName[];

function mapReadings<T>(value: (name: SwitchName) => T): Record<SwitchName, T> {
  return Object.fromEntries(switchNames.map((name) => [name, value(name)])) as Record<SwitchName, T>;
}

/** Every plausible reading of each switch, the default first. Tests run pairs of them against the client. */
export const switchAlternatives: Record<SwitchName, readonly unknown[]> = mapReadings(
  (name) => readings[name].alternatives,
);

/** What each switch asks of the document, and the point of the list of open questions it stands for. */
export const switchQuestions = mapReadings((name) => ({
  topic: readings[name].topic,
  question: readings[name].question,
}));

export const defaultSwitches: Switches = mapReadings(
  (name) => readings[name].alternatives[0],
) as unknown as Switches;

/** Whether `value` can be set: one of the listed readings, or any positive whole number where one of them is a number. */
export function acceptsReading(name: SwitchName, value: unknown): boolean {
  const alternatives: readonly unknown[] = readings[name].alternatives;
  if (alternatives.includes(value)) return true;
  const numeric = alternatives.some((one) => typeof one === 'number');
  return numeric && typeof value === 'number' && Number.isInteger(value) && value > 0;
}

/**
 * Reads a switch from text, as a command line or a form gives it.
 * @throws RangeError naming the switch and what it accepts
 */
export function parseReading(name: string, text: string): Partial<Switches> {
  if (!isSwitchName(name)) throw new RangeError(`There is no switch called "${name}".`);
  const value = text === 'null' ? null : text === 'true' ? true : text === 'false' ? false : text;
  const number = /^\d+$/.test(text) ? Number(text) : undefined;
  for (const candidate of [number, value]) {
    if (candidate !== undefined && acceptsReading(name, candidate)) return { [name]: candidate };
  }
  throw new RangeError(`"${text}" is no reading of ${name}; it accepts ${describeReadings(name)}.`);
}

export function isSwitchName(name: string): name is SwitchName {
  return Object.hasOwn(readings, name);
}

/** The readings of a switch for a sentence: `a, b or c`. */
export function describeReadings(name: SwitchName): string {
  const listed = switchAlternatives[name].map((one) => String(one));
  return listed.length < 2 ? listed.join('') : `${listed.slice(0, -1).join(', ')} or ${listed.at(-1)}`;
}
