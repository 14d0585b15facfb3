/** What content of any shape says of whoever may have been erased. */
import { expect, it } from 'vitest';
import { identitiesIn } from '../../src/forgotten/content.js';

it('addresses and uuids are found in lists and objects, wherever they are', () => {
  const content = { email: 'jane@mill.test', rest: [{ candidate_uuid: 'u-1' }, 'tom@mill.test', null, 7] };
  expect(new Set(identitiesIn(content))).toEqual(
    new Set([
      { kind: 'email', value: 'jane@mill.test' },
      { kind: 'candidate', value: 'u-1' },
      { kind: 'interview', value: 'u-1' },
    ]),
  );
});

it('content that is nested deeper than the stack is looked through, too', () => {
  const depth = 100_000;
  const nested = JSON.parse(`${'['.repeat(depth)}{"email":"jane@mill.test"}${']'.repeat(depth)}`);
  expect(identitiesIn(nested)).toEqual([{ kind: 'email', value: 'jane@mill.test' }]);
});
