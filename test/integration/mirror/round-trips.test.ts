/** How often storing a page waits for PostgreSQL: with little in a page, that is most of what it takes. */
import pg from 'pg';
import { expect, it, vi } from 'vitest';
import { storeRows } from '../../../src/mirror/store.js';
import { listed, useMirror, user } from './fixture.js';

const mirror = useMirror();
const users = (count: number, words = {}) =>
  Array.from({ length: count }, (_, n) => listed('users', user(n + 1, words)));

const nameOf = ({ name, text }: { name?: string; text: string }) => name ?? text.trim().split(/\W/, 1)[0]!;

/** What was sent to PostgreSQL meanwhile: the name of what is kept prepared, else how it begins. */
async function sent(work: () => Promise<unknown>): Promise<string[]> {
  await mirror.sql('select');
  const asked = vi.spyOn(pg.Client.prototype, 'query');
  const { calls } = asked.mock as unknown as { calls: Array<[string | { name?: string; text: string }]> };
  try {
    await work();
    return calls.map(([sql]) => (typeof sql === 'string' ? { text: sql } : sql)).map(nameOf);
  } finally {
    asked.mockRestore();
  }
}

it('a page of new rows takes five statements, one of changed rows too, and an unchanged one three', async () => {
  const page = ['begin', 'select', 'copy', 'record_changes', 'commit'];
  expect(await sent(() => mirror.store('users', users(3)))).toEqual(page);
  expect(await sent(() => mirror.store('users', users(3)))).toEqual(['begin', 'select', 'commit']);
  const renamed = users(3, { name: 'Other' });
  expect(await sent(() => mirror.store('users', renamed))).toEqual(
    page.map((name) => name.replace('copy', 'merge_users')),
  );
});

it('a batch that fails takes only itself along, whatever its transaction did before', async () => {
  const odd = { ...listed('users', user(5)), uuid: 'no uuid' };
  await mirror.transaction(async (tx) => {
    await tx.query(
      `insert into sync.checkpoints (account, kind, resource) values ('default', 'tick', 'made before')`,
    );
    expect(await storeRows(tx, 'users', [listed('users', user(4)), odd])).toMatchObject({
      created: 1,
      quarantined: 1,
    });
  });
  expect(await mirror.sql(`select from sync.checkpoints where resource = 'made before'`)).toHaveLength(1);
});
