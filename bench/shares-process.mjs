// The process that plans share requests, for shares.mjs: its task as JSON in the arguments, its figures as JSON on stdout.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';

const { folder, env, url, reviewers, interviews, rounds } = JSON.parse(process.argv[2]);
const built = (file) => import(pathToFileURL(join(folder, 'dist', file)).href);
const { openOwnedAccount } = await built('account-session.js');
const { loadSettings } = await built('config.js');
const { openDatabase } = await built('db/database.js');
const { migrate } = await built('db/migrate.js');
const { createLogger } = await built('log.js');
const { planPush } = await built('push/push.js');

await migrate(url);
const db = openDatabase(url, { maxConnections: 4 });
const client = new pg.Client({ connectionString: url });
await client.connect();
// Which links are there is asked before any is made.
const settings = loadSettings({ environment: { ...env, DATABASE_URL: url } });
const owned = await openOwnedAccount({
  account: settings.accounts[0],
  db,
  log: createLogger({ level: 'silent' }),
  signal: new AbortController().signal,
  fence: async () => {},
});
const session = owned.session();

/** Interviews that were completed and belong to rows, and a request for all of them that nobody looked at yet. */
async function seed() {
  await client.query(
    `insert into sparkhire.interviews (account, uuid, type, status, candidate_email, raw, created_at, mirrored_at)
     select 'default', md5('i' || n)::uuid, 'one_way', 'completed', 'c' || n || '@example.org', '{}', now(), now()
     from generate_series(1, ${interviews}) n`,
  );
  await client.query(
    `insert into ats.interviews (ats_id, job_ats_id, candidate_name, candidate_email)
     select 'I-' || n, 'J-1', 'Kari Nordmann', 'c' || n || '@example.org' from generate_series(1, ${interviews}) n`,
  );
  await client.query(
    `insert into sync.links (account, resource, ats_id, uuid, how, base)
     select 'default', 'interviews', 'I-' || n, md5('i' || n)::uuid, 'created', '{}' from generate_series(1, ${interviews}) n`,
  );
  await client.query('delete from sync.desired_queue');
  await client.query('delete from sync.desired_rows');
  await ask('R-1');
  await client.query('vacuum analyze');
}

function ask(atsId) {
  return client.query(
    `insert into ats.share_requests (ats_id, reviewers, interview_ats_ids, send_email, status)
     select $1, (select jsonb_agg(jsonb_build_object('name', 'Ada ' || n, 'email', 'ada' || n || '@fjordlys.example.com'))
         from generate_series(1, ${reviewers}) n),
       (select array_agg('I-' || n order by n) from generate_series(1, ${interviews}) n), false, 'active'`,
    [atsId],
  );
}

/** As after the links were made. */
async function link() {
  await client.query(
    `insert into sparkhire.share_links (account, uuid, status, reviewer_name, reviewer_email, interview_uuids, raw,
       created_at, mirrored_at, details_at, details_due)
     select 'default', md5('s' || n)::uuid, 'active', 'Ada ' || n, 'ada' || n || '@fjordlys.example.com',
       (select array_agg(md5('i' || i)::uuid order by i) from generate_series(1, ${interviews}) i), '{}', now(), now(), now(), false
     from generate_series(1, ${reviewers}) n`,
  );
  await client.query(
    `insert into sync.links (account, resource, ats_id, uuid, how, base)
     select 'default', 'share_links', 'R-1/ada' || n || '@fjordlys.example.com', md5('s' || n)::uuid, 'created', jsonb_build_object(
       'reviewer', jsonb_build_object('ats', jsonb_build_object('name', 'Ada ' || n, 'email', 'ada' || n || '@fjordlys.example.com'), 'sparkhire', null),
       'interviews', jsonb_build_object('ats', (select jsonb_agg('I-' || i order by ('I-' || i) collate "C") from generate_series(1, ${interviews}) i), 'sparkhire', null),
       'status', '{"ats": "active", "sparkhire": "active"}'::jsonb)
     from generate_series(1, ${reviewers}) n`,
  );
  await client.query(
    `insert into sync.desired_rows (account, resource, ats_id, state, synced_at)
     select account, resource, ats_id, 'synced', now() from sync.links where resource = 'share_links'
     on conflict (account, resource, ats_id) do update set state = 'synced'`,
  );
  await client.query('vacuum analyze');
}

const queueAll = `insert into sync.desired_queue (account, resource, ats_id) values ('default', 'share_requests', 'R-1')`;

async function planned(name, actions, before) {
  const times = [];
  const cpu = [];
  // The first round is none: code is compiled, statements are prepared.
  for (let round = -1; round < rounds; round++) {
    await client.query('delete from sync.desired_queue');
    await before();
    const began = performance.now();
    const used = process.cpuUsage();
    const plan = await planPush(session, settings.policies);
    const { user, system } = process.cpuUsage(used);
    if (round >= 0) {
      times.push(performance.now() - began);
      cpu.push((user + system) / 1000);
    }
    if (plan.actions.length !== actions)
      throw new Error(`${name}: ${plan.actions.length} actions: ${JSON.stringify(plan.waiting.slice(0, 2))}`);
  }
  return { name, times, cpu };
}

await seed();
const figures = [await planned('new', reviewers, () => client.query(queueAll))];
await link();
figures.push(await planned('linked, nothing to do', 0, () => client.query(queueAll)));
await client.query(`update ats.share_requests set status = 'inactive' where ats_id = 'R-1'`);
figures.push(await planned('closed', reviewers, () => client.query(queueAll)));
await client.query(`delete from ats.share_requests where ats_id = 'R-1'`);
await ask('R-2');
figures.push(
  await planned('under another key', reviewers, () =>
    client.query(`insert into sync.desired_queue (account, resource, ats_id)
      values ('default', 'share_requests', 'R-1'), ('default', 'share_requests', 'R-2')`),
  ),
);
process.stdout.write(JSON.stringify(figures));
await owned.close();
await db.destroy();
await client.end();
