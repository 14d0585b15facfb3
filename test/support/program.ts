/** The built program as a user runs it: a child process with an environment of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../bin/sparkhire-sync.js', import.meta.url));

export interface ProgramOptions {
  /** Besides PATH and HOME nothing is handed on: a developer's own settings stay out. */
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** What it reads on standard input; nothing unless given. */
  input?: string;
  /** The program is killed after so long; 30 s unless given. */
  timeoutMs?: number;
}

export interface ProgramResult {
  /** null if a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** stdout as one line of JSON; undefined if it is anything else. */
  json: unknown;
  /** From the start to the end. */
  ms: number;
}

export interface Program {
  child: ChildProcess;
  /** What came so far. */
  output(): { stdout: string; stderr: string };
  kill(signal: NodeJS.Signals): void;
  /** Resolves once it has ended and all its output has been read. */
  ended: Promise<ProgramResult>;
  /** The first line of stdout or stderr that matches. Rejects if the program ends without one. */
  waitForLine(pattern: RegExp): Promise<string>;
}

/** Starts `sparkhire-sync` with these arguments. */
export function startProgram(args: readonly string[], options: ProgramOptions = {}): Program {
  const started = performance.now();
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR, ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => {}).end(options.input);
  const text = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
      for (const watch of watchers) watch();
    });
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 30_000);
  const ended = once(child, 'close').then(([code, signal]): ProgramResult => {
    clearTimeout(timer);
    return {
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      ...text,
      json: oneLineOfJson(text.stdout),
      ms: performance.now() - started,
    };
  });
  return {
    child,
    output: () => ({ ...text }),
    kill: (signal) => void child.kill(signal),
    ended,
    waitForLine(pattern) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const line = `${text.stdout}\n${text.stderr}`.split('\n').find((one) => pattern.test(one));
          if (line === undefined) return;
          watchers.delete(look);
          resolve(line);
        };
        watchers.add(look);
        look();
        void ended.then(({ code, stderr }) => {
          reject(new Error(`ended with ${code} before a line matched ${pattern}:\n${stderr}`));
        });
      });
    },
  };
}

/** Runs `sparkhire-sync` to its end. */
export function runProgram(args: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
  return startProgram(args, options).ended;
}

function oneLineOfJson(stdout: string): unknown {
  if (!/^[^\n]+\n$/.test(stdout)) return undefined;
  try {
    return JSON.parse(stdout);
  } catch {
    return undefined;
  }
}

/** Settings for one account at an emulator, with nothing to wait for. */
export function accountSettings(
  emulator: { url: string; adminKey: string },
  databaseUrl: string,
  more: Record<string, string | undefined> = {},
): Record<string, string | undefined> {
  return {
    DATABASE_URL: databaseUrl,
    SPARKHIRE_BASE_URL: emulator.url,
    SPARKHIRE_API_KEY: emulator.adminKey,
    SPARKHIRE_RATE_LIMIT: '1000000',
    SPARKHIRE_RATE_WINDOW_SECONDS: '1',
    ...more,
  };
}
