/** Conflicts as people name them: what is printed is understood. */
import { expect, it } from 'vitest';
import { decidableName, decidedOf, distinct } from '../../../src/conflicts/conflicts.js';

it.each([
  [{ id: 7 }, '7'],
  [{ id: 7, revision: 2 }, '7.2'],
  [{ id: 4_000_000_000, revision: 12 }, '4000000000.12'],
])('%j is called %s, and is meant by it', (decided, name) => {
  expect(decidableName(decided)).toBe(name);
  expect(decidedOf(name)).toEqual(decided);
});

it('says nothing of the first revision', () => expect(decidableName({ id: 7, revision: 1 })).toBe('7'));

it.each(['', ' ', 'x', '-1', '1.5.2', '7.', '.2', '1e3', '7,2', '99999999999999999999'])(
  'understands no conflict by %j',
  (text) => expect(decidedOf(text)).toBeNull(),
);

it('decides each once, and with the revision that was named', () => {
  expect(distinct([{ id: 1 }, { id: 2, revision: 3 }, { id: 1, revision: 2 }, { id: 2 }, { id: 3 }])).toEqual(
    [{ id: 1, revision: 2 }, { id: 2, revision: 3 }, { id: 3 }],
  );
});
