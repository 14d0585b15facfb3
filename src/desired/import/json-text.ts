/** What JSON says and what reads it loses without a word: the first of two members of one name, digits of fractions. */

const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** @param json valid JSON. @returns what would be lost, to follow "it …"; null if nothing */
export function lossProblem(json: string): string | null {
  const open: Array<Set<string>> = [];
  for (let at = 0; at < json.length; at++) {
    const char = json[at]!;
    if (char === '"') {
      const end = endOfString(json, at);
      if (isName(json, end + 1)) {
        const name = JSON.parse(json.slice(at, end + 1)) as string;
        const names = open.at(-1)!;
        if (names.has(name))
          return `has the member ${JSON.stringify(name)} twice in one object: leave one of them`;
        names.add(name);
      }
      at = end;
    } else if (char === '{' || char === '[') open.push(new Set());
    else if (char === '}' || char === ']') open.pop();
    else if (char === '-' || (char >= '0' && char <= '9')) {
      number.lastIndex = at;
      const [text] = number.exec(json)!;
      const read = Number(text);
      // What is too large is told with its column.
      if (/[.e]/i.test(text) && Number.isFinite(read) && digits(text) !== digits(String(read)))
        return `holds a number of more digits than JSON keeps, ${text.slice(0, 40)}: write it in quotes`;
      at += text.length - 1;
    }
  }
  return null;
}

function endOfString(json: string, from: number): number {
  for (let at = from + 1; ; at++) {
    at = json.indexOf('"', at);
    let escapes = 0;
    while (json[at - 1 - escapes] === '\\') escapes++;
    if (escapes % 2 === 0) return at;
  }
}

/** Whether a colon follows. */
function isName(json: string, from: number): boolean {
  let at = from;
  while (/\s/.test(json[at] ?? '')) at++;
  return json[at] === ':';
}

/** Those that count. */
function digits(text: string): string {
  return text
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '');
}
