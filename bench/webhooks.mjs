// From a webhook to its row: how long it takes, and whether all arrive, at two rates; beside another commit.
import pg from 'pg';
import { Agent } from 'undici';
import { besides, ratio } from './beside.mjs';
import { fixed, percentile, printTable, whole } from './figures.mjs';
import { run } from './program.mjs';
import { cpuSeconds, openService, sleep, until } from './service.mjs';

const auth = 'bench:not-a-secret-of-anybody';
const pageSize = 500;
/** How often the mirror is looked at for rows that arrived. */
const lookMs = 2;
const rates = [100, 1000];

export async function webhooks({ quick, server, commit }) {
  const other = besides(commit);
  try {
    const results = await measure({ quick, server, programs: other.programs });
    return { commit: other.commit, ...results };
  } finally {
    other.remove();
  }
}

/** @param programs whose services take turns: [{ of, file }] */
export async function measure({ quick, server, programs }) {
  const seconds = quick ? 3 : 10;
  const rounds = programs.length > 1 ? 3 : 1;
  const total = rates.reduce((sum, rate) => sum + rate * seconds * rounds, 0);
  const sides = [];
  try {
    for (const program of programs) sides.push(await openSide(program, total, server));
    for (let round = 0; round < rounds; round++) {
      for (const rate of rates) {
        for (const side of round % 2 === 0 ? sides : [...sides].reverse()) {
          side.runs[rate].push(await atRate(rate, side.events.splice(0, rate * seconds), side));
          // What moved is read again, 400 a minute: that goes on beside the next rate, as it would in life.
          await sleep(1000);
        }
      }
    }
    const results = rates.flatMap((rate) =>
      sides.map(({ of, runs }) => ({ of, rate, ...together(runs[rate]) })),
    );
    console.log(
      `\nWebhook to row: ${rounds} times ${seconds} s each; details are read beside it, 400 a minute`,
    );
    const first = (result) => results.find(({ rate }) => rate === result.rate);
    const over = (result, of) => (result === first(result) ? '' : ratio(of(result), of(first(result))));
    printTable(
      [
        ...['a second', 'of', 'events', '204', 'stored', 'applied', 'rows right'],
        ...['row p50 ms', 'p99', 'max', '204 p50', 'p99', "service's CPU s"],
        ...['ratios: row p50', 'p99', 'CPU'],
      ],
      results.map((r) => [
        whole(r.rate),
        r.of,
        ...[r.events, r.accepted, r.stored, r.applied, r.rowsRight].map(whole),
        ...[r.row.p50, r.row.p99, r.row.max, r.answer.p50, r.answer.p99].map((ms) => fixed(ms, 1)),
        fixed(r.cpuSeconds, 1),
        ...[(of) => of.row.p50, (of) => of.row.p99, (of) => of.cpuSeconds].map((of) => over(r, of)),
      ]),
    );
    return { seconds, rounds, results };
  } finally {
    for (const side of sides) await side.close();
  }
}

/** Every interview has changed there, and nobody was told of it. */
async function openSide(program, total, server) {
  const size = { interviews: total, jobs: 200 };
  const side = await openService(program, server, size, async ({ env, client }) => {
    const { answer } = await run(['backfill', '--json'], env, { file: program.file });
    if (!answer.complete) throw new Error(JSON.stringify(answer));
    // The service keeps to the real limit, to which that backfill did not: it is forgotten.
    await client.query('truncate sync.request_blocks');
    const limit = { SPARKHIRE_RATE_LIMIT: '400', SPARKHIRE_RATE_WINDOW_SECONDS: '60' };
    return { ...limit, SYNC_WEBHOOK_AUTH: auth };
  });
  try {
    const runs = Object.fromEntries(rates.map((rate) => [rate, []]));
    return { ...side, events: await changedInterviews(side.emulator), runs };
  } catch (error) {
    await side.close();
    throw error;
  }
}

/** Counts are added up, delays of all rounds are taken together. */
function together(runs) {
  const sum = (name) => runs.reduce((all, run) => all + run[name], 0);
  const counts = ['events', 'accepted', 'stored', 'applied', 'rowsRight', 'cpuSeconds'];
  const spread = (name) => {
    const all = runs.flatMap((run) => run[name]);
    return { p50: percentile(all, 0.5), p99: percentile(all, 0.99), max: Math.max(...all) };
  };
  return {
    ...Object.fromEntries(counts.map((name) => [name, sum(name)])),
    row: spread('delays'),
    answer: spread('answers'),
  };
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

async function atRate(rate, events, { service, url, client }) {
  const cpuBefore = cpuSeconds(service.pid);
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
    events: events.length,
    accepted,
    stored,
    applied,
    rowsRight,
    cpuSeconds: cpuSeconds(service.pid) - cpuBefore,
    delays,
    answers,
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
