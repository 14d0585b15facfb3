/** The service, and what a test asks of it. */
import pg from 'pg';
import { vi } from 'vitest';
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

/** Starts `sparkhire-sync run` on a free port, and waits until it listens. */
export async function startRun(
  env: Record<string, string | undefined>,
  options: { args?: string[]; start?: typeof startProgram } = {},
): Promise<RunningService> {
  const start = options.start ?? startProgram;
  const program = start(['run', ...(options.args ?? [])], {
    env: { SYNC_HTTP_PORT: '0', SYNC_SCHEDULE: '* * * * * *', ...env },
  });
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

/** Tries again until it holds. */
export function eventually<T>(check: () => T | Promise<T>, timeoutMs = 60_000): Promise<T> {
  return vi.waitFor(check, { timeout: timeoutMs, interval: 25 });
}

/** A connection for a test's questions. Its end with the server is no news. */
export async function connectTo(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return client;
}
