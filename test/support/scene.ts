/** An emulator, a database, and the program between them: what a story is played on. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { expect } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/index.js';
import { createTestDatabase } from './database.js';
import { differences, expectedMirror, storedMirror } from './mirror-oracle.js';
import { type RunningProcess, startProcess } from './process.js';
import { accountSettings, type Program, startProgram } from './program.js';
import { connectTo, eventually, type RunningService, startRun } from './service.js';

export interface Scene {
  emulator: Emulator;
  databaseUrl: string;
  /** For the questions of the test. */
  client: pg.Client;
  /** Starts `run` with these settings besides those for this emulator and database. */
  start(more?: Record<string, string | undefined>, config?: string): Promise<RunningService>;
  /** Starts another command. */
  command(args: string[], more?: Record<string, string | undefined>, input?: string): Program;
  /** Starts another command as a process of its own, which can be killed. */
  process(args: string[], more?: Record<string, string | undefined>): RunningProcess;
  /** A file with these settings in YAML, for SYNC_CONFIG. */
  settingsFile(yaml: string): string;
  rows<Row>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** What the mirror has that Spark Hire has not, and the other way round. */
  wrong(account?: string): Promise<string[]>;
  /** Waits until nothing is wrong any more. */
  isTrue(timeoutMs?: number): Promise<void>;
  /** Requests by the time of their arrival, in milliseconds. */
  arrivals(): number[];
}

export interface SceneOptions extends EmulatorOptions {
  /** Another database than one of the test server's. */
  databaseUrl?: string;
  /** What a signal, a kill or a pipe is the point of takes the built program, each command a process of its own. */
  processes?: boolean;
}

type OnFinished = (clean: () => Promise<void>) => void;

/** @param onFinished the test's own: what was opened is closed by it, processes are killed */
export async function openScene(onFinished: OnFinished, options: SceneOptions = {}): Promise<Scene> {
  const { databaseUrl: given, processes = false, ...emulated } = options;
  const startCommand = processes ? startProcess : startProgram;
  const database = given === undefined ? await createTestDatabase() : undefined;
  const url = given ?? database!.url;
  const emulator = await startEmulator({
    users: 4,
    jobs: 5,
    interviews: 30,
    shareLinks: 3,
    rateLimit: 1_000_000,
    ...emulated,
  });
  const programs: Program[] = [];
  let files = 0;
  let connected: Promise<pg.Client> | undefined;
  let current: pg.Client | undefined;
  const directory = mkdtempSync(join(tmpdir(), 'sparkhire-e2e-'));
  onFinished(async () => {
    for (const program of programs) program.cutOff();
    // What still waits for an answer gets none.
    await emulator.close();
    await Promise.all(programs.map(({ ended }) => ended));
    await current?.end().catch(() => {});
    await database?.drop();
    rmSync(directory, { recursive: true, force: true });
  });
  const settings = (more: Record<string, string | undefined>) => accountSettings(emulator, url, more);

  /** A server that was restarted needs another connection. */
  async function connection(): Promise<pg.Client> {
    connected ??= connectTo(url).then((client) => {
      client.on('error', () => {
        connected = undefined;
      });
      client.on('end', () => {
        connected = undefined;
      });
      current = client;
      return client;
    });
    connected.catch(() => {
      connected = undefined;
    });
    return connected;
  }
  if (given === undefined) await connection();

  const scene: Scene = {
    emulator,
    databaseUrl: url,
    get client() {
      return current!;
    },
    async start(more = {}, config) {
      const args: string[] = [];
      if (config !== undefined) {
        const file = join(directory, `settings-${programs.length}.yaml`);
        writeFileSync(file, config);
        args.push('--config', file);
      }
      const service = await startRun(settings(more), { args, start: startCommand });
      programs.push(service.program);
      return service;
    },
    command(args, more = {}, input) {
      const program = startCommand(args, { env: settings(more), input });
      programs.push(program);
      return program;
    },
    process(args, more = {}) {
      const program = startProcess(args, { env: settings(more) });
      programs.push(program);
      return program;
    },
    settingsFile(yaml) {
      files += 1;
      const file = join(directory, `file-${files}.yaml`);
      writeFileSync(file, yaml);
      return file;
    },
    async rows(sql, values) {
      return (await (await connection()).query(sql, values)).rows;
    },
    async wrong(account) {
      return differences(expectedMirror(emulator), await storedMirror(await connection(), account));
    },
    isTrue: (timeoutMs = 45_000) =>
      eventually(async () => expect(await scene.wrong()).toEqual([]), timeoutMs),
    arrivals: () => emulator.requests.map(({ at }) => at),
  };
  return scene;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The events of warnings and errors in a service's log. */
export function complaints(service: Pick<RunningService, 'lines'>): string[] {
  return service
    .lines()
    .filter(({ level }) => (level as number) >= 40)
    .map(({ event, activity, resource, code }) =>
      [event, activity, resource, code].filter(Boolean).join(' '),
    );
}

/** The most requests that arrived within any window of so many milliseconds. */
export function fullestWindow(arrivals: readonly number[], windowMs: number): number {
  const sorted = [...arrivals].sort((a, b) => a - b);
  let most = 0;
  let first = 0;
  for (let last = 0; last < sorted.length; last++) {
    while (sorted[last]! - sorted[first]! >= windowMs) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
