// How many requests a tick needs for k changes among N interviews.
import pg from 'pg';
import { openOwnedAccount } from '../dist/account-session.js';
import { loadSettings } from '../dist/config.js';
import { openDatabase } from '../dist/db/database.js';
import { createLogger } from '../dist/log.js';
import { runTick } from '../dist/tick/tick.js';
import { spread, startEmulated } from './emulated.mjs';
import { fixed, printTable, whole } from './figures.mjs';
import { run } from './program.mjs';
import { sleep } from './service.mjs';

const pageSize = 100;
/** Long enough for question sets, share links, company and plan to wait for their own turn. */
const refreshMs = 3600_000;

export async function changes({ quick, server }) {
  const sizes = quick ? [1000, 4000] : [4000, 40_000];
  const rows = [];
  for (const interviews of sizes) rows.push(...(await among(interviews, [0, 10, 250], server)));
  console.log(`\nChanges: requests of a tick for k changed of N interviews, pages of ${pageSize}`);
  printTable(
    [
      'N',
      'k',
      'requests',
      'users',
      'jobs',
      'interviews',
      'least possible',
      'stored',
      'again at once',
      'later',
      's',
    ],
    rows.map((r) => [
      whole(r.interviews),
      r.changed,
      r.requests,
      r.users,
      r.jobs,
      r.listed,
      r.least,
      r.stored,
      r.againAtOnce,
      r.later,
      fixed(r.seconds),
    ]),
  );
  return { pageSize, rows };
}

async function among(interviews, counts, server) {
  const url = await server.create();
  const emulator = await startEmulated({ interviews, jobs: 200 });
  const env = { ...emulator.env, DATABASE_URL: url };
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const db = openDatabase(url, { maxConnections: 4 });
  const stop = new AbortController();
  let owned;
  try {
    // Details are an activity of their own: they are not counted, and not read.
    const { answer } = await run(['backfill', '--json', '--no-details'], env);
    if (!answer.complete) throw new Error(JSON.stringify(answer));
    const [account] = loadSettings({ environment: env }).accounts;
    owned = await openOwnedAccount({
      account,
      db,
      log: createLogger({ level: 'silent' }),
      signal: stop.signal,
    });
    const tick = async () => {
      const began = Date.now();
      const result = await runTick(owned.session(), { refreshMs });
      if (!result.ok || !result.complete) throw new Error(JSON.stringify(result));
      const paths = (await emulator.requestsSince(began)).map(({ path }) => path.split('/')[2]);
      const of = (name) => paths.filter((path) => path === name).length;
      return {
        requests: paths.length,
        users: of('users'),
        jobs: of('jobs'),
        listed: of('interviews'),
        stored: result.resources.interviews.updated,
        seconds: result.seconds,
      };
    };
    await tick();
    const uuids = (await emulator.records('interviews')).map(({ uuid }) => uuid);
    const rows = [];
    for (const changed of counts) {
      await minuteLater(client, tick);
      // The server's times are in seconds: what changes within one that was pretended to be long past is not news.
      await sleep(1100);
      for (const uuid of spread(uuids, changed)) await emulator.act('touchInterview', { uuid });
      const first = await tick();
      if (first.stored !== changed) throw new Error(`${changed} changed, ${first.stored} stored`);
      const again = await tick();
      const later = await minuteLater(client, tick);
      rows.push({
        interviews,
        changed,
        ...first,
        // One for users, one for jobs, and the pages that the changes fill: at least one.
        least: 2 + Math.max(1, Math.ceil(changed / pageSize)),
        againAtOnce: again.requests,
        later: later.requests,
      });
    }
    return rows;
  } finally {
    stop.abort();
    await owned?.close();
    await db.destroy();
    await client.end();
    await emulator.stop();
  }
}

/**
 * As if what was seen last had been seen a minute earlier, and a tick had found it settled. @returns the tick after
 * that
 */
async function minuteLater(client, tick) {
  await client.query(
    `update sync.checkpoints set position = jsonb_set(position, '{seenAt}',
       to_jsonb((position ->> 'seenAt')::timestamptz - interval '61 s'))
     where kind = 'incremental' and position ? 'seenAt'`,
  );
  await tick();
  return tick();
}
