// What the test suite costs: seconds, and CPU seconds of all its processes; beside the same at another commit.
import { fileURLToPath } from 'node:url';
import { runTests } from '../scripts/run-tests.mjs';
import { checkOut } from './checkout.mjs';
import { fixed, median, printTable, whole } from './figures.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');

/** @param commit what to compare with; @param filter files of vitest's, all if none; @param rounds how often each */
export async function tests({ commit, filter = [], rounds = 1 }) {
  const checkouts = [{ name: 'this checkout', cwd: root, runs: [] }];
  const other = commit === undefined ? null : checkOut(commit);
  if (other) checkouts.unshift({ name: other.commit, cwd: other.folder, runs: [] });
  try {
    for (let round = 0; round < rounds; round++) {
      for (const { cwd, runs } of checkouts) {
        const run = await runTests({ cwd, command: ['npm', 'test', '--', ...filter] });
        // Without its output, which is long.
        runs.push({ ...run, output: undefined });
        if (run.passed === 0) throw new Error(`The tests in ${cwd} did not run:\n${run.output.slice(-2000)}`);
      }
    }
  } finally {
    other?.remove();
  }
  const results = checkouts.map(({ name, runs }) => ({ name, runs, ...medians(runs) }));
  console.log(`\nTests: npm test${filter.map((one) => ` ${one}`).join('')}, medians of ${rounds}`);
  const row = ({ name, passed, failed, ...r }) => [
    ...[name, whole(passed), whole(failed)],
    ...[r.wall, r.user, r.system, r.cpu].map((value) => fixed(value, 1)),
  ];
  const rows = results.map(row);
  if (other) {
    const [was, is] = results;
    const ratio = (of) => fixed(is[of] / was[of]);
    rows.push(['ratio', '', '', ratio('wall'), ratio('user'), ratio('system'), ratio('cpu')]);
  }
  printTable(['', 'passed', 'failed', 'wall s', 'user s', 'system s', 'user + system s'], rows);
  return { filter, rounds, results };
}

function medians(runs) {
  const of = (name) => median(runs.map((run) => run[name]));
  const cpu = median(runs.map(({ user, system }) => user + system));
  // Of all runs, the most that failed.
  const failed = Math.max(...runs.map((run) => run.failed));
  return { passed: of('passed'), failed, wall: of('wall'), user: of('user'), system: of('system'), cpu };
}
