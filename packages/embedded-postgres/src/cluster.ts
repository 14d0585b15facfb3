/** A PostgreSQL cluster (a data directory) and the server on it: make, start, stop. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { EmbeddedPostgresError } from './error.js';
import { giveTo, type Installation, spawnAs } from './identity.js';

/** The superuser of every embedded cluster, and the name of its database. */
export const databaseUser = 'sparkhire';
export const databaseName = 'sparkhire';

export interface ServerOptions {
  dataDir: string;
  /** TCP port on 127.0.0.1. */
  port: number;
  /** false trades safety in a crash for speed: for data that is thrown away. */
  durable: boolean;
  maxConnections?: number;
  /** Milliseconds until a server that does not become ready counts as failed. A recovery takes its time. */
  readyTimeout?: number;
  /** Receives the server's log as it comes, in pieces. */
  onLog?: (text: string) => void;
}

export interface RunningServer {
  pid: number;
  /** Resolves when the process is gone, however that came about. */
  exited: Promise<void>;
  /** Fast shutdown: breaks connections off, writes everything out. Resolves when the process is gone. */
  stop(): Promise<void>;
}

const tailLength = 4000;

/**
 * Makes a cluster with the user and the database `sparkhire` in `dataDir`, whole or not at all: it is built
 * beside it under a temporary name that `removeHalfMade` recognises.
 * @throws EmbeddedPostgresError EMBEDDED_POSTGRES_FAILED
 */
export async function initCluster(
  installation: Installation,
  options: { dataDir: string; password: string; durable: boolean },
): Promise<void> {
  const { binaries, identity } = installation;
  const building = mkdtempSync(`${options.dataDir}.new-`);
  const passwordFile = `${building}.password`;
  try {
    giveTo(identity, building);
    writeFileSync(passwordFile, options.password, { mode: 0o600, flag: 'wx' });
    if (identity.owner) chownSync(passwordFile, identity.owner.uid, identity.owner.gid);
    const args = [`--pgdata=${building}`, `--username=${databaseUser}`, '--encoding=UTF8'];
    args.push(`--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--no-instructions');
    // Behaves the same on every platform, and knows letters beyond ASCII, which locale C does not.
    args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C');
    // Nobody guesses the password of a cluster that is thrown away: hashing it once makes connections cheaper.
    if (!options.durable) args.push('--no-sync', '--no-data-checksums', '--set=scram_iterations=1');
    await runToEnd(installation, binaries.initdb, args);
    await runSingleUser(installation, building, `create database ${databaseName}`);
    renameSync(building, options.dataDir);
  } catch (error) {
    removeIfPossible(building);
    throw error;
  } finally {
    removeIfPossible(passwordFile);
  }
}

/** Root without its usual capabilities cannot look into what it has given away. */
export function removeIfPossible(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // It stays, then.
  }
}

/** A password that needs no quoting anywhere. */
export function randomPassword(): string {
  return randomBytes(24).toString('hex');
}

/** Gives the user of a stopped cluster another password. */
export async function setPassword(
  installation: Installation,
  dataDir: string,
  password: string,
): Promise<void> {
  await runSingleUser(installation, dataDir, `alter role ${databaseUser} password '${password}'`);
}

/** Runs a statement of one line on a cluster that no server runs on. */
async function runSingleUser(installation: Installation, dataDir: string, statement: string): Promise<void> {
  const args = ['--single', '-D', dataDir, '-c', 'log_min_error_statement=panic', 'template1'];
  const output = await runToEnd(installation, installation.binaries.postgres, args, `${statement}\n`);
  // In this mode a failed statement does not show in the exit status.
  if (/\b(ERROR|FATAL|PANIC):/.test(output)) throw failed('could not be set up', output);
}

function runToEnd(
  installation: Installation,
  program: string,
  args: readonly string[],
  input = '',
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawnAs(installation, program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout!.on('data', collect);
    child.stderr!.on('data', collect);
    // A program that ends before it has read everything says why by itself.
    child.stdin!.on('error', () => {});
    child.stdin!.end(input);
    child.once('error', (cause) => reject(failed('could not be set up', cause.message)));
    child.once('close', (status, signal) => {
      if (status === 0) resolve(output);
      else reject(failed(`could not be set up (${basename(program)}: ${signal ?? status})`, output));
    });
  });
}

/**
 * Starts a server and waits until it takes connections.
 * @throws EmbeddedPostgresError EMBEDDED_POSTGRES_FAILED with the last lines of its log; `portTaken` tells a port in use
 */
export function startServer(installation: Installation, options: ServerOptions): Promise<RunningServer> {
  const child = spawnAs(installation, installation.binaries.postgres, serverArgs(options), {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const stop = () => stopServer(installation, options.dataDir, child, exited);
  return new Promise((resolve, reject) => {
    let log = '';
    const settle = (error?: EmbeddedPostgresError) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve({ pid: child.pid!, exited, stop });
    };
    const timer = setTimeout(() => {
      void stop().then(() => settle(failed('did not become ready in time', log)));
    }, options.readyTimeout ?? 300_000);
    child.stderr!.on('data', (chunk: Buffer) => {
      const text = chunk.toString();
      options.onLog?.(text);
      log = (log + text).slice(-tailLength);
      if (log.includes('database system is ready to accept connections')) settle();
    });
    child.once('error', (cause) => settle(failed('did not start', cause.message)));
    child.once('close', () => settle(failed('did not start', log)));
  });
}

/** For a small machine that does other things too: memory, processes and disk are kept low. */
function serverArgs({ dataDir, port, durable, maxConnections = 100 }: ServerOptions): string[] {
  const settings: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: maxConnections,
    shared_buffers: '64MB',
    max_wal_size: '512MB',
    // Nothing is replicated from here.
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_logical_replication_workers: 0,
    // Parallel queries need shared memory of the kind that containers have little of.
    max_parallel_workers_per_gather: 0,
    io_method: 'sync',
    jit: 'off',
    // Statements and rows are personal data: they stay out of the log.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
    lc_messages: 'C',
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
  if (!durable) {
    Object.assign(settings, { fsync: 'off', full_page_writes: 'off', autovacuum: 'off' });
  }
  return ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

async function stopServer(
  { binaries }: Installation,
  dataDir: string,
  child: ChildProcess,
  exited: Promise<void>,
): Promise<void> {
  if (process.platform === 'win32') {
    // There are no signals there; pg_ctl has its own way to say it.
    spawn(binaries.pgCtl, ['stop', '-D', dataDir, '-m', 'fast', '-w'], { stdio: 'ignore' });
  } else {
    child.kill('SIGINT');
  }
  // Writing everything out may take long on a slow disk. Then, rather than never, it ends without.
  const harder = setTimeout(() => child.kill('SIGQUIT'), 60_000);
  const hardest = setTimeout(() => child.kill('SIGKILL'), 70_000);
  await exited;
  clearTimeout(harder);
  clearTimeout(hardest);
}

/** Whether a start failed because something else has the port. */
export function portTaken(error: unknown): boolean {
  return error instanceof EmbeddedPostgresError && /could not bind IPv4 address/.test(error.message);
}

/** Whether a start failed because processes of a killed server have not ended yet. */
export function predecessorEnding(error: unknown): boolean {
  return error instanceof EmbeddedPostgresError && /pre-existing shared memory block/.test(error.message);
}

function failed(what: string, output: string): EmbeddedPostgresError {
  const lines = output.trim().split('\n').slice(-8).join('\n');
  return new EmbeddedPostgresError('EMBEDDED_POSTGRES_FAILED', `The embedded PostgreSQL ${what}:\n${lines}`, {
    remedy: remedyFor(lines),
  });
}

function remedyFor(output: string): string {
  if (/No space left on device|Disk quota exceeded|Check free disk space/.test(output)) {
    return 'The disk is full: free some space, then start again.';
  }
  if (/is not compatible with this version|incompatible with server/.test(output)) {
    return 'The data are of another version of PostgreSQL: use the version of this program that made them, or remove them (.data/postgres) to start empty, or set DATABASE_URL.';
  }
  if (/could not look up effective user ID/.test(output)) {
    return 'PostgreSQL needs a user with a name: add this one to /etc/passwd, run as another, or set DATABASE_URL.';
  }
  if (/Permission denied|Read-only file system|Operation not permitted/.test(output)) {
    return 'Make the data directory (.data) writable for the user who runs the program, or set DATABASE_URL.';
  }
  return 'See docs/embedded-postgres.md, or set DATABASE_URL to a PostgreSQL server of your own.';
}
