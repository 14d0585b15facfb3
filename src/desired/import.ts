/** Rows of a file into a table of schema ats: all of them, or none. */
import { type Database, inTransaction, type Transaction } from '../db/database.js';
import { SyncError } from '../errors.js';
import { type Line, readLines } from './import-lines.js';
import { type Parsed, parseCell, parseMember, shown } from './import-values.js';
import { type AtsTable, type AtsTableName, atsTables, type ColumnType } from './tables.js';

export interface ImportCounts {
  rows: number;
  created: number;
  updated: number;
  unchanged: number;
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

const batchRows = 2000;
/** What fits into an index together with the account. */
const mostKeyBytes = 1000;

export interface ImportOptions {
  account: string;
  table: AtsTableName;
  /** The content, in UTF-8. */
  source: AsyncIterable<Buffer>;
  /** Of the file: its ending tells the format, and messages name it. */
  name: string;
  signal?: AbortSignal;
}

/**
 * Rows that are there already get the columns that the file has; others stay as they are.
 * @throws ImportError; what reading the source throws
 */
export function importFile(db: Database, options: ImportOptions): Promise<ImportCounts> {
  const { account, name, signal } = options;
  const table = atsTables[options.table];
  return inTransaction(db, async (tx) => {
    const counts: ImportCounts = { rows: 0, created: 0, updated: 0, unchanged: 0 };
    const reader = recordReader(table);
    // Rows with the same columns are written together: by names of their columns.
    const waiting = new Map<string, Record<string, unknown>[]>();
    const flush = async (columns: string, rows: Record<string, unknown>[]) => {
      waiting.delete(columns);
      await upsert(tx, account, table, columns.split(','), rows, counts);
    };
    let held = 0;
    for await (const line of readLines(options.source, name)) {
      signal?.throwIfAborted();
      const record = reader.read(line);
      if (record === null || reader.problems.length > 0) continue;
      counts.rows++;
      const columns = Object.keys(record).join(',');
      const rows = waiting.get(columns) ?? [];
      waiting.set(columns, rows);
      rows.push(record);
      held++;
      if (rows.length === batchRows || held >= 10 * batchRows) {
        const full = rows.length === batchRows ? [[columns, rows] as const] : [...waiting];
        for (const [same, all] of full) {
          held -= all.length;
          await flush(same, all);
        }
      }
    }
    reader.end();
    if (reader.problems.length > 0) throw new ImportError(reader.problems, name);
    for (const [columns, rows] of [...waiting]) await flush(columns, rows);
    counts.unchanged = counts.rows - counts.created - counts.updated;
    return counts;
  });
}

interface RecordReader {
  problems: LineProblem[];
  /** The values by column, in the order of the table; null for a header and for a wrong line. */
  read(line: Line): Record<string, unknown> | null;
  end(): void;
}

function recordReader(table: AtsTable): RecordReader {
  const types = new Map<string, ColumnType>([[table.key, 'text'], ...table.columns]);
  const problems: LineProblem[] = [];
  const firstLines = new Map<string, number>();
  let header: string[] | null = null;
  let anything = false;

  function complain(line: number, column: string | null, problem: string): void {
    problems.push({ line, column, problem });
  }

  function record(line: number, given: Map<string, Parsed>): Record<string, unknown> | null {
    const before = problems.length;
    const values: Record<string, unknown> = {};
    for (const column of types.keys()) {
      const parsed = given.get(column);
      if (parsed === undefined) continue;
      if ('problem' in parsed) complain(line, column, parsed.problem);
      else values[column] = parsed.value;
    }
    const key = values[table.key];
    if (key === null || key === undefined) {
      if (problems.length === before) complain(line, table.key, 'is missing');
      else if (!(given.has(table.key) && 'problem' in given.get(table.key)!))
        complain(line, table.key, 'is missing');
      return null;
    }
    if (Buffer.byteLength(key as string) > mostKeyBytes) {
      complain(line, table.key, `is longer than ${mostKeyBytes} bytes`);
      return null;
    }
    const first = firstLines.get(key as string);
    if (first === undefined) firstLines.set(key as string, line);
    else complain(line, table.key, `${shown(key as string)} was on line ${first} already`);
    return problems.length === before ? values : null;
  }

  function readHeader(line: number, names: string[]): void {
    header = names;
    for (const [index, name] of names.entries()) {
      if (!types.has(name)) complain(line, null, unknownColumn(name, index, types));
      else if (names.indexOf(name) !== index) complain(line, name, 'is there twice');
    }
    if (!names.includes(table.key)) complain(line, table.key, `is missing: the header needs it`);
  }

  return {
    problems,
    read(line) {
      anything = true;
      if (line.kind === 'broken') complain(line.line, null, line.problem);
      else if (line.kind === 'header') readHeader(line.line, line.names);
      else if (line.kind === 'cells') {
        const names = header!;
        if (line.cells.length !== names.length) {
          complain(line.line, null, `has ${line.cells.length} values, the header has ${names.length}`);
          return null;
        }
        const known = names.flatMap((name, index): Array<[string, Parsed]> => {
          const type = types.get(name);
          return type === undefined ? [] : [[name, parseCell(type, line.cells[index]!)]];
        });
        // Without the column there is nothing to say about its cells.
        return names.includes(table.key) ? record(line.line, new Map(known)) : null;
      } else {
        const given = new Map<string, Parsed>();
        for (const [name, member] of Object.entries(line.members)) {
          const type = types.get(name);
          if (type === undefined) complain(line.line, null, unknownColumn(name, 0, types));
          else given.set(name, parseMember(type, member));
        }
        return record(line.line, given);
      }
      return null;
    },
    end() {
      if (!anything) complain(1, null, 'is empty: there is no header and no row');
    },
  };
}

function unknownColumn(name: string, index: number, types: ReadonlyMap<string, unknown>): string {
  if (name === '') return `the header has no name for column ${index + 1}`;
  if (name === 'account') return 'account is no column of the file: choose it with --account';
  const known = [...types.keys()];
  const hint = /[;\t|]/.test(name)
    ? 'separate values with commas'
    : `put what is your own into extra, as JSON`;
  return `${shown(name)} is no column: ${hint}. Columns are ${known.join(', ')}`;
}

async function upsert(
  tx: Transaction,
  account: string,
  table: AtsTable,
  columns: readonly string[],
  rows: readonly Record<string, unknown>[],
  counts: ImportCounts,
): Promise<void> {
  const types = new Map<string, string>([[table.key, 'text'], ...table.columns]);
  const others = columns.filter((column) => column !== table.key);
  const list = (names: readonly string[], prefix = '') => names.map((name) => `${prefix}${name}`).join(', ');
  // A row that is the same already is not touched.
  const conflict =
    others.length === 0
      ? 'do nothing'
      : `do update set ${others.map((name) => `${name} = excluded.${name}`).join(', ')}
         where (${list(others, 't.')}) is distinct from (${list(others, 'excluded.')})`;
  const [written] = await tx.query<{ created: number; updated: number }>(
    `with written as (
       insert into ats.${table.name} as t (account, ${list(columns)})
       select $1, ${list(columns)} from json_to_recordset($2::json)
         as r(${columns.map((column) => `${column} ${types.get(column)}`).join(', ')})
       on conflict (account, ${table.key}) ${conflict}
       returning xmax = 0 as created)
     select count(*) filter (where created)::int as created, count(*) filter (where not created)::int as updated
     from written`,
    [account, JSON.stringify(rows)],
  );
  counts.created += written!.created;
  counts.updated += written!.updated;
}
