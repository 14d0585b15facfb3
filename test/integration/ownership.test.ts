/** Processes that share accounts: one owner each, about evenly, and nobody's death loses one. */
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { query } from '../../src/db/database.js';
import { tryLockAccount } from '../../src/db/locks/account-lock.js';
import { locksApplicationName, openProcessLocks } from '../../src/db/locks/process-locks.js';
import { createLogger } from '../../src/log.js';
import { type Ownership, startOwnership } from '../../src/service/ownership.js';
import { fileDatabase } from '../support/file-database.js';
import { hangMs } from '../support/hang.js';

const shared = fileDatabase();

const log = createLogger({ level: 'silent' });
const running: Replica[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((replica) => replica.ownership.stop()));
});

/** Who works on what, and whether two ever did at the same time. */
const workers = new Map<string, Set<Replica>>();
afterEach(() => workers.clear());

class Replica {
  ownership: Ownership;
  notified: string[] = [];
  /** Accounts whose work ended, in order. */
  ended: string[] = [];

  constructor(accounts: readonly string[], orphanMs = 2_000) {
    this.ownership = startOwnership({
      databaseUrl: shared.url,
      accounts,
      channels: ['sparkhire_commands'],
      clock: systemClock,
      log,
      lookMs: 20,
      orphanMs,
      begin: async (account, signal) => {
        const at = workers.get(account) ?? new Set();
        workers.set(account, at.add(this));
        expect([...at]).toHaveLength(1);
        const done = new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            at.delete(this);
            this.ended.push(account);
            resolve();
          });
        });
        return { ended: () => done };
      },
      onNotification: (_, payload) => this.notified.push(payload),
    });
    running.push(this);
  }

  get owned(): string[] {
    return this.ownership.owned().sort();
  }
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `account-${index}`);
const eventually = (check: () => void | Promise<void>) =>
  vi.waitFor(check, { timeout: hangMs, interval: 20 });

/** Cuts the connections that hold locks, or those of one replica. */
async function cutConnections(which = 'true'): Promise<void> {
  await query(
    shared.db,
    `select pg_terminate_backend(pid, 10000) from pg_stat_activity
     where datname = current_database() and application_name = $1 and ${which}`,
    [locksApplicationName],
  );
}

describe('processes that serve the same accounts', () => {
  it('one alone has them all, on one connection', async () => {
    const one = new Replica(names(30));
    await eventually(() => expect(one.owned).toHaveLength(30));
    const [row] = await query<{ n: number }>(
      shared.db,
      `select count(distinct pid)::int as n from pg_locks
       where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
    );
    expect(row!.n).toBe(1);
  });

  it('share them about evenly, also when one comes later', async () => {
    const one = new Replica(names(7));
    await eventually(() => expect(one.owned).toHaveLength(7));
    const other = new Replica(names(7));
    await eventually(() => expect([one.owned.length, other.owned.length].sort()).toEqual([3, 4]));
    expect([...one.owned, ...other.owned].sort()).toEqual(names(7));
  });

  it('see in one statement which accounts nobody has, however many others have', async ({
    onTestFinished,
  }) => {
    const many = names(150);
    const open = async () => {
      const locks = await openProcessLocks(shared.url, { accounts: many, channels: [], onNotification() {} });
      onTestFinished(() => locks.close());
      return locks;
    };
    const [one, other] = [await open(), await open()];
    expect(await one.take(many)).toEqual(many);
    const asked = vi.spyOn(pg.Client.prototype, 'query');
    expect(await other.look(many)).toEqual({ replicas: 2, free: [] });
    expect(asked).toHaveBeenCalledTimes(1);
    asked.mockRestore();
    await one.giveBack(many.slice(0, 2));
    expect(await other.look(many)).toEqual({ replicas: 2, free: many.slice(0, 2) });
    expect(await other.take(many.slice(1, 3))).toEqual(many.slice(1, 2));
  });

  it('share hundreds within a few looks, since they take and give them by handfuls', async () => {
    const many = names(300);
    const one = new Replica(many);
    await eventually(() => expect(one.owned).toHaveLength(300));
    const other = new Replica(many);
    await eventually(() => expect([one.owned.length, other.owned.length]).toEqual([150, 150]));
    expect(one.ended.length).toBe(150);
  });

  it('carry the share of one that leaves', async () => {
    const replicas = [new Replica(names(6)), new Replica(names(6)), new Replica(names(6))];
    await eventually(() => expect(replicas.map(({ owned }) => owned.length)).toEqual([2, 2, 2]));
    await replicas[0]!.ownership.stop();
    expect(replicas[0]!.owned).toEqual([]);
    await eventually(() => expect(replicas.slice(1).map(({ owned }) => owned.length)).toEqual([3, 3]));
  });

  it('leave one account to its owner, however many stand by', async () => {
    const one = new Replica(['only']);
    await eventually(() => expect(one.owned).toEqual(['only']));
    const other = new Replica(['only']);
    await eventually(() => expect(other.ownership.replicas()).toBe(2));
    expect(other.owned).toEqual([]);
    await one.ownership.stop();
    await eventually(() => expect(other.owned).toEqual(['only']));
  });

  it('stop their work at once when the connection with the locks breaks, and take up the work again', async () => {
    const one = new Replica(names(3));
    await eventually(() => expect(one.owned).toHaveLength(3));
    await cutConnections();
    await eventually(() => expect(one.ended.sort()).toEqual(names(3)));
    await eventually(() => expect(one.owned).toEqual(names(3)));
  });

  it('take what others with other accounts do not have', async () => {
    const one = new Replica(['shared', 'first']);
    await eventually(() => expect(one.owned).toEqual(['first', 'shared']));
    const other = new Replica(['shared', 'second']);
    await eventually(() => expect(other.owned).toEqual(['second']));
    await one.ownership.stop();
    await eventually(() => expect(other.owned).toEqual(['second', 'shared']));
  });

  it('take more than their share if it stays free', async () => {
    // It counts as a replica and takes nothing: as a process does that has other troubles.
    const idle = await openProcessLocks(shared.url, {
      accounts: names(4),
      channels: [],
      onNotification: () => {},
    });
    try {
      const one = new Replica(names(4), 100);
      await eventually(() => expect(one.owned).toHaveLength(4));
      expect(one.ownership.replicas()).toBe(2);
    } finally {
      await idle.close();
    }
  });

  it('hear what is told on their channels', async () => {
    const one = new Replica(names(1));
    await eventually(() => expect(one.owned).toHaveLength(1));
    await query(shared.db, "select pg_notify('sparkhire_commands', 'account-0')");
    await eventually(() => expect(one.notified).toEqual(['account-0']));
  });
});

describe('a command', () => {
  it('finds an owned account taken, and a free one free', async () => {
    const one = new Replica(['mine']);
    await eventually(() => expect(one.owned).toEqual(['mine']));
    expect(await tryLockAccount(shared.url, 'mine')).toBeNull();
    const lock = await tryLockAccount(shared.url, 'free');
    expect(lock).not.toBeNull();
    await lock!.release();
  });
});
