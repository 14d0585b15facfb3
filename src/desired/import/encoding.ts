/** The bytes of an imported file as text: UTF-8, or UTF-16 as Excel writes it. */

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/**
 * By the byte order mark, else by the NULs that UTF-16 has beside plain letters; a file begins with the name of a column
 * or with a bracket.
 */
function encodingOf(beginning: Buffer): Encoding {
  const [a, b, c, d] = beginning;
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (a !== 0 && b === 0 && c !== 0 && d === 0) return 'utf-16le';
  return a === 0 && b !== 0 && c === 0 && d !== 0 ? 'utf-16be' : 'utf-8';
}

export const saveAsCsv = 'save it as "CSV UTF-8", and import that';

/** A record of the file, or what keeps it from being one. `line` is where it begins, counted from 1. */
export type Line =
  | { line: number; kind: 'header'; names: string[] }
  | { line: number; kind: 'cells'; cells: string[] }
  | { line: number; kind: 'members'; members: Record<string, unknown> }
  /** A list that has no records. */
  | { line: number; kind: 'none' }
  | { line: number; kind: 'broken'; problem: string };

/** Files that are no text, by their first bytes, as Latin-1. */
const others: ReadonlyArray<readonly [RegExp, string]> = [
  [/^PK\x03\x04/, 'is no text, but an Excel workbook (.xlsx) or another packed file'],
  [/^\xd0\xcf\x11\xe0/, 'is no text, but an old Excel workbook (.xls)'],
  [/^%PDF/, 'is a PDF'],
  [/^\x1f\x8b/, 'is packed with gzip'],
  [/^(?:\xff\xfe\0\0|\0\0\xfe\xff|[^\0]\0\0\0|\0\0\0[^\0])/, 'is written in UTF-32'],
];

/** Counts lines, whichever end they have: a carriage return and a line feed that follows it are one. */
function lineCounter() {
  let line = 1;
  let afterReturn = false;
  return (text: string): number => {
    if (text !== '') {
      line += text.match(/\r\n|\r|\n/g)?.length ?? 0;
      if (afterReturn && text.startsWith('\n')) line--;
      afterReturn = text.endsWith('\r');
    }
    return line;
  };
}

/** The text without a byte order mark; the line on which it stops being text, and why, if it does. */
export async function* decoded(
  source: AsyncIterable<Buffer>,
): AsyncGenerator<{ text: string } | { brokenLine: number; problem: string }> {
  let decoder: InstanceType<typeof TextDecoder> | null = null;
  let encoding: Encoding = 'utf-8';
  let beginning = Buffer.alloc(0);
  const count = lineCounter();
  const broken = (bytes: Buffer) => {
    const readable = new TextDecoder(encoding).decode(bytes);
    const bad = readable.indexOf('\uFFFD');
    const advice = encoding === 'utf-8' ? 'save the file as UTF-8 (in Excel: CSV UTF-8)' : 'save it as UTF-8';
    const problem = `is not ${encoding.slice(0, 6).toUpperCase()}; ${advice}. What follows was not read`;
    return { brokenLine: count(bad < 0 ? readable : readable.slice(0, bad)), problem };
  };
  async function* chunks(): AsyncGenerator<Buffer> {
    for await (const bytes of source) {
      if (decoder !== null) yield bytes;
      else {
        // Four bytes tell the encoding.
        beginning = Buffer.concat([beginning, bytes]);
        if (beginning.length >= 4) yield beginning;
      }
    }
    if (decoder === null) yield beginning;
  }
  for await (const bytes of chunks()) {
    if (decoder === null) {
      const other = others.find(([form]) => form.test(bytes.subarray(0, 4).toString('latin1')));
      if (other !== undefined) {
        yield { brokenLine: 1, problem: `${other[1]}: ${saveAsCsv}` };
        return;
      }
      encoding = encodingOf(bytes);
      decoder = new TextDecoder(encoding, { fatal: true });
    }
    let text: string;
    try {
      text = decoder.decode(bytes, { stream: true });
    } catch {
      yield broken(bytes);
      return;
    }
    count(text);
    yield { text };
  }
  try {
    decoder!.decode();
  } catch {
    yield broken(Buffer.alloc(0));
  }
}
