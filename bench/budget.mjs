// What a backfill asks of a scarce budget: requests over the least it could do with, use of the limit, breaches.
import { startEmulator } from '../packages/emulators/dist/emulator/index.js';
import { fixed, mostInWindow, printTable, whole } from './figures.mjs';
import { leastForListings, run } from './program.mjs';

const limit = 40;
const windowSeconds = 4;
const windowMs = windowSeconds * 1000;
const pageSize = 100;

export async function budget({ quick, server }) {
  const account = { users: 12, jobs: 30, interviews: quick ? 70 : 150, shareLinks: 8 };
  const emulator = await startEmulator({ ...account, rateLimit: limit, rateWindowSeconds: windowSeconds });
  // Answers that take differently long are what breaks a limiter that counts sendings.
  emulator.faults.add({ every: 2, effect: { kind: 'latency', ms: 30 } });
  emulator.faults.add({ every: 5, effect: { kind: 'latency', ms: 90 } });
  try {
    const databaseUrl = await server.create();
    const listings = leastForListings(emulator.state.jobs.size, emulator.state.interviews.size, pageSize);
    const details = leastForDetails(emulator.state);
    const rows = [
      await measure('listings alone', ['--no-details'], listings, emulator, databaseUrl),
      await measure('everything, saturated', [], listings + details, emulator, databaseUrl),
      await measure('again, nothing changed', [], listings, emulator, databaseUrl),
    ];
    console.log(`\nBudget: ${limit} requests per ${windowSeconds} s, pages of ${pageSize}`);
    printTable(
      ['backfill', 'requests', 'least possible', 'over', 'seconds', 'limit used', 'most in a window', '429'],
      rows.map((r) => [
        r.name,
        whole(r.requests),
        whole(r.least),
        whole(r.requests - r.least),
        fixed(r.seconds, 1),
        r.limitUsed === null ? '–' : `${whole(r.limitUsed * 100)} %`,
        whole(r.mostInWindow),
        whole(r.refused),
      ]),
    );
    return { limit, windowSeconds, pageSize, account, rows };
  } finally {
    await emulator.close();
  }
}

/** One request for each object whose listing leaves something out. */
function leastForDetails({ jobs, interviews, shareLinks }) {
  return jobs.size + interviews.size + shareLinks.size;
}

async function measure(name, flags, least, emulator, databaseUrl) {
  const before = emulator.requests.length;
  const { answer } = await run(['backfill', '--json', ...flags], {
    DATABASE_URL: databaseUrl,
    SPARKHIRE_BASE_URL: emulator.url,
    SPARKHIRE_API_KEY: emulator.adminKey,
    SPARKHIRE_RATE_LIMIT: String(limit),
    SPARKHIRE_RATE_WINDOW_SECONDS: String(windowSeconds),
    SPARKHIRE_PAGE_SIZE: String(pageSize),
  });
  if (!answer.complete) throw new Error(`${name}: ${JSON.stringify(answer)}`);
  const requests = emulator.requests.slice(before);
  const arrivals = requests.map(({ at }) => at);
  const seconds = (arrivals.at(-1) - arrivals[0]) / 1000;
  // Whoever keeps to the limit needs a whole window for each limit's worth but the last.
  const leastSeconds = Math.floor((arrivals.length - 1) / limit) * windowSeconds;
  return {
    name,
    requests: arrivals.length,
    least,
    seconds,
    limitUsed: leastSeconds === 0 ? null : leastSeconds / seconds,
    mostInWindow: mostInWindow(
      emulator.requests.map(({ at }) => at),
      windowMs,
    ),
    refused: requests.filter(({ rateLimited }) => rateLimited).length,
  };
}
