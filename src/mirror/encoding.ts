/** Rows as PostgreSQL takes them: text that jsonb and COPY accept, whatever was received. */
import * as crypto from 'node:crypto';
import type { ColumnType, MirrorRow, MirrorTable } from './tables.js';

const unstorable = /\u0000|[\ud800-\udfff]/;

/** Text without what PostgreSQL refuses: NUL characters and halves of surrogate pairs. */
export function storableText(text: string): string {
  if (!unstorable.test(text)) return text;
  return text.replaceAll('\u0000', '').toWellFormed();
}

function storableValue(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storableValue);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [storableText(key), storableValue(item)]),
    );
  }
  return value;
}

/** JSON text that jsonb accepts. */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value) ?? 'null';
  // JSON.stringify escapes both kinds of unstorable characters, so their escapes tell.
  const suspect = json.includes('\\u') && /\\u0000|\\ud[89a-f]/i.test(json);
  return suspect ? JSON.stringify(storableValue(value)) : json;
}

declare global {
  // In Node 20, not yet in the es2023 library.
  interface String {
    toWellFormed(): string;
  }
}

function arrayLiteral(items: readonly string[]): string {
  return `{${items.join(',')}}`;
}

const special = /[\\\t\n\r\u0000\ud800-\udfff]/;
const copyEscapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function textField(text: string): string {
  return special.test(text) ? storableText(text).replace(/[\\\t\n\r]/g, (c) => copyEscapes[c]!) : text;
}

/** Of what COPY wants escaped, JSON text can hold backslashes only. */
function jsonField(json: string): string {
  return json.includes('\\') ? json.replaceAll('\\', '\\\\') : json;
}

function copyField(type: ColumnType, value: unknown): string {
  if (value === null || value === undefined) return '\\N';
  switch (type) {
    case 'jsonb':
      return jsonField(storableJson(value));
    case 'uuid[]':
      return arrayLiteral(value as string[]);
    case 'text':
      return textField(String(value));
    default:
      return String(value);
  }
}

/** uuid, the columns in order, raw. */
function objectFields(table: MirrorTable, row: MirrorRow, raw: string): string {
  let line = row.uuid;
  for (const [name, type] of table.columns) line += `\t${copyField(type, row.columns[name])}`;
  return `${line}\t${jsonField(raw)}`;
}

/** 128 bits that tell list items apart, in hexadecimal, as `list_hash` shows them without its dashes. */
export function listHash(json: string): string {
  return sha256(json).slice(0, 32);
}

// Node has crypto.hash from 20.12 on; for texts this short it takes half the time.
const sha256: (text: string) => string =
  typeof crypto.hash === 'function'
    ? (text) => crypto.hash('sha256', text)
    : (text) => crypto.createHash('sha256').update(text).digest('hex');

/** A row in COPY's text format for the temporary table: uuid, the columns in order, raw, keep, single, list_hash. */
export function copyLine(table: MirrorTable, row: MirrorRow): string {
  const raw = storableJson(row.raw);
  const hash = row.single ? 't\t\\N' : `f\t${listHash(raw)}`;
  return `${objectFields(table, row, raw)}\t${arrayLiteral(row.keep)}\t${hash}\n`;
}

/** What was received, as JSON text that jsonb accepts, and of a list item its hash. */
export interface RawText {
  json: string;
  hash: string | null;
}

export function rawText(row: MirrorRow): RawText {
  const json = storableJson(row.raw);
  return { json, hash: row.single ? null : listHash(json) };
}

/** A row no one has stored yet, in COPY's text format for its table: in the order of `newRowColumns`. */
export function newRowLine(
  table: MirrorTable,
  account: string,
  row: MirrorRow,
  { json, hash }: RawText,
): string {
  let line = `${textField(account)}\t${objectFields(table, row, json)}`;
  if (table.isListed) line += `\t${hash ?? '\\N'}`;
  // COPY's `now` is that of the transaction, as everywhere else.
  if (table.hasDetails) line += row.single ? '\tf\tnow' : row.keep.length > 0 ? '\tt\t\\N' : '\tf\t\\N';
  return `${line}\n`;
}

/** What is told of a row no one has stored yet, as JSON text: its values as PostgreSQL shows what it stores. */
export function newRowValues(table: MirrorTable, row: MirrorRow): string {
  const values: Record<string, unknown> = {};
  for (const [name, type] of table.columns) {
    const value = table.toldWhenCreated.includes(name) ? row.columns[name] : null;
    if (value !== null && value !== undefined) values[name] = shownValue(type, value);
  }
  return storableJson(values);
}

function shownValue(type: ColumnType, value: unknown): unknown {
  switch (type) {
    case 'text':
      return String(value);
    case 'timestamptz':
      return shownTime(value as string);
    case 'numeric(3,2)':
      // By the decimal digits, as PostgreSQL rounds.
      return Number(`${Math.round(Number(`${value}e2`))}e-2`);
    default:
      return value;
  }
}

/** A moment as PostgreSQL shows it in UTC, to the microsecond. */
function shownTime(text: string): string {
  const fraction = /\.(\d+)/.exec(text)?.[1];
  if (fraction === undefined && /(Z|\+00:00)$/.test(text)) return `${text.slice(0, 19)}+00:00`;
  const micros = Math.round(Number(`0.${fraction ?? 0}`) * 1e6);
  const second = Date.parse(text.replace(/\.\d+/, '')) + (micros === 1e6 ? 1000 : 0);
  const digits = (micros % 1e6) / 1e6;
  const shown = digits === 0 ? '' : digits.toFixed(6).slice(1).replace(/0+$/, '');
  return `${new Date(second).toISOString().slice(0, 19)}${shown}+00:00`;
}

/** Rows as one JSON array for jsonb_to_recordset; jsonb columns stay data, uuid[] becomes an array literal. */
export function recordset(table: MirrorTable, rows: readonly MirrorRow[]): string {
  return `[${rows.map((row) => recordJson(table, row)).join(',')}]`;
}

function recordJson(table: MirrorTable, row: MirrorRow): string {
  const raw = storableJson(row.raw);
  const record: Record<string, unknown> = {
    uuid: row.uuid,
    keep: arrayLiteral(row.keep),
    single: row.single,
    list_hash: row.single ? null : listHash(raw),
  };
  for (const [name, type] of table.columns) {
    const value = row.columns[name] ?? null;
    record[name] = type === 'uuid[]' && value !== null ? arrayLiteral(value as string[]) : value;
  }
  // As text already: it is the bulk of the row, and is made into JSON once.
  return `${storableJson(record).slice(0, -1)},"raw":${raw}}`;
}
