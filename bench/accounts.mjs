// Many accounts: what their ticks cost while nothing happens, whether they begin in time, and how soon others have the
// accounts of a process that was killed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmulated } from './emulated.mjs';
import { fixed, median, percentile, printTable, whole } from './figures.mjs';
import { run } from './program.mjs';
import { cpuSeconds, rssMb, sleep, startService, until } from './service.mjs';

const small = { users: 3, jobs: 2, interviews: 5 };
const minuteMs = 60_000;
/** As in src/service/service.ts: the accounts' ticks begin one after the other within this time. */
const spreadMs = 30_000;
/** Minutes are taken from so much before the full one. */
const beforeMs = 500;
/** So long after the full minute a process is killed: in the middle of its ticks. */
const killAfterMs = 10_000;

export async function accounts({ quick, server }) {
  const alone = await idle({ count: quick ? 100 : 500, processes: 1, minutes: quick ? 2 : 4, server });
  const together = await idle({ count: quick ? 150 : 2000, processes: 3, minutes: quick ? 2 : 3, server });
  return { small, alone, together };
}

async function idle({ count, processes, minutes, server }) {
  const folder = mkdtempSync(join(tmpdir(), 'sparkhire-bench-accounts-'));
  const file = join(folder, 'accounts.yaml');
  // All are the same small company; each has a limiter and a mirror of its own.
  const names = Array.from({ length: count }, (_, i) => `account-${String(i + 1).padStart(4, '0')}`);
  const entries = names.map((name) => `  - { name: ${name}, apiKeyEnv: SPARKHIRE_API_KEY }\n`);
  writeFileSync(file, `accounts:\n${entries.join('')}`);
  const url = await server.create();
  const emulator = await startEmulated(small);
  const client = new pg.Client({ connectionString: url, application_name: 'bench' });
  await client.connect();
  const services = [];
  try {
    const env = {
      ...emulator.env,
      SPARKHIRE_RATE_LIMIT: '400',
      SPARKHIRE_RATE_WINDOW_SECONDS: '60',
      DATABASE_URL: url,
    };
    const began = performance.now();
    // Alone, the service reads them all for the first time itself, which shows the memory that leaves.
    if (processes > 1) await mirrorAll(client, names, file, env);
    services.push(
      ...(await Promise.all(Array.from({ length: processes }, () => startService(env, ['--config', file])))),
    );
    await until('all accounts to be mirrored and to tick', () => isSettled(client, services, count), {
      timeoutMs: 1_800_000,
      everyMs: 1000,
    });
    const bootstrapSeconds = (performance.now() - began) / 1000;
    console.log(
      `\nAccounts: ${whole(count)} in ${processes === 1 ? 'one process' : `${processes} processes`}, ` +
        `${processes === 1 ? 'each read for the first time' : 'mirrored, taken and ticking'} within ${whole(bootstrapSeconds)} s`,
    );
    // A whole minute without anything of the start, and then from minute to minute, half a second before each.
    const from = nextMinute() + minuteMs;
    await sleep(from - Date.now());
    const rows = await minuteByMinute(services, client, from, minutes);
    await countRequests(emulator, rows);
    printMinutes(rows);
    const late = await lateness(client, services, rows);
    tell(rows, late, services);
    const taken = processes > 1 ? await killOne(services, client, count) : null;
    const troubles = services.flatMap((service) => service.troubles.slice(0, 20));
    return { count, processes, bootstrapSeconds, rows, late, taken, troubles };
  } finally {
    await Promise.all(services.map((service) => service.stop()));
    await client.end();
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const nextMinute = () => (Math.floor(Date.now() / minuteMs) + 1) * minuteMs - beforeMs;

/** One is read, and the others have the same. */
async function mirrorAll(client, [first, ...others], file, env) {
  const { answer } = await run(['backfill', '--account', first, '--config', file, '--json'], env);
  const results = [answer].flat();
  if (!results.every(({ complete }) => complete)) throw new Error(JSON.stringify(answer));
  const { rows: tables } = await client.query(
    `select table_schema || '.' || table_name as name,
       string_agg(quote_ident(column_name), ', ') filter (where column_name <> 'account') as columns
     from information_schema.columns join information_schema.tables using (table_schema, table_name)
     where (table_schema = 'sparkhire' or table_schema = 'sync' and table_name = 'checkpoints')
       and table_type = 'BASE TABLE' and is_generated = 'NEVER' group by 1`,
  );
  for (const { name, columns } of tables) {
    await client.query(
      `insert into ${name} (account, ${columns})
       select other, ${columns} from ${name} cross join unnest($2::text[]) as other where account = $1`,
      [first, others],
    );
  }
  await client.query('vacuum analyze');
}

/** Every account has an owner, was mirrored, and has ticked. */
async function isSettled(client, services, count) {
  if (ownedBy(services) !== count) return false;
  const { rows } = await client.query(
    `select (select count(distinct account) from sync.runs where kind = 'tick' and outcome = 'succeeded')
         = $1::bigint
       and not exists (select from sparkhire.interviews where details_due)
       and not exists (select from sparkhire.jobs where details_due) as done`,
    [count],
  );
  return rows[0].done;
}

const ownedBy = (services) => services.reduce((sum, { accounts }) => sum + accounts.size, 0);

async function minuteByMinute(services, client, begin, minutes) {
  const rows = [];
  let before = await counters(client, services);
  for (let from = begin; rows.length < minutes; from += minuteMs) {
    let connections = 0;
    let rss = 0;
    while (Date.now() < from + minuteMs) {
      const { rows: found } = await client.query(
        `select count(*)::int as count from pg_stat_activity
         where datname = current_database() and application_name <> 'bench' and backend_type = 'client backend'`,
      );
      connections = Math.max(connections, found[0].count);
      rss = Math.max(rss, ...services.map(({ pid }) => rssMb(pid) ?? Number.NaN));
      await sleep(Math.max(1, Math.min(250, from + minuteMs - Date.now())));
    }
    const after = await counters(client, services);
    const grown = (name) => after[name] - before[name];
    rows.push({
      from,
      cpu: grown('cpu'),
      rss,
      // Ticks are over by now: what is left after half a minute of rest.
      restingRss: Math.max(...services.map(({ pid }) => rssMb(pid) ?? Number.NaN)),
      connections,
      ticks: grown('ticks'),
      transactions: grown('transactions'),
      walMb: grown('wal') / 2 ** 20,
    });
    before = after;
  }
  return rows;
}

async function counters(client, services) {
  const { rows } = await client.query(
    `select (select count(*)::int from sync.runs where kind = 'tick') as ticks,
       (select xact_commit::float8 from pg_stat_database where datname = current_database()) as transactions,
       (pg_current_wal_lsn() - '0/0')::float8 as wal`,
  );
  return { ...rows[0], cpu: services.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0) };
}

async function countRequests(emulator, rows) {
  const requests = await emulator.requestsSince(rows[0].from, 100_000);
  for (const row of rows) {
    row.requests = requests.filter(({ at }) => at >= row.from && at < row.from + minuteMs).length;
  }
}

function printMinutes(rows) {
  printTable(
    [
      ...['minute', 'CPU s', 'RSS MB: most', 'at rest', 'connections', 'ticks', 'requests'],
      ...['transactions', 'of a tick', 'WAL MB'],
    ],
    rows.map((r, i) => [
      i + 1,
      fixed(r.cpu, 1),
      fixed(r.rss, 0),
      fixed(r.restingRss, 0),
      r.connections,
      whole(r.ticks),
      whole(r.requests),
      whole(r.transactions),
      fixed(r.transactions / r.ticks, 1),
      fixed(r.walMb, 1),
    ]),
  );
}

function tell(rows, late, services) {
  const warnings = services.reduce((sum, { troubles }) => sum + troubles.length, 0);
  console.log(
    `A minute: ${fixed(median(rows.map((r) => r.cpu)), 1)} CPU seconds (median of all processes' sum); ticks that ` +
      `begin after their time: p50 ${whole(late.p50)} ms, p99 ${whole(late.p99)} ms, most ${whole(late.max)} ms; ` +
      `left out: ${late.missing}; failed: ${late.failed}; lines of warning: ${warnings}`,
  );
}

/**
 * How late ticks begin. The nth of a process to begin in a minute is held against the nth place of its spread: which
 * account has which place only the service knows, and it keeps them in one order.
 */
async function lateness(client, services, minutes) {
  const delays = [];
  let missing = 0;
  let failed = 0;
  for (const { from } of minutes) {
    const minute = from + beforeMs;
    for (const { accounts: owned } of services) {
      const { rows } = await client.query(
        `select account, min(started_at) as at, bool_or(outcome <> 'succeeded') as failed from sync.runs
         where kind = 'tick' and started_at >= $1 and started_at < $2 and account = any($3)
         group by account order by 2`,
        [new Date(minute), new Date(minute + minuteMs - beforeMs), [...owned]],
      );
      missing += owned.size - rows.length;
      failed += rows.filter((row) => row.failed).length;
      for (const [place, { at }] of rows.entries()) {
        delays.push(at.getTime() - minute - (place * spreadMs) / owned.size);
      }
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

/** One is killed in the middle of its ticks: when do the others have its accounts, and when have those ticked again? */
async function killOne(services, client, count) {
  await sleep(nextMinute() + beforeMs + killAfterMs - Date.now());
  const victim = services.shift();
  const orphans = [...victim.accounts];
  const { rows: last } = await client.query('select clock_timestamp() as at');
  const at = performance.now();
  await victim.kill();
  await until('all accounts to be taken over', () => ownedBy(services) === count, { everyMs: 10 });
  const takenMs = performance.now() - at;
  const ticked = async () => {
    const { rows } = await client.query(
      `select count(*)::int as accounts, max(first)::timestamptz as last from (
         select account, min(finished_at) as first from sync.runs
         where kind = 'tick' and outcome = 'succeeded' and started_at > $1 and account = any($2) group by 1) f`,
      [last[0].at, orphans],
    );
    return rows[0].accounts === orphans.length ? rows[0].last.getTime() - last[0].at.getTime() : null;
  };
  const tickedMs = await until('a tick of each of them', ticked, { everyMs: 250 });
  const from = nextMinute();
  await sleep(from - Date.now());
  const rows = await minuteByMinute(services, client, from, 1);
  const late = await lateness(client, services, rows);
  console.log(
    `One was killed: its ${whole(orphans.length)} accounts had been taken over after ${whole(takenMs)} ms, and each had ticked ` +
      `after ${fixed(tickedMs / 1000, 1)} s. The minute after: ${fixed(rows[0].cpu, 1)} CPU seconds, RSS ${fixed(rows[0].rss, 0)} MB; ` +
      `ticks late by p50 ${whole(late.p50)} ms, p99 ${whole(late.p99)} ms, left out: ${late.missing}`,
  );
  return { orphans: orphans.length, takenMs, tickedMs, after: rows[0], late };
}
