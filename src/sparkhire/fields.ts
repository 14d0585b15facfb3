/**
 * Tolerant readers for the fields of a Spark Hire object. A field that is missing or odd becomes null and
 * never fails its object; only `identity` does, since an object that cannot be named cannot be kept.
 */
import { interviewStatuses, statusWord } from '../interview-status.js';
import { isSaid, type OddField } from './odd-fields.js';

export type { OddField };
export type JsonObject = { [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const uuidPattern = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const timestampPattern =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(\.\d+)?(?:([Zz])|([+-])(\d{2}):?(\d{2}))$/;
/** What stays as it is: all that Spark Hire's document shows. Not the 29th of February, which takes the year. */
const settledTimestamp = (() => {
  const days = '02-(?:0[1-9]|1\\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:0[1-9]|[12]\\d|30)|(?:0[13578]|1[02])-31';
  const offset = 'Z|[+-](?:0\\d|1[0-5]):[0-5]\\d';
  const time = '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?';
  return new RegExp(`^(?!0000)\\d{4}-(?:${days})T${time}(?:${offset})$`);
})();

/** A uuid in lower case, or null. */
export function asUuid(value: unknown): string | null {
  return typeof value === 'string' && uuidPattern.test(value) ? value.toLowerCase() : null;
}

export function asText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** True or false, also one written as text or as 1 and 0. */
export function asBoolean(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  if (value === 1 || value === 'true') return true;
  return value === 0 || value === 'false' ? false : null;
}

/** A finite number, also one written as text. */
export function asNumber(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || !/^\s*[+-]?\d+(\.\d+)?\s*$/.test(value)) return null;
  return Number(value);
}

/** A whole number that PostgreSQL's integer holds, also one written as text. */
export function asInteger(value: unknown): number | null {
  const number = asNumber(value);
  return number !== null && Number.isInteger(number) && Math.abs(number) <= 2_147_483_647 ? number : null;
}

/** A rating from 0 to 5, fractions allowed. 0 stays 0, although it may mean "not rated". */
export function asRating(value: unknown): number | null {
  const number = asNumber(value);
  return number !== null && number >= 0 && number <= 5 ? number : null;
}

const documented: ReadonlySet<string> = new Set(['active', 'inactive', ...interviewStatuses]);

/** An open enum: any text, unknown values included. Documented ones are written as documented, `cancelled` as `canceled`. */
export function asStatus(value: unknown): string | null {
  const text = asText(value);
  const word = statusWord(text ?? '');
  return documented.has(word) ? word : text;
}

/** An address without the blanks around it; its case is kept. */
export function asEmail(value: unknown): string | null {
  return asText(value)?.trim() ?? null;
}

const daysInMonth = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).getUTCDate();

/**
 * A moment as RFC 3339 that JavaScript and PostgreSQL both read, or null: also one in another form, where that can mean
 * one moment only. What has no offset is taken for UTC, and told: RFC 3339, which Spark Hire's document promises, knows no
 * such time, and every time the document shows is UTC.
 */
export function asTimestamp(value: unknown, odd?: OddField[]): string | null {
  const text = rfc3339(value);
  if (text !== null || value === null || value === undefined || value === '') return text;
  const epoch = typeof value === 'number' || (typeof value === 'string' && /^\d{10,13}$/.test(value));
  if (epoch) return ofEpoch(Number(value));
  const match = typeof value === 'string' ? loosePattern.exec(spacedOut(value.trim())) : null;
  if (match === null) return null;
  const [, date, time, second = '00', fraction = '', utc, hours, minutes = '00'] = match;
  const offset = hours === undefined ? 'Z' : `${hours}:${minutes}`;
  const moment = rfc3339(`${date}T${time}:${second}${fraction.replace(',', '.')}${offset}`);
  if (moment !== null && utc === undefined && hours === undefined) odd?.push({ path: '', value, as: 'UTC' });
  return moment;
}

/** Whether a time names no offset: it may be local to any place, and mean another moment than the one it is taken for. */
export function isLocalTime(value: unknown): boolean {
  const odd: OddField[] = [];
  return asTimestamp(value, odd) !== null && odd.length > 0;
}

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

/** ISO 8601 without signs between (20310506T070809Z), and dates of mails and HTTP (Tue, 06 May 2031 07:08:09 GMT). */
function spacedOut(text: string): string {
  const [, day = '', name = '', year, rest] =
    /^(?:[a-z]{3}, )?(\d{1,2}) ([a-z]{3}) (\d{4}) (.*)$/i.exec(text) ?? [];
  const month = months.indexOf(name.toLowerCase()) + 1;
  if (month > 0) return `${year}-${String(month).padStart(2, '0')}-${day.padStart(2, '0')} ${rest}`;
  return text
    .replace(/^(\d{4})(\d\d)(\d\d)(?=t)/i, '$1-$2-$3')
    .replace(/(?<=t\d\d)(\d\d)(\d\d)?/i, (_, minute, second) => `:${minute}${second ? `:${second}` : ''}`);
}

/** Without seconds, with a comma before the fraction, hours alone as the offset, the name of UTC, or no offset. */
const loosePattern =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(?::(\d{2})([.,]\d+)?)?(?: ?(?:(z|utc|gmt)|([+-]\d{2})(?::?(\d{2}))?))?$/i;

/** Seconds or milliseconds since 1970: from 2001 to 2286 the one cannot be the other. */
function ofEpoch(number: number): string | null {
  const ms = number < 1e11 ? number * 1000 : number;
  return ms >= 1e12 && ms < 1e13 ? new Date(Math.round(ms)).toISOString() : null;
}

/** An RFC 3339 timestamp, or null. Digits below the second are kept (nine at most), a leap second becomes the one after it. */
export function rfc3339(value: unknown): string | null {
  // Five times are in each interview: to take them apart and put them together again was a third of what reading allocates.
  if (typeof value === 'string' && settledTimestamp.test(value)) return value;
  const match = typeof value === 'string' ? timestampPattern.exec(value.trim()) : null;
  if (match === null) return null;
  const [year, month, day, hour, minute, second, offsetHour, offsetMinute] = [1, 2, 3, 4, 5, 6, 10, 11].map(
    (group) => Number(match[group] ?? 0),
  ) as [number, number, number, number, number, number, number, number];
  // The year 0 does not exist in PostgreSQL, nor do offsets of 16 hours and more.
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 15 || offsetMinute > 59) return null;
  const offset = match[8] ? 'Z' : `${match[9]}${match[10]}:${match[11]}`;
  if (second === 60) {
    const before = Date.parse(`${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:59${offset}`);
    return new Date(before + 1000).toISOString();
  }
  const fraction = (match[7] ?? '').slice(0, 10);
  return `${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}${fraction}${offset}`;
}

/** @param odd told of a value that has another form; what it adds itself has no path yet */
type Field = (value: unknown, odd?: OddField[]) => unknown;

/** How an object of one kind is read: its fields by name, each with its reader. */
export interface Schema<T> {
  /**
   * @param odd gets the fields that have another form
   * @throws Unreadable if it cannot be named
   */
  parse(raw: JsonObject, odd?: OddField[]): T;
  /** Reads it further once its fields are read. */
  transform<U>(further: (value: T) => U): Schema<U>;
}

/** Why an object cannot be kept, for people. */
export class Unreadable extends Error {}

/** Spark Hire's objects are read by the hundred thousand, and a start is to be quick: no schema is compiled for them. */
export function objectOf<F extends Record<string, Field>>(
  fields: F,
): Schema<{ [K in keyof F]: ReturnType<F[K]> }> {
  const readers = Object.entries(fields);
  return schemaOf((raw, odd) => {
    const value: Record<string, unknown> = {};
    for (const [name, read] of readers) {
      const before = odd?.length;
      const field = read(raw[name], odd);
      if (field !== undefined) value[name] = field;
      if (odd !== undefined) noteOdd(odd, before!, name, raw[name], field);
    }
    return value as { [K in keyof F]: ReturnType<F[K]> };
  });
}

function schemaOf<T>(parse: Schema<T>['parse']): Schema<T> {
  return { parse, transform: (further) => schemaOf((raw, odd) => further(parse(raw, odd))) };
}

/** @param before how many there were before the field was read */
function noteOdd(odd: OddField[], before: number, name: string, value: unknown, field: unknown): void {
  for (let i = before; i < odd.length; i++) {
    const { path } = odd[i]!;
    odd[i]!.path = path === '' ? name : `${name}.${path}`;
  }
  if (field === null && odd.length === before && isSaid(value)) odd.push({ path: name, value, as: null });
}

/** A field that only a single object carries, not its list item: undefined where it is missing. */
export function detail<T>(
  read: (value: unknown, odd?: OddField[]) => T,
): (value: unknown, odd?: OddField[]) => T | undefined {
  return (value, odd) => (value === undefined ? undefined : read(value, odd));
}

/** The uuid without which an object is a bad row. */
export function identity(value: unknown): string {
  const uuid = asUuid(value);
  if (uuid === null) throw new Unreadable('has no usable uuid');
  return uuid;
}

/** Reads a nested object with a schema; null where it is missing, odd or cannot be named. */
export function asObject<T>(schema: Schema<T>): (value: unknown, odd?: OddField[]) => T | null {
  return (value, odd) => {
    if (!isObject(value)) return null;
    try {
      return schema.parse(value, odd);
    } catch (error) {
      if (error instanceof Unreadable) return null;
      throw error;
    }
  };
}

/** Reads a nested array with a schema and leaves out the items that cannot be named; null if it is no array. */
export function asArray<T>(schema: Schema<T>): (value: unknown, odd?: OddField[]) => T[] | null {
  const readItem = asObject(schema);
  return (value, odd) => {
    if (!Array.isArray(value)) return null;
    const items: T[] = [];
    for (const one of value) {
      const item = readItem(one, odd);
      if (item !== null) items.push(item);
      else if (isSaid(one)) odd?.push({ path: '', value: one, as: null });
    }
    return items;
  };
}

/** An object that is passed on as it is (features, social links); null if it is none. */
export function asPlainObject(value: unknown): JsonObject | null {
  return isObject(value) ? value : null;
}

/** What a schema reads. */
export type Parsed<S> = S extends Schema<infer T> ? T : never;

/** Somebody an object refers to: a company user or a candidate. */
export const personSchema = objectOf({
  uuid: asUuid,
  name: asText,
  email: asEmail,
  avatar: asText,
});
export type Person = Parsed<typeof personSchema>;

/** The company an object refers to. */
export const companyRef = { uuid: asUuid, name: asText, avatar: asText };
export const companyRefSchema = objectOf(companyRef);

export const locationSchema = objectOf({ uuid: asUuid, formatted_address: asText });
export type Location = Parsed<typeof locationSchema>;

/** How often a candidate may record an answer: −1 is unlimited; null is what was not said. */
export interface Takes {
  limit: number | null;
  completed: number | null;
  remaining: number | null;
}

const takesSchema = objectOf({ limit: asInteger, completed: asInteger, remaining: asInteger });

/** `takes` is a number in question sets and an object in interviews. */
export function asTakes(value: unknown, odd?: OddField[]): Takes | null {
  if (isObject(value)) return takesSchema.parse(value, odd);
  const limit = asInteger(value);
  return limit === null ? null : { limit, completed: null, remaining: null };
}
