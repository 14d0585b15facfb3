// What `sync` takes, in requests and CPU, where rows of the ATS wait and where new ones come; beside another commit.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { besides, measured, ratio, serverCpuMs } from './beside.mjs';
import { startEmulated } from './emulated.mjs';
import { fixed, printTable, whole } from './figures.mjs';

const jobs = 20;
const invited = 100;
const phases = ['nothing new', `${invited} new invitations`, `${invited} new deadlines`];

export async function sync({ quick, server, commit }) {
  const rounds = quick ? 3 : 15;
  const size = quick ? 500 : 5000;
  const other = besides(commit);
  const folder = mkdtempSync(join(tmpdir(), 'sparkhire-bench-sync-'));
  const sides = [];
  try {
    for (const { of, file } of other.programs) sides.push(await openSide(of, file, size, server, folder));
    for (let round = -1; round < rounds; round++) {
      const turns = round % 2 === 0 ? sides : [...sides].reverse();
      for (const [index, phase] of phases.entries()) {
        for (const side of turns) {
          if (index === 1) await invite(side.client, `${round + 1}`, invited, 'J');
          if (index === 2) await postpone(side.client, `${round + 1}`);
          const run = await syncOnce(side, folder);
          // The first round is none: files come from the disk.
          if (round >= 0) side.runs[phase].push(run);
        }
      }
    }
    const results = phases.map((phase) => ({
      phase,
      sides: sides.map(({ of, runs }) => ({ of, ...total(runs[phase]) })),
    }));
    console.log(
      `\nsync, of ${whole(size)} mirrored interviews, with ${whole(size / 10)} rows that wait: each of ${rounds} runs in turn, CPU is user and system`,
    );
    const figures = ['requests', 'cpuMs', 'serverMs', 'wallMs'];
    printTable(
      [
        ...['', 'of', 'requests', 'CPU ms', "PostgreSQL's CPU ms", 'wall ms'],
        ...['ratios: requests', 'CPU', 'PostgreSQL', 'wall'],
      ],
      results.flatMap(({ phase, sides: [first, second] }) =>
        [first, second]
          .filter(Boolean)
          .map((side) => [
            ...[
              phase,
              side.of,
              fixed(side.requests, 1),
              ...figures.slice(1).map((name) => whole(side[name])),
            ],
            ...figures.map((name) => (side === second ? ratio(side[name], first[name]) : '')),
          ]),
      ),
    );
    return { rounds, size, commit: other.commit, results };
  } finally {
    for (const { client, emulator } of sides) {
      await client.end();
      await emulator.stop();
    }
    rmSync(folder, { recursive: true, force: true });
    other.remove();
  }
}

/** Each has a Spark Hire and a database of its own, in the same state. */
async function openSide(of, file, size, server, folder) {
  const emulator = await startEmulated({ interviews: size, jobs: 50 });
  await emulator.act('setPlan', { jobLimit: -1 });
  const url = await server.create({ migrated: false });
  const SYNC_CONFIG = join(folder, 'settings.yaml');
  // Nobody is there to say that so many changes are meant.
  writeFileSync(SYNC_CONFIG, 'policies: { massChange: { share: 1, rows: 1000000 } }\n');
  const env = { ...emulator.env, DATABASE_URL: url, SYNC_CONFIG };
  measured([file, 'backfill', '--json'], env, folder);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `insert into ats.jobs (ats_id, title, description, status, city, country)
     select 'J-' || n, 'Baker ' || n, 'Bakes at night.', 'open', 'Graz', 'Austria' from generate_series(0, $1 - 1) n`,
    [jobs],
  );
  // Their jobs never come: each is looked at every time.
  await invite(client, 'waiting', size / 10, 'none');
  measured([file, 'sync', '--json'], env, folder);
  await client.query('vacuum analyze');
  return { of, file, env, emulator, client, runs: Object.fromEntries(phases.map((phase) => [phase, []])) };
}

function invite(client, batch, count, job) {
  return client.query(
    `insert into ats.interviews (ats_id, job_ats_id, candidate_name, candidate_email, type, questions, deadline_at)
     select $1 || '-' || n, $3 || '-' || n % $4, 'Kari Nordmann', 'kari-' || $1 || '-' || n || '@example.org', 'one_way',
       '[{"text": "Hvorfor brød?", "time_limit": 60}]', now() + interval '20 days'
     from generate_series(1, $2) n`,
    [batch, count, job, jobs],
  );
}

function postpone(client, batch) {
  return client.query(
    `update ats.interviews set deadline_at = deadline_at + interval '2 days' where ats_id like $1 || '-%'`,
    [batch],
  );
}

async function syncOnce({ file, env, emulator, client }, folder) {
  const before = await serverCpuMs(client);
  const begun = Date.now();
  const run = measured([file, 'sync', '--json'], env, folder);
  const after = await serverCpuMs(client);
  const requests = (await emulator.requestsSince(begun)).length;
  return { ...run, requests, serverMs: after === null ? null : after - before };
}

/** Means: PostgreSQL's CPU is told in steps that are too large for one run. */
function total(runs) {
  const of = (name) => runs.reduce((sum, run) => sum + run[name], 0) / runs.length;
  return { requests: of('requests'), cpuMs: of('cpuMs'), serverMs: of('serverMs'), wallMs: of('wallMs') };
}
