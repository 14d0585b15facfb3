/** How often storing a page waits for PostgreSQL: with little in a page, that is most of what it takes. */
import pg from 'pg';
import { expect, it, vi } from 'vitest';
import { type StoreCounts, storeRows } from '../../../src/mirror/store.js';
import { listed, useMirror, user, uuidAt } from './fixture.js';

const mirror = useMirror();
const users = (count: number, words = {}, from = 1) =>
  Array.from({ length: count }, (_, n) => listed('users', user(n + from, words)));

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

it('a page taken for new takes one less, and where one of its rows is stored all of them are merged', async () => {
  const store = (from: number, words = {}) => mirror.store('users', users(3, words, from), { areNew: true });
  expect(await sent(() => store(11))).toEqual(['begin', 'copy', 'record_changes', 'commit']);
  let counts: StoreCounts | undefined;
  const overtaken = await sent(async () => {
    counts = await store(13, { name: 'Other' });
  });
  expect(overtaken).toEqual([
    'begin',
    'copy',
    'rollback',
    'release',
    'merge_users',
    'record_changes',
    'commit',
  ]);
  expect(counts).toMatchObject({ created: 2, updated: 1, unchanged: 0, quarantined: 0 });
  // What is older than what is stored does not replace it.
  const older = { name: 'Older', updated_at: '2001-01-01T00:00:00+00:00' };
  expect(await store(15, older)).toMatchObject({ created: 2, updated: 0, unchanged: 1 });
  expect((await mirror.row('users', uuidAt(15))).name).toBe('Other');
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
