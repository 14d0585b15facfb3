// Whether a service's memory grows: thousands of ticks back to back, with changes and webhooks all the while.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { request } from 'undici';
import { spread, startEmulated } from './emulated.mjs';
import { fixed, median, printTable, slope, whole } from './figures.mjs';
import { environment, run } from './program.mjs';
import { sleep } from './service.mjs';

const measured = fileURLToPath(new URL('./endurance-process.mjs', import.meta.url));
const interviews = 2000;
/** Ticks whose median is one point. */
const group = 500;
/** Something happens at the emulator so often. */
const changeMs = 40;
/** The metrics and the readiness are asked for so often. */
const lookMs = 2000;

export async function endurance({ quick, server }) {
  const ticks = quick ? 2000 : 10_000;
  const leftOut = quick ? 500 : 1000;
  const url = await server.create();
  const emulator = await startEmulated({ interviews, jobs: 100 });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const env = { ...emulator.env, DATABASE_URL: url };
    const { answer } = await run(['backfill', '--json'], env);
    if (!answer.complete) throw new Error(JSON.stringify(answer));
    const began = performance.now();
    const { samples, kept, done, changes } = await drive(ticks, env, emulator);
    const seconds = (performance.now() - began) / 1000;
    const { rows } = await client.query(
      `select count(*)::int as events, count(*) filter (where state = 'done')::int as done,
         (select count(*)::int from sync.changes where recorded_at > now() - $1 * interval '1 s') as changes,
         (select count(*)::int from sync.runs where kind = 'details') as details
       from sync.webhook_events`,
      [seconds],
    );
    const points = [];
    for (let from = 0; from + group <= samples.length; from += group) {
      const of = (name) => median(samples.slice(from, from + group).map((sample) => sample[name]));
      points.push({ ticks: from + group, rss: of('rss'), heap: of('heap') });
    }
    const after = (from) => {
      const line = (of, name) =>
        slope(of.filter((point) => point.ticks > from).map((point) => [point.ticks / 1000, point[name]]));
      return {
        RSS: line(points, 'rss'),
        'heap in use': line(points, 'heap'),
        'RSS after a collection': line(kept, 'rss'),
        'heap after a collection': line(kept, 'heap'),
      };
    };
    // What is filled once and then stays is filled in the first half.
    const slopes = [leftOut, ticks / 2].map((from) => ({ after: from, of: after(from) }));
    console.log(
      `\nEndurance: ${whole(done.ticks)} ticks back to back in ${whole(seconds)} s, ${whole(changes)} things done at the ` +
        `emulator, ${whole(rows[0].events)} webhooks (${whole(rows[0].done)} settled), ${whole(rows[0].changes)} rows ` +
        `in sync.changes, ${whole(rows[0].details)} runs of details, ${done.failed} failures`,
    );
    printTable(
      ['ticks', 'RSS MB', 'heap in use MB', 'after a collection: RSS', 'heap'],
      points.map((point) => {
        const left = kept.find(({ ticks: at }) => at === point.ticks);
        return [
          whole(point.ticks),
          ...[point.rss, point.heap, left.rss, left.heap].map((kb) => fixed(kb / 1024, 1)),
        ];
      }),
    );
    for (const { after: from, of } of slopes)
      for (const [name, { slope: by, error }] of Object.entries(of))
        console.log(
          `${name} after the first ${whole(from)}: ${fixed(by, 0)} ± ${fixed(error, 0)} KB per 1,000 ticks (slope by ` +
            `least squares, its standard error): ${Math.abs(by) <= 2 * error ? 'nil within noise' : by > 0 ? 'it grows' : 'it shrinks'}`,
        );
    return { wanted: ticks, seconds, changes, ...rows[0], done, points, kept, slopes };
  } finally {
    await client.end();
    await emulator.stop();
  }
}

async function drive(ticks, env, emulator) {
  const child = spawn(process.execPath, ['--expose-gc', measured, String(ticks)], {
    env: environment({ ...env, LOG_LEVEL: 'warn' }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const samples = [];
  const kept = [];
  let done = null;
  let address = null;
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 && done !== null ? resolve() : reject(new Error(`the measured process ended with ${code}`)),
    );
  });
  let running = true;
  ended
    .catch(() => {})
    .finally(() => {
      running = false;
    });
  createInterface({ input: child.stdout }).on('line', (text) => {
    const [first, ...rest] = text.split(' ');
    if (first === 'done') done = JSON.parse(rest.join(' '));
    else if (first === 'listening') [address] = rest;
    else if (first === 'kept')
      kept.push({ ticks: Number(rest[0]), rss: Number(rest[1]), heap: Number(rest[2]) });
    else samples.push({ rss: Number(rest[0]), heap: Number(rest[1]) });
  });
  try {
    const [changes] = await Promise.all([
      changeThings(emulator, () => running && done === null),
      lookAtIt(
        () => (done === null ? address : null),
        () => running && done === null,
      ),
      ended,
    ]);
    return { samples, kept, done, changes };
  } finally {
    child.kill('SIGKILL');
  }
}

/** What people do all day; the number of objects stays. Most of it is told by webhooks too. */
async function changeThings(emulator, goesOn) {
  const completed = [];
  const open = [];
  for (const { uuid, status, type } of await emulator.records('interviews')) {
    if (status === 'completed') completed.push(uuid);
    else if (status === 'requested' && type === 'one_way') open.push(uuid);
  }
  const jobs = (await emulator.records('jobs')).map(({ uuid }) => uuid);
  const some = {
    completed: spread(completed, 300),
    open: spread(open, Math.min(open.length, 50)),
    jobs: spread(jobs, 50),
  };
  const doings = [
    (n) => ['touchInterview', { uuid: some.completed[n % some.completed.length] }],
    (n) => ['rateInterview', { uuid: some.completed[n % some.completed.length], rating: (n % 9) / 2 + 0.5 }],
    (n) => ['editJob', { uuid: some.jobs[n % some.jobs.length], description: `As of change ${n}.` }],
    ...(open.length === 0
      ? []
      : [
          (n) => [
            'rescheduleInterview',
            { uuid: some.open[n % some.open.length], scheduledAt: Date.now() + (20 + (n % 20)) * 86_400_000 },
          ],
        ]),
  ];
  let n = 0;
  for (; goesOn(); n++) {
    const [name, input] = doings[n % doings.length](n);
    await emulator.act(name, input);
    await sleep(changeMs);
  }
  return n;
}

async function lookAtIt(address, goesOn) {
  while (goesOn()) {
    await sleep(lookMs);
    const url = address();
    if (url === null) continue;
    for (const path of ['/metrics', '/readyz']) {
      await request(`${url}${path}`)
        .then(({ body }) => body.dump())
        .catch(() => {});
    }
  }
}
