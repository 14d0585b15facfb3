/** Records of CSV, as programs and spreadsheets write it. */
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { Line } from './encoding.js';

/** All at once: csv-parse by itself takes the end of the first line for that of all, and files have both. */
const lineEnds = ['\r\n', '\n', '\r'];
/** Excel's word about the delimiter, in a line of its own before the header. */
const delimiterLine = /^\s*"?sep=(?<delimiter>[^\r\n"])"?[ ,;\t]*(?:\r\n|\n|\r)/i;
/** Two lines that are whole and not empty; a carriage return at the end may be half of a line's end. */
const twoLines = /^\s*(?:\S[^\r\n]*(?:\r\n|\n|\r(?=[^\n]))\s*){2}/;
const longestBeginning = 1_000_000;

/** The delimiter that the header has most of; commas where it has none. */
function delimiterOf(header: string): string {
  const bare = header.replace(/"(?:[^"]|"")*"/g, '');
  const often = (delimiter: string) => bare.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, one) => (often(one) > often(best) ? one : best));
}

export async function* readCsv(texts: AsyncIterable<string>): AsyncGenerator<Line> {
  const parts = texts[Symbol.asyncIterator]();
  let beginning = '';
  while (!twoLines.test(beginning) && beginning.length < longestBeginning) {
    const { value, done } = await parts.next();
    if (done) break;
    beginning += value;
  }
  const said = delimiterLine.exec(beginning);
  const rest = said === null ? beginning : beginning.slice(said[0].length);
  const header = /\S[^\r\n]*/.exec(rest)?.[0] ?? '';
  const delimiter = said?.groups?.delimiter ?? delimiterOf(header);
  async function* all(): AsyncGenerator<string> {
    yield rest;
    yield* { [Symbol.asyncIterator]: () => parts };
  }
  yield* readRecords(all(), delimiter, said === null ? 0 : (said[0].match(/\r\n|\r|\n/g)?.length ?? 0));
}

/** @param last the line before the first one */
async function* readRecords(
  texts: AsyncIterable<string>,
  delimiter: string,
  last: number,
): AsyncGenerator<Line> {
  const parser = parse({
    delimiter,
    info: true,
    record_delimiter: lineEnds,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  const source = Readable.from(texts);
  source.on('error', (error) => parser.destroy(error)).pipe(parser);
  let names: string[] | null = null;
  let empty = 0;
  const before = last;
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { empty_lines: number };
    }>) {
      const line = last + 1 + info.empty_lines - empty;
      empty = info.empty_lines;
      last = line;
      for (const cell of record) {
        if (cell.includes('\n') || cell.includes('\r')) last += cell.match(/\r\n|\r|\n/g)!.length;
      }
      if (names === null) {
        names = record.map((cell) => cell.trim());
        yield { line, kind: 'header', names };
      } else yield { line, kind: 'cells', cells: record };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = before + (typeof error.lines === 'number' ? error.lines : 1);
    yield { line, kind: 'broken', problem: brokenCsv(error) };
  } finally {
    source.destroy();
    parser.destroy();
  }
}

function brokenCsv({ code, message }: CsvError): string {
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'a quote is opened before here and never closed';
  if (code.includes('QUOTE')) {
    return 'has a quote inside a value; write it twice, in a value in quotes. What follows was not read';
  }
  return `cannot be read: ${message}`;
}
