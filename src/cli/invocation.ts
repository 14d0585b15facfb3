/** One call of the command line, with what it has of the world around it: its process's, or a test's. */
import type { Writable } from 'node:stream';
import { SyncError } from '../errors.js';
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
  /** Aborted once the command is to stop. Only a command that can stop in order asks for it. */
  stopSignal(): AbortSignal;
  /** What the command sets for its end: one of `exitCodes`. */
  exitCode: number;
}

/** Ctrl-C reaches a process from the terminal and again through npm: that is one signal, not two. */
const sameSignalMs = 1000;

/** The invocation that this process is; `stopped` once a signal has told it to stop. */
export function processInvocation(): Invocation & { stopped: boolean } {
  const { env, stdin, stdout, stderr } = process;
  // A reader that went away (`| head`) is no failure of ours.
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(exitCodes.done);
      throw error;
    });
  }
  let signal: AbortSignal | undefined;
  return {
    env,
    get stdin() {
      return stdin;
    },
    stdout,
    stderr,
    stopSignal() {
      signal ??= stopSignal();
      return signal;
    },
    get stopped() {
      return signal?.aborted === true;
    },
    exitCode: exitCodes.done,
  };
}

/** Aborts on SIGINT or SIGTERM; a second signal, a second later or more, ends the process at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let firstAt = 0;
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      if (performance.now() - firstAt > sameSignalMs) process.exit(exitCodes.failed);
      return;
    }
    firstAt = performance.now();
    controller.abort(stoppedBy(name));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
}

export function stoppedBy(name: NodeJS.Signals): SyncError {
  return new SyncError('ABORTED', `Stopped by ${name}.`, {
    remedy: 'Run it again: it goes on where it stopped.',
  });
}
