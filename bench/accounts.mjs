// Many accounts in one process: what their ticks cost, and whether they begin in time.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmulated } from './emulated.mjs';
import { fixed, median, percentile, printTable, whole } from './figures.mjs';
import { cpuSeconds, rssMb, sleep, startService, until } from './service.mjs';

const small = { users: 3, jobs: 2, interviews: 5 };
const minuteMs = 60_000;
/** As in src/service/service.ts: the accounts' ticks begin one after the other within this time. */
const spreadMs = 30_000;
/** Minutes are taken from so much before the full one. */
const beforeMs = 500;

export async function accounts({ quick, server }) {
  const count = quick ? 100 : 500;
  const minutes = quick ? 2 : 4;
  const folder = mkdtempSync(join(tmpdir(), 'sparkhire-bench-accounts-'));
  const file = join(folder, 'accounts.yaml');
  // All are the same small company; each has a limiter and a mirror of its own.
  const names = Array.from({ length: count }, (_, i) => `account-${String(i + 1).padStart(3, '0')}`);
  const entries = names.map((name) => `  - { name: ${name}, apiKeyEnv: SPARKHIRE_API_KEY }\n`);
  writeFileSync(file, `accounts:\n${entries.join('')}`);
  const url = await server.create();
  const emulator = await startEmulated(small);
  const client = new pg.Client({ connectionString: url, application_name: 'bench' });
  await client.connect();
  let service;
  try {
    const began = performance.now();
    const env = { ...emulator.env, SPARKHIRE_RATE_LIMIT: '400', SPARKHIRE_RATE_WINDOW_SECONDS: '60' };
    service = await startService({ ...env, DATABASE_URL: url }, ['--config', file]);
    await until('all accounts to be mirrored', () => isMirrored(client, count), {
      timeoutMs: 1_800_000,
      everyMs: 1000,
    });
    const bootstrapSeconds = (performance.now() - began) / 1000;
    console.log(
      `\nAccounts: ${count} in one process, each read for the first time within ${whole(bootstrapSeconds)} s`,
    );
    // A whole minute without anything of the start, and then from minute to minute, half a second before each.
    const from = (Math.floor(Date.now() / minuteMs) + 2) * minuteMs - beforeMs;
    await sleep(from - Date.now());
    const rows = await minuteByMinute(service, client, from, minutes);
    const requests = await emulator.requestsSince(from, 100_000);
    for (const row of rows) {
      row.requests = requests.filter(({ at }) => at >= row.from && at < row.from + minuteMs).length;
    }
    const late = await lateness(client, rows, count);
    printTable(
      ['minute', 'CPU s', 'RSS MB', 'connections', 'ticks', 'requests', 'transactions', 'WAL MB'],
      rows.map((r, i) => [
        i + 1,
        fixed(r.cpu, 1),
        fixed(r.rss, 0),
        r.connections,
        whole(r.ticks),
        whole(r.requests),
        whole(r.transactions),
        fixed(r.walMb, 1),
      ]),
    );
    console.log(
      `A minute: ${fixed(median(rows.map((r) => r.cpu)), 1)} CPU seconds (median); ticks that begin after their ` +
        `time: p50 ${whole(late.p50)} ms, p99 ${whole(late.p99)} ms, most ${whole(late.max)} ms; ` +
        `left out: ${late.missing}; failed: ${late.failed}; lines of warning: ${service.troubles.length}`,
    );
    return { count, small, bootstrapSeconds, rows, late, troubles: service.troubles.slice(0, 20) };
  } finally {
    await service?.stop();
    await client.end();
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function isMirrored(client, count) {
  const { rows } = await client.query(
    `select (select count(distinct account) from sync.runs where kind = 'tick' and outcome = 'succeeded')
         = $1::bigint
       and not exists (select from sparkhire.interviews where details_due)
       and not exists (select from sparkhire.jobs where details_due) as done`,
    [count],
  );
  return rows[0].done;
}

async function minuteByMinute(service, client, begin, minutes) {
  const rows = [];
  let before = await counters(client, service);
  for (let from = begin; rows.length < minutes; from += minuteMs) {
    let connections = 0;
    let rss = 0;
    while (Date.now() < from + minuteMs) {
      const { rows: found } = await client.query(
        `select count(*)::int as count from pg_stat_activity
         where datname = current_database() and application_name <> 'bench' and backend_type = 'client backend'`,
      );
      connections = Math.max(connections, found[0].count);
      rss = Math.max(rss, rssMb(service.pid) ?? Number.NaN);
      await sleep(Math.max(1, Math.min(250, from + minuteMs - Date.now())));
    }
    const after = await counters(client, service);
    const grown = (name) => after[name] - before[name];
    rows.push({
      from,
      cpu: grown('cpu'),
      rss,
      connections,
      ticks: grown('ticks'),
      transactions: grown('transactions'),
      walMb: grown('wal') / 2 ** 20,
    });
    before = after;
  }
  return rows;
}

async function counters(client, service) {
  const { rows } = await client.query(
    `select (select count(*)::int from sync.runs where kind = 'tick') as ticks,
       (select xact_commit::float8 from pg_stat_database where datname = current_database()) as transactions,
       (pg_current_wal_lsn() - '0/0')::float8 as wal`,
  );
  return { ...rows[0], cpu: cpuSeconds(service.pid) };
}

/**
 * How late ticks begin. The nth to begin in a minute is held against the nth place of the spread: which account has
 * which place only the service knows, and it keeps them in one order.
 */
async function lateness(client, minutes, count) {
  const delays = [];
  let missing = 0;
  let failed = 0;
  for (const { from } of minutes) {
    const minute = from + beforeMs;
    const { rows } = await client.query(
      `select account, min(started_at) as at, bool_or(outcome <> 'succeeded') as failed from sync.runs
       where kind = 'tick' and started_at >= $1 and started_at < $2 group by account order by 2`,
      [new Date(minute), new Date(minute + minuteMs - beforeMs)],
    );
    missing += count - rows.length;
    failed += rows.filter((row) => row.failed).length;
    for (const [place, { at }] of rows.entries()) {
      delays.push(at.getTime() - minute - (place * spreadMs) / count);
    }
  }
  return {
    p50: percentile(delays, 0.5),
    p99: percentile(delays, 0.99),
    max: Math.max(...delays),
    missing,
    failed,
  };
}
