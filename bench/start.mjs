// What it takes to start: commands that have little or nothing to do, beside Node itself.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { besides, measured } from './beside.mjs';
import { startEmulated } from './emulated.mjs';
import { fixed, median, printTable, whole } from './figures.mjs';

const commands = [['--version'], ['--help'], ['status'], ['conflicts'], ['apply']];

export async function start({ quick, server, commit }) {
  const rounds = quick ? 7 : 21;
  const other = besides(commit);
  const emulator = await startEmulated({ interviews: 200, jobs: 20 });
  const folder = mkdtempSync(join(tmpdir(), 'sparkhire-bench-start-'));
  try {
    // Each has a database of its own: they need not have the same migrations.
    const programs = [];
    for (const { of, file } of other.programs) {
      const env = { ...emulator.env, DATABASE_URL: await server.create({ migrated: false }) };
      measured([file, 'backfill', '--json'], env, folder);
      programs.push({ of, file, env });
    }
    const lines = [
      { name: 'node -e 0', of: '', args: ['-e', '0'], env: programs[0].env },
      ...commands.flatMap((args) =>
        programs.map(({ of, file, env }) => ({ name: args.join(' '), of, args: [file, ...args], env })),
      ),
    ].map((line) => ({ ...line, runs: [] }));
    // The first round is none: files come from the disk, and the first `apply` refreshes what is due.
    for (let round = -1; round < rounds; round++) {
      for (const { args, env, runs } of lines) {
        const one = measured(args, env, folder);
        if (round >= 0) runs.push(one);
      }
    }
    const results = lines.map(({ name, of, runs }) => ({
      name,
      of,
      cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
      wallMs: median(runs.map(({ wallMs }) => wallMs)),
    }));
    console.log(`\nStart: medians of ${rounds} runs in turn; CPU is user and system of the whole process`);
    printTable(
      ['', 'of', 'CPU ms', '× node', 'wall ms', '× node'],
      results.map(({ name, of, cpuMs, wallMs }) => [
        name,
        of,
        whole(cpuMs),
        fixed(cpuMs / results[0].cpuMs),
        whole(wallMs),
        fixed(wallMs / results[0].wallMs),
      ]),
    );
    return { rounds, commit: other.commit, results };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await emulator.stop();
    other.remove();
  }
}
