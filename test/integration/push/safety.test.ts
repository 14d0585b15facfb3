/**
 * Whether a plan is too much at once is found out without reading everything that is linked.
 * @module-tag rare
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOwnedAccount } from '../../../src/account-session.js';
import { loadSettings } from '../../../src/config.js';
import { openDatabase } from '../../../src/db/database.js';
import { atsTables } from '../../../src/db/objects/ats-tables.js';
import { contentHash } from '../../../src/desired/ats-rows.js';
import { enqueueObserved } from '../../../src/desired/queue.js';
import { createLogger } from '../../../src/log.js';
import { planPush } from '../../../src/push/push.js';
import { openTestMirror, type TestMirror } from '../../support/backfill-in-process.js';
import { eventually } from '../../support/service.js';

let mirror: TestMirror;
beforeEach(async () => {
  mirror = await openTestMirror();
});
afterEach(() => mirror.close());

/** A job and interviews of it that were carried over long ago; the first `pending` of them can still be changed. */
async function carriedOver(many: number, pending: number): Promise<void> {
  const uuid = (n: string) => `('5a5a5a5a-0000-4000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;
  await mirror.rows(
    `insert into sparkhire.jobs (uuid, title, status, raw) values (${uuid('0')}, 'Baker', 'active', '{}')`,
  );
  await mirror.rows(
    `insert into sparkhire.interviews (uuid, type, status, job_uuid, candidate_name, candidate_email, scheduled_at, raw)
     select ${uuid('n')}, 'one_way', case when n <= $2 then 'requested' else 'completed' end, ${uuid('0')},
       'Candidate ' || n, 'c' || n || '@example.org', date_trunc('day', now()) + interval '20 days', '{}'
     from generate_series(1, $1::int) n`,
    [many, pending],
  );
  await enqueueObserved(mirror.db, 'default');
  await mirror.rows(
    `insert into ats.jobs (ats_id, title, description, status, city, country)
     values ('J', 'Baker', 'Bakes.', 'open', 'Graz', 'Austria')`,
  );
  await mirror.rows(
    `insert into ats.interviews (ats_id, job_ats_id, candidate_name, candidate_email, type, questions, deadline_at)
     select right(uuid::text, 12)::int, 'J', candidate_name, candidate_email, type,
       '[{"text": "Why?", "time_limit": 60, "takes": 1}]', scheduled_at from sparkhire.interviews`,
  );
  await mirror.rows(
    `insert into sync.links (resource, ats_id, uuid, how) select 'jobs', 'J', uuid, 'created' from sparkhire.jobs`,
  );
  await mirror.rows(
    `insert into sync.links (resource, ats_id, uuid, how, base)
     select 'interviews', right(uuid::text, 12)::int, uuid, 'created', jsonb_build_object('scheduled_at',
       jsonb_build_object('ats', t.at, 'sparkhire', t.at))
     from sparkhire.interviews cross join lateral (
       select to_char(scheduled_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at) t`,
  );
  for (const name of ['jobs', 'interviews'] as const) {
    await mirror.rows(
      `insert into sync.desired_rows (resource, ats_id, hash, state)
       select '${name}', ats_id, ${contentHash(atsTables[name], 't')}, 'synced' from ats.${name} t`,
    );
  }
  await mirror.rows('delete from sync.desired_queue');
  await mirror.rows('analyze');
}

/** Rows of these tables, or of all, that were read so far. */
async function rowsRead(...tables: string[]): Promise<number> {
  // This connection tells of what it read; before PostgreSQL 15 only with time.
  await mirror.rows(
    `do $$ begin perform pg_stat_force_next_flush(); exception when undefined_function then perform pg_sleep(1); end $$`,
  );
  const [row] = await mirror.rows<{ read: number }>(
    `select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read from pg_stat_user_tables
     where schemaname in ('ats', 'sync', 'sparkhire')
       and (cardinality($1::text[]) = 0 or schemaname || '.' || relname = any($1))`,
    [tables],
  );
  return row!.read;
}

async function connections(): Promise<number> {
  const [row] = await mirror.rows<{ n: number }>(
    'select count(*)::int as n from pg_stat_activity where datname = current_database()',
  );
  return row!.n;
}

/** @returns what the plan is, and how many rows of these tables, or of all, were read for it */
async function planned(...tables: string[]) {
  const environment = { DATABASE_URL: mirror.url, SPARKHIRE_API_KEY: 'none', LOG_LEVEL: 'silent' };
  const settings = loadSettings({ environment });
  const before = await rowsRead(...tables);
  const others = await connections();
  const db = openDatabase(mirror.url);
  const owned = await openOwnedAccount({
    account: settings.accounts[0]!,
    db,
    log: createLogger({ level: 'silent' }),
    signal: new AbortController().signal,
    fence: async () => {},
  });
  const plan = await planPush(owned.session(), settings.policies);
  await owned.close();
  // A connection tells of what it read before it is gone.
  await db.destroy();
  await eventually(async () => expect(await connections()).toBeLessThanOrEqual(others));
  return { plan, read: (await rowsRead(...tables)) - before };
}

const move = (many: number) =>
  mirror.rows(
    `update ats.interviews set deadline_at = deadline_at + interval '1 day' where ats_id::int <= $1`,
    [many],
  );

describe('a plan that changes twelve interviews', () => {
  it('reads no more of 4,000 than it needs, and goes', async () => {
    await carriedOver(4000, 3000);
    await move(12);
    const { plan, read } = await planned();
    expect(plan.actions).toHaveLength(12);
    expect(plan.held).toBeNull();
    expect(read).toBeLessThan(1500);
  });

  it('looks up their job and their users among 600 of each, and reads no other', async () => {
    await carriedOver(400, 300);
    for (const name of ['jobs', 'users'])
      await mirror.rows(
        `insert into ats.${name} (ats_id) select 'other ' || n from generate_series(1, 600) n`,
      );
    await mirror.rows(
      `update ats.interviews set requested_by_ats_id = 'other ' || ats_id where ats_id::int <= 12`,
    );
    await mirror.rows('delete from sync.desired_queue');
    await mirror.rows('analyze');
    await move(12);
    const { read } = await planned('ats.jobs', 'ats.users');
    expect(read).toBeLessThan(100);
  });

  it('is held where only 59 are pending, by their number, and goes where 60 are', async () => {
    await carriedOver(400, 59);
    await move(12);
    const { plan } = await planned();
    expect(plan.held?.reason).toContain('12 of 59 pending interviews');
    await mirror.rows(
      `update sparkhire.interviews set status = 'requested' where candidate_email = 'c60@example.org'`,
    );
    expect((await planned()).plan.held).toBeNull();
  });
});
