/** The built program as a user runs it: a child process with an environment of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  oneLineOfJson,
  openTranscript,
  type Program,
  type ProgramOptions,
  type ProgramResult,
} from './program.js';

const bin = fileURLToPath(new URL('../../bin/sparkhire-sync.js', import.meta.url));

export interface ProcessOptions extends ProgramOptions {
  cwd?: string;
}

export interface RunningProcess extends Program {
  child: ChildProcess;
}

/** Those of tests that ended before their processes did. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts `sparkhire-sync` with these arguments. */
export function startProcess(args: readonly string[], options: ProcessOptions = {}): RunningProcess {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR, ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  child.stdin?.on('error', () => {}).end(options.input);
  const transcript = openTranscript();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.setEncoding('utf8').on('data', (chunk: string) => transcript.add(name, chunk));
  }
  const ended = once(child, 'close').then(([code, signal]): ProgramResult => {
    running.delete(child);
    return {
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      ...transcript.text,
      json: oneLineOfJson(transcript.text.stdout),
    };
  });
  return {
    child,
    output: () => ({ ...transcript.text }),
    kill: (signal) => void child.kill(signal),
    cutOff() {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
    },
    ended,
    waitForLine: (pattern) => transcript.waitForLine(pattern, ended),
  };
}

/** Runs `sparkhire-sync` to its end. */
export function runProcess(args: readonly string[], options: ProcessOptions = {}): Promise<ProgramResult> {
  return startProcess(args, options).ended;
}
