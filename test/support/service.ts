/** The service, and what a test asks of it. */
import pg from 'pg';
import { vi } from 'vitest';
import { hangMs } from './hang.js';
import { type Program, startProgram } from './program.js';

export interface RunningService {
  program: Program;
  /** Its address on this machine. */
  url: string;
  /** Its log lines so far. */
  lines(): Array<Record<string, unknown>>;
  get(path: string): Promise<{ status: number; body: string; json: unknown }>;
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): ReturnType<() => Program['ended']>;
}

/** Starts `sparkhire-sync run` on a free port. */
export function startRun(
  env: Record<string, string | undefined>,
  args: readonly string[] = [],
  start: typeof startProgram = startProgram,
): Program {
  return start(['run', ...args], { env: { SYNC_HTTP_PORT: '0', SYNC_SCHEDULE: '* * * * * *', ...env } });
}

/** Waits until the service listens. */
export async function listening(program: Program): Promise<RunningService> {
  const line = JSON.parse(await program.waitForLine(/"event":"listening"/)) as { url: string };
  return {
    program,
    url: line.url,
    lines: () =>
      program
        .output()
        .stderr.split('\n')
        .filter((text) => text.startsWith('{') && text.endsWith('}'))
        .map((text) => JSON.parse(text) as Record<string, unknown>),
    async get(path) {
      const response = await fetch(`${line.url}${path}`);
      const body = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') === true;
      return { status: response.status, body, json: isJson ? JSON.parse(body) : undefined };
    },
    stop(signal = 'SIGTERM') {
      program.kill(signal);
      return program.ended;
    },
  };
}

/** Tries again until it holds; what never does is a hang. */
export function eventually<T>(check: () => T | Promise<T>, { everyMs = 50 } = {}): Promise<T> {
  // Given up before the runner does, which does not know what failed to hold.
  return vi.waitFor(check, { timeout: (hangMs * 2) / 3, interval: everyMs });
}

/** A connection for a test's questions. Its end with the server is no news. */
export async function connectTo(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return client;
}
