/** Records of JSON: one object a line (NDJSON), or a list of objects. */
import type { Line } from './encoding.js';
import { lossProblem } from './json-text.js';

/** Of a single object that is written over many lines. */
const beginsObject = /^\{(?:[^}]*[{[,])?\s*$/;

/** One object a line; or one over many lines, which is read as the only one of a list. */
export async function* readObjects(texts: AsyncIterable<string>): AsyncGenerator<Line> {
  const parts = texts[Symbol.asyncIterator]();
  let beginning = '';
  let line: string | undefined;
  while (line === undefined) {
    const { value, done } = await parts.next();
    if (done) break;
    beginning += value;
    if (value.includes('\n')) line = /\S.*(?=\n)/.exec(beginning)?.[0];
  }
  const isSpread = beginsObject.test(line ?? '');
  async function* all(): AsyncGenerator<string> {
    yield isSpread ? `[${beginning}` : beginning;
    yield* { [Symbol.asyncIterator]: () => parts };
    if (isSpread) yield ']';
  }
  if (!isSpread) yield* readNdjson(all());
  else
    for await (const found of readList(all()))
      yield found.kind === 'broken' ? { ...found, problem: `${found.problem}: ${asLines}` } : found;
}

const asLines = 'write each object on a line of its own, or all of them as a list in [ ]';

export async function* readNdjson(texts: AsyncIterable<string>): AsyncGenerator<Line> {
  let line = 0;
  let rest = '';
  for await (const text of texts) {
    // What is there of a line is not looked at again: it may be of a hundred megabytes.
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const found = membersOf(rest + text.slice(from, end), ++line);
      if (found !== null) yield found;
      rest = '';
      from = end + 1;
    }
    rest += text.slice(from);
  }
  const found = membersOf(rest, line + 1);
  if (found !== null) yield found;
}

/** null for an empty text */
function membersOf(text: string, line: number): Line | null {
  const json = text.replace(/^\uFEFF/, '').trim();
  if (json === '') return null;
  try {
    const members: unknown = JSON.parse(json);
    if (typeof members === 'object' && members !== null && !Array.isArray(members)) {
      const problem = lossProblem(json);
      if (problem !== null) return { line, kind: 'broken', problem };
      return { line, kind: 'members', members: members as Record<string, unknown> };
    }
    return { line, kind: 'broken', problem: 'is not a JSON object' };
  } catch {
    return { line, kind: 'broken', problem: 'is not JSON' };
  }
}

/** The elements of one list, each read by itself, so that a list may be of any length. */
export async function* readList(texts: AsyncIterable<string>): AsyncGenerator<Line> {
  const broken = (problem: string): Line => ({ line, kind: 'broken', problem });
  let line = 1;
  let depth = 0;
  let inString = false;
  let isEscaped = false;
  let isOver = false;
  let element = '';
  let elementLine = 1;
  let elements = 0;
  for await (const text of texts) {
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const char = text[at]!;
      if (char === '\n') line++;
      if (inString) {
        if (isEscaped) isEscaped = false;
        else if (char === '\\') isEscaped = true;
        else if (char === '"') inString = false;
        continue;
      }
      if (isOver) {
        if (char.trim() === '') continue;
        yield broken('is behind the end of the list');
        return;
      }
      if (char === '"') inString = true;
      else if (char === '[' || char === '{') depth++;
      else if (char === ']' || char === '}') depth--;
      if (depth === 1 && char === '[') {
        from = at + 1;
        elementLine = line;
      } else if (depth === 0 && char !== ']' && char.trim() !== '') {
        yield broken('is not JSON');
        return;
      } else if (depth === 0 || (depth === 1 && char === ',')) {
        if (char.trim() === '') continue;
        element += text.slice(from, at);
        const blanks = element.slice(0, element.length - element.trimStart().length);
        const found = membersOf(element, elementLine + (blanks.match(/\n/g)?.length ?? 0));
        if (found !== null) yield found;
        else if (char === ',' || elements > 0) yield broken('has a comma too many');
        else yield { line, kind: 'none' };
        elements++;
        element = '';
        from = at + 1;
        elementLine = line;
        isOver = depth === 0;
      }
    }
    if (depth > 0) element += text.slice(from);
  }
  if (!isOver) yield broken('is the end, and a bracket is not closed: the file is not whole');
}
