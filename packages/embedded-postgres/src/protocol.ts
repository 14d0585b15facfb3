/** What a supervisor and the users of its server tell each other: JSON, one message a line. */
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { ErrorCode } from './error.js';

/** A user's first line. Any further line says that it is done; the supervisor closes when that is settled. */
export interface Hello {
  token: string;
  /** `identityOf` the directory the user means: a copied directory has the same token and is another one. */
  directory: string;
}

export interface ReportedError {
  code: ErrorCode;
  message: string;
  remedy?: string | undefined;
}

export interface ServerReady {
  url: string;
  dataDir: string;
  notice?: string | undefined;
}

/** `joined` comes at once, the other when the start is over. */
export type FromSupervisor = { joined: true } | { ready: ServerReady } | { failed: ReportedError };

/** A new supervisor's only message to the process that started it. */
export type ToParent = 'listening' | 'busy' | { failed: ReportedError };

/** Calls `onLine` for each line that arrives. An error of the connection is nothing more than its end. */
export function readLines(socket: Socket, onLine: (line: string) => void): void {
  socket.on('error', () => {});
  const lines = createInterface({ input: socket });
  // It repeats the socket's.
  lines.on('error', () => {});
  lines.on('line', onLine);
}
