/** sync.changes: what each change names, in the order of commits, in the transaction of the rows themselves. */
import pg from 'pg';
import { describe, expect, it, vi } from 'vitest';
import { openDatabase, query } from '../../../src/db/database.js';
import { inMirrorTransaction, markDeleted, storeRows } from '../../../src/mirror/store.js';
import {
  interviewItem,
  interviewObject,
  jobItem,
  listed,
  single,
  useMirror,
  user,
  uuidAt,
} from './fixture.js';

const mirror = useMirror('sparkhire.users', 'sparkhire.jobs', 'sparkhire.interviews', 'sync.quarantine');

async function connect(): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: mirror.url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

/** Something the test waits for, and the way to make it happen. */
function gate(): { passed: Promise<void>; open: () => void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

/** Reads as a follower does: what is newer than the last number seen. */
async function follow(last: number): Promise<Array<{ seq: number; uuid: string }>> {
  return mirror.sql('select seq::int, uuid from sync.changes where seq > $1 order by seq', [last]);
}

const newUser = (n: number) => listed('users', user(n));

describe('a change', () => {
  it('names the columns that changed, and no others', async () => {
    await mirror.store('interviews', [listed('interviews', interviewItem(1))]);
    await mirror.store('interviews', [
      listed('interviews', interviewItem(1, { status: 'expired', rating: null, completed_at: null })),
    ]);
    await mirror.store('interviews', [
      single('interviews', interviewObject(1, { status: 'expired', rating: null, completed_at: null })),
    ]);
    await mirror.remove('interviews', uuidAt(1));
    await mirror.store('interviews', [listed('interviews', interviewItem(1, { status: 'completed' }))]);
    const changes = await mirror.newChanges();
    expect(changes.map(({ change, changed_fields }) => [change, changed_fields.toSorted()])).toEqual([
      ['created', []],
      ['updated', ['completed_at', 'rating', 'status', 'watch_url']],
      ['updated', ['share_link_uuid', 'share_status', 'share_url']],
      ['deleted', ['deleted_at']],
      ['restored', ['completed_at', 'deleted_at', 'rating', 'status', 'watch_url']],
    ]);
    expect(changes.every(({ resource, uuid }) => resource === 'interviews' && uuid === uuidAt(1))).toBe(true);
  });

  it('is recorded for every row of a batch, quarantined and unchanged ones aside', async () => {
    await mirror.store('users', [newUser(1)]);
    await mirror.newChanges();
    const bad = { ...newUser(2), columns: { ...newUser(2).columns, created_at: 'yesterday evening' } };
    await mirror.store('users', [newUser(1), bad, newUser(3)]);
    expect((await mirror.newChanges()).map(({ uuid }) => uuid)).toEqual([uuidAt(3)]);
  });

  it('is recorded with the account', async () => {
    await inMirrorTransaction(mirror.db, 'north', (tx) => storeRows(tx, 'users', [newUser(1)]));
    expect(await mirror.sql(`select account from sync.changes where account <> 'default'`)).toEqual([
      { account: 'north' },
    ]);
  });
});

describe('a transaction', () => {
  it('leaves nothing when it fails after rows were stored', async () => {
    await mirror.store('users', [newUser(1)]);
    await mirror.newChanges();
    const bad = { ...newUser(5), columns: { ...newUser(5).columns, created_at: 'yesterday evening' } };
    const many = Array.from({ length: 700 }, (_, n) => listed('jobs', jobItem(n)));
    await expect(
      mirror.transaction(async (tx) => {
        await storeRows(tx, 'users', [newUser(2), listed('users', user(1, { name: 'Changed' })), bad]);
        await storeRows(tx, 'jobs', many);
        await markDeleted(tx, 'users', [uuidAt(1)]);
        throw new Error('the page could not be checkpointed');
      }),
    ).rejects.toThrow('the page could not be checkpointed');
    expect(await mirror.rows('users')).toMatchObject([{ uuid: uuidAt(1), name: 'User 1', deleted_at: null }]);
    expect(await mirror.rows('jobs')).toEqual([]);
    expect(await mirror.quarantined()).toEqual([]);
    expect(await mirror.newChanges()).toEqual([]);
  });

  it('leaves nothing when recording the changes fails', async () => {
    await mirror.sql(`alter table sync.changes add constraint refused check (resource <> 'users') not valid`);
    try {
      await expect(mirror.store('users', [newUser(1)])).rejects.toThrow('refused');
    } finally {
      await mirror.sql('alter table sync.changes drop constraint refused');
    }
    expect(await mirror.rows('users')).toEqual([]);
  });

  it('leaves nothing when its connection breaks, and the next one works', async () => {
    const broken = mirror.transaction(async (tx) => {
      await storeRows(tx, 'users', [newUser(1)]);
      const [{ pid }] = (await tx.query<{ pid: number }>('select pg_backend_pid() as pid')) as [
        { pid: number },
      ];
      await mirror.sql('select pg_terminate_backend($1, 10000)', [pid]);
      await storeRows(tx, 'users', [newUser(2)]);
    });
    await expect(broken).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(await mirror.store('users', [newUser(3)])).toMatchObject({ created: 1 });
    expect((await mirror.rows('users')).map(({ uuid }) => uuid)).toEqual([uuidAt(3)]);
  });

  it('survives that the idle connection of the pool was cut meanwhile', async () => {
    // Standard output belongs to the commands: the pool has no say there.
    const printed = vi.spyOn(console, 'log');
    const db = openDatabase(mirror.url, { maxConnections: 1, applicationName: 'to be cut' });
    const store = (n: number) =>
      inMirrorTransaction(db, 'default', (tx) => storeRows(tx, 'users', [newUser(n)]));
    try {
      await store(1);
      await mirror.sql(
        `select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = 'to be cut'`,
      );
      // The pool hears of it with its next turn; what was given the dead connection before fails, no more.
      await store(2).catch((error) => expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' }));
      await store(2);
    } finally {
      await db.destroy();
    }
    expect(await mirror.rows('users')).toHaveLength(2);
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  });

  it('fails with its own error, not with that of its rollback', async () => {
    await expect(
      mirror.transaction(async (tx) => {
        const pid = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
        await mirror.sql('select pg_terminate_backend($1, 10000)', [pid[0]!.pid]);
        throw new RangeError('the reason');
      }),
    ).rejects.toThrow(new RangeError('the reason'));
  });

  it('leaves nothing when a statement failed and the work made light of it', async () => {
    const work = mirror.transaction(async (tx) => {
      await storeRows(tx, 'users', [newUser(1)]);
      tx.changes.length = 0;
      await tx.query('select 1 / 0').catch(() => {});
    });
    await expect(work).rejects.toThrow('rolled back');
    expect(await mirror.rows('users')).toEqual([]);
  });

  it('merges rows that another one inserted after they were looked up', async () => {
    const [stored, go] = [gate(), gate()];
    const rows = Array.from({ length: 60 }, (_, n) => newUser(n));
    const first = mirror.transaction(async (tx) => {
      await storeRows(tx, 'users', rows);
      stored.open();
      await go.passed;
    });
    await stored.passed;
    // Sees none of them, and waits at the first for the other's end.
    const second = mirror.store(
      'users',
      rows.map((_, n) => listed('users', user(n, { name: 'Newer', updated_at: '2031-03-01T00:00:00Z' }))),
    );
    await using watcher = await connect();
    await blocked(watcher);
    go.open();
    await first;
    expect(await second).toMatchObject({ created: 0, updated: 60 });
    expect((await mirror.rows('users')).every(({ name }) => name === 'Newer')).toBe(true);
  });
});

/** Resolves once somebody in this database waits for a lock. */
async function blocked(watcher: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await watcher.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rows.length > 0) return;
  }
}

describe('the numbers of changes', () => {
  it('follow the commits: who began first and commits last has the larger ones', async () => {
    const [stored, go] = [gate(), gate()];
    // Of another account: those of one take turns.
    const slow = inMirrorTransaction(mirror.db, 'other', async (tx) => {
      await storeRows(tx, 'users', [newUser(1), newUser(2)]);
      stored.open();
      await go.passed;
    });
    await stored.passed;
    const start = (await follow(0)).at(-1)?.seq ?? 0;
    await mirror.store('users', [newUser(3)]);
    const early = await follow(start);
    expect(early.map(({ uuid }) => uuid)).toEqual([uuidAt(3)]);
    go.open();
    await slow;
    const late = await follow(early.at(-1)!.seq);
    expect(late.map(({ uuid }) => uuid)).toEqual([uuidAt(1), uuidAt(2)]);
  });

  it('are drawn one transaction after the other, also by writers that know nothing of each other', async () => {
    await using one = await connect();
    await using two = await connect();
    await using watcher = await connect();
    const insert = `insert into sync.changes (resource, uuid, change) values ('users', $1, 'created') returning seq::int`;
    const start = (await follow(0)).at(-1)?.seq ?? 0;
    await one.query('begin');
    await two.query('begin');
    const first = (await one.query(insert, [uuidAt(1)])).rows[0].seq;
    let committed = false;
    const waiting = two.query(insert, [uuidAt(2)]).then(({ rows }) => {
      expect(committed).toBe(true);
      return rows[0].seq;
    });
    await blocked(watcher);
    expect(await follow(start)).toEqual([]);
    committed = true;
    await one.query('commit');
    const second = await waiting;
    await two.query('commit');
    expect(second).toBeGreaterThan(first);
    expect((await follow(start)).map(({ uuid }) => uuid)).toEqual([uuidAt(1), uuidAt(2)]);
  });

  it('never pass a follower by while many write at once, some in vain', async () => {
    const start = (await follow(0)).at(-1)?.seq ?? 0;
    let writing = true;
    const followed: string[] = [];
    const follower = (async () => {
      let last = start;
      for (;;) {
        const stop = !writing;
        const news = await follow(last);
        followed.push(...news.map(({ uuid }) => uuid));
        last = news.at(-1)?.seq ?? last;
        if (stop) return;
      }
    })();
    const writers = Array.from({ length: 6 }, (_, writer) =>
      (async () => {
        for (let round = 0; round < 12; round++) {
          const n = writer * 1000 + round * 10;
          const work = mirror.transaction(async (tx) => {
            await storeRows(tx, 'users', [newUser(n), newUser(n + 1)]);
            await tx.query('select pg_sleep($1)', [((writer * 7 + round * 3) % 5) / 1000]);
            if (round % 4 === 3) throw new Error('in vain');
          });
          if (round % 4 === 3) await expect(work).rejects.toThrow('in vain');
          else await work;
        }
      })(),
    );
    await Promise.all(writers);
    writing = false;
    await follower;
    const all = await mirror.sql<{ uuid: string }>(
      'select uuid from sync.changes where seq > $1 order by seq',
      [start],
    );
    expect(all).toHaveLength(6 * 9 * 2);
    expect(followed).toEqual(all.map(({ uuid }) => uuid));
  });
});

describe('a notification', () => {
  it('wakes who listens, once the change can be read', async () => {
    await using listener = await connect();
    await listener.query('listen sparkhire_changes');
    const woken = new Promise<pg.Notification>((resolve) => listener.once('notification', resolve));
    const start = (await follow(0)).at(-1)?.seq ?? 0;
    await mirror.store('users', [newUser(1)]);
    expect((await woken).channel).toBe('sparkhire_changes');
    expect(await follow(start)).toHaveLength(1);
  });

  it('does not come where nothing changed', async () => {
    await mirror.store('users', [newUser(1)]);
    await using listener = await connect();
    await listener.query('listen sparkhire_changes');
    const heard: unknown[] = [];
    listener.on('notification', (notification) => heard.push(notification.channel));
    await mirror.store('users', [newUser(1)]);
    // Notifications come in the order of commits: when this one is here, an earlier one would be too.
    await mirror.sql('notify sparkhire_changes_done');
    await listener.query('listen sparkhire_changes_done');
    const done = new Promise((resolve) => listener.once('notification', resolve));
    await mirror.sql('notify sparkhire_changes_done');
    await done;
    expect(heard).toEqual(['sparkhire_changes_done']);
  });
});

describe('a database that is not there', () => {
  it.each([
    ['a closed port', (url: URL) => Object.assign(url, { port: '1' })],
    ['a wrong name', (url: URL) => Object.assign(url, { pathname: '/no_such_database' })],
    ['a user nobody knows', (url: URL) => Object.assign(url, { username: 'nobody_at_all' })],
  ])('is told by its code and a remedy, without the password: %s', async (_, change) => {
    const url = change(new URL(mirror.url));
    url.password = 'pa55word';
    const db = openDatabase(url.href);
    try {
      for (const attempt of [
        query(db, 'select 1'),
        inMirrorTransaction(db, 'default', (tx) => storeRows(tx, 'users', [newUser(1)])),
      ]) {
        const error = await attempt.then(
          () => null,
          (thrown) => thrown,
        );
        expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE', remedy: expect.any(String) });
        expect(`${error.message} ${error.remedy}`).not.toContain('pa55word');
      }
    } finally {
      await db.destroy();
    }
  });
});
