// What planning one share request costs that names many reviewers and many interviews; beside another commit.
import { spawn } from 'node:child_process';
import { loadavg } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { besides, ratio } from './beside.mjs';
import { startEmulated } from './emulated.mjs';
import { median, printTable, whole } from './figures.mjs';
import { ended, environment } from './program.mjs';

const measuring = fileURLToPath(new URL('./shares-process.mjs', import.meta.url));

export async function shares({ quick, server, commit }) {
  const size = quick ? 300 : 1000;
  const [passes, rounds] = quick ? [2, 3] : [3, 5];
  const other = besides(commit);
  const sides = other.programs.map(({ of, file }) => ({ of, folder: dirname(dirname(file)), runs: [] }));
  const { env, stop } = await startEmulated({ interviews: 10, jobs: 2 });
  try {
    for (let pass = 0; pass < passes; pass++)
      for (const side of pass % 2 === 0 ? sides : [...sides].reverse()) {
        const url = await server.create({ migrated: false });
        const task = { folder: side.folder, env, url, reviewers: size, interviews: size, rounds };
        side.runs.push(await measure(task));
      }
  } finally {
    await stop();
    other.remove();
  }
  const results = sides[0].runs[0].map(({ name }, index) => ({
    name,
    sides: sides.map(({ of, runs }) => ({
      of,
      ms: median(runs.flatMap((run) => run[index].times)),
      cpuMs: median(runs.flatMap((run) => run[index].cpu)),
    })),
  }));
  console.log(
    `\nShares: a plan of one request, ${size} reviewers × ${size} interviews, medians of ${passes * rounds} (load ${loadavg()[0].toFixed(1)})`,
  );
  printTable(
    ['', 'of', 'ms', "of it the program's CPU", 'ratio: ms', 'CPU'],
    results.flatMap(({ name, sides }) =>
      sides.map((side) => [
        ...[name, side.of, whole(side.ms), whole(side.cpuMs)],
        ...(side === sides[1] ? [ratio(side.ms, sides[0].ms), ratio(side.cpuMs, sides[0].cpuMs)] : ['', '']),
      ]),
    ),
  );
  return { size, passes, rounds, commit: other.commit, results };
}

/** In a process of its own, with the code of that folder. */
async function measure(task) {
  const child = spawn(process.execPath, [measuring, JSON.stringify(task)], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { code, output } = await ended(child);
  if (code !== 0) throw new Error(`${measuring} ended with ${code}`);
  return JSON.parse(output);
}
