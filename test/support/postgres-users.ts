/** Processes that use an embedded PostgreSQL, as real as those of a user, and what tests ask about them. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { tryLock } from '#embedded-postgres/lock';
import { scratchDirectory } from './postgres-server.js';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Compiles packages/embedded-postgres as it is written now.
 * @returns the path of its index, and what removes it all
 */
export async function compileEmbedded(): Promise<{ module: string; remove(): void }> {
  const directory = temporaryDirectory();
  const settings = {
    extends: join(checkout, 'packages/embedded-postgres/tsconfig.json'),
    compilerOptions: {
      outDir: 'out',
      rootDir: join(checkout, 'packages/embedded-postgres/src'),
      typeRoots: [join(checkout, 'node_modules/@types')],
    },
    include: [join(checkout, 'packages/embedded-postgres/src')],
  };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(settings));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  symlinkSync(join(checkout, 'node_modules'), join(directory, 'node_modules'));
  const compiler = join(checkout, 'node_modules/typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [compiler, '-p', directory]);
  return {
    module: join(directory, 'out/index.js'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** A directory of its own that everybody may enter. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(scratchDirectory(), 'sparkhire-embedded-'));
  chmodSync(directory, 0o755);
  return directory;
}

export interface Ready {
  url: string;
  dataDir: string;
}

type Message = {
  ready?: Ready;
  failed?: { code: string; message: string; remedy: string };
  released?: true;
  log?: string;
  message?: string;
};

export interface PostgresUser {
  process: ChildProcess;
  /** What the process says next. */
  next(): Promise<Message>;
  /** The next thing it says must be that it has the server. */
  ready(): Promise<Ready>;
  /** Releases the server, and waits until the process has ended. */
  release(): Promise<void>;
  /** SIGKILL, and waits until the process has ended. */
  kill(): Promise<void>;
  /** What Ctrl+C does: SIGINT to the process and all its children. Waits until the process has ended. */
  interrupt(): Promise<void>;
}

/** Starts a process that acquires the embedded server of `dir`. */
export function startUser(module: string, dir: string, env: NodeJS.ProcessEnv = {}): PostgresUser {
  const program = fileURLToPath(new URL('./postgres-user.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, module, dir], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    // A process group of its own, as in a terminal.
    detached: true,
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the process has ended');
    return JSON.parse(value) as Message;
  };
  return {
    process: child,
    next,
    async ready() {
      const message = await next();
      if (!message.ready) throw new Error(`not ready: ${JSON.stringify(message)}`);
      return message.ready;
    },
    async release() {
      child.stdin!.write('release\n');
      while (!(await next()).released);
      await exited;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async interrupt() {
      process.kill(-child.pid!, 'SIGINT');
      await exited;
    },
  };
}

/** Polls until `condition` holds. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`still not: ${what}`);
    await delay(10);
  }
}

/** The process that serves a data directory. */
export function serverPid(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
}

/** Whether a process runs; one that has ended and only waits to be noticed by its parent does not. */
export function running(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const stat = process.platform === 'linux' ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ') R';
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
  } catch {
    return false;
  }
}

/** Waits until nothing supervises a server in `dir` any more; whoever does holds the lock. */
export async function supervisorEnded(dir: string): Promise<void> {
  await until('the supervisor has ended', async () => {
    const release = await tryLock(join(dir, 'postgres/lock'));
    release?.();
    return release !== undefined;
  });
}

export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
