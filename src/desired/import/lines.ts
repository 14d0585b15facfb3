/** Lines of an imported file: CSV with a header, NDJSON, or a JSON list. */
import { readCsv } from './csv.js';
import { decoded, type Line, saveAsCsv } from './encoding.js';
import { readList, readObjects } from './json.js';

export type FileFormat = 'csv' | 'ndjson' | 'list';

/** By the ending of the name, else by how the content begins; a list is known by its bracket. */
export function formatOf(name: string, beginning: string): FileFormat {
  if (/\.(csv|tsv)$/i.test(name)) return 'csv';
  if (/^\s*\[/.test(beginning)) return 'list';
  return /\.(ndjson|jsonl|json)$/i.test(name) || /^\s*\{/.test(beginning) ? 'ndjson' : 'csv';
}

/** @param name of the file, for its ending */
export async function* readLines(source: AsyncIterable<Buffer>, name: string): AsyncGenerator<Line> {
  const texts = decoded(source);
  let beginning = '';
  let broken: { brokenLine: number; problem: string } | null = null;
  while (beginning.trim() === '' && broken === null) {
    const { value, done } = await texts.next();
    if (done) break;
    if ('brokenLine' in value) broken = value;
    else beginning += value.text;
  }
  async function* all(): AsyncGenerator<string> {
    yield beginning;
    if (broken !== null) return;
    for await (const part of texts) {
      if ('text' in part) yield part.text;
      else broken = part;
    }
  }
  if (/^\s*</.test(beginning)) {
    const problem = `is HTML or XML, whatever the file is named: ${saveAsCsv}`;
    yield { line: 1, kind: 'broken', problem };
    return;
  }
  const format = formatOf(name, beginning);
  if (format === 'list') yield* readList(all());
  else yield* format === 'ndjson' ? readObjects(all()) : readCsv(all());
  if (broken !== null) yield { line: broken.brokenLine, kind: 'broken', problem: broken.problem };
}
