/**
 * Two writers of the same new rows: the one that comes second merges instead of failing.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import { inTransaction, type Transaction } from '../../../src/db/database.js';
import { storeRows } from '../../../src/mirror/store.js';
import { listed, useMirror, user, uuidAt } from './fixture.js';

const mirror = useMirror();

/** Resolves once a statement in this database waits for another transaction. */
async function somebodyWaits(): Promise<void> {
  for (;;) {
    const [{ waiting }] = (await mirror.sql<{ waiting: number }>(
      `select count(*)::int as waiting from pg_stat_activity
       where datname = current_database() and wait_event = 'transactionid'`,
    )) as [{ waiting: number }];
    if (waiting > 0) return;
  }
}

const later = '2031-02-01T08:00:01+00:00';

it('rows that somebody else inserts between the look and the COPY are merged, the others created', async () => {
  let second: Promise<unknown> | undefined;
  // Writers of an account take turns; this one knows nothing of it, and records no changes.
  const beginsAlone = async (tx: Transaction) => {
    const unordered = { ...tx, account: 'default', changes: [], forgotten: null, isFresh: true };
    await storeRows(unordered, 'users', [listed('users', user(1)), listed('users', user(2))]);
    second = mirror.store('users', [
      listed('users', user(1, { name: 'Newer', updated_at: later })),
      listed('users', user(2)),
      listed('users', user(3)),
    ]);
    await somebodyWaits();
  };
  await inTransaction(mirror.db, beginsAlone, 'savepoint batch');
  expect(await second).toEqual({ read: 3, created: 1, updated: 1, unchanged: 1, quarantined: 0 });
  expect((await mirror.rows('users')).map(({ name }) => name)).toEqual(['Newer', 'User 2', 'User 3']);
  const changes = (await mirror.newChanges()).map(({ uuid, change }) => [uuid, change]);
  expect(changes.sort()).toEqual([
    [uuidAt(1), 'updated'],
    [uuidAt(3), 'created'],
  ]);
});

it('a unique index that somebody put on the table fails the batch instead of trying forever', async () => {
  await mirror.sql('create unique index once_only on sparkhire.companies (account)');
  await mirror.sql(
    `insert into sparkhire.companies (account, uuid, raw) values ('default', '${uuidAt(8)}', '{}')`,
  );
  const company = listed('companies', { uuid: uuidAt(9), name: 'Another' });
  await expect(mirror.store('companies', [company])).rejects.toMatchObject({
    code: 'DATABASE_REFUSED',
  });
});
