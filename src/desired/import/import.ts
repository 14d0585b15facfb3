/** Rows of a file into a table of schema ats: all of them, or none. */
import { basename } from 'node:path';
import { audit, type Person } from '../../db/audit.js';
import { type Database, inTransaction, type Transaction } from '../../db/database.js';
import { type AtsTable, type AtsTableName, atsTables, type ColumnType } from '../../db/objects/ats-tables.js';
import { SyncError } from '../../errors.js';
import { bareAddress } from '../../text/email-address.js';
import { trimmed, visible } from '../../text/invisible.js';
import { identityProblem, isReference } from '../judge/identities.js';
import { type Batch, BatchFiller, KeptBatches } from './batches.js';
import type { Line } from './encoding.js';
import { headings } from './headings.js';
import { readLines } from './lines.js';
import { type Parsed, parseCell, parseMember } from './values.js';
import { isFiltered, writeBatch } from './write.js';

export interface ImportCounts {
  rows: number;
  created: number;
  updated: number;
  unchanged: number;
  /** Rows that a trigger of somebody else dropped, or has under other keys; left out if there are none. */
  dropped?: number;
}

export interface LineProblem {
  /** Counted from 1. */
  line: number;
  column: string | null;
  problem: string;
}

/** Nothing was imported. The message names every wrong line. */
export class ImportError extends SyncError {
  readonly problems: readonly LineProblem[];

  constructor(problems: readonly LineProblem[], name: string) {
    const lines = new Set(problems.map(({ line }) => line)).size;
    const list = problems.map(
      ({ line, column, problem }) => `\n  line ${line}: ${column === null ? '' : `${column} `}${problem}`,
    );
    super(
      'IMPORT_INVALID',
      `${lines} ${lines === 1 ? 'line' : 'lines'} of ${name} cannot be imported; nothing was.${list.join('')}`,
      { remedy: 'Correct these lines, then import the file again.' },
    );
    this.problems = problems;
  }
}

/** What fits into an index together with the account. */
const mostKeyBytes = 1000;

export interface ImportOptions {
  account: string;
  table: AtsTableName;
  /** The content, in UTF-8. */
  source: AsyncIterable<Buffer>;
  /** Of the file: its ending tells the format, and messages name it. */
  name: string;
  /**
   * Whether the source may stand still (a pipe): then all of it is read before the transaction begins, which would be ended
   * where it waits, and hold up others until then.
   */
  mayStall?: boolean;
  /** What of such a source is kept in memory, in characters; the rest waits on disk. */
  mostInMemory?: number;
  /** Who imports it; nothing is written into the audit unless given. */
  by?: Person;
  signal?: AbortSignal;
}

/**
 * Rows that are there already get the columns that the file has; others stay as they are.
 * @throws ImportError; what reading the source throws
 */
export async function importFile(db: Database, options: ImportOptions): Promise<ImportCounts> {
  const { account, name, signal, by } = options;
  const table = atsTables[options.table];
  const reader = recordReader(table);

  async function* read(): AsyncGenerator<Batch> {
    const filler = new BatchFiller();
    for await (const line of readLines(options.source, name)) {
      signal?.throwIfAborted();
      const record = reader.read(line);
      if (record === null || reader.problems.length > 0) continue;
      for (const batch of filler.add(record)) yield batch;
    }
    reader.end();
    if (reader.problems.length > 0) throw new ImportError(reader.problems, name);
    yield* filler.rest();
  }

  async function write(tx: Transaction, batches: AsyncIterable<Batch>): Promise<ImportCounts> {
    const counts = { rows: 0, created: 0, updated: 0, unchanged: 0 };
    let dropped = 0;
    const filtered = await isFiltered(tx, table);
    const add = async (batch: Batch) => {
      const written = await writeBatch(tx, account, table, batch, filtered);
      counts.rows += batch.rows;
      counts.created += written.created;
      counts.updated += written.updated;
      dropped += written.dropped;
    };
    // The next batch is read while PostgreSQL writes this one.
    let writing = Promise.resolve();
    for await (const batch of batches) {
      await writing;
      signal?.throwIfAborted();
      writing = add(batch);
      // It is awaited, but not before the next one is read.
      writing.catch(() => undefined);
    }
    await writing;
    await refuseUntrimmed(tx, account, table, reader.untrimmed, name);
    counts.unchanged = counts.rows - counts.created - counts.updated - dropped;
    if (by !== undefined && counts.created + counts.updated > 0) {
      const after = { file: basename(name), ...counts };
      await audit(tx, by, { account, what: 'import', target: `ats.${table.name}`, after });
    }
    return dropped === 0 ? counts : { ...counts, dropped };
  }

  if (options.mayStall !== true) return inTransaction(db, (tx) => write(tx, read()));
  const kept = new KeptBatches(options.mostInMemory);
  try {
    for await (const batch of read()) await kept.add(batch);
    return await inTransaction(db, (tx) => write(tx, kept.all()));
  } finally {
    await kept.dispose();
  }
}

/** Keys that were trimmed, as they stand in the file, and their lines. */
type Untrimmed = ReadonlyMap<string, number>;

/** A row that is there under the very key of the file would get a second one beside it. */
async function refuseUntrimmed(
  tx: Transaction,
  account: string,
  { name: table, key }: AtsTable,
  untrimmed: Untrimmed,
  name: string,
): Promise<void> {
  if (untrimmed.size === 0) return;
  const rows = await tx.query<{ key: string }>(
    `select ${key} as key from ats.${table} where account = $1 and ${key} = any($2)`,
    [account, [...untrimmed.keys()]],
  );
  if (rows.length === 0) return;
  const problems = rows.map((row) => ({
    line: untrimmed.get(row.key)!,
    column: key,
    problem: `${visible(row.key)} is a row of ats.${table} with these blanks: take them out there first`,
  }));
  throw new ImportError(
    problems.sort((a, b) => a.line - b.line),
    name,
  );
}

interface RecordReader {
  problems: LineProblem[];
  untrimmed: Untrimmed;
  /** The values by column, in the order of the table; null for a header, an empty row and a wrong line. */
  read(line: Line): Record<string, unknown> | null;
  end(): void;
}

function recordReader(table: AtsTable): RecordReader {
  const columns: ReadonlyArray<readonly [string, ColumnType]> = [[table.key, 'text'], ...table.columns];
  const types = new Map(columns);
  const { columnOf, advice } = headings([...types.keys()]);
  const problems: LineProblem[] = [];
  const firstLines = new Map<string, number>();
  const untrimmed = new Map<string, number>();
  let width = 0;
  /** The columns of the header in the order of the table, and where their cells are. */
  let cellColumns: Array<{ column: string; type: ColumnType; index: number }> = [];
  let anything = false;

  function complain(line: number, column: string | null, problem: string): void {
    problems.push({ line, column, problem });
  }

  /** @param values what the columns got, in the order of the table */
  function record(line: number, values: Record<string, unknown>): Record<string, unknown> | null {
    const read = values[table.key];
    if (read === unusable) return null;
    const key = typeof read === 'string' ? trimmed(read) || null : null;
    const problem = key === null ? 'is missing' : keyProblem(key);
    if (problem !== null) complain(line, table.key, problem);
    if (key === null || problem !== null) return null;
    if (key !== read) untrimmed.set(read as string, line);
    values[table.key] = key;
    const first = firstLines.get(key);
    if (first === undefined) firstLines.set(key, line);
    else complain(line, table.key, `${visible(key)} was on line ${first} already`);
    return values;
  }

  /** The value, or one that marks the column of a wrong line. */
  function valueIn(line: number, column: string, parsed: Parsed): unknown {
    if ('value' in parsed) return column === table.key ? parsed.value : tidied(column, parsed.value);
    complain(line, column, parsed.problem);
    return unusable;
  }

  function readHeader(line: number, names: string[]): void {
    // Spreadsheets write columns that were emptied.
    while (names.at(-1) === '') names.pop();
    width = names.length;
    const header = names.map(columnOf);
    for (const [index, name] of names.entries()) {
      const column = header[index];
      if (column === undefined) complain(line, null, advice(name, index));
      else if (header.indexOf(column) !== index) complain(line, column, 'is there twice');
    }
    if (!header.includes(table.key)) complain(line, table.key, 'is missing: the header needs it');
    cellColumns = columns
      .map(([column, type]) => ({ column, type, index: header.indexOf(column) }))
      .filter(({ index }) => index >= 0);
  }

  function readCells(line: number, cells: string[]): Record<string, unknown> | null {
    if (cells.every(isBlank)) return null;
    if (cells.length < width || (cells.length > width && !cells.slice(width).every(isBlank))) {
      complain(
        line,
        null,
        `has ${cells.length} value${cells.length === 1 ? '' : 's'}, the header has ${width}`,
      );
      return null;
    }
    // Without the column there is nothing to say about its cells.
    if (cellColumns[0]?.column !== table.key) return null;
    const drawn = drawnProblem(cells, cellColumns[0].index);
    if (drawn !== null) {
      complain(line, null, drawn);
      return null;
    }
    const values: Record<string, unknown> = {};
    for (const { column, type, index } of cellColumns) {
      values[column] = valueIn(line, column, parseCell(type, cells[index]!));
    }
    return record(line, values);
  }

  function readMembers(line: number, members: Record<string, unknown>): Record<string, unknown> | null {
    const given = new Map<string, unknown>();
    for (const [name, member] of Object.entries(members)) {
      const column = columnOf(name);
      if (column === undefined) complain(line, null, advice(name, 0));
      else if (given.has(column)) complain(line, column, 'is there twice');
      else given.set(column, member);
    }
    const values: Record<string, unknown> = {};
    for (const [column, type] of columns) {
      if (!given.has(column)) continue;
      values[column] = valueIn(line, column, parseMember(type, given.get(column)));
    }
    return record(line, values);
  }

  return {
    problems,
    untrimmed,
    read(line) {
      anything = true;
      if (line.kind === 'broken') complain(line.line, null, line.problem);
      else if (line.kind === 'header') readHeader(line.line, line.names);
      else if (line.kind === 'cells') return readCells(line.line, line.cells);
      else if (line.kind === 'members') return readMembers(line.line, line.members);
      return null;
    },
    end() {
      if (!anything) complain(1, null, 'is empty: there is no header and no row');
    },
  };
}

const total =
  /^(?:(?:grand |sub-?)?totals?|sum|gesamt|(?:gesamt|zwischen)?summe|totale|somme|suma|\(\d+ rows?(?: affected)?\))[:.]?$/i;

/** What programs draw and reckon around rows. @returns to follow "line 7: …"; null for a row */
function drawnProblem(cells: readonly string[], key: number): string | null {
  const said = cells.filter((cell) => !isBlank(cell)).map((cell) => cell.trim());
  if (said.every((cell) => /^[-=]{2,}$/.test(cell)))
    return 'is a line that was drawn, and no row: take it out';
  const isTotal =
    total.test(cells[key]!.trim()) &&
    said.every((cell) => cell === cells[key]!.trim() || /^[\d.,\s]+$/.test(cell));
  return isTotal ? `is a line of totals, and no row: take it out (${visible(cells[key]!.trim())})` : null;
}

const isBlank = (cell: string) => cell.trim() === '';

/** Marks what could not be read; its line is not imported, nor is the file. */
const unusable = Symbol('unusable');

/** Blanks around references and addresses are nobody's wish, nor what a spreadsheet put around an address. The key is tidied where it is looked at. */
function tidied(column: string, value: unknown): unknown {
  if (!isReference(column) && !column.endsWith('email')) return value;
  if (Array.isArray(value)) return value.map((item) => trimmed(item as string));
  const text = typeof value === 'string' ? trimmed(value) || null : value;
  return typeof text === 'string' && column.endsWith('email') ? bareAddress(text) : text;
}

function keyProblem(key: string): string | null {
  if (Buffer.byteLength(key) > mostKeyBytes) return `is longer than ${mostKeyBytes} bytes`;
  return identityProblem(key);
}
