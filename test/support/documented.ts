/** What docs/commands.md shows of an answer with `--json`, beside an answer that was given. */
import { readFileSync } from 'node:fs';

/** The example below a heading. */
export function documented(heading: string): unknown {
  const text = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');
  const [, example] = new RegExp(`^##+ ${heading}$.*?^\`\`\`json\\n(.*?)^\`\`\``, 'ms').exec(text) ?? [];
  return JSON.parse(example!);
}

/** Fields of one that the other does not have, as paths; of lists any element counts, and an empty object has any fields. */
export function fieldsBeside(one: unknown, other: unknown, path = ''): string[] {
  const first = Array.isArray(one) ? one : [one];
  const second = (Array.isArray(other) ? other : [other]).filter(isObject);
  if (second.some((object) => Object.keys(object).length === 0)) return [];
  return [
    ...new Set(
      first.filter(isObject).flatMap((object) =>
        Object.entries(object).flatMap(([name, value]) => {
          const at = path === '' ? name : `${path}.${name}`;
          const there = second.filter((beside) => name in beside);
          if (there.length === 0) return second.length === 0 ? [] : [at];
          return fieldsBeside(
            value,
            there.flatMap((beside) => beside[name]),
            at,
          );
        }),
      ),
    ),
  ];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
