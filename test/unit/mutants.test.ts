/** The deliberate faults of the simulation are about the code as it is. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { mutants } from '../simulation/mutants.mjs';

it.each(mutants)('a deliberate fault has its place in the code: $name', ({ file, find, put }) => {
  const text = readFileSync(new URL(`../../src/${file}`, import.meta.url), 'utf8');
  expect(text.split(find)).toHaveLength(2);
  expect(put).not.toBe(find);
});
