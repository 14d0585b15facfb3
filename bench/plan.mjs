// What deciding costs, by the number of linked rows: it is to depend on the rows that changed alone.
import { spawn } from 'node:child_process';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { inTransaction, openDatabase } from '../dist/db/database.js';
import { atsTables } from '../dist/db/objects/ats-tables.js';
import { enqueueObserved } from '../dist/desired/queue.js';
import { contentHash } from '../dist/desired/ats-rows.js';
import { interviewRow, jobRow, userRow } from '../dist/mirror/mapping.js';
import { inMirrorTransaction, storeRows } from '../dist/mirror/store.js';
import { readRow } from '../dist/sparkhire/reading.js';
import { interviewSchema } from '../dist/sparkhire/resources/interviews.js';
import { jobSchema } from '../dist/sparkhire/resources/jobs.js';
import { userSchema } from '../dist/sparkhire/resources/users.js';
import { fixed, printTable, whole } from './figures.mjs';
import { listItem } from './interviews.mjs';
import { ended, environment } from './program.mjs';

const measuring = fileURLToPath(new URL('./plan-process.mjs', import.meta.url));
const changed = 10;
/** All rows at once are a bulk load, which is as long as it is: only shown for its cost a row. */
const mostQueued = 10_000;

export async function plan({ quick, server }) {
  const sizes = quick ? [1000, 10_000] : [1000, 10_000, 100_000];
  const rounds = quick ? 5 : 9;
  const results = [];
  for (const rows of sizes) {
    const url = await server.create();
    await seed(url, rows);
    const load = loadavg()[0];
    const all = rows <= mostQueued;
    results.push({ rows, load, ...(await measure({ url, changed, rounds, all })) });
  }
  print(results, rounds);
  return { changed, rounds, results };
}

/** In a process of its own, whose memory is nobody else's. */
async function measure(task) {
  const child = spawn(process.execPath, ['--expose-gc', measuring, JSON.stringify(task)], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { code, output } = await ended(child);
  if (code !== 0) throw new Error(`${measuring} ended with ${code}`);
  return JSON.parse(output);
}

function print(results, rounds) {
  console.log(`\nPlan: ${changed} of N linked rows changed, ms, medians of ${rounds}`);
  printTable(
    [
      ...[
        'N',
        'nothing',
        'users, jobs, interviews',
        'interviews alone',
        'in Spark Hire',
        'idle push',
        'rows read',
      ],
      ...['RSS MB', 'heap MB', 'hash scan', 'all queued, a row', 'load'],
    ],
    results.map((r) => [
      whole(r.rows),
      ...[r.nothing, r.mixed, r.interviews, r.observed, r.push].map((ms) => fixed(ms, 1)),
      `${whole(r.rowsMixed)}, ${whole(r.rowsAlone)}`,
      ...[r.rssMb, r.heapMb].map((mb) => fixed(mb, 1)),
      whole(r.hashScan),
      r.everyRow === null ? '–' : fixed(r.everyRow, 2),
      fixed(r.load, 1),
    ]),
  );
  const [first, last] = [results[0], results.at(-1)];
  const times = (name) => fixed(last[name] / first[name]);
  console.log(
    `${whole(last.rows / first.rows)} times the rows: ${times('nothing')}, ${times('mixed')}, ${times('interviews')}, ` +
      `${times('observed')} and ${times('push')} times the ms; ${times('rowsMixed')} and ${times('rowsAlone')} times the rows read`,
  );
}

/** N rows that were carried over long ago, and nothing to do: 2 % jobs, 0.5 % users, the rest interviews. */
async function seed(url, rows) {
  const [users, jobs] = [rows / 200, rows / 50];
  const db = openDatabase(url, { maxConnections: 2 });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await store(db, { users, jobs, interviews: rows - users - jobs });
    // The mirror was seen before anything was linked.
    await inTransaction(db, (tx) => enqueueObserved(tx, 'default'));
    await client.query(wishes);
    await client.query(links);
    for (const name of ['users', 'jobs', 'interviews']) {
      await client.query(
        `insert into sync.desired_rows (account, resource, ats_id, hash, state, synced_at)
         select t.account, '${name}', t.ats_id, ${contentHash(atsTables[name], 't')}, 'synced', now() from ats.${name} t`,
      );
    }
    await client.query('delete from sync.desired_queue');
    // As PostgreSQL does by itself within a minute or two.
    await client.query('vacuum analyze');
  } finally {
    await client.end();
    await db.destroy();
  }
}

const uuid = (kind, n) => `${kind}0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const userOf = (n) => ({ uuid: uuid('a', n), name: `Recruiter ${n}`, email: `r${n}@fjordlys.example.com` });
const jobOf = (n) => ({ uuid: uuid('b', n), title: `Bench job ${n}`, status: 'active' });
const stamps = { created_at: '2023-01-02T08:00:00+00:00', updated_at: '2023-01-02T08:00:00+00:00' };

/** Interview `n` of so many jobs. Also what it shows once it was changed in Spark Hire. */
export function interviewItem(n, jobs, isChanged = false) {
  return { ...listItem(n, isChanged), job_post: jobOf(n % jobs) };
}

export function interviewRows(items) {
  return items.map((item) => interviewRow(readRow(interviewSchema, item), 'list'));
}

async function store(db, { users, jobs, interviews }) {
  const range = (from, to) => Array.from({ length: to - from }, (_, i) => from + i);
  await inMirrorTransaction(db, 'default', async (tx) => {
    const people = range(0, users).map((n) => ({ ...userOf(n), active: true, ...stamps }));
    await storeRows(
      tx,
      'users',
      people.map((item) => userRow(readRow(userSchema, item), 'list')),
    );
    const posts = range(0, jobs).map((n) => ({
      ...jobOf(n),
      description: 'Made by the benchmark.',
      ...stamps,
    }));
    await storeRows(
      tx,
      'jobs',
      posts.map((item) => jobRow(readRow(jobSchema, item), 'single')),
    );
  });
  for (let from = 0; from < interviews; from += 5000) {
    const items = range(from, Math.min(from + 5000, interviews)).map((n) => interviewItem(n, jobs));
    await inMirrorTransaction(db, 'default', (tx) => storeRows(tx, 'interviews', interviewRows(items)));
  }
}

/** The ATS wants what Spark Hire shows. */
const wishes = `
  insert into ats.users (ats_id, name, email, role, active)
  select 'U-' || right(uuid::text, 12)::int, name, email, 'standard', true from sparkhire.users;
  insert into ats.jobs (ats_id, title, description, status, city, country, owner_ats_id)
  select 'J-' || right(uuid::text, 12)::int, title, description, 'open', 'Graz', 'Austria', 'U-0' from sparkhire.jobs;
  insert into ats.interviews (ats_id, job_ats_id, candidate_name, candidate_email, type, questions, deadline_at,
    requested_by_ats_id)
  select 'I-' || m.uuid, 'J-' || right(m.job_uuid::text, 12)::int, m.candidate_name, m.candidate_email, m.type,
    '[{"text": "Why us?", "time_limit": 60, "takes": 3}]', m.scheduled_at,
    'U-' || right(m.job_uuid::text, 12)::int % (select count(*) from ats.users)
  from sparkhire.interviews m;`;

/** Agreed on all of it, as after the invitations were sent. */
const links = `
  insert into sync.links (account, resource, ats_id, uuid, how, base)
  select 'default', 'users', 'U-' || right(uuid::text, 12)::int, uuid, 'created',
    jsonb_build_object('name', p.name, 'email', p.email, 'role', '{"ats": "standard", "sparkhire": null}'::jsonb)
  from sparkhire.users m cross join lateral (select
    jsonb_build_object('ats', m.name, 'sparkhire', m.name) as name,
    jsonb_build_object('ats', m.email, 'sparkhire', m.email) as email) p;
  insert into sync.links (account, resource, ats_id, uuid, how, base)
  select 'default', 'jobs', 'J-' || right(uuid::text, 12)::int, uuid, 'created', jsonb_build_object(
    'title', jsonb_build_object('ats', title, 'sparkhire', title),
    'description', jsonb_build_object('ats', description, 'sparkhire', description),
    'status', '{"ats": "active", "sparkhire": "active"}'::jsonb)
  from sparkhire.jobs;
  insert into sync.links (account, resource, ats_id, uuid, how, base)
  select 'default', 'interviews', a.ats_id, m.uuid, 'created', jsonb_build_object(
    'candidate', jsonb_build_object('ats', jsonb_build_object('name', a.candidate_name, 'email', a.candidate_email,
      'phone', null, 'phoneE164', null), 'sparkhire', null),
    'questions', jsonb_build_object('ats', jsonb_build_object('questions', a.questions, 'questionSetUuid', null),
      'sparkhire', null),
    'type', jsonb_build_object('ats', a.type, 'sparkhire', null),
    'job', jsonb_build_object('ats', a.job_ats_id, 'sparkhire', null),
    'scheduled_at', jsonb_build_object('ats', t.at, 'sparkhire', t.at))
  from sparkhire.interviews m join ats.interviews a on a.ats_id = 'I-' || m.uuid
  cross join lateral (
    select to_char(m.scheduled_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at) t;`;
