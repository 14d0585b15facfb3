/** Rows as PostgreSQL takes them: text that jsonb and COPY accept, whatever was received. */
import { createHash } from 'node:crypto';
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
  return /\\u0000|\\ud[89a-f]/i.test(json) ? JSON.stringify(storableValue(value)) : json;
}

declare global {
  // In Node 20, not yet in the es2023 library.
  interface String {
    toWellFormed(): string;
  }
}

/** A column value as text, null as null. */
function asColumnText(type: ColumnType, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'jsonb':
      return storableJson(value);
    case 'uuid[]':
      return `{${(value as string[]).join(',')}}`;
    case 'text':
      return storableText(String(value));
    default:
      return String(value);
  }
}

const copyEscapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function copyField(text: string | null): string {
  if (text === null) return '\\N';
  return /[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, (c) => copyEscapes[c]!) : text;
}

/** 128 bits that tell list items apart, written as PostgreSQL's uuid type takes them. */
function listHash(json: string): string {
  return createHash('md5').update(json).digest('hex');
}

/** A row in COPY's text format: uuid, the columns in order, raw, keep, single, list_hash. */
export function copyLine(table: MirrorTable, row: MirrorRow): string {
  const raw = storableJson(row.raw);
  let line = row.uuid;
  for (const [name, type] of table.columns) line += `\t${copyField(asColumnText(type, row.columns[name]))}`;
  line += `\t${copyField(raw)}\t{${row.keep.join(',')}}`;
  return `${line}\t${row.single ? 't\t\\N' : `f\t${listHash(raw)}`}\n`;
}

/** Rows as one JSON array for jsonb_to_recordset; jsonb columns stay data, uuid[] becomes an array literal. */
export function recordset(table: MirrorTable, rows: readonly MirrorRow[]): string {
  return storableJson(
    rows.map((row) => ({
      ...Object.fromEntries(
        table.columns.map(([name, type]) => {
          const value = row.columns[name] ?? null;
          return [name, type === 'uuid[]' ? asColumnText(type, value) : value];
        }),
      ),
      uuid: row.uuid,
      raw: row.raw ?? null,
      keep: `{${row.keep.join(',')}}`,
      single: row.single,
      list_hash: row.single ? null : listHash(storableJson(row.raw)),
    })),
  );
}
