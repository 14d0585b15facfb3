// What `issues` and `explain` ask of the database, in a company with years of history.
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { withFilled } from './database.mjs';
import { fixed, percentile, printTable, whole } from './figures.mjs';

const rows = 100_000;
const rounds = 40;

export { bench as explain };

async function bench({ quick, server }) {
  const interviews = quick ? 100_000 : 1_000_000;
  return withFilled(server, { fill: (client) => fill(client, interviews) }, async ({ client, db }) => {
    const { query } = await import('../dist/db/database.js');
    const { explain } = await import('../dist/story/story.js');
    const { readIssues } = await import('../dist/story/issues.js');
    // One connection, so that its process is the one that worked.
    const [{ pid }] = await query(db, 'select pg_backend_pid() as pid');
    const timed = timing();
    try {
      const measured = [];
      const measure = async (name, work) => {
        const all = [];
        for (let round = 0; round < rounds; round++) {
          const before = busyMs(pid);
          timed.begin();
          await work(round);
          all.push({ ...timed.end(), server: before === null ? null : busyMs(pid) - before });
        }
        const most = (figures, share) => (figures.includes(null) ? null : percentile(figures, share));
        const of = (column) => all.map((one) => one[column]);
        measured.push({
          name,
          statements: all.at(-1).statements,
          first: all[0].server,
          ...{ server: most(of('server'), 0.5), serverP99: most(of('server'), 0.99) },
          ...{ median: most(of('ms'), 0.5), p99: most(of('ms'), 0.99) },
        });
      };
      await measure('`issues`, 10,000 rows wait', () => readIssues(db));
      // Another one in every round.
      await measure('`explain` of a row in step', (round) => explain(db, `I-${round * 20 + 1}`));
      await measure('`explain` of a row that waits', (round) => explain(db, `I-${round * 20 + 10}`));
      await measure('`explain` of an address', (round) => explain(db, `C${round * 20 + 1}@People.example`));
      const uuids = await client.query(`select uuid from sparkhire.interviews limit ${rounds}`);
      await measure('`explain` of a uuid', (round) => explain(db, uuids.rows[round].uuid));
      await measure('`explain` of who was skipped', (round) => explain(db, `s${round + 1}@people.example`));
      await measure('`explain` of nobody', (round) => explain(db, `n${round}@nowhere.example`));
      console.log(
        `\nWhy: ${whole(interviews)} interviews, ${whole(rows)} rows of the ATS; milliseconds, ${rounds} rounds on one connection. ` +
          'Server: what its process worked. Answer: until it was read here, by a program that had just started.',
      );
      printTable(
        ['', 'statements', 'server: first', 'median', 'p99', 'answer: median', 'p99'],
        measured.map(({ name, statements, first, server, serverP99, median, p99 }) => [
          name,
          statements,
          ...[first, server, serverP99, median, p99].map((ms) => fixed(ms, 1)),
        ]),
      );
      return { interviews, rows, rounds, measured };
    } finally {
      timed.stop();
    }
  });
}

/** How long a process of this machine has been at work, in milliseconds; null where /proc does not tell. */
export function busyMs(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return null;
  }
}

/** Time from a statement until its answer was read, summed. */
function timing() {
  const { query } = pg.Client.prototype;
  let ms = 0;
  let statements = 0;
  pg.Client.prototype.query = async function timedQuery(...args) {
    const began = performance.now();
    try {
      return await query.apply(this, args);
    } finally {
      ms += performance.now() - began;
      statements += 1;
    }
  };
  return {
    begin() {
      ms = 0;
      statements = 0;
    },
    end: () => ({ ms, statements }),
    stop() {
      pg.Client.prototype.query = query;
    },
  };
}

/** @param name of candidate n, in SQL. Every interview is there; of 100,000 the ATS has a row, and a tenth of those wait: for a job, for a user, or for their own sake. */
export async function fill(client, interviews, name = `'Candidate ' || n`) {
  const run = (sql) => client.query(sql);
  const uuid = (n) => `md5('interview ' || ${n})::uuid`;
  await run(`insert into sparkhire.jobs (uuid, title, status, raw)
    select md5('job ' || n)::uuid, 'Job ' || n, 'active', '{}' from generate_series(1, 1000) n`);
  await run(`insert into sparkhire.interviews (uuid, type, status, job_uuid, candidate_uuid, candidate_name, candidate_email, raw)
    select ${uuid('n')}, 'one_way', 'completed', md5('job ' || n % 1000 + 1)::uuid, md5('candidate ' || n)::uuid, ${name},
      'c' || n || '@people.example', '{}' from generate_series(1, ${interviews}) n`);
  await run(`insert into ats.jobs (ats_id, title, status, owner_ats_id)
    select 'J-' || n, 'Job ' || n, 'open', 'U-' || n % 50 from generate_series(1, 1000) n`);
  await run(`insert into ats.users (ats_id, name, email, role)
    select 'U-' || n, 'User ' || n, 'u' || n || '@ats.example', 'standard' from generate_series(0, 49) n`);
  await run(`insert into ats.interviews (ats_id, job_ats_id, candidate_name, candidate_email)
    select 'I-' || n, 'J-' || n % 97, 'Candidate ' || n, 'c' || n || '@people.example'
    from generate_series(1, ${rows}) n`);
  await run(`truncate sync.desired_queue`);
  await run(`insert into sync.desired_rows (resource, ats_id, state)
    select 'users', ats_id, case ats_id when 'U-7' then 'rejected' else 'synced' end from ats.users
    union all select 'jobs', ats_id, case owner_ats_id when 'U-7' then 'held' else 'synced' end from ats.jobs
    union all select 'interviews', ats_id, case when n % 10 > 0 then 'synced' when n % 20 = 0 then 'rejected' else 'held' end
      from (select ats_id, substr(ats_id, 3)::int as n from ats.interviews) i`);
  await run(`insert into sync.issues (resource, ats_id, field, code, message)
    values ('users', 'U-7', 'role', 'UNMAPPED_ENUM', 'The role "boss" is not known: write administrator or standard.')`);
  await run(`insert into sync.issues (resource, ats_id, field, code, message)
    select 'jobs', ats_id, 'owner_ats_id', 'UNKNOWN_REFERENCE', 'User U-7 is rejected: The role "boss" is not known.'
    from ats.jobs where owner_ats_id = 'U-7'`);
  await run(`insert into sync.issues (resource, ats_id, field, code, message)
    select 'interviews', d.ats_id, case d.state when 'held' then 'job_ats_id' else 'candidate_email' end,
      case d.state when 'held' then 'UNKNOWN_REFERENCE' else 'INVALID_FORMAT' end,
      case d.state when 'held' then 'Waits for job J-' || substr(d.ats_id, 3)::int % 97 || ' to be active: in Spark Hire it is inactive.'
        else '"' || d.ats_id || '(at)x" is no e-mail address.' end
    from sync.desired_rows d join ats.interviews i on i.ats_id = d.ats_id
    where d.resource = 'interviews' and d.state in ('held', 'rejected')`);
  await run(`insert into sync.links (resource, ats_id, uuid, how)
    select 'interviews', ats_id, ${uuid('substr(ats_id, 3)')}, 'created' from sync.desired_rows
    where resource = 'interviews' and state = 'synced'
    union all select 'jobs', ats_id, md5('job ' || substr(ats_id, 3))::uuid, 'created' from ats.jobs`);
  await run(`insert into sync.issues (resource, ats_id, field, code, message, resolved_at)
    select resource, ats_id, 'job_ats_id', 'UNKNOWN_REFERENCE', 'Waits for its job.', now() from sync.desired_rows`);
  await run(`insert into sync.intents (resource, ats_id, action, fingerprint, state, uuid, sent_at)
    select resource, ats_id, 'create', 'old', 'confirmed', uuid, now() from sync.links`);
  await run(`insert into sync.changes (resource, uuid, change)
    select 'interviews', uuid, c from sparkhire.interviews, unnest(array['created', 'updated']) c`);
  await run(`insert into sync.webhook_events (event, body, state, outcome, resource, object_uuid)
    select 'InterviewUpdated', '{}', 'done', 'applied', 'interviews', uuid from sparkhire.interviews limit 100000`);
  await run(`insert into sync.conflicts (resource, kind, ats_id, uuid, field, resolved_at, resolution, resolved_by)
    select resource, 'field_diverged', ats_id, uuid, 'title', now(), 'ats', 'somebody' from sync.links`);
  await run(`insert into sync.ats_skipped (source, entry_id, application_id, reason, message, candidate_id, address)
    select 'greenhouse', n, 'a' || n, 'left_stage', 'has left the stage again', 'p' || n, sync.address_mark('s' || n || '@people.example')
    from generate_series(1, 100000) n`);
  await run('vacuum analyze');
}
