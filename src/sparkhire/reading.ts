/** How answers become typed values: one object, several, or a list whose bad rows stay in their place. */
import { isObject, type JsonObject, type OddField, type Schema, Unreadable } from './fields.js';

/** An object as it was read: `value` is typed and normalised, `raw` is what was received, unknown fields too. */
export interface Read<T> {
  value: T;
  raw: JsonObject;
}

export type Row<T> =
  | { ok: true; value: T; raw: JsonObject }
  /** `problem` says what is wrong with the row, for people. */
  | { ok: false; problem: string; raw: unknown };

/** A list in the server's order. `serverDate` is the answer's Date header, null if it has none. */
export interface Listing<T> {
  rows: Row<T>[];
  serverDate: Date | null;
}

/** Thrown while an answer is read; the request layer turns it into ANSWER_UNREADABLE. */
export class ShapeProblem extends Error {}

/** @param odd gets the fields that have another form than their names promise; here and below */
export function readRow<T>(schema: Schema<T>, raw: unknown, odd?: OddField[]): Row<T> {
  if (!isObject(raw)) return { ok: false, problem: 'is not an object', raw };
  try {
    return { ok: true, value: schema.parse(raw, odd), raw };
  } catch (error) {
    if (error instanceof Unreadable) return { ok: false, problem: error.message, raw };
    throw error;
  }
}

/** @throws ShapeProblem unless `json` is one object with an identity */
export function readOne<T>(schema: Schema<T>, json: unknown, odd?: OddField[]): Read<T> {
  const row = readRow(schema, json, odd);
  if (!row.ok) throw new ShapeProblem(`the object ${row.problem}`);
  return { value: row.value, raw: row.raw };
}

/** One object, also where it comes as the only item of an array. */
export function readEcho<T>(schema: Schema<T>, json: unknown, odd?: OddField[]): Read<T> {
  return readOne(schema, Array.isArray(json) && json.length === 1 ? json[0] : json, odd);
}

/** What answers a change that was accepted; null where that is no such object. */
export function readEchoIfAny<T>(schema: Schema<T>, json: unknown, odd?: OddField[]): Read<T> | null {
  const row = readRow(schema, Array.isArray(json) && json.length === 1 ? json[0] : json, odd);
  return row.ok ? { value: row.value, raw: row.raw } : null;
}

/** The objects a creation answered: an array, or the one object by itself. */
export function readSeveral<T>(schema: Schema<T>, json: unknown, odd?: OddField[]): Read<T>[] {
  const items = Array.isArray(json) ? json : [json];
  if (items.length === 0) throw new ShapeProblem('the array of created objects is empty');
  return items.map((item) => readOne(schema, item, odd));
}

/** @throws ShapeProblem unless `json` is an array: anything else is never taken for an empty list */
export function readRows<T>(schema: Schema<T>, json: unknown, odd?: OddField[]): Row<T>[] {
  if (!Array.isArray(json)) throw new ShapeProblem('the list is not an array');
  return json.map((item) => readRow(schema, item, odd));
}
