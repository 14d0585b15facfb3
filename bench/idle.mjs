// What a tick costs when nothing happened: requests, rows written, WAL.
import pg from 'pg';
import { startEmulated } from './emulated.mjs';
import { fixed, median, printTable, whole } from './figures.mjs';
import { run } from './program.mjs';
import { sleep, startService, until } from './service.mjs';

const ticksEveryMs = 2000;

export async function idle({ quick, server }) {
  const interviews = quick ? 1000 : 4000;
  const rounds = quick ? 3 : 5;
  const url = await server.create();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const emulator = await startEmulated({ interviews, jobs: 200 });
  const env = { ...emulator.env, DATABASE_URL: url };
  try {
    const { answer } = await run(['backfill', '--json'], env);
    if (!answer.complete) throw new Error(JSON.stringify(answer));
    // Else PostgreSQL tidies up after the backfill while the ticks are measured.
    await client.query('vacuum analyze');
    const results = [];
    const first = await measured(client, emulator, () => run(['sync', '--json'], env));
    results.push({ name: '`sync`, the first after a backfill', ...first });
    const passes = [];
    for (let round = 0; round < rounds; round++) {
      passes.push(await measured(client, emulator, () => run(['sync', '--json'], env)));
    }
    results.push({ name: `\`sync\`, median of ${rounds}`, ...medians(passes) });
    results.push(await ofService(client, emulator, env, quick ? 10 : 30));
    console.log(`\nIdle: ${whole(interviews)} interviews, 200 jobs, nothing happens; figures of one tick`);
    printTable(
      ['', 'ticks', 'requests', 'mirror rows written', 'bookkeeping rows written', 'WAL bytes (median)'],
      results.map((r) => [
        r.name,
        r.ticks,
        fixed(r.requests / r.ticks, 1),
        whole(r.mirrorRows),
        fixed(r.syncRows / r.ticks, 1),
        whole(r.walBytes),
      ]),
    );
    return { interviews, rounds, results };
  } finally {
    await client.end();
    await emulator.stop();
  }
}

/** A service that ticks every other second; what it does at its start is not counted. */
async function ofService(client, emulator, env, wanted) {
  const service = await startService({ ...env, SYNC_SCHEDULE: '*/2 * * * * *' });
  try {
    const ticks = async () => {
      const { rows } = await client.query(
        `select count(*)::int as done from sync.runs where kind = 'tick' and outcome = 'succeeded'`,
      );
      return rows[0].done;
    };
    const before = await ticks();
    await until('the first ticks', async () => (await ticks()) >= before + 3);
    const positions = [];
    const costs = await measured(client, emulator, async () => {
      const begun = await ticks();
      do {
        positions.push((await counters(client)).walBytes);
      } while ((await ticks()) < begun + wanted);
    });
    // Now and then PostgreSQL adds something of its own; the median tick has none of it.
    const walBytes = median(positions.slice(1).map((position, i) => position - positions[i]));
    return { name: 'a tick of the service', ...costs, walBytes, walBytesOfAll: costs.walBytes };
  } finally {
    await service.stop();
  }
}

function medians(passes) {
  const of = (name) => median(passes.map((pass) => pass[name]));
  // Any row of the mirror that was ever written counts.
  const mirrorRows = passes.reduce((sum, pass) => sum + pass.mirrorRows, 0);
  return {
    ticks: of('ticks'),
    requests: of('requests'),
    mirrorRows,
    syncRows: of('syncRows'),
    walBytes: of('walBytes'),
  };
}

async function measured(client, emulator, work) {
  const before = await rowVersions(client);
  const begun = await counters(client);
  await work();
  const ended = await counters(client);
  const requests = (await emulator.requestsSince(begun.at)).filter(({ at }) => at < ended.at).length;
  const after = await rowVersions(client);
  const mirrorRows = [...after].filter((row) => !before.has(row)).length;
  return {
    requests,
    mirrorRows,
    ticks: ended.ticks - begun.ticks,
    syncRows: ended.syncRows - begun.syncRows,
    walBytes: ended.walBytes - begun.walBytes,
  };
}

/** Where every row of the mirror is and who wrote it: any write changes that. */
async function rowVersions(client) {
  const { rows: tables } = await client.query(
    `select table_name as name from information_schema.tables
     where table_schema = 'sparkhire' and table_type = 'BASE TABLE'`,
  );
  const versions = new Set();
  for (const { name } of tables) {
    const { rows } = await client.query(
      `select concat_ws(' ', '${name}', xmin, ctid) as row from sparkhire.${name}`,
    );
    for (const { row } of rows) versions.add(row);
  }
  return versions;
}

/**
 * Taken between two ticks. Rows inserted, updated and deleted in schema sync are as PostgreSQL counts them: it tells
 * of them within a second.
 */
async function counters(client) {
  await sleep(ticksEveryMs - ((Date.now() + ticksEveryMs / 4) % ticksEveryMs));
  const { rows } = await client.query(
    `select (select count(*)::int from sync.runs where kind = 'tick' and outcome = 'succeeded') as ticks,
       (select sum(n_tup_ins + n_tup_upd + n_tup_del)::int from pg_stat_user_tables
        where schemaname = 'sync') as "syncRows",
       (pg_current_wal_lsn() - '0/0')::float8 as "walBytes"`,
  );
  return { at: Date.now(), ...rows[0] };
}
