/** What is wrong with what was asked, in words of whoever asks: names of what they gave, and what it can be. */
import type { z } from 'zod';

type Problem = z.core.$ZodRawIssue;

const types: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'an object',
  boolean: 'true or false',
};

/** Words for what a schema has none of its own for. */
export function wordsOf(problem: Problem): string {
  switch (problem.code) {
    case 'invalid_type':
      return problem.input === undefined
        ? 'is missing'
        : `must be ${types[problem.expected] ?? 'something else'}`;
    case 'invalid_value':
      return problem.input === undefined ? 'is missing' : `must be ${oneOf(problem.values.map(String))}`;
    case 'too_big':
      return `must be at most ${problem.maximum}${sizes[problem.origin] ?? ''}`;
    case 'too_small':
      return `must be ${problem.inclusive === false ? 'more than' : 'at least'} ${problem.minimum}${sizes[problem.origin] ?? ''}`;
    case 'unrecognized_keys':
      return `there is no ${problem.keys.join(', ')}`;
    case 'invalid_format':
      return problem.format === 'uuid'
        ? 'must be an id of Spark Hire (a UUID)'
        : 'is not written as it has to be';
    default:
      return 'cannot be used';
  }
}

const sizes: Readonly<Record<string, string>> = { string: ' characters', array: ' of them' };

function oneOf(values: readonly string[]): string {
  const last = values.at(-1)!;
  return values.length === 1 ? last : `${values.slice(0, -1).join(', ')} or ${last}`;
}

/** All that is wrong, as one sentence; null if nothing is. */
export function told(problems: ReadonlyArray<Pick<z.core.$ZodIssue, 'path' | 'message'>>): string | null {
  if (problems.length === 0) return null;
  return problems
    .map(({ path, message }) => `${path.length === 0 ? 'what was asked' : path.join('.')}: ${message}`)
    .join('; ');
}
