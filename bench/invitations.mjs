// Invitations a minute through the built program, against the limit; and where the requests go that are none.
import { createServer } from 'node:net';
import pg from 'pg';
import { startEmulator } from '../packages/emulators/dist/emulator/index.js';
import { fixed, mostInWindow, printTable, whole } from './figures.mjs';
import { run } from './program.mjs';
import { sleep, startService, until } from './service.mjs';

/** As many a minute as Spark Hire allows, in windows of a tenth. */
const short = { limit: 40, windowSeconds: 6 };
const real = { limit: 400, windowSeconds: 60 };
const pageSize = 100;

export async function invitations({ quick, server }) {
  const windows = quick ? 4 : 10;
  const results = [
    ...(await commands(server, short, windows)),
    ...(await service(server, short, windows, { name: 'service', webhooks: true })),
    ...(await service(server, short, windows, { name: 'service, 1,000 details due', existing: 1000 })),
    // As many writes under way as the settings have, and each takes long.
    ...(await commands(server, short, 3, 1500)),
  ];
  if (!quick) results.push(...(await commands(server, real, 1.5, 60)));
  print(results);
  return { short, real, pageSize, results };
}

/** `apply` into an empty mirror; where answers come at once also with more rows later, and with nothing new. */
async function commands(server, rate, windows, latencyMs = 0) {
  const scene = await openScene(server, { rate, latencyMs });
  const { limit, windowSeconds } = rate;
  const many = Math.round(limit * windows);
  const results = [];
  try {
    const apply = async (name, count, from) => {
      await scene.invite(count, from);
      const before = scene.emulator.requests.length;
      const { answer } = await run(['apply', '--json'], scene.env);
      if (!answer.ok || answer.pushed.created < count) throw new Error(JSON.stringify(answer));
      const late = latencyMs > 0 ? `, answers ${latencyMs} ms late` : '';
      results.push(account(`${name}, ${limit} per ${windowSeconds} s${late}`, scene, before, count));
    };
    await apply('`apply`, the first', many, 0);
    await scene.checkOnce(many);
    if (latencyMs > 0) return results;
    await apply('`apply`, more rows', many, many);
    await apply('`apply`, nothing new', 0, 2 * many);
    await scene.checkOnce(2 * many);
    return results;
  } finally {
    await scene.close();
  }
}

/**
 * A running service that ticks as often in a window as it does in a minute; and what it asks for afterwards, until
 * nothing is due any more.
 */
async function service(server, rate, windows, { name, existing = 0, webhooks = false }) {
  const scene = await openScene(server, { rate, existing });
  const many = Math.round(rate.limit * windows);
  const details = existing === 0 ? [] : ['--no-details'];
  const { answer } = await run(['backfill', '--json', ...details], scene.env);
  if (!answer.complete) throw new Error(JSON.stringify(answer));
  // What the backfill spent is given back before anything is counted.
  await sleep(rate.windowSeconds * 1500);
  const port = webhooks ? await freePort() : 0;
  const running = await startService({
    ...scene.env,
    SYNC_SCHEDULE: `*/${rate.windowSeconds} * * * * *`,
    ...(webhooks ? { SYNC_HTTP_PORT: String(port), SYNC_PUBLIC_URL: `http://127.0.0.1:${port}` } : {}),
  });
  try {
    await until('the first tick', async () => (await scene.count(ticksDone)) > 0);
    if (webhooks) await until('the webhook', () => scene.emulator.state.webhooks.size > 0);
    const before = scene.emulator.requests.length;
    await scene.invite(many, 0);
    await until('all invitations', async () => (await scene.count(rowsLeft)) === 0, {
      timeoutMs: windows * rate.windowSeconds * 4000,
      everyMs: 100,
    });
    const results = [account(`${name}, ${rate.limit} per ${rate.windowSeconds} s`, scene, before, many)];
    await scene.checkOnce(many);
    if (!webhooks) return results;
    await scene.emulator.settleDeliveries();
    await until('its webhooks', async () => (await scene.count(eventsWaiting)) === 0);
    await running.stop();
    const sent = scene.emulator.requests.length;
    results.push(await afterwards(scene, sent - results[0].requests - before, sent, many));
    return results;
  } finally {
    await running.stop();
    await scene.close();
  }
}

/** The next refresh after the invitations, as `sync` does it: half a minute later nothing is too fresh for it. */
async function afterwards(scene, alreadyAfter, before, many) {
  await until('half a minute', async () => (await scene.count(tooFresh)) === 0, { everyMs: 500 });
  await scene.refreshIsDue();
  const { answer } = await run(['sync', '--json'], scene.env);
  if (!answer.ok) throw new Error(JSON.stringify(answer));
  const result = {
    ...account('… and until the next refresh', scene, before - alreadyAfter, 0),
    limitUsed: null,
  };
  return { ...result, perInvitation: result.requests / many };
}

const ticksDone = `select count(*)::int as n from sync.runs where kind = 'tick' and outcome = 'succeeded'`;
const rowsLeft = `select count(*)::int as n from ats.interview_sync where state <> 'synced'`;

const eventsWaiting = `select count(*)::int as n from sync.webhook_events where state = 'waiting'`;
const tooFresh = `select count(*)::int as n from sparkhire.interviews
  where details_at > clock_timestamp() - interval '31 s'`;

/** An emulator with a limit, an empty database, and a way to want invitations. */
async function openScene(server, { rate, latencyMs = 0, existing = 0 }) {
  const { limit, windowSeconds } = rate;
  const emulator = await startEmulator({
    ...{ users: 12, jobs: 30, interviews: existing, shareLinks: 0 },
    ...{ jobSlots: -1, userSeats: -1, rateLimit: limit, rateWindowSeconds: windowSeconds },
  });
  if (latencyMs > 0) emulator.faults.add({ effect: { kind: 'latency', ms: latencyMs } });
  const url = await server.create();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const count = async (sql) => (await client.query(sql)).rows[0].n;
  return {
    emulator,
    rate,
    count,
    env: {
      DATABASE_URL: url,
      SPARKHIRE_BASE_URL: emulator.url,
      SPARKHIRE_API_KEY: emulator.adminKey,
      SPARKHIRE_RATE_LIMIT: String(limit),
      SPARKHIRE_RATE_WINDOW_SECONDS: String(windowSeconds),
      SPARKHIRE_PAGE_SIZE: String(pageSize),
    },
    /** One job of the ATS for 40 candidates, all in one transaction as a loader does. */
    async invite(many, from) {
      if (many === 0) return;
      await client.query('begin');
      await client.query(
        `insert into ats.jobs (ats_id, title, description, status, city, country)
         select 'J-' || n, 'Bench job ' || n, 'Made by the benchmark.', 'open', 'Graz', 'Austria'
         from generate_series($1::int / 40, ($1::int + $2::int - 1) / 40) n on conflict do nothing`,
        [from, many],
      );
      await client.query(
        `insert into ats.interviews (ats_id, job_ats_id, candidate_name, candidate_email, type, questions, deadline_at)
         select 'I-' || n, 'J-' || n / 40, 'Candidate ' || n, 'c' || n || '@candidates.example.net', 'one_way',
           '[{"text": "Why us?", "time_limit": 60, "takes": 3}]', now() + interval '10 days'
         from generate_series($1::int, $1::int + $2::int - 1) n`,
        [from, many],
      );
      await client.query('commit');
    },
    /** As if what is looked at every quarter of an hour had not been looked at for one. */
    refreshIsDue: () =>
      client.query(
        `update sync.checkpoints set completed_at = completed_at - interval '1 hour' where kind = 'incremental'`,
      ),
    /** Each candidate got one mail. */
    async checkOnce(many) {
      const mails = emulator.outbox.filter(({ kind }) => kind === 'interview_invitation');
      const people = new Set(mails.map(({ to }) => to));
      if (mails.length !== many || people.size !== many)
        throw new Error(`${mails.length} mails to ${people.size} people instead of ${many}`);
    },
    async close() {
      await client.end();
      await emulator.close();
    },
  };
}

/** What was asked for since, up to the last invitation, and how much of the limit it was. */
function account(name, { emulator, rate }, before, many) {
  const windowMs = rate.windowSeconds * 1000;
  const since = emulator.requests.slice(before);
  const isInvitation = ({ method, path }) => method === 'POST' && /\/interviews$/.test(path);
  const last = since.findLastIndex(isInvitation);
  const requests = last < 0 ? since : since.slice(0, last + 1);
  const arrivals = requests.map(({ at }) => at);
  const seconds = (arrivals.at(-1) - arrivals[0]) / 1000;
  // Whoever keeps to the limit needs a whole window for each limit's worth but the last.
  const leastSeconds = Math.floor((arrivals.length - 1) / rate.limit) * rate.windowSeconds;
  const where = {};
  for (const { method, path } of requests) {
    const kind = kindOf(method, path);
    where[kind] = (where[kind] ?? 0) + 1;
  }
  // Whole windows from the first request on: what a window's worth of units lets through at once evens out.
  const whole = Math.floor(seconds / rate.windowSeconds);
  const within = requests.filter(
    (one) => isInvitation(one) && one.at - arrivals[0] < whole * windowMs,
  ).length;
  return {
    name,
    invitations: many,
    requests: arrivals.length,
    seconds,
    perMinute: whole === 0 ? null : (within / (whole * rate.windowSeconds)) * 60,
    perInvitation: many === 0 ? null : arrivals.length / many,
    limitUsed: leastSeconds === 0 ? null : leastSeconds / seconds,
    mostInWindow: mostInWindow(
      emulator.requests.map(({ at }) => at),
      windowMs,
    ),
    refused: requests.filter(({ rateLimited }) => rateLimited).length,
    where,
  };
}

/** `GET interviews/*` and the like. */
function kindOf(method, path) {
  const parts = path
    .replace(/\?.*$/, '')
    .replace(/^\/v1\.0\//, '')
    .split('/');
  return `${method} ${parts.map((part, index) => (index % 2 === 1 ? '*' : part)).join('/')}`;
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function print(results) {
  console.log('\nInvitations through the built program; up to the last invitation');
  printTable(
    ['', 'invitations', 'requests', 'for each', 'a minute', 'limit used', 'most in a window', '429', 's'],
    results.map((r) => [
      r.name,
      whole(r.invitations),
      whole(r.requests),
      fixed(r.perInvitation),
      whole(r.perMinute),
      r.limitUsed === null ? '–' : `${whole(r.limitUsed * 100)} %`,
      r.mostInWindow,
      r.refused,
      fixed(r.seconds, 1),
    ]),
  );
  console.log('\nWhere they go');
  for (const { name, where } of results) {
    const parts = Object.entries(where).sort(([, a], [, b]) => b - a);
    console.log(`${name}: ${parts.map(([kind, count]) => `${whole(count)} ${kind}`).join(', ')}`);
  }
}
