/**
 * A batch of rows on its way into its table. What is stored of them is looked up first; then
 *
 *   a new row                                    goes straight into the table by COPY, as fast as PostgreSQL can
 *   a list item with the hash of the last one    is done: nothing changed
 *   any other row                                is merged: a statement over a JSON parameter, or, if they are
 *                                                many, over a temporary table filled by COPY
 *
 * Somebody else may insert a row between the look and the COPY, and what is taken for new without a look may be stored.
 * Then COPY fails as a whole, with a unique violation, and the caller has all of the batch merged, which copes with that.
 * Measured in docs/bench.md.
 */
import { once } from 'node:events';
import { from as copyFrom } from 'pg-copy-streams';
import type { Statements, Transaction } from '../db/database.js';
import { copyLine, newRowLine, newRowValues, type RawText, rawText, recordset } from './encoding.js';
import {
  createStageSql,
  lookUpSql,
  mergeSql,
  newRowColumns,
  stageName,
  type WrittenRow,
} from './merge-sql.js';
import type { MirrorRow, MirrorTable } from './tables.js';

/** The first chunk of a COPY is small: PostgreSQL begins while the next one is made. */
const firstChunkBytes = 8192;
const chunkBytes = 65_536;
/** As many texts as are made while PostgreSQL looks; the others are made while it stores. */
const madeMeanwhile = 1000;

export interface BatchOptions {
  /** From how many rows on a merge uses a temporary table. */
  stageFrom: number;
  /** Merges all rows, new ones too. */
  mergeAll?: boolean;
  /** Takes all rows for new ones, without a look. */
  areNew?: boolean;
}

export async function writeBatch(
  tx: Transaction,
  account: string,
  table: MirrorTable,
  rows: readonly MirrorRow[],
  { stageFrom, mergeAll = false, areNew = false }: BatchOptions,
): Promise<WrittenRow[]> {
  if (mergeAll) return merge(tx, account, table, rows, stageFrom);
  const { stored, textOf } = areNew ? takenForNew(rows) : await lookedUp(tx, account, table, rows);
  const added: number[] = [];
  const merged: MirrorRow[] = [];
  for (const [index, row] of rows.entries()) {
    if (!stored.has(row.uuid)) added.push(index);
    else if (!isStored(row, textOf(index), stored)) merged.push(row);
  }
  const created: WrittenRow[] = [];
  if (added.length > 0) {
    await copyLines(tx, `copy sparkhire.${table.name} (${newRowColumns(table).join(', ')}) from stdin`, {
      items: added,
      lineOf: (index) => newRowLine(table, account, rows[index]!, textOf(index)),
      meanwhile() {
        for (const index of added) {
          const row = rows[index]!;
          const after = newRowValues(table, row);
          created.push({ uuid: row.uuid, change: 'created', fields: [], before: null, after });
        }
      },
    });
  }
  if (merged.length === 0) return created;
  return [...created, ...(await merge(tx, account, table, merged, stageFrom))];
}

/** Whether each of these rows is a list item, and stored as it is: then there is nothing to write. */
export async function areStored(
  on: Statements,
  account: string,
  table: MirrorTable,
  rows: readonly MirrorRow[],
): Promise<boolean> {
  const { stored, textOf } = await lookedUp(on, account, table, rows);
  return rows.every((row, index) => isStored(row, textOf(index), stored));
}

function isStored(row: MirrorRow, text: RawText, stored: ReadonlyMap<string, string | null>): boolean {
  return text.hash !== null && stored.get(row.uuid) === text.hash;
}

interface LookedUp {
  /** The stored ones of the rows: uuid and the hash of the last list item, null where it tells nothing. */
  stored: ReadonlyMap<string, string | null>;
  /** That of the row with this number: made when it is asked for, or while PostgreSQL looked. */
  textOf(index: number): RawText;
}

const takenForNew = (rows: readonly MirrorRow[]): LookedUp => ({
  stored: new Map(),
  textOf: (index) => rawText(rows[index]!),
});

async function lookedUp(
  on: Statements,
  account: string,
  table: MirrorTable,
  rows: readonly MirrorRow[],
): Promise<LookedUp> {
  const uuids = `{${rows.map(({ uuid }) => uuid).join(',')}}`;
  const asked = on.query<{ uuid: string; hash: string | null }>(lookUpSql(table), [account, uuids]);
  let texts: RawText[];
  let found: Awaited<typeof asked>;
  try {
    texts = rows.slice(0, madeMeanwhile).map(rawText);
  } finally {
    found = await asked;
  }
  return {
    stored: new Map(found.map(({ uuid, hash }) => [uuid, hash])),
    textOf: (index) => texts[index] ?? rawText(rows[index]!),
  };
}

/** Merges rows with what is stored of them, new ones among them. */
async function merge(
  tx: Transaction,
  account: string,
  table: MirrorTable,
  rows: readonly MirrorRow[],
  stageFrom: number,
): Promise<WrittenRow[]> {
  if (rows.length < stageFrom) {
    const statement = { name: `merge_${table.name}`, text: mergeSql(table, 'recordset') };
    return tx.query<WrittenRow>(statement, [account, recordset(table, rows)]);
  }
  await tx.query(createStageSql(table));
  await tx.query(`truncate ${stageName(table)}`);
  const lineOf = (row: MirrorRow) => copyLine(table, row);
  await copyLines(tx, `copy ${stageName(table)} from stdin`, { items: rows, lineOf });
  return tx.query<WrittenRow>(mergeSql(table, 'staged'), [account]);
}

interface Lines<Item> {
  items: readonly Item[];
  lineOf(item: Item): string;
  /** Work to be done while PostgreSQL is busy with the last lines. */
  meanwhile?(): void;
}

async function copyLines<Item>(
  tx: Transaction,
  statement: string,
  { items, lineOf, meanwhile }: Lines<Item>,
): Promise<void> {
  const stream = tx.connection.query(copyFrom(statement));
  const done = once(stream, 'finish');
  // A failure before the end surfaces through `done`; without these it would count as unhandled meanwhile, and the stream
  // tells of it once more when it is ended below.
  done.catch(() => {});
  stream.on('error', () => {});
  // Long strings put together from short ones cost more than all else here: each line becomes bytes at once.
  let chunk = Buffer.allocUnsafe(firstChunkBytes);
  let used = 0;
  try {
    for (const item of items) {
      const line = lineOf(item);
      const longest = line.length * 3;
      if (used + longest > chunk.length) {
        if (used > 0 && !stream.write(chunk.subarray(0, used)))
          await Promise.race([once(stream, 'drain'), done]);
        chunk = Buffer.allocUnsafe(Math.max(chunkBytes, longest));
        used = 0;
      }
      used += chunk.write(line, used);
    }
  } catch (error) {
    stream.destroy(error as Error);
    throw error;
  }
  stream.end(chunk.subarray(0, used));
  try {
    meanwhile?.();
  } finally {
    await done;
  }
}
