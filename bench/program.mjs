// The built program as a child process.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const program = fileURLToPath(new URL('../bin/sparkhire-sync.js', import.meta.url));
const reporter = new URL('./report-peak.mjs', import.meta.url).href;

export function environment(extra) {
  const { PATH, HOME, TMPDIR, TEMP, SystemRoot } = process.env;
  return { PATH, HOME, TMPDIR, TEMP, SystemRoot, LOG_LEVEL: 'error', ...extra };
}

/** @returns the exit code of a child process, and what it wrote to stdout */
export async function ended(child) {
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, output };
}

/** Runs it to its end, with the exit code 0 unless another is expected. @returns its --json answer, the most memory it held at once in MB, and CPU seconds */
export async function run(args, env, { code: wanted = 0, file = program } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sparkhire-bench-peak-'));
  const peakFile = join(folder, 'peak');
  try {
    const child = spawn(process.execPath, ['--import', reporter, file, ...args], {
      env: environment({ ...env, BENCH_PEAK_FILE: peakFile }),
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { code, output } = await ended(child);
    if (code !== wanted) throw new Error(`sparkhire-sync ${args.join(' ')} ended with ${code}: ${output}`);
    const { peakKb, cpuMs } = JSON.parse(readFileSync(peakFile, 'utf8'));
    return { answer: JSON.parse(output), peakMb: peakKb / 1024, cpuSeconds: cpuMs / 1000 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts an emulator in a process of its own. @returns what it says about itself, and `stop()` */
export async function startEmulator(args) {
  const child = spawn(process.execPath, [program, 'emulator', '--port', '0', '--json', ...args], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const about = await new Promise((resolve, reject) => {
    let output = '';
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`the emulator ended with ${code}`)));
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      if (output.includes('\n')) resolve(JSON.parse(output));
    });
  });
  return {
    about,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The fewest requests that read all listings: every row in full pages, the others in one answer each. */
export function leastForListings(jobs, interviews, pageSize) {
  const inOneAnswer = ['users', 'question_sets', 'share_links', 'companies', 'plans'];
  return Math.ceil(jobs / pageSize) + Math.ceil(interviews / pageSize) + inOneAnswer.length;
}
