/** What a database remembers of where an account was last worked on, and whether a copy of it knows that it is one. */
import { expect, it, onTestFinished } from 'vitest';
import { type Database, inTransaction, openDatabase, query } from '../../../src/db/database.js';
import { noteWorkBegins, type Place, settleHere } from '../../../src/db/locks/home.js';
import { copyTestDatabase, createTestDatabase, type TestDatabase } from '../../support/database.js';

function opened(database: TestDatabase): { db: Database; url: string } {
  const db = openDatabase(database.url);
  onTestFinished(async () => {
    await db.destroy();
    await database.drop();
  });
  return { db, url: database.url };
}

const begin = (db: Database, account = 'a') =>
  noteWorkBegins(db, account, { apiKey: 'a key', rateLimit: 400, rateWindowMs: 60_000 });
/** Something was written to Spark Hire. */
const write = (db: Database) =>
  query(
    db,
    `insert into sync.intents (account, resource, ats_id, action, fingerprint, state, sent_at)
     values ('a', 'jobs', 'J-1', 'create', 'x', 'confirmed', now())`,
  );
const movedAt = async (db: Database, account = 'a') =>
  (
    await query<{ at: Date | null }>(db, 'select moved_at as at from sync.accounts where account = $1', [
      account,
    ])
  )[0]!.at;

it('a copy of a database that has written to Spark Hire has moved, until a person says otherwise', async () => {
  const { db, url } = opened(await createTestDatabase());
  expect(await begin(db)).toEqual({ moved: false });
  await write(db);
  expect(await begin(db)).toEqual({ moved: false });
  await db.destroy();
  const copy = opened(await copyTestDatabase(url));
  expect(await begin(copy.db)).toEqual({ moved: true });
  const since = await movedAt(copy.db);
  expect(since).not.toBeNull();
  expect(await begin(copy.db)).toEqual({ moved: true });
  expect(await movedAt(copy.db)).toEqual(since);
  // An account that the copy is the first to know.
  expect(await begin(copy.db, 'b')).toEqual({ moved: false });
  await settleHere(copy.db, 'a');
  expect(await begin(copy.db)).toEqual({ moved: false });
  expect(await movedAt(copy.db)).toBeNull();
  // The original never knew.
  const original = openDatabase(url);
  onTestFinished(() => original.destroy());
  expect(await begin(original)).toEqual({ moved: false });
});

it('a copy of a database that has written nothing is at home where it is', async () => {
  const { db, url } = opened(await createTestDatabase());
  await begin(db);
  await db.destroy();
  const copy = opened(await copyTestDatabase(url));
  expect(await begin(copy.db)).toEqual({ moved: false });
  await write(copy.db);
  expect(await begin(copy.db)).toEqual({ moved: false });
});

it('a database from before it was remembered is at home where it is', async () => {
  const { db } = opened(await createTestDatabase());
  await begin(db);
  await write(db);
  await query(db, 'update sync.accounts set home = null');
  expect(await begin(db)).toEqual({ moved: false });
  const [{ known }] = (await query(db, 'select home is not null as known from sync.accounts')) as [
    { known: boolean },
  ];
  expect(known).toBe(true);
});

it('one that was restored from a dump of that time has moved, until a person says otherwise', async () => {
  const { db } = opened(await createTestDatabase());
  await begin(db);
  await query(db, 'update sync.accounts set home = null');
  // As a restore does: the rows of a table come in one transaction.
  await inTransaction(db, async ({ query: ask }) => {
    await ask('create temporary table migrations on commit drop as select * from sync.migrations');
    await ask('delete from sync.migrations');
    await ask('insert into sync.migrations select * from migrations');
  });
  // It has written nothing.
  expect(await begin(db)).toEqual({ moved: false });
  await query(db, 'update sync.accounts set home = null');
  await write(db);
  expect(await begin(db)).toEqual({ moved: true });
  const since = await movedAt(db);
  expect(since).not.toBeNull();
  expect(await begin(db)).toEqual({ moved: true });
  expect(await movedAt(db)).toEqual(since);
  await settleHere(db, 'a');
  expect(await begin(db)).toEqual({ moved: false });
});

it('a host that does not let anybody ask for its cluster is none the less told from a copy', async () => {
  const { db } = opened(await createTestDatabase());
  const asked = inTransaction(db, async ({ query: ask }) => {
    await ask('revoke execute on function pg_control_system() from public');
    await ask('create role nobody_special; grant usage on schema sync to nobody_special');
    await ask('set local role nobody_special');
    const [row] = await ask<{ here: Place }>('select sync.here() as here');
    throw Object.assign(new Error('undone'), row);
  });
  await expect(asked).rejects.toMatchObject({
    here: { cluster: null, database: expect.any(Number), bookkeeping: expect.any(Number) },
  });
});
