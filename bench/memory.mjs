// The most memory a backfill holds, by the size of the account.
import { defaultAdminKey } from '../packages/emulators/dist/emulator/index.js';
import { fixed, median, printTable, whole } from './figures.mjs';
import { leastForListings, run, startEmulator } from './program.mjs';

/** Limit and window let all requests through; a short window, since every request is remembered for one. */
const limit = 1_000_000;
const windowSeconds = 1;
const pageSize = 100;

export async function memory({ quick, server }) {
  const sizes = quick ? [10_000, 40_000] : [10_000, 200_000];
  const rounds = 3;
  const results = [];
  for (const interviews of sizes) {
    const rate = ['--rate-limit', String(limit), '--rate-window', String(windowSeconds)];
    const emulator = await startEmulator(['--interviews', String(interviews), ...rate]);
    try {
      const passes = [];
      for (let round = 0; round < rounds; round++) {
        passes.push(await measure(await server.create(), emulator.about.url, interviews));
      }
      results.push({
        interviews,
        peakMb: median(passes.map(({ peakMb }) => peakMb)),
        seconds: median(passes.map(({ seconds }) => seconds)),
        requests: passes[0].requests,
        leastRequests: leastForListings(emulator.about.jobs, interviews, pageSize),
        passes,
      });
    } finally {
      await emulator.stop();
    }
  }
  const ratio = results[1].peakMb / results[0].peakMb;
  console.log(`\nPeak memory (RSS) of \`backfill --no-details\`, pages of 100, medians of ${rounds}`);
  printTable(
    ['interviews', 'peak MB', 'seconds', 'requests', 'least possible'],
    results.map((r) => [
      whole(r.interviews),
      fixed(r.peakMb, 1),
      fixed(r.seconds, 1),
      whole(r.requests),
      whole(r.leastRequests),
    ]),
  );
  console.log(`${whole(sizes[1] / sizes[0])} times the interviews: ${fixed(ratio)} times the memory`);
  return { rounds, windowSeconds, limit, results, ratio };
}

async function measure(databaseUrl, baseUrl, interviews) {
  const { answer, peakMb } = await run(['backfill', '--no-details', '--json'], {
    DATABASE_URL: databaseUrl,
    SPARKHIRE_BASE_URL: baseUrl,
    SPARKHIRE_API_KEY: defaultAdminKey,
    SPARKHIRE_RATE_LIMIT: String(limit),
    SPARKHIRE_RATE_WINDOW_SECONDS: String(windowSeconds),
    SPARKHIRE_PAGE_SIZE: String(pageSize),
  });
  const { created } = answer.resources.interviews;
  if (!answer.complete || created !== interviews) throw new Error(`incomplete: ${JSON.stringify(answer)}`);
  return { peakMb, seconds: answer.seconds, requests: answer.requests };
}
