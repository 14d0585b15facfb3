import { expect, it } from 'vitest';
import { freshSign } from '../../../src/db/locks/held.js';

it('a connection that gives no sign that it holds its locks is told of as a database that is not reached', async () => {
  const { signal } = new AbortController();
  const confirm = freshSign(signal, async () => {
    throw new Error('Query read timeout');
  });
  await expect(confirm()).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
});
