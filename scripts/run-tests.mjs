// The test suite as a child: what failed, and what it cost. Used by `npm run test:soak` and `npm run bench`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The shell's own `times`, on its fourth stream: seconds of all that was waited for, children's children included. */
export const timed = '"$@"; status=$?; times >&3; exit $status';

/**
 * Runs the suite of the checkout `cwd` by `command` (vitest's flags are added to it), without retries. A signal to this
 * process ends the whole run.
 * @throws Error once the run has ended, if that was by a signal
 * @returns passed, failed (counts), failures ({file, name, error}), wall, user, system (seconds), status; and
 *   `output`, what the run printed
 */
export async function runTests({ cwd, command, env = process.env }) {
  const dir = mkdtempSync(join(tmpdir(), 'sparkhire-tests-'));
  const report = join(dir, 'report.json');
  const flags = ['--retry=0', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const begun = performance.now();
  let child;
  let interrupted;
  const interrupt = (signal) => {
    interrupted = signal;
    process.kill(-child.pid, signal);
  };
  const signals = ['SIGINT', 'SIGTERM'];
  for (const signal of signals) process.on(signal, interrupt);
  try {
    child = spawn('sh', ['-c', timed, 'sh', ...command, ...flags], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      // A group of its own: what it started gets a signal too.
      detached: true,
    });
    const [output, errors, times] = [1, 2, 3].map((fd) => collected(child.stdio[fd]));
    const status = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (interrupted) throw new Error(`The tests were ended by ${interrupted}.`);
    const wall = (performance.now() - begun) / 1000;
    return { status, wall, ...cpu(times()), ...outcome(report, cwd), output: `${output()}\n${errors()}` };
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
    rmSync(dir, { recursive: true, force: true });
  }
}

export function collected(stream) {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  return () => text;
}

/** User and system seconds that `timed` told of. The second line is that of the children. */
export function cpu(times) {
  const seconds = [...times.matchAll(/(\d+)m([\d.,]+)s/g)].map(
    ([, minutes, rest]) => Number(minutes) * 60 + Number(rest.replace(',', '.')),
  );
  return { user: seconds[2], system: seconds[3] };
}

function outcome(report, cwd) {
  let results;
  try {
    results = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    // It came to no end.
    return { passed: 0, failed: 0, failures: [] };
  }
  const failures = results.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = name.startsWith(cwd) ? name.slice(cwd.length + 1) : name;
    const failed = assertionResults
      .filter((test) => test.status === 'failed')
      .map(({ fullName, failureMessages }) => ({ file, name: fullName, error: failureMessages.join('\n') }));
    // A file that does not load has no tests.
    if (failed.length === 0 && status === 'failed') failed.push({ file, name: '', error: message });
    return failed;
  });
  return { passed: results.numPassedTests, failed: failures.length, failures };
}
