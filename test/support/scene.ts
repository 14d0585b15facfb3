/** An emulator, a database, and the program between them: what a story is played on. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { expect } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '#emulators/emulator/index';
import { createTestDatabase } from './database.js';
import { type Ask, inTurn } from './in-turn.js';
import { differences, expectedMirror, storedMirror } from './mirror-oracle.js';
import { type RunningProcess, startProcess } from './process.js';
import { accountSettings, type Program, startProgram } from './program.js';
import { connectTo, eventually, listening, type RunningService, startRun } from './service.js';

export interface Scene {
  emulator: Emulator;
  databaseUrl: string;
  /** For the questions of the test. */
  client: pg.Client;
  /** The settings for this emulator and database, and more. */
  settings(more?: Record<string, string | undefined>): Record<string, string | undefined>;
  /** Starts `run` with these settings besides those for this emulator and database, and those of a file in YAML. */
  start(more?: Record<string, string | undefined>, config?: string): Promise<RunningService>;
  /** Starts `run` as a process of its own, which can be killed. */
  startProcess(more?: Record<string, string | undefined>, config?: string): Promise<RunningService>;
  /** Starts another command. */
  command(args: string[], more?: Record<string, string | undefined>, input?: string): Program;
  /** Starts another command as a process of its own, which can be killed. */
  process(args: string[], more?: Record<string, string | undefined>, cwd?: string): RunningProcess;
  /** A file with these settings in YAML, for SYNC_CONFIG. */
  settingsFile(yaml: string): string;
  rows<Row>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** What the mirror has that Spark Hire has not, and the other way round. */
  wrong(account?: string): Promise<string[]>;
  /** Waits until nothing is wrong any more. */
  isTrue(): Promise<void>;
  /** Waits until all that a service does of itself is its ticks. */
  onlyTicks(): Promise<void>;
  /** Requests by the time of their arrival, in milliseconds. */
  arrivals(): number[];
}

export interface SceneOptions extends EmulatorOptions {
  /** Another database than one of the test server's. */
  databaseUrl?: string;
}

type OnFinished = (clean: () => Promise<void>) => void;

/** @param onFinished the test's own: what was opened is closed by it, processes are killed */
export async function openScene(onFinished: OnFinished, options: SceneOptions = {}): Promise<Scene> {
  const { databaseUrl: given, ...emulated } = options;
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
  let ask: Ask;
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
  const settings: Scene['settings'] = (more) => accountSettings(emulator, url, more);

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
      ask = inTurn(client);
      return client;
    });
    connected.catch(() => {
      connected = undefined;
    });
    return connected;
  }
  if (given === undefined) await connection();

  async function startService(
    start: typeof startProgram,
    more: Record<string, string | undefined> = {},
    config?: string,
  ): Promise<RunningService> {
    const args = config === undefined ? [] : ['--config', scene.settingsFile(config)];
    const program = startRun(settings(more), args, start);
    programs.push(program);
    return listening(program);
  }

  /** What the service does besides ticks and what each tick looks for; when the last whole tick began. */
  async function activities() {
    const rows = await scene.rows<{
      looked_at: Date;
      ticked_at: Date | null;
      begun: Record<string, string>;
      under_way: string[];
    }>(
      `with others as (select * from sync.activities where activity not in ('tick', 'events', 'push'))
       select clock_timestamp() as looked_at,
         (select started_at from sync.activities where activity = 'tick' and succeeded_at > started_at) as ticked_at,
         (select jsonb_object_agg(activity, started_at) from others) as begun,
         array(select activity from others where succeeded_at is null or succeeded_at < started_at) as under_way`,
    );
    return rows[0]!;
  }

  const scene: Scene = {
    emulator,
    databaseUrl: url,
    settings,
    get client() {
      return current!;
    },
    start: (more, config) => startService(startProgram, more, config),
    startProcess: (more, config) => startService(startProcess, more, config),
    command(args, more = {}, input) {
      const program = startProgram(args, { env: settings(more), input });
      programs.push(program);
      return program;
    },
    process(args, more = {}, cwd) {
      const program = startProcess(args, { env: settings(more), cwd });
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
      await connection();
      return (await ask(sql, values)).rows;
    },
    async wrong(account) {
      return differences(expectedMirror(emulator), await storedMirror(await connection(), account));
    },
    // The whole mirror is compared: not as often as one value is.
    isTrue: () => eventually(async () => expect(await scene.wrong()).toEqual([]), { everyMs: 150 }),
    async onlyTicks() {
      // Ticks trigger the rest: nothing is under way, and a whole tick later nothing has begun.
      for (;;) {
        const before = await eventually(async () => {
          const now = await activities();
          expect(now.under_way).toEqual([]);
          return now;
        });
        const after = await eventually(async () => {
          const now = await activities();
          expect(now.ticked_at).not.toBeNull();
          expect(now.ticked_at! > before.looked_at).toBe(true);
          return now;
        });
        if (isDeepStrictEqual(after.begun, before.begun)) return;
      }
    },
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

type RequestRecord = Emulator['requests'][number];

/** Resolves in the moment the nth request that matches arrives, counted from now. */
export function nthRequest(
  { emulator }: Pick<Scene, 'emulator'>,
  nth: number,
  matches: (request: RequestRecord) => boolean = () => true,
): Promise<void> {
  return new Promise((resolve) => {
    let seen = 0;
    const off = emulator.onRequest((request) => {
      if (!matches(request) || ++seen !== nth) return;
      off();
      resolve();
    });
  });
}

/** Has the nth request that matches, and all that follow it, wait until they are let on. */
export function halt(
  { emulator }: Pick<Scene, 'emulator'>,
  nth: number,
  matches: (request: RequestRecord) => boolean,
): { reached: Promise<void>; letOn(): void } {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let off = () => {};
  const reached = new Promise<void>((resolve) => {
    let seen = 0;
    off = emulator.onRequest(async (request) => {
      if (!matches(request) || ++seen < nth) return;
      resolve();
      await released;
    });
  });
  return {
    reached,
    letOn() {
      off();
      release();
    },
  };
}
