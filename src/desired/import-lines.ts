/** Lines of an imported file: CSV with a header, or NDJSON. */
import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { CsvError, parse } from 'csv-parse';

/** A record of the file, or what keeps it from being one. `line` is where it begins, counted from 1. */
export type Line =
  | { line: number; kind: 'header'; names: string[] }
  | { line: number; kind: 'cells'; cells: string[] }
  | { line: number; kind: 'members'; members: Record<string, unknown> }
  | { line: number; kind: 'broken'; problem: string };

export type FileFormat = 'csv' | 'ndjson';

/** By the ending of the name, else by how the content begins. */
export function formatOf(name: string, beginning: string): FileFormat {
  if (/\.(ndjson|jsonl)$/i.test(name)) return 'ndjson';
  if (/\.csv$/i.test(name)) return 'csv';
  return /^\uFEFF?\s*\{/.test(beginning) ? 'ndjson' : 'csv';
}

/** The bytes as text, and the line on which they stop being UTF-8, if they do. */
async function* decoded(
  source: AsyncIterable<Buffer>,
): AsyncGenerator<{ text: string } | { brokenLine: number }> {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let line = 1;
  const lineBreaks = (text: string) => text.split('\n').length - 1;
  for await (const bytes of source) {
    let text: string;
    try {
      text = strict.decode(bytes, { stream: true });
    } catch {
      const readable = new StringDecoder('utf8').write(bytes);
      const bad = readable.indexOf('\uFFFD');
      yield { brokenLine: line + lineBreaks(bad < 0 ? readable : readable.slice(0, bad)) };
      return;
    }
    line += lineBreaks(text);
    yield { text };
  }
  try {
    strict.decode();
  } catch {
    yield { brokenLine: line };
  }
}

const notUtf8 = 'is not UTF-8; save the file as UTF-8. What follows was not read';

/** @param name of the file, for its ending */
export async function* readLines(source: AsyncIterable<Buffer>, name: string): AsyncGenerator<Line> {
  const texts = decoded(source);
  let beginning = '';
  let broken: number | null = null;
  while (beginning.trim() === '') {
    const { value, done } = await texts.next();
    if (done) break;
    if ('brokenLine' in value) broken = value.brokenLine;
    else beginning += value.text;
  }
  async function* all(): AsyncGenerator<string> {
    yield beginning;
    if (broken !== null) return;
    for await (const part of texts) {
      if ('text' in part) yield part.text;
      else broken = part.brokenLine;
    }
  }
  yield* formatOf(name, beginning) === 'ndjson' ? readNdjson(all()) : readCsv(all());
  if (broken !== null) yield { line: broken, kind: 'broken', problem: notUtf8 };
}

async function* readNdjson(texts: AsyncIterable<string>): AsyncGenerator<Line> {
  let line = 0;
  let rest = '';
  for await (const text of texts) {
    const parts = (rest + text).split('\n');
    rest = parts.pop()!;
    for (const part of parts) {
      const found = memberLine(part, ++line);
      if (found !== null) yield found;
    }
  }
  const found = memberLine(rest, line + 1);
  if (found !== null) yield found;
}

function memberLine(text: string, line: number): Line | null {
  const json = text.replace(/^\uFEFF/, '').trim();
  if (json === '') return null;
  try {
    const members: unknown = JSON.parse(json);
    if (typeof members === 'object' && members !== null && !Array.isArray(members)) {
      return { line, kind: 'members', members: members as Record<string, unknown> };
    }
    return { line, kind: 'broken', problem: 'is not a JSON object' };
  } catch {
    return { line, kind: 'broken', problem: 'is not JSON' };
  }
}

async function* readCsv(texts: AsyncIterable<string>): AsyncGenerator<Line> {
  const parser = parse({ bom: true, info: true, relax_column_count: true, skip_empty_lines: true });
  const source = Readable.from(texts);
  source.on('error', (error) => parser.destroy(error)).pipe(parser);
  // Where a record begins: behind the end of the one before it, and the empty lines in between.
  let names: string[] | null = null;
  let last = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      const breaks = record.reduce((sum, cell) => sum + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0);
      const line = Math.max(last + 1, info.lines - breaks);
      last = info.lines;
      if (names === null) {
        names = record.map((cell) => cell.trim());
        yield { line, kind: 'header', names };
      } else yield { line, kind: 'cells', cells: record };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === 'number' ? error.lines : last + 1;
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
