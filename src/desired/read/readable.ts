/**
 * The columns of a row as far as they are read. A chunk of rows is read by one statement, so none of them may be so large
 * that the others are not read: of a text that is too long comes as much as tells that it is, of a list that is too large
 * that it is.
 */

import type { AtsTable, ColumnType } from '../../db/objects/ats-tables.js';
import { longestText } from '../../text/lines.js';
import { isList } from '../ats-rows.js';

/** Of a list, in JSON or as an array: bytes, as text. */
const largestList = 1_000_000;
/** What takes fewer bytes where it is stored is not larger than that as text, however well it was compressed. */
const surelySmall = 2000;
/** Of a text: bytes, of which a character may take four. */
const longestInBytes = 4 * (longestText + 1);

/** In the place of a list that was not read. */
export const tooLarge: unique symbol = Symbol('too large');
/** To follow "it …". */
export const tooLargeProblem = 'is larger than 1 MB';

/** SQL of all columns that decisions rest on but `deleted_at`, and of `too_large`: see {@link withTooLarge}. */
export function readableColumns(
  { columns, unhashed = ['extra'] }: AtsTable,
  alias: string,
  prefix = '',
): string {
  const read = columns.filter(([name]) => !unhashed.includes(name) && name !== 'deleted_at');
  const list = read.map(([name, type]) => `${readable(`${alias}.${name}`, type)} as ${prefix}${name}`);
  const large = read
    .filter(([, type]) => isList(type))
    .map(([name]) => `case when ${isTooLarge(`${alias}.${name}`)} then '${prefix}${name}' end`);
  return [...list, `array[${large.join()}]::text[] as ${prefix}too_large`].join(', ');
}

function readable(column: string, type: ColumnType): string {
  if (type === 'text')
    return `case when octet_length(${column}) > ${longestInBytes} then left(${column}, ${longestText + 1}) else ${column} end`;
  if (type === 'timestamptz') return `(extract(epoch from ${column}) * 1000)::float8`;
  // It may be more than a double can hold.
  if (type === 'numeric') return `${column}::text`;
  return isList(type) ? `case when ${isTooLarge(column)} then null else ${column} end` : column;
}

function isTooLarge(column: string): string {
  return `(pg_column_size(${column}) > ${surelySmall} and octet_length(${column}::text) > ${largestList})`;
}

/** The records with {@link tooLarge} in the place of what was not read. */
export function withTooLarge<Row extends object>(records: Row[]): Row[] {
  for (const record of records as Array<Record<string, unknown>>) {
    for (const list of ['too_large', 'p_too_large']) {
      for (const name of (record[list] ?? []) as Array<string | null>)
        if (name !== null) record[name] = tooLarge;
    }
  }
  return records;
}
