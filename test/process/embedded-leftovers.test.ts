/** Directories in every state that crashes, copies and strangers leave them in: each start must cope. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tryLock } from '#embedded-postgres/lock';
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
/** A directory with a stopped server, whose database has a table `kept`. */
let prepared: string;
let dir: string;
let users: PostgresUser[];
let home: string;
let settings: { port: number; password: string; place?: string };

const asRoot = process.getuid?.() === 0;

beforeAll(async () => {
  compiled = await compileEmbedded();
  prepared = temporaryDirectory();
  const user = startUser(compiled.module, prepared);
  const { url } = await user.ready();
  await query(url, 'create table kept as select 1 as one');
  await user.release();
  await supervisorEnded(prepared);
});
afterAll(() => {
  compiled.remove();
  rmSync(prepared, { recursive: true });
});
beforeEach(() => {
  dir = temporaryDirectory();
  home = join(dir, 'postgres');
  users = [];
  cpSync(prepared, dir, { recursive: true });
  settings = JSON.parse(readFileSync(join(home, 'settings.json'), 'utf8'));
});
afterEach(async () => {
  await Promise.all(users.map((user) => user.kill()));
  if (existsSync(join(home, 'lock'))) await supervisorEnded(dir);
  rmSync(dir, { recursive: true });
});

function start(env?: NodeJS.ProcessEnv): PostgresUser {
  const user = startUser(compiled.module, dir, env);
  users.push(user);
  return user;
}

async function expectDataThere(env?: NodeJS.ProcessEnv): Promise<URL> {
  const { url } = await start(env).ready();
  expect(await query(url, 'select one from kept')).toEqual([{ one: 1 }]);
  return new URL(url);
}

/** A PATH with node and nothing else: no setpriv, no flock. */
function withoutTools(): string {
  const tools = join(dir, 'tools');
  mkdirSync(tools);
  symlinkSync(process.execPath, join(tools, 'node'));
  return tools;
}

async function listen(onConnection: (socket: Socket) => void, port = 0): Promise<Server> {
  const server = createServer(onConnection);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('a start', () => {
  it('takes over a copied directory, whose data belong to whoever copied it and are open to all', async () => {
    chmodSync(join(home, 'data'), 0o755);
    await expectDataThere();
    expect(statSync(join(home, 'data')).mode & 0o777).toBe(0o700);
  });

  it('is not kept by a postmaster.pid whose number another process has by now', async () => {
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore' });
    writeFileSync(
      join(home, 'data/postmaster.pid'),
      `${stranger.pid}\n${home}/data\n1700000000\n5432\n\n\n\n`,
    );
    await expectDataThere();
    expect(running(stranger.pid!)).toBe(true);
    stranger.kill();
  });

  it('is not kept by what a killed supervisor left: a control file with a port nobody, or another program, has', async () => {
    const server = await listen((socket) => socket.end('220 mail.example.com ready\r\n'));
    const { port } = server.address() as AddressInfo;
    const control = join(home, 'control.json');
    writeFileSync(control, JSON.stringify({ pid: 1, port, token: 'left over' }));
    await expectDataThere();
    await users[0]!.release();

    server.close();
    writeFileSync(control, JSON.stringify({ pid: 1, port, token: 'left over' }));
    await expectDataThere();
    await users[1]!.release();

    writeFileSync(control, '{"port": 1');
    await expectDataThere();
  });

  it('does not join the server of the directory it was copied from', async () => {
    const original = startUser(compiled.module, prepared);
    try {
      const { url } = await original.ready();
      cpSync(join(prepared, 'postgres/control.json'), join(home, 'control.json'));
      const copy = await expectDataThere();
      expect(copy.port).not.toBe(new URL(url).port);
    } finally {
      await original.kill();
      await supervisorEnded(prepared);
    }
  });

  it('takes another port if a program has its own', async () => {
    const server = await listen((socket) => socket.destroy(), settings.port);
    const url = await expectDataThere();
    server.close();
    expect(Number(url.port)).not.toBe(settings.port);
    expect(JSON.parse(readFileSync(join(home, 'settings.json'), 'utf8')).port).toBe(Number(url.port));
  });

  it('gives data a new password whose old one is lost', async () => {
    rmSync(join(home, 'settings.json'));
    const url = await expectDataThere();
    expect(url.password).toMatch(/^[0-9a-f]{48}$/);
    expect(url.password).not.toBe(settings.password);
  });

  it.each([
    ['ended with its supervisor', () => ({})],
    ['did not, for want of setpriv', () => ({ PATH: withoutTools() })],
  ])('finds no second server in its way when a killed one %s', async (_how, environment) => {
    const env = environment();
    const user = start(env);
    const { dataDir } = await user.ready();
    const pid = serverPid(dataDir);
    const { pid: supervisor } = JSON.parse(readFileSync(join(home, 'control.json'), 'utf8'));
    // Both at once, so that nobody is there to bring it back.
    user.process.kill('SIGKILL');
    process.kill(supervisor, 'SIGKILL');
    await until('the supervisor has ended', () => !running(supervisor));
    await expectDataThere(env);
    expect(running(pid)).toBe(false);
  });

  it('begins again where a first start was killed half-way', async () => {
    rmSync(home, { recursive: true });
    const user = start();
    const halfMade = () => existsSync(home) && readdirSync(home).some((name) => name.startsWith('data.new-'));
    await until('a cluster is being made', halfMade);
    const { pid: supervisor } = JSON.parse(readFileSync(join(home, 'control.json'), 'utf8'));
    user.process.kill('SIGKILL');
    process.kill(supervisor, 'SIGKILL');

    const { url } = await start().ready();
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(halfMade()).toBe(false);
  });

  it('says what is in the way of it', async () => {
    rmSync(home, { recursive: true });
    writeFileSync(home, 'a file where a directory should be');
    expect((await start().next()).failed).toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message: expect.stringContaining(home),
      remedy: expect.stringContaining('DATABASE_URL'),
    });
  });

  it('shows the last lines of the log when the server does not come up', async () => {
    writeFileSync(join(home, 'data/PG_VERSION'), '9.6\n');
    expect((await start().next()).failed).toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message: expect.stringContaining('initialized by PostgreSQL version 9.6'),
      remedy: expect.stringContaining('another version'),
    });
    await supervisorEnded(dir);
  });

  it('waits while something that cannot be joined has the lock', async () => {
    const release = await tryLock(join(home, 'lock'));
    rmSync(join(home, 'server.log'));
    let settled = false;
    const ready = start()
      .ready()
      .finally(() => {
        settled = true;
      });
    await until('it has tried', () => existsSync(join(home, 'server.log')));
    expect(settled).toBe(false);
    release!();
    await ready;
  });
});

describe.runIf(asRoot)('root', () => {
  it('has a server in a directory that only root may enter', async () => {
    chmodSync(dir, 0o700);
    const url = await expectDataThere();
    expect(statSync(join(home, 'data')).uid).not.toBe(0);
    // The server may pass directories that are closed to it, and nothing else.
    const status = readFileSync(`/proc/${serverPid(join(home, 'data'))}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\s+(?!0\b)(\d+)\s+\1\s+\1\s+\1$/m);
    const capabilities = BigInt(`0x${/^CapEff:\s+([0-9a-f]+)$/m.exec(status)![1]}`);
    expect([1n << 1n, 1n << 2n]).toContain(capabilities);
    expect(url.hostname).toBe('127.0.0.1');
  });

  it('needs no capability where everybody may pass', async () => {
    await expectDataThere();
    const status = readFileSync(`/proc/${serverPid(join(home, 'data'))}/status`, 'utf8');
    expect(status).toMatch(/^CapEff:\s+0+$/m);
  });

  it('has it elsewhere, and is told so, where no capability can be given', async () => {
    rmSync(home, { recursive: true });
    chmodSync(dir, 0o700);
    const env = { PATH: withoutTools() };
    const first = start(env);
    expect(await first.next()).toMatchObject({
      log: 'warn',
      message: expect.stringContaining('/sparkhire-sync-'),
    });
    const { url, dataDir } = await first.ready();
    expect(dataDir.startsWith(dir)).toBe(false);
    await query(url, 'create table kept as select 1 as one');
    await first.release();

    const second = start(env);
    expect(await second.next()).toMatchObject({ log: 'warn' });
    expect(await second.ready()).toEqual({ url, dataDir });
    expect(await query(url, 'select one from kept')).toEqual([{ one: 1 }]);
    await second.release();
    rmSync(join(dataDir, '..'), { recursive: true });
  });

  it('is told when data it has cannot be reached any more', async () => {
    chmodSync(dir, 0o700);
    expect((await start({ PATH: withoutTools() }).next()).failed).toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      remedy: expect.stringContaining('setpriv'),
    });
  });
});

describe('the lock', () => {
  it.each(['with flock', 'without flock'])('is held by one at a time, %s', async (how) => {
    const path = process.env.PATH;
    if (how === 'without flock') process.env.PATH = '';
    try {
      const file = join(dir, 'some.lock');
      const first = await tryLock(file);
      expect(first).toBeDefined();
      expect(await tryLock(file)).toBeUndefined();
      const other = await tryLock(join(dir, 'another.lock'));
      expect(other).toBeDefined();
      first!();
      const second = await tryLock(file);
      expect(second).toBeDefined();
      second!();
      other!();
    } finally {
      process.env.PATH = path;
    }
  });
});
