/** Who may end, and how, and what becomes of the server: with real processes and real signals. */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { acquireEmbeddedPostgres } from '#embedded-postgres/index';
import {
  compileEmbedded,
  type PostgresUser,
  query,
  running,
  serverPid,
  startUser,
  supervisorEnded,
  temporaryDirectory,
  until,
} from '../support/postgres-users.js';

let compiled: Awaited<ReturnType<typeof compileEmbedded>>;
let dir: string;
let users: PostgresUser[];

beforeAll(async () => {
  compiled = await compileEmbedded();
});
afterAll(() => compiled.remove());
beforeEach(() => {
  dir = temporaryDirectory();
  users = [];
});
afterEach(async () => {
  await Promise.all(users.map((user) => user.kill()));
  await supervisorEnded(dir);
  rmSync(dir, { recursive: true });
});

function start(): PostgresUser {
  const user = startUser(compiled.module, dir);
  users.push(user);
  return user;
}

function supervisorPid(): number {
  return JSON.parse(readFileSync(join(dir, 'postgres/control.json'), 'utf8')).pid;
}

describe('an embedded server', () => {
  it('is one for all processes of a directory, and stops with the release of the last', async () => {
    const first = start();
    const { url, dataDir } = await first.ready();
    const pid = serverPid(dataDir);
    const second = start();
    expect(await second.ready()).toEqual({ url, dataDir });
    expect(serverPid(dataDir)).toBe(pid);

    await first.release();
    expect(await query(url, 'select current_user as name')).toEqual([{ name: 'sparkhire' }]);
    await second.release();
    expect(running(pid)).toBe(false);
    await expect(query(url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('is one for processes that start at the same moment in an empty directory', async () => {
    const starts = [start(), start(), start(), start()];
    const ready = await Promise.all(starts.map((user) => user.ready()));
    expect(new Set(ready.map(({ url }) => url)).size).toBe(1);
    const log = readFileSync(join(dir, 'postgres/server.log'), 'utf8');
    expect(log.match(/LOG: {2}starting PostgreSQL/g)).toHaveLength(1);
  });

  it('keeps data, password and port from one time to the next', async () => {
    const first = start();
    const { url } = await first.ready();
    await query(url, "create table kept as select 'yes' as value");
    await first.release();

    const second = start();
    expect((await second.ready()).url).toBe(url);
    expect(await query(url, 'select value from kept')).toEqual([{ value: 'yes' }]);
  });

  it('goes on under the second process when the first is killed, and ends soon after the second is', async () => {
    const first = start();
    const { dataDir, url } = await first.ready();
    const second = start();
    await second.ready();
    const [pid, supervisor] = [serverPid(dataDir), supervisorPid()];

    await first.kill();
    // A third that comes and goes proves that the supervisor has settled the first one's end.
    const third = start();
    await third.ready();
    await third.release();
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(serverPid(dataDir)).toBe(pid);

    await second.kill();
    await until('the server has ended', () => !running(pid) && !running(supervisor));
  });

  it('is not stopped by Ctrl+C in the terminal of the process that started it', async () => {
    const first = start();
    const { url, dataDir } = await first.ready();
    const second = start();
    await second.ready();
    const pid = serverPid(dataDir);
    await first.interrupt();
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await second.release();
    expect(running(pid)).toBe(false);
  });

  it('ends when all its processes are killed at once', async () => {
    const all = [start(), start(), start()];
    const [ready] = await Promise.all(all.map((user) => user.ready()));
    const { dataDir } = ready!;
    const [pid, supervisor] = [serverPid(dataDir), supervisorPid()];
    await Promise.all(all.map((user) => user.kill()));
    await until('the server has ended', () => !running(pid) && !running(supervisor));
  });

  it('can be had by a process that comes while the one before is stopping it', async () => {
    let user = start();
    const { url } = await user.ready();
    for (let round = 0; round < 5; round++) {
      const leaving = user.release();
      user = start();
      expect((await user.ready()).url).toBe(url);
      await leaving;
      expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    }
  });

  it('comes back under its users when it, or its supervisor, is killed', async () => {
    const user = start();
    const { url, dataDir } = await user.ready();
    await query(url, 'create table kept as select 1 as one');

    for (const victim of [() => serverPid(dataDir), supervisorPid]) {
      const before = serverPid(dataDir);
      process.kill(victim(), 'SIGKILL');
      expect(await user.next()).toMatchObject({ log: 'warn' });
      await until('the server is back', () =>
        query(url, 'select one from kept').then(
          ([row]) => row?.one === 1 && serverPid(dataDir) !== before,
          () => false,
        ),
      );
      expect(running(before)).toBe(false);
    }
    const pid = serverPid(dataDir);
    await user.release();
    expect(running(pid)).toBe(false);
  });

  it('is in UTF-8, and knows letters beyond ASCII whatever the locale of the machine', async () => {
    const { url } = await start().ready();
    expect(await query(url, "select lower('ÉŁ') as lower, getdatabaseencoding() as encoding")).toEqual([
      { lower: 'éł', encoding: 'UTF8' },
    ]);
  });

  it('keeps its secrets to its owner', async () => {
    const { url } = await start().ready();
    for (const name of ['settings.json', 'control.json', 'server.log']) {
      expect(statSync(join(dir, 'postgres', name)).mode & 0o777, name).toBe(0o600);
    }
    const wrong = new URL(url);
    wrong.password = 'guessed';
    await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    await expect(query(url, "select 'Ada Lovelace' from nowhere")).rejects.toThrow('nowhere');
    expect(readFileSync(join(dir, 'postgres/server.log'), 'utf8')).not.toContain('Lovelace');
  });
});

describe('acquireEmbeddedPostgres in one process', () => {
  let acquire: typeof acquireEmbeddedPostgres;
  beforeAll(async () => {
    ({ acquireEmbeddedPostgres: acquire } = await import(compiled.module));
  });

  it('counts each acquisition, and a release only once', async () => {
    const one = await acquire({ dir, durable: false });
    const two = await acquire({ dir, durable: false });
    const pid = serverPid(one.dataDir);
    await Promise.all([one.release(), one.release()]);
    await one.release();
    expect(await query(two.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await two.release();
    expect(running(pid)).toBe(false);
  });

  it('stops waiting when its signal aborts, and the server then stops as well', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const waiting = acquire({ dir, durable: false, signal: controller.signal });
    const outcome = expect(waiting).rejects.toBe(reason);
    await until('the start is under way', () =>
      readdirSync(dir, { recursive: true, encoding: 'utf8' }).some((name) => name.includes('data.new-')),
    );
    controller.abort(reason);
    await outcome;
    await supervisorEnded(dir);
    await expect(acquire({ dir, signal: controller.signal })).rejects.toBe(reason);
  });
});
