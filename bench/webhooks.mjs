// From a webhook to its row: how long it takes, and whether all arrive, at two rates.
import pg from 'pg';
import { Agent } from 'undici';
import { startEmulated } from './emulated.mjs';
import { fixed, percentile, printTable, whole } from './figures.mjs';
import { run } from './program.mjs';
import { sleep, startService, until } from './service.mjs';

const auth = 'bench:not-a-secret-of-anybody';
const pageSize = 500;
/** How often the mirror is looked at for rows that arrived. */
const lookMs = 2;

export async function webhooks({ quick, server }) {
  const seconds = quick ? 3 : 10;
  const rates = [100, 1000];
  const total = rates.reduce((sum, rate) => sum + rate * seconds, 0);
  const url = await server.create();
  const emulator = await startEmulated({ interviews: total, jobs: 200 });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  let service;
  try {
    const env = { ...emulator.env, DATABASE_URL: url };
    const { answer } = await run(['backfill', '--json'], env);
    if (!answer.complete) throw new Error(JSON.stringify(answer));
    // The service keeps to the real limit, to which that backfill did not: it is forgotten.
    await client.query('truncate sync.request_blocks');
    service = await startService({
      ...env,
      SPARKHIRE_RATE_LIMIT: '400',
      SPARKHIRE_RATE_WINDOW_SECONDS: '60',
      SYNC_WEBHOOK_AUTH: auth,
      // No ticks meanwhile but the one at the start: they would bring the same rows.
      SYNC_SCHEDULE: '0 0 1 1 *',
    });
    await until('the first tick', async () => {
      const { rows } = await client.query(
        `select 1 from sync.runs where kind = 'tick' and outcome = 'succeeded'`,
      );
      return rows.length > 0;
    });
    const events = await changedInterviews(emulator);
    const results = [];
    let from = 0;
    for (const rate of rates) {
      const part = events.slice(from, from + rate * seconds);
      from += part.length;
      results.push(await atRate(rate, part, service, url, client));
      // What moved is read again, 400 a minute: that goes on beside the next rate, as it would in life.
      await sleep(1000);
    }
    console.log(`\nWebhook to row: ${seconds} s each; details are read beside it, 400 a minute`);
    printTable(
      [
        'a second',
        'events',
        '204',
        'stored',
        'applied',
        'rows right',
        'row p50 ms',
        'p99',
        'max',
        '204 p50',
        'p99',
      ],
      results.map((r) => [
        whole(r.rate),
        whole(r.events),
        whole(r.accepted),
        whole(r.stored),
        whole(r.applied),
        whole(r.rowsRight),
        fixed(r.row.p50, 1),
        fixed(r.row.p99, 1),
        fixed(r.row.max, 1),
        fixed(r.answer.p50, 1),
        fixed(r.answer.p99, 1),
      ]),
    );
    for (const r of results) {
      console.log(
        `${whole(r.rate)} a second: sent within ${fixed(r.sentSeconds)} s, all rows after ${fixed(r.doneSeconds)} s`,
      );
    }
    return { seconds, results };
  } finally {
    await service?.stop();
    await client.end();
    await emulator.stop();
  }
}

/** Every interview is touched at the emulator; what its listing says then makes a payload that is news. */
async function changedInterviews(emulator) {
  const uuids = (await emulator.records('interviews')).map(({ uuid }) => uuid);
  // Not in the second in which the last of them was changed before.
  await sleep(1100);
  for (const uuid of uuids) await emulator.act('touchInterview', { uuid });
  const items = new Map();
  for (let from = 1; from <= uuids.length; from += pageSize) {
    const range = `${from}-${from + pageSize - 1}`;
    for (const item of await emulator.list(`/interviews?orderby=updated_asc&range=${range}`))
      items.set(item.uuid, item);
  }
  if (items.size !== uuids.length) throw new Error(`${items.size} of ${uuids.length} interviews were listed`);
  return [...items.values()];
}

async function atRate(rate, events, service, url, client) {
  const { rows: before } = await client.query(
    `select coalesce(max(id), 0) as id, (select coalesce(max(seq), 0) from sync.changes) as seq
     from sync.webhook_events`,
  );
  const watcher = await watchRows(url, before[0].seq);
  const agent = new Agent({ connections: 64 });
  const sent = new Map();
  const answers = [];
  let accepted = 0;
  const headers = {
    authorization: `Basic ${Buffer.from(auth).toString('base64')}`,
    'content-type': 'application/json',
    'x-sparkhire-event': 'InterviewCompleted',
    'x-sparkhire-payload': 'Interview',
  };
  const bodies = events.map((event) => JSON.stringify(event));
  const post = async (index) => {
    const at = performance.now();
    sent.set(events[index].uuid, at);
    const { statusCode, body } = await agent.request({
      origin: service.url,
      path: '/webhooks/default',
      method: 'POST',
      headers,
      body: bodies[index],
    });
    await body.dump();
    answers.push(performance.now() - at);
    if (statusCode === 204) accepted++;
  };
  // Sent when their time has come, whether or not the ones before were answered.
  const began = performance.now();
  const underWay = [];
  for (let next = 0; next < events.length; ) {
    const due = Math.min(events.length, Math.floor(((performance.now() - began) / 1000) * rate) + 1);
    for (; next < due; next++) underWay.push(post(next));
    await sleep(1);
  }
  const sentSeconds = (performance.now() - began) / 1000;
  await Promise.all(underWay);
  const settled = async () => {
    const { rows } = await client.query(
      `select count(*)::int as stored, count(*) filter (where state = 'done')::int as done,
         count(*) filter (where outcome = 'applied')::int as applied
       from sync.webhook_events where id > $1`,
      [before[0].id],
    );
    return rows[0].done === events.length ? rows[0] : null;
  };
  const { stored, applied } = await until('all events', settled);
  await until('all rows', () => watcher.seen.size >= events.length, { timeoutMs: 10_000 }).catch(() => {});
  const rowsRight = await countRight(client, events);
  await watcher.stop();
  await agent.close();
  const delays = events.flatMap(({ uuid }) => {
    const at = watcher.seen.get(uuid);
    return at === undefined ? [] : [at - sent.get(uuid)];
  });
  return {
    rate,
    events: events.length,
    accepted,
    stored,
    applied,
    rowsRight,
    sentSeconds,
    doneSeconds: (Math.max(...watcher.seen.values()) - began) / 1000,
    row: { p50: percentile(delays, 0.5), p99: percentile(delays, 0.99), max: Math.max(...delays) },
    answer: { p50: percentile(answers, 0.5), p99: percentile(answers, 0.99), max: Math.max(...answers) },
  };
}

/** Rows whose stored time is that of their event. */
async function countRight(client, events) {
  const { rows } = await client.query(
    `select count(*)::int as count from sparkhire.interviews i
     join unnest($1::uuid[], $2::timestamptz[]) as e(uuid, at) on i.uuid = e.uuid and i.updated_at = e.at`,
    [events.map(({ uuid }) => uuid), events.map(({ updated_at }) => updated_at)],
  );
  return rows[0].count;
}

/** When each row's change could be seen by somebody else: looked for again and again on a connection of its own. */
async function watchRows(url, after) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const seen = new Map();
  let last = after;
  let watching = true;
  const loop = (async () => {
    while (watching) {
      const { rows } = await client.query(
        `select seq, uuid from sync.changes where seq > $1 and resource = 'interviews' order by seq`,
        [last],
      );
      const now = performance.now();
      for (const { seq, uuid } of rows) {
        last = seq;
        if (!seen.has(uuid)) seen.set(uuid, now);
      }
      await sleep(lookMs);
    }
  })();
  return {
    seen,
    async stop() {
      watching = false;
      await loop;
      await client.end();
    },
  };
}
