// From a row that the ATS writes to the request that carries it to Spark Hire, in a running service; beside another commit.
import { loadavg } from 'node:os';
import { besides, measured, ratio } from './beside.mjs';
import { fixed, percentile, printTable } from './figures.mjs';
import { isThere, openService, sleep, until } from './service.mjs';

const jobs = 20;
const kinds = ['a new invitation', 'another deadline'];

export async function rows({ quick, server, commit }) {
  const [rounds, size] = quick ? [20, 500] : [60, 5000];
  const other = besides(commit);
  const sides = [];
  try {
    for (const program of other.programs) sides.push(await openSide(program, size, server));
    // The first rounds are none: code is compiled, statements are prepared.
    for (let round = -5; round < rounds; round++)
      for (const side of round % 2 === 0 ? sides : [...sides].reverse())
        for (const [index, kind] of kinds.entries()) {
          const ms = await (index === 0 ? invite : postpone)(side, round + 5);
          if (round >= 0) side.delays[kind].push(ms);
        }
    const results = kinds.map((kind) => ({
      kind,
      sides: sides.map(({ of, delays }) => ({
        of,
        p50: percentile(delays[kind], 0.5),
        p90: percentile(delays[kind], 0.9),
        max: Math.max(...delays[kind]),
      })),
    }));
    console.log(
      `\nRow to request: one row at a time, ${rounds} of each, in turn (load ${loadavg()[0].toFixed(1)}), ms`,
    );
    printTable(
      ['', 'of', 'p50', 'p90', 'most', 'ratio: p50', 'p90'],
      results.flatMap(({ kind, sides: told }) =>
        told.map((side) => [
          ...[kind, side.of, fixed(side.p50, 1), fixed(side.p90, 1), fixed(side.max, 1)],
          ...(side === told[1] ? [ratio(side.p50, told[0].p50), ratio(side.p90, told[0].p90)] : ['', '']),
        ]),
      ),
    );
    return { rounds, size, commit: other.commit, results };
  } finally {
    for (const side of sides) await side.close();
    other.remove();
  }
}

/** They are in the same state. */
async function openSide(program, size, server) {
  const side = await openService(
    program,
    server,
    { interviews: size, jobs: 50 },
    async ({ env, emulator }) => {
      await emulator.act('setPlan', { jobLimit: -1 });
      // A service listens before its schema is there.
      measured([program.file, 'migrate'], env);
    },
  );
  try {
    const { client } = side;
    await client.query(
      `insert into ats.jobs (ats_id, title, description, status, city, country)
       select 'J-' || n, 'Baker ' || n, 'Bakes at night.', 'open', 'Graz', 'Austria' from generate_series(0, $1 - 1) n`,
      [jobs],
    );
    await until('its jobs', () =>
      isThere(client, `select from sync.links where resource = 'jobs' having count(*) = ${jobs}`),
    );
    await client.query('vacuum analyze');
    return { ...side, delays: Object.fromEntries(kinds.map((kind) => [kind, []])) };
  } catch (error) {
    await side.close();
    throw error;
  }
}

function invite(side, n) {
  return untilSent(
    side,
    'POST',
    `insert into ats.interviews (ats_id, job_ats_id, candidate_name, candidate_email, type, questions, deadline_at)
     values ($1, $2, 'Kari Nordmann', $1 || '@example.org', 'one_way',
       '[{"text": "Hvorfor brød?", "time_limit": 60}]', now() + interval '20 days')`,
    [`I-${n}`, `J-${n % jobs}`],
  );
}

function postpone(side, n) {
  return untilSent(
    side,
    'PUT',
    `update ats.interviews set deadline_at = deadline_at + interval '2 days' where ats_id = $1`,
    [`I-${n}`],
  );
}

/** Milliseconds from before the statement until the request that writes has arrived; then until all is at rest. */
async function untilSent({ client, emulator }, method, sql, values) {
  const began = Date.now();
  await client.query(sql, values);
  const at = await until(`${method} for ${values[0]}`, async () => {
    const requests = await emulator.requestsSince(began, 50);
    return requests.find((one) => one.method !== 'GET')?.at;
  });
  const open = `select from sync.desired_queue union all select from sync.intents where state in ('prepared', 'sent')
    union all select from sync.activities where activity = 'push' and started_at > succeeded_at`;
  await until('its end', async () => !(await isThere(client, open)));
  await sleep(100);
  return at - began;
}
