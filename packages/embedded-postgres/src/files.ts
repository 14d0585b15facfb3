/**
 * What is kept beside an embedded cluster (`data`) in `.data/postgres/`, and how it is read and written.
 */
import {
  chmodSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { EmbeddedPostgresError } from './error.js';

export interface Files {
  home: string;
  /** Locked by the supervisor as long as it lives. Never removed: the lock is on the file, not on its name. */
  lock: string;
  settings: string;
  control: string;
  log: string;
}

/** Belongs to the data: lost only with it. Mode 0600. */
export interface Settings {
  password: string;
  /** The TCP port of the last start; taken again if it is free. */
  port: number;
  /** A directory elsewhere, where an unprivileged user can reach binaries and data. */
  place?: string;
}

/** Where the running supervisor listens for those who use the server. Mode 0600. */
export interface Control {
  /** The supervisor's process, for people to see. */
  pid: number;
  port: number;
  token: string;
}

export function filesIn(directory: string): Files {
  const home = join(directory, 'postgres');
  return {
    home,
    lock: join(home, 'lock'),
    settings: join(home, 'settings.json'),
    control: join(home, 'control.json'),
    log: join(home, 'server.log'),
  };
}

const largestLog = 1_000_000;

/**
 * Makes the directory, and opens the log to append to it (a large one starts anew).
 * @returns the log's file descriptor
 * @throws EmbeddedPostgresError EMBEDDED_POSTGRES_FAILED when the directory cannot be written
 */
export function prepareFiles(files: Files): number {
  try {
    mkdirSync(files.home, { recursive: true });
    // Root's server runs as another user, who passes through here; what is secret has modes of its own.
    const mode = statSync(files.home).mode;
    if ((mode & 0o111) !== 0o111) chmodSync(files.home, mode | 0o111);
    const large = (statSync(files.log, { throwIfNoEntry: false })?.size ?? 0) > largestLog;
    return openSync(files.log, large ? 'w' : 'a', 0o600);
  } catch (error) {
    throw fileProblem(error, files.home);
  }
}

/** Turns an error of the file system into one that says what to do; other errors stay as they are. */
export function fileProblem(error: unknown, path: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined || error instanceof EmbeddedPostgresError) return error;
  const remedies: Record<string, string> = {
    EACCES: `Make ${path} writable for the user who runs the program, or set DATABASE_URL.`,
    ENOSPC: 'The disk is full: free some space, then start again.',
  };
  remedies.EPERM = remedies.EROFS = remedies.EACCES!;
  remedies.EDQUOT = remedies.ENOSPC!;
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_FAILED',
    `The embedded PostgreSQL cannot use ${path}: ${message}`,
    {
      cause: error,
      remedy: remedies[code] ?? 'Set DATABASE_URL to a PostgreSQL server of your own.',
    },
  );
}

export function readSettings(files: Files): Settings | undefined {
  return readJson<Settings>(
    files.settings,
    ({ password, port }) => /^[0-9a-f]{16,}$/.test(String(password)) && Number.isInteger(port),
  );
}

export function readControl(files: Files): Control | undefined {
  return readJson<Control>(
    files.control,
    ({ token, port }) => typeof token === 'string' && Number.isInteger(port),
  );
}

/** undefined where it is missing or damaged: both can be made anew. */
function readJson<T>(path: string, valid: (value: Partial<T>) => boolean): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fileProblem(error, path);
  }
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === 'object' && valid(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whole or not at all, for our eyes only. */
export function writeJson(path: string, value: Settings | Control): void {
  const written = `${path}.${process.pid}`;
  try {
    writeFileSync(written, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(written, path);
  } catch (error) {
    rmSync(written, { force: true });
    throw fileProblem(error, path);
  }
}

/** Removes the control file if it is still the one with this token: a successor may have written its own. */
export function removeControl(files: Files, token: string): void {
  if (readControl(files)?.token === token) rmSync(files.control, { force: true });
}

/** What tells this directory from a copy of it, which brings copies of these files along. */
export function identityOf(files: Files): string {
  const { dev, ino } = statSync(files.lock);
  return `${dev}:${ino}`;
}
