/** One call of the command line, with what it has of the world around it: its process's, or a test's. */
import { fstatSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { SyncError } from '../errors.js';
import { fileOutput } from './report/file-output.js';
import type { SecretSource } from './secret-input.js';

export const exitCodes = { done: 0, failed: 1, usage: 2, waits: 3 } as const;

/** A stream for people or programs; a terminal says so. */
export type Output = Writable & { isTTY?: boolean; columns?: number };

export interface Invocation {
  /** Environment variables. */
  env: Readonly<Record<string, string | undefined>>;
  stdin: SecretSource;
  /** Results. */
  stdout: Output;
  /** Logs, progress, and what went wrong. */
  stderr: Output;
  /** Whether `--no-color` was given. */
  noColor?: boolean;
  /** Aborted once the command is to stop. Only a command that can stop in order asks for it. */
  stopSignal(): AbortSignal;
  /** What the command sets for its end: one of `exitCodes`. */
  exitCode: number;
}

/** Ctrl-C reaches a process from the terminal and again through npm: that is one signal, not two. */
const sameSignalMs = 1000;

/** The invocation that this process is; `stopped` once a signal has told it to stop. */
export function processInvocation(): Invocation & { stopped: boolean } {
  // A reader that went away (`| head`) is no failure of ours.
  const results = (stream: NodeJS.WriteStream): Output =>
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(exitCodes.done);
      fileOutput(2).write(`The output cannot be written: ${error.message}\n`);
      process.exit(exitCodes.failed);
    });
  // Work goes on without whoever read its log.
  const log = (stream: NodeJS.WriteStream): Output => stream.on('error', () => {});
  // Node makes its streams when they are asked for, and few commands need all three.
  let stdout: Output | undefined;
  let stderr: Output | undefined;
  let signal: AbortSignal | undefined;
  return {
    env: process.env,
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      stdout ??= results(process.stdout);
      return stdout;
    },
    get stderr() {
      stderr ??= leadsToFile(2) ? fileOutput(2) : log(process.stderr);
      return stderr;
    },
    stopSignal() {
      signal ??= stopOnSignals(process, () => performance.now());
      return signal;
    },
    get stopped() {
      return signal?.aborted === true;
    },
    exitCode: exitCodes.done,
  };
}

/** A file or a device, and no terminal, pipe or socket. */
function leadsToFile(fd: number): boolean {
  try {
    const kind = fstatSync(fd);
    return kind.isFile() || (kind.isCharacterDevice() && !isatty(fd));
  } catch {
    return false;
  }
}

/** What is asked of a process for its signals. */
export interface Signalled {
  on(name: 'SIGINT' | 'SIGTERM', listener: (name: NodeJS.Signals) => void): unknown;
  exit(code: number): void;
}

/**
 * Aborts on SIGINT or SIGTERM; a second signal, a second later or more, ends the process at once.
 * @param now milliseconds that only ever grow
 */
export function stopOnSignals(of: Signalled, now: () => number): AbortSignal {
  const controller = new AbortController();
  let firstAt = 0;
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      if (now() - firstAt > sameSignalMs) of.exit(exitCodes.failed);
      return;
    }
    firstAt = now();
    controller.abort(stoppedBy(name));
  };
  of.on('SIGINT', onSignal);
  of.on('SIGTERM', onSignal);
  return controller.signal;
}

export function stoppedBy(name: NodeJS.Signals): SyncError {
  return new SyncError('ABORTED', `Stopped by ${name}.`, {
    remedy: 'Run it again: it goes on where it stopped.',
  });
}
