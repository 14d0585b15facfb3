/** One owner an account at a time, across connections and real processes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AccountLock, type LockOptions, lockAccount } from '../../src/db/account-lock.js';
import { query } from '../../src/db/database.js';
import { createTestDatabase } from '../support/database.js';
import { fileDatabase } from '../support/file-database.js';

const shared = fileDatabase();

const held: AccountLock[] = [];
afterEach(async () => {
  for (const lock of held.splice(0)) await lock.release();
});

async function lock(account: string, options?: LockOptions): Promise<AccountLock> {
  const taken = await lockAccount(shared.url, account, options);
  held.push(taken);
  return taken;
}

/** Resolves once as many connections wait for a lock in this database. */
async function waiting(count: number): Promise<void> {
  for (;;) {
    const [row] = await query<{ n: number }>(
      shared.db,
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'advisory'`,
    );
    if (row!.n === count) return;
  }
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
    let owners = 0;
    let most = 0;
    let turns = 0;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let round = 0; round < 3; round++) {
          const mine = await lockAccount(shared.url, 'busy');
          most = Math.max(most, ++owners);
          turns++;
          await query(shared.db, 'select 1');
          expect(mine.lost.aborted).toBe(false);
          owners--;
          await mine.release();
        }
      }),
    );
    expect({ most, turns }).toEqual({ most: 1, turns: 24 });
  });

  it('is handed to who waits once its owner lets go, and the waiting is told once', async () => {
    const first = await lock('a');
    const told: string[] = [];
    const second = lock('a', { onWait: () => told.push('waits') });
    await waiting(1);
    expect(told).toEqual(['waits']);
    await first.release();
    expect((await second).account).toBe('a');
    expect(told).toEqual(['waits']);
  });

  it('that is free is taken without a word of waiting', async () => {
    let waits = 0;
    await lock('free', { onWait: () => waits++ });
    expect(waits).toBe(0);
  });

  it.each([['other'], ['a:b c/d'], ['ключ 🔑'], ["'; select 1; --"], ['x'.repeat(300)]])(
    'is independent of any other: %s',
    async (name) => {
      await lock('a');
      await lock(name);
      await waiting(0);
    },
  );

  it('is independent of any other, also of one whose short hash is the same', async () => {
    const [pair] = await query<{ names: [string, string] }>(
      shared.db,
      `select (array_agg(name))[1:2] as names from (select 'account-' || n as name from generate_series(1, 400000) n) s
       group by hashtext(name) having count(*) > 1 limit 1`,
    );
    await lock(pair!.names[0]);
    const second = await lockAccount(shared.url, pair!.names[1], {
      signal: AbortSignal.timeout(5000),
    });
    held.push(second);
  });

  it('of another database is another account', async () => {
    const elsewhere = await createTestDatabase();
    try {
      await lock('a');
      const other = await lockAccount(elsewhere.url, 'a');
      await other.release();
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
      `select pg_terminate_backend(pid) from pg_stat_activity
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

describe('waiting', () => {
  const reason = new Error('enough');

  it('ends at once when its signal aborts, and leaves no waiter behind', async () => {
    const first = await lock('a');
    const controller = new AbortController();
    const second = lock('a', { signal: controller.signal });
    const outcome = second.catch((error) => error);
    await waiting(1);
    controller.abort(reason);
    expect(await outcome).toBe(reason);
    await first.release();
    const third = await lock('a');
    expect(third.lost.aborted).toBe(false);
    await third.release();
    await nobodyConnected();
  });

  it.each([
    ['before it begins', 'before'],
    ['while it connects', 'connecting'],
  ])('ends when its signal aborts %s, held or free', async (_, when) => {
    for (const account of ['held', 'free']) {
      if (account === 'held') await lock('held');
      const controller = new AbortController();
      if (when === 'before') controller.abort(reason);
      const outcome = lock(account, { signal: controller.signal }).catch((error) => error);
      controller.abort(reason);
      expect(await outcome).toBe(reason);
    }
    // The aborted ones hold nothing.
    await lock('free');
  });

  it('ends with a coded error when its connection is cut', async () => {
    await lock('a');
    const outcome = lock('a').catch((error) => error);
    await waiting(1);
    await query(
      shared.db,
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and wait_event = 'advisory'`,
    );
    expect(await outcome).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
  });

  it('does not begin where there is no database', async () => {
    const url = new URL(shared.url);
    url.port = '1';
    url.password = 'pa55word';
    const error = await lockAccount(url.href, 'a').catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(error.message).not.toContain('pa55word');
  });
});

const built = join(import.meta.dirname, '..', '..', 'dist', 'db', 'account-lock.js');

/** A process that takes the lock, says so, and holds it until it is ended. */
function holder(account: string): { child: ChildProcess; says(word: string): Promise<void> } {
  const script = `
    import { lockAccount } from ${JSON.stringify(pathToFileURL(built).href)};
    const lock = await lockAccount(process.env.DATABASE_URL, ${JSON.stringify(account)}, {
      onWait: () => console.log('waits'),
    });
    console.log('holds');
    lock.lost.addEventListener('abort', () => console.log('lost'));
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, DATABASE_URL: shared.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const heard = new Set<string>();
  const lines = createInterface({ input: child.stdout! });
  lines.on('line', (line) => heard.add(line));
  children.push(child);
  return {
    child,
    async says(word) {
      while (!heard.has(word)) await once(lines, 'line');
    },
  };
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

describe('processes', () => {
  beforeAll(() => {
    if (!existsSync(built)) throw new Error('dist is missing: run `npm run build` first');
  });

  it('take over from one that was killed', async () => {
    const first = holder('shared');
    await first.says('holds');
    const second = holder('shared');
    await second.says('waits');
    // It says so before it stands in the queue, and the third must not overtake it.
    await waiting(1);
    let mine: AccountLock | null = null;
    const third = lock('shared').then((taken) => {
      mine = taken;
    });
    await waiting(2);
    expect(mine).toBeNull();

    first.child.kill('SIGKILL');
    await second.says('holds');
    expect(mine).toBeNull();

    second.child.kill('SIGKILL');
    await third;
    expect(mine).not.toBeNull();
  });

  it('hear that they lost it, and who waited has it', async () => {
    const first = holder('shared');
    await first.says('holds');
    const second = lock('shared');
    await waiting(1);
    await query(
      shared.db,
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'sparkhire-sync owner of shared' and state = 'idle'`,
    );
    await first.says('lost');
    expect((await second).lost.aborted).toBe(false);
  });
});
