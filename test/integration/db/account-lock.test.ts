/** One owner an account at a time, across connections. */
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { query } from '../../../src/db/database.js';
import { type AccountLock, tryLockAccount } from '../../../src/db/locks/account-lock.js';
import { createTestDatabase } from '../../support/database.js';
import { fileDatabase } from '../../support/file-database.js';

const shared = fileDatabase();

const held: AccountLock[] = [];
afterEach(async () => {
  for (const lock of held.splice(0)) await lock.release();
});

/** The account's lock, which has to be free. */
async function lock(account: string): Promise<AccountLock> {
  const taken = await tryLockAccount(shared.url, account);
  if (taken === null) throw new Error(`somebody holds the lock of ${account}`);
  held.push(taken);
  return taken;
}

/** Resolves once nobody is connected as an owner. */
async function nobodyConnected(): Promise<void> {
  for (;;) {
    const [row] = await query<{ n: number }>(
      shared.db,
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and application_name like '%owner of%'`,
    );
    if (row!.n === 0) return;
  }
}

describe('an account', () => {
  it('has one owner at a time, however many want it', async () => {
    const tried = await Promise.all(Array.from({ length: 8 }, () => tryLockAccount(shared.url, 'busy')));
    const owners = tried.filter((one) => one !== null);
    held.push(...owners);
    expect(owners).toHaveLength(1);
    expect(owners[0]).toMatchObject({ account: 'busy', lost: { aborted: false } });
  });

  it('is free once its owner lets go', async () => {
    const first = await lock('a');
    expect(await tryLockAccount(shared.url, 'a')).toBeNull();
    await first.release();
    await lock('a');
  });

  it.each([['other'], ['a:b c/d'], ['ключ 🔑'], ["'; select 1; --"], ['x'.repeat(300)]])(
    'is independent of any other: %s',
    async (name) => {
      await lock('a');
      await lock(name);
    },
  );

  it('is independent of any other, also of one whose short hash is the same', async () => {
    const [pair] = await query<{ names: [string, string] }>(
      shared.db,
      `select (array_agg(name))[1:2] as names from (select 'account-' || n as name from generate_series(1, 400000) n) s
       group by hashtext(name) having count(*) > 1 limit 1`,
    );
    await lock(pair!.names[0]);
    await lock(pair!.names[1]);
  });

  it('of another database is another account', async () => {
    const elsewhere = await createTestDatabase();
    try {
      await lock('a');
      const other = await tryLockAccount(elsewhere.url, 'a');
      expect(other).not.toBeNull();
      await other!.release();
    } finally {
      await elsewhere.drop();
    }
  });
});

describe('a lock', () => {
  it('that was released, also twice, is not lost, and leaves no connection', async () => {
    const mine = await lock('a');
    await mine.release();
    await mine.release();
    await nobodyConnected();
    expect(mine.lost.aborted).toBe(false);
  });

  it('whose connection was cut is lost at once, with a reason', async () => {
    const mine = await lock('a');
    const lost = once(mine.lost, 'abort');
    await query(
      shared.db,
      `select pg_terminate_backend(pid, 10000) from pg_stat_activity
       where datname = current_database() and application_name = 'sparkhire-sync owner of a'`,
    );
    await lost;
    expect(mine.lost.reason).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining('account a'),
      remedy: expect.any(String),
    });
    // Whoever comes next gets it, and releasing the lost one does no harm.
    await lock('a');
    await mine.release();
  });
});

describe('asking for it', () => {
  const reason = new Error('enough');

  it.each([
    ['before it begins', 'before'],
    ['while it connects', 'connecting'],
  ])('ends when its signal aborts %s, held or free', async (_, when) => {
    await lock('held');
    for (const account of ['held', 'free']) {
      const controller = new AbortController();
      if (when === 'before') controller.abort(reason);
      const outcome = tryLockAccount(shared.url, account, controller.signal).catch((error) => error);
      controller.abort(reason);
      expect(await outcome).toBe(reason);
    }
    for (const one of held.splice(0)) await one.release();
    await nobodyConnected();
  });

  it('is refused where there is no database', async () => {
    const url = new URL(shared.url);
    url.port = '1';
    url.password = 'pa55word';
    const error = await tryLockAccount(url.href, 'a').catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(error.message).not.toContain('pa55word');
  });
});
