/** The program in the test's own process: a command is a call of `main`, with an environment and streams of its own. */
import { Readable, Writable } from 'node:stream';
import { main } from '../../src/cli/index.js';
import { type Invocation, stoppedBy } from '../../src/cli/invocation.js';

export interface ProgramOptions {
  /** Besides these nothing is handed on: a developer's own settings stay out. */
  env?: Record<string, string | undefined>;
  /** What it reads on standard input; nothing unless given. */
  input?: string | AsyncIterable<Buffer>;
}

export interface ProgramResult {
  /** null if a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** stdout as one line of JSON; undefined if it is anything else. */
  json: unknown;
}

export interface Program {
  /** What came so far. */
  output(): { stdout: string; stderr: string };
  /** SIGTERM or SIGINT; any other takes a process of its own (`startProcess`). */
  kill(signal: NodeJS.Signals): void;
  /** Ends it at once where it is a process, else as SIGTERM does. */
  cutOff(): void;
  /** Resolves once it has ended and all its output has been read. */
  ended: Promise<ProgramResult>;
  /** The first line of stdout or stderr that matches. Rejects if the program ends without one. */
  waitForLine(pattern: RegExp): Promise<string>;
}

/** What a program has printed, and who waits for a line of it. */
export function openTranscript() {
  const text = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  return {
    text,
    add(name: 'stdout' | 'stderr', chunk: string) {
      text[name] += chunk;
      for (const watch of watchers) watch();
    },
    waitForLine(pattern: RegExp, ended: Promise<ProgramResult>): Promise<string> {
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

/** What `main` is called with: an environment, an input, a place for what it prints, and a signal to stop. */
export function openInvocation(
  options: ProgramOptions = {},
  signal: AbortSignal = new AbortController().signal,
) {
  const transcript = openTranscript();
  const output = (name: 'stdout' | 'stderr') =>
    new Writable({
      decodeStrings: false,
      write(chunk: string | Buffer, _encoding, done) {
        transcript.add(name, String(chunk));
        done();
      },
    });
  const invocation: Invocation = {
    env: options.env ?? {},
    stdin: Readable.from(
      typeof options.input === 'object' ? options.input : [Buffer.from(options.input ?? '')],
    ),
    stdout: output('stdout'),
    stderr: output('stderr'),
    stopSignal: () => signal,
    exitCode: 0,
  };
  return { invocation, transcript };
}

/** Starts a command of `sparkhire-sync`. */
export function startProgram(args: readonly string[], options: ProgramOptions = {}): Program {
  const stop = new AbortController();
  const { invocation, transcript } = openInvocation(options, stop.signal);
  const ended = main(args, invocation).then(
    (code): ProgramResult => ({
      code,
      signal: null,
      ...transcript.text,
      json: oneLineOfJson(transcript.text.stdout),
    }),
  );
  const kill = (signal: NodeJS.Signals) => {
    if (signal !== 'SIGTERM' && signal !== 'SIGINT') throw new Error(`${signal} takes a process of its own`);
    if (!stop.signal.aborted) stop.abort(stoppedBy(signal));
  };
  return {
    output: () => ({ ...transcript.text }),
    kill,
    cutOff: () => kill('SIGTERM'),
    ended,
    waitForLine: (pattern) => transcript.waitForLine(pattern, ended),
  };
}

/** Runs a command of `sparkhire-sync` to its end. */
export function runProgram(args: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
  return startProgram(args, options).ended;
}

/** @returns undefined if it is anything else than one line of JSON */
export function oneLineOfJson(stdout: string): unknown {
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
