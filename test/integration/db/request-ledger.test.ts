/** Requests booked before they are sent: what a successor knows of them, however its predecessor ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, query } from '../../../src/db/database.js';
import { recentBookings, requestLedger } from '../../../src/db/request-ledger.js';
import { createLimiter } from '../../../src/sparkhire/client.js';
import { fileDatabase } from '../../support/file-database.js';

const shared = fileDatabase();
beforeEach(() => query(shared.db, 'truncate sync.request_blocks'));

const minute = 60_000;
const units = async (account: string, windowMs = minute) =>
  (await recentBookings(shared.db, account, windowMs)).map((booking) => booking.units);

/** Moves what is booked into the past, as if so much time had gone by on the database's clock. */
const age = (ms: number) =>
  query(shared.db, `update sync.request_blocks set booked_at = booked_at - $1 * interval '1 ms'`, [ms]);

describe('what is booked', () => {
  it('is seen by whoever opens the account next, in the order of booking', async () => {
    const ledger = requestLedger(shared.db, 'a');
    await ledger.book(10);
    await ledger.book(3);
    const successor = openDatabase(shared.url);
    try {
      const found = await recentBookings(successor, 'a', minute);
      expect(found.map((booking) => booking.units)).toEqual([10, 3]);
      for (const { agoMs } of found) {
        expect(agoMs).toBeGreaterThanOrEqual(0);
        expect(agoMs).toBeLessThan(minute);
      }
      expect(found[0]!.agoMs).toBeGreaterThanOrEqual(found[1]!.agoMs);
    } finally {
      await successor.destroy();
    }
  });

  it('belongs to its account', async () => {
    await requestLedger(shared.db, 'a').book(10);
    await requestLedger(shared.db, 'b').book(4);
    expect([await units('a'), await units('b'), await units('c')]).toEqual([[10], [4], []]);
  });

  it('survives the process that booked it, killed right after', async () => {
    const built = (name: string) =>
      JSON.stringify(pathToFileURL(join(import.meta.dirname, '..', '..', '..', 'dist', 'db', name)).href);
    const script = `
      import { openDatabase } from ${built('database.js')};
      import { requestLedger } from ${built('request-ledger.js')};
      const ledger = requestLedger(openDatabase(process.env.DATABASE_URL), 'a');
      await ledger.book(7);
      console.log('booked');
      setInterval(() => {}, 1000);
    `;
    const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, DATABASE_URL: shared.url },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout!, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await units('a')).toEqual([7]);
  });

  it('is not undone with a transaction of the work it is for', async () => {
    const ledger = requestLedger(shared.db, 'a');
    await shared.db
      .transaction(async () => {
        await ledger.book(5);
        throw new Error('the page could not be stored');
      })
      .catch(() => {});
    expect(await units('a')).toEqual([5]);
  });

  it('cannot be booked where there is no database: the request is not sent then', async () => {
    const url = new URL(shared.url);
    url.port = '1';
    const nowhere = openDatabase(url.href);
    try {
      await expect(requestLedger(nowhere, 'a').book(1)).rejects.toMatchObject({
        code: 'DATABASE_UNREACHABLE',
      });
    } finally {
      await nowhere.destroy();
    }
  });
});

describe('ages', () => {
  it('are those of the clock of the database, whatever this machine thinks', async () => {
    await requestLedger(shared.db, 'a').book(1);
    await age(20_000);
    const realNow = Date.now;
    try {
      for (const skew of [-3_600_000, 0, 3_600_000]) {
        Date.now = () => realNow() + skew;
        const [booking] = await recentBookings(shared.db, 'a', minute);
        expect(booking!.agoMs).toBeGreaterThanOrEqual(20_000);
        expect(booking!.agoMs).toBeLessThan(50_000);
      }
    } finally {
      Date.now = realNow;
    }
  });

  it('are never negative, also after that clock was set back', async () => {
    await requestLedger(shared.db, 'a').book(1);
    await age(-30_000);
    expect((await recentBookings(shared.db, 'a', minute)).map(({ agoMs }) => agoMs)).toEqual([0]);
  });

  it('do not depend on the time zone of the session', async () => {
    await requestLedger(shared.db, 'a').book(1);
    const url = new URL(shared.url);
    url.searchParams.set('options', '-c timezone=Pacific/Kiritimati');
    const elsewhere = openDatabase(url.href);
    try {
      const [booking] = await recentBookings(elsewhere, 'a', minute);
      expect(booking!.agoMs).toBeLessThan(minute);
    } finally {
      await elsewhere.destroy();
    }
  });

  it('longer than a window and the time a request may still be under way do not count, and go after an hour', async () => {
    const ledger = requestLedger(shared.db, 'a');
    await ledger.book(9);
    await age(60 * minute);
    await ledger.book(1, { tick: 2 });
    await age(minute + 60_001);
    await ledger.book(2);
    await age(minute + 10_000);
    await ledger.book(3);
    await requestLedger(shared.db, 'b').book(4);
    await age(1);
    // The limiter holds a unit for its window, and 10 s for the time between its booking and its arrival.
    expect(await units('a')).toEqual([2, 3]);
    // People look at the last hour, and what was sent in it.
    expect(
      await query(shared.db, 'select units, sent from sync.request_blocks order by units'),
    ).toMatchObject([{ units: 1, sent: { tick: 2 } }, { units: 2 }, { units: 3 }, { units: 4 }]);
  });

  it('may be fractions: windows need not be whole milliseconds', async () => {
    await requestLedger(shared.db, 'a').book(1);
    expect(await units('a', 70.000_000_001)).toEqual([1]);
    expect(await units('a', 0.5)).toEqual([1]);
  });
});

describe('a limiter over the ledger', () => {
  it('leaves its successor no more than the rest of the window', async () => {
    const limit = 20;
    const first = createLimiter({ limit, windowMs: minute, ledger: requestLedger(shared.db, 'a') });
    for (let n = 0; n < 9; n++) await first.schedule('sweep', async () => n);
    first.stop();

    const booked = (await units('a')).reduce((sum, n) => sum + n, 0);
    expect(booked).toBeGreaterThanOrEqual(9);
    expect(booked).toBeLessThanOrEqual(limit);
    const second = createLimiter({
      limit,
      windowMs: minute,
      ledger: requestLedger(shared.db, 'a'),
      spent: await recentBookings(shared.db, 'a', minute),
    });
    expect(second.stats().used).toBe(booked);
    second.stop();
  });

  it('books each unit before its request begins', async () => {
    const limiter = createLimiter({ limit: 20, windowMs: minute, ledger: requestLedger(shared.db, 'a') });
    for (let sent = 1; sent <= 12; sent++) {
      const booked = await limiter.schedule('sweep', () => units('a'));
      expect(booked.reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(sent);
    }
    limiter.stop();
  });
});
