import { unprocessable } from '../api-error.js';
import type { Row } from '../world/table.js';
import type { Reading } from './reading.js';

/** At most so many ids or fields stand in one parameter. */
const mostInList = 50;

/** What keeps or drops rows once its parameter was read. */
export type Keeps<T> = (row: T, reading: Reading) => boolean;

/** Reads a parameter's text. @throws Refusal 422 */
export type Filter<T> = (text: string, name: string) => Keeps<T>;

export function list(text: string, name: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > mostInList) throw unprocessable(`${name} has more than ${mostInList} values`, name);
  return parts;
}

export function idsIn(text: string, name: string): Set<number> {
  return new Set(list(text, name).map((part) => wholeNumber(part, name)));
}

function wholeNumber(text: string, name: string): number {
  if (!/^\d{1,15}$/.test(text)) throw unprocessable(`${name} is invalid`, name);
  return Number(text);
}

/** Rows whose field is (or, a list, has) one of the ids. */
export function ids<T extends Row>(
  field: (row: T, reading: Reading) => number | null | readonly number[],
): Filter<T> {
  return (text, name) => {
    const wanted = idsIn(text, name);
    return (row, reading) => {
      const value = field(row, reading);
      if (typeof value === 'number') return wanted.has(value);
      return value?.some((one) => wanted.has(one)) ?? false;
    };
  };
}

export function id<T extends Row>(field: (row: T) => number | null | readonly number[]): Filter<T> {
  return (text, name) => {
    const wanted = wholeNumber(text, name);
    return (row) => {
      const value = field(row);
      return typeof value === 'number' ? value === wanted : (value?.includes(wanted) ?? false);
    };
  };
}

export function flag<T extends Row>(field: (row: T) => boolean | null): Filter<T> {
  return (text, name) => {
    const wanted = boolean(text, name);
    return (row) => (field(row) ?? false) === wanted;
  };
}

export function boolean(text: string, name: string): boolean {
  if (text !== 'true' && text !== 'false') throw unprocessable(`${name} must be true or false`, name);
  return text === 'true';
}

/** @param allowed every value the parameter takes, by what it stands for in the rows; left out: any text */
export function word<T extends Row>(
  field: (row: T, reading: Reading) => string | null | undefined,
  allowed?: Readonly<Record<string, string>>,
): Filter<T> {
  return (text, name) => {
    if (allowed && !Object.hasOwn(allowed, text))
      throw unprocessable(`${name} is not included in the list`, name);
    const wanted = allowed ? allowed[text] : text;
    return (row, reading) => field(row, reading) === wanted;
  };
}

/** @returns what {@link word} allows where rows have the parameter's own words */
export function oneOf(...words: string[]): Record<string, string> {
  return Object.fromEntries(words.map((one) => [one, one]));
}

const timestamp = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;
const comparisons: Record<string, (value: number, bound: number) => boolean> = {
  gte: (value, bound) => value >= bound,
  gt: (value, bound) => value > bound,
  lte: (value, bound) => value <= bound,
  lt: (value, bound) => value < bound,
};

/** `gte|TIME`, or two bounds: `gte|TIME|lte|TIME`. */
export function time<T extends Row>(field: (row: T) => number | null): Filter<T> {
  return (text, name) => {
    const parts = text.split('|');
    if (parts.length !== 2 && parts.length !== 4) {
      throw unprocessable(`${name} must be an operator and a timestamp`, name);
    }
    const bounds: Array<(value: number) => boolean> = [];
    for (let i = 0; i < parts.length; i += 2) {
      const compares = comparisons[parts[i]!];
      const bound = timestamp.test(parts[i + 1]!) ? Date.parse(parts[i + 1]!) : Number.NaN;
      if (!compares) throw unprocessable(`${name} has an unknown operator`, name);
      if (Number.isNaN(bound)) throw unprocessable(`${name} is not a valid timestamp`, name);
      bounds.push((value) => compares(value, bound));
    }
    return (row) => {
      const value = field(row);
      return value !== null && bounds.every((holds) => holds(value));
    };
  };
}
