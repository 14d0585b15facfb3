/**
 * Values of an imported file as PostgreSQL takes them. Only what PostgreSQL would refuse is a problem here: whether a
 * value means something is judged later, and never keeps a file out.
 */

import type { ColumnType } from '../../db/objects/ats-tables.js';
import { plainDigits } from '../../text/digits.js';
import { visible } from '../../text/invisible.js';
import { lossProblem } from './json-text.js';

/** A value for a column, or what is wrong with it, to complete "column: …". */
export type Parsed = { value: unknown } | { problem: string };

/** The last ones are what spreadsheets write in other languages. */
const trueWords = [
  'true',
  't',
  'yes',
  'y',
  'on',
  '1',
  'wahr',
  'vrai',
  'verdadero',
  'vero',
  'verdadeiro',
  'waar',
];
const falseWords = ['false', 'f', 'no', 'n', 'off', '0', 'falsch', 'faux', 'falso', 'onwaar'];

/** Text of a CSV cell; an empty one is null. */
export function parseCell(type: ColumnType, cell: string): Parsed {
  if (!storable(cell)) return unstorable;
  if (cell === '') return { value: null };
  if (type === 'text') return { value: cell };
  const text = cell.trim();
  if (text === '') return { value: null };
  if (type !== 'jsonb' && type !== 'text[]') return parseText(type, text);
  try {
    const value: unknown = JSON.parse(text);
    const problem = lossProblem(text);
    if (problem !== null) return { problem };
    return type === 'jsonb' ? parseJson(value) : parseList(value);
  } catch {
    return { problem: `is not JSON: ${visible(text)}` };
  }
}

/** A value of a line of NDJSON. */
export function parseMember(type: ColumnType, member: unknown): Parsed {
  if (member === null) return { value: null };
  if (type === 'jsonb') return parseJson(member);
  if (type === 'text[]') return parseList(member);
  if (typeof member === 'string') return parseCell(type, member);
  if (type === 'boolean' && typeof member === 'boolean') return { value: member };
  if (typeof member === 'number' && type !== 'boolean' && type !== 'timestamptz') {
    // Keys and the like are often written as numbers.
    if (type === 'text') return isExact(member) ? { value: String(member) } : inexact;
    return parseText(type, String(member));
  }
  const given = Array.isArray(member)
    ? 'a list'
    : typeof member === 'object'
      ? 'an object'
      : `a ${typeof member}`;
  return { problem: `must be ${wanted[type]}, not ${given}` };
}

const wanted: Record<ColumnType, string> = {
  text: 'text',
  boolean: 'true or false',
  numeric: 'a number',
  smallint: 'a whole number from -32768 to 32767',
  timestamptz: 'a time with its offset, like 2031-05-01T12:00:00Z',
  jsonb: 'JSON',
  'text[]': 'a list of texts',
};

/** PostgreSQL reads plain digits only. */
function parseText(type: Exclude<ColumnType, 'jsonb' | 'text[]'>, given: string): Parsed {
  const problem = { problem: `must be ${wanted[type]}: ${visible(given)}` };
  const text = plainDigits(given);
  if (type === 'boolean') {
    const word = text.toLowerCase();
    if (trueWords.includes(word)) return { value: true };
    return falseWords.includes(word) ? { value: false } : problem;
  }
  if (type === 'smallint') {
    const number = Number(text);
    return /^[+-]?\d+$/.test(text) && number >= -32_768 && number <= 32_767 ? { value: number } : problem;
  }
  if (type === 'numeric') {
    return /^[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,2})?$/.test(text)
      ? { value: text }
      : problem;
  }
  return isTimestamp(text) ? { value: text } : problem;
}

/** A calendar day, a time and an offset: without one, the moment would depend on who reads it. */
function isTimestamp(text: string): boolean {
  const parts =
    /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)? ?(?:Z|[+-](\d\d)(?::?(\d\d))?)$/i.exec(
      text,
    );
  if (parts === null) return false;
  const [year, month, day, hour, minute, second, offsetHour, offsetMinute] = parts
    .slice(1)
    .map((part) => Number(part ?? 0)) as [number, number, number, number, number, number, number, number];
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  const isDay = year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isDay && hour < 24 && minute < 60 && second < 60 && offsetHour <= 15 && offsetMinute < 60;
}

const unstorable = { problem: 'holds a NUL character or half of a character, which PostgreSQL cannot store' };

/** What reads JSON keeps about 15 digits of a number; which were written, nobody knows afterwards. */
const inexact = {
  problem: `must be written in quotes: it is a number of more digits than JSON's numbers keep, or no whole one`,
};
const inexactWithin = { problem: 'holds a number of more digits than JSON keeps: write it in quotes' };
const isFraction = (number: number) => Number.isFinite(number) && !Number.isInteger(number);
const isExact = (number: number) => Number.isSafeInteger(number);

/** Deeper than anybody writes by hand, and not as deep as what reads it can go. */
const deepest = 500;

function parseJson(value: unknown): Parsed {
  return jsonProblem(value, 0) ?? { value };
}

/** What keeps a value from being stored as it was written. */
function jsonProblem(value: unknown, depth: number): { problem: string } | null {
  if (typeof value === 'string') return storable(value) ? null : unstorable;
  if (typeof value === 'number') return isExact(value) || isFraction(value) ? null : inexactWithin;
  if (typeof value !== 'object' || value === null) return null;
  if (depth === deepest) return { problem: `has more than ${deepest} lists and objects within each other` };
  for (const [name, inner] of Object.entries(value)) {
    const problem = storable(name) ? jsonProblem(inner, depth + 1) : unstorable;
    if (problem !== null) return problem;
  }
  return null;
}

function parseList(value: unknown): Parsed {
  if (!Array.isArray(value) || !value.every((item) => ['string', 'number'].includes(typeof item))) {
    return (
      jsonProblem(value, 0) ?? { problem: `must be ${wanted['text[]']}: ${visible(JSON.stringify(value))}` }
    );
  }
  if (value.some((item) => typeof item === 'number' && !isExact(item))) return inexact;
  const texts = value.map(String);
  return texts.every(storable) ? { value: texts } : unstorable;
}

function storable(text: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(text);
}
