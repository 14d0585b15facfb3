// The most memory a backfill holds, by the size of the account; beside another commit.
import { defaultAdminKey } from '../packages/emulators/dist/emulator/index.js';
import { besides, measured, ratio } from './beside.mjs';
import { fixed, median, printTable, whole } from './figures.mjs';
import { leastForListings, run, startEmulator } from './program.mjs';

/** Limit and window let all requests through; a short window, since every request is remembered for one. */
const limit = 1_000_000;
const windowSeconds = 1;
const pageSize = 100;

export async function memory({ quick, server, commit }) {
  const sizes = quick ? [10_000, 40_000] : [10_000, 200_000];
  const rounds = 3;
  const other = besides(commit);
  const results = [];
  try {
    for (const interviews of sizes) results.push(await ofSize(interviews, rounds, other.programs, server));
  } finally {
    other.remove();
  }
  console.log(`\nPeak memory (RSS) of \`backfill --no-details\`, pages of 100, medians of ${rounds}`);
  printTable(
    ['interviews', 'of', 'peak MB', 'CPU s', 'seconds', 'requests', 'least possible', 'ratio: MB', 'CPU'],
    results.flatMap(({ interviews, leastRequests, sides }) =>
      sides.map((side) => [
        ...[whole(interviews), side.of, fixed(side.peakMb, 1), fixed(side.cpuSeconds, 1)],
        ...[fixed(side.seconds, 1), whole(side.requests), whole(leastRequests)],
        ...(side === sides[1]
          ? [ratio(side.peakMb, sides[0].peakMb), ratio(side.cpuSeconds, sides[0].cpuSeconds)]
          : ['', '']),
      ]),
    ),
  );
  const [small, large] = results.map(({ sides }) => sides.at(-1).peakMb);
  console.log(`${whole(sizes[1] / sizes[0])} times the interviews: ${fixed(large / small)} times the memory`);
  return { rounds, windowSeconds, limit, commit: other.commit, results, ratio: large / small };
}

/** All programs in turn, each time on a database of their own. */
async function ofSize(interviews, rounds, programs, server) {
  const rate = ['--rate-limit', String(limit), '--rate-window', String(windowSeconds)];
  const emulator = await startEmulator(['--interviews', String(interviews), ...rate]);
  try {
    const sides = programs.map(({ of, file }) => ({ of, file, passes: [] }));
    for (let round = 0; round < rounds; round++)
      for (const side of round % 2 === 0 ? sides : [...sides].reverse()) {
        const url = await server.create({ migrated: false });
        side.passes.push(await pass(side.file, url, emulator.about.url, interviews));
      }
    return {
      interviews,
      leastRequests: leastForListings(emulator.about.jobs, interviews, pageSize),
      sides: sides.map(({ of: name, passes }) => {
        const of = (figure) => median(passes.map((one) => one[figure]));
        const medians = { peakMb: of('peakMb'), cpuSeconds: of('cpuSeconds'), seconds: of('seconds') };
        return { of: name, ...medians, requests: passes[0].requests, passes };
      }),
    };
  } finally {
    await emulator.stop();
  }
}

async function pass(file, databaseUrl, baseUrl, interviews) {
  const env = {
    DATABASE_URL: databaseUrl,
    SPARKHIRE_BASE_URL: baseUrl,
    SPARKHIRE_API_KEY: defaultAdminKey,
    SPARKHIRE_RATE_LIMIT: String(limit),
    SPARKHIRE_RATE_WINDOW_SECONDS: String(windowSeconds),
    SPARKHIRE_PAGE_SIZE: String(pageSize),
  };
  measured([file, 'migrate'], env);
  const { answer, peakMb, cpuSeconds } = await run(['backfill', '--no-details', '--json'], env, { file });
  const { created } = answer.resources.interviews;
  if (!answer.complete || created !== interviews) throw new Error(`incomplete: ${JSON.stringify(answer)}`);
  return { peakMb, cpuSeconds, seconds: answer.seconds, requests: answer.requests };
}
