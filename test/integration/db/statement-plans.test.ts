/**
 * Statements that are run for each row or for each write look up what they need, in a company with years of history:
 * PostgreSQL's own plans say so. A condition that is written otherwise than the index would read the whole table.
 * @module-tag rare
 */
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/clock.js';
import { loadSettings } from '../../../src/config.js';
import { readDue } from '../../../src/connectors/write-back/due-results.js';
import { conflictRoutes } from '../../../src/console/answers/decisions.js';
import { findRoutes } from '../../../src/console/answers/find.js';
import { mirrorRoutes } from '../../../src/console/answers/mirror.js';
import { overviewRoutes } from '../../../src/console/answers/overview.js';
import { planRoutes } from '../../../src/console/answers/plans.js';
import { rowRoutes } from '../../../src/console/answers/rows.js';
import { runRoutes } from '../../../src/console/answers/runs.js';
import { inTransaction, query } from '../../../src/db/database.js';
import { contentHash, tableOf } from '../../../src/desired/ats-rows.js';
import { loadContexts } from '../../../src/desired/contexts.js';
import { enqueueObserved } from '../../../src/desired/queue.js';
import { block, erase, findTraces, writesOf } from '../../../src/forgotten/erase.js';
import { markSent } from '../../../src/ledger/intents.js';
import { createLogger } from '../../../src/log.js';
import { push } from '../../../src/push/push.js';
import { type ActionName, pushResources } from '../../../src/reconcile/types.js';
import { explain } from '../../../src/story/story.js';
import { type Applied, interview, job, openApplied, policies, settleMs } from '../push/send/fixture.js';

const many = 10_000;
/** By the planner's estimate. To read one of the filled tables costs more, to look some rows up much less. */
const mostCost = 200;
/** What PostgreSQL before 18 adds for a scan that is switched off and has no other way, as of a table of one row. */
const switchedOff = 1e10;

/** Rows that were carried over long ago, and what was written about them, in every table that grows. */
async function fill({ rows }: Applied): Promise<void> {
  const insert = (into: string, values: string) =>
    rows(`insert into ${into} select ${values} from generate_series(1, ${many}) n`);
  await insert(
    'sparkhire.users (uuid, name, email, active, raw)',
    `gen_random_uuid(), 'User ' || n, 'u' || n || '@old.example', true, '{}'`,
  );
  await insert(
    'sparkhire.jobs (uuid, title, status, location, raw)',
    `gen_random_uuid(), 'Old job ' || n, 'inactive', 'Bergen', '{}'`,
  );
  await insert(
    'sparkhire.interviews (uuid, type, status, job_uuid, candidate_email, raw)',
    `gen_random_uuid(), 'one_way', 'requested', gen_random_uuid(), 'c' || n || '@old.example', '{}'`,
  );
  await insert(
    'sparkhire.share_links (uuid, status, reviewer_email, interview_uuids, raw)',
    `gen_random_uuid(), 'active', 'r' || n || '@old.example', '{}', '{}'`,
  );
  await insert(
    'sparkhire.interview_questions (uuid, interview_uuid, position, text, raw)',
    `gen_random_uuid(), gen_random_uuid(), 1, 'Why bread?', '{}'`,
  );
  await insert('ats.users (ats_id, email)', `'old-' || n, 'u' || n || '@old.example'`);
  await insert('ats.jobs (ats_id, title, status)', `'old-' || n, 'Old job ' || n, 'closed'`);
  await insert(
    'ats.interviews (ats_id, job_ats_id, candidate_email)',
    `'old-' || n, 'old-' || n, 'c' || n || '@old.example'`,
  );
  await insert('ats.share_requests (ats_id)', `'old-' || n`);
  await insert('ats.packages (package)', `'old-' || n`);
  for (const resource of pushResources) {
    const key = `'old-' || row_number() over ()`;
    const [atsId, base] = {
      users: [key, `'{}'`],
      jobs: [key, `'{}'`],
      interviews: [
        key,
        `jsonb_build_object('candidate', jsonb_build_object('ats', jsonb_build_object('email', candidate_email)))`,
      ],
      share_links: [`${key} || '/' || reviewer_email`, `'{}'`],
    }[resource];
    await rows(`insert into sync.links (resource, ats_id, uuid, base, how)
      select '${resource}', ${atsId}, uuid, ${base}, 'created' from sparkhire.${resource}`);
  }
  await rows(`update sync.desired_queue set account = 'another'`);
  await rows(`insert into sync.desired_rows (resource, ats_id, state, synced_at)
    select resource, ats_id, 'synced', now() from sync.links`);
  await rows(`insert into sync.intents (resource, ats_id, action, fingerprint, state, uuid, sent_at, updated_at, detail)
    select resource, ats_id, 'create', 'old', 'confirmed', uuid, now() - interval '9 days',
      now() - interval '9 days', '{"room": "takes"}' from sync.links`);
  await rows(`insert into sync.conflicts (resource, kind, ats_id, uuid, field)
    select resource, 'field_diverged', ats_id, uuid, 'title' from sync.links`);
  await rows(`insert into sync.conflicts
      (resource, kind, ats_id, uuid, field, resolved_at, resolution, resolved_by, acted_at)
    select resource, kind, ats_id, uuid, field, now(), 'ats', 'somebody', now() from sync.conflicts`);
  await rows(`insert into sync.issues (resource, ats_id, code, message)
    select resource, ats_id, 'DUPLICATE', 'One of two.' from sync.links`);
  await rows(
    `insert into sync.changes (resource, uuid, change) select resource, uuid, 'created' from sync.links`,
  );
  await rows(`insert into sync.webhook_events (event, body, state, outcome, object_uuid)
    select 'InterviewUpdated', '{}', 'done', 'applied', uuid from sync.links`);
  await rows(`insert into sync.ats_skipped (source, entry_id, application_id, reason, message, candidate_id, address)
    select 'greenhouse', n, n, 'prospect', 'A prospect.', 'c' || n, sync.address_mark('s' || n || '@old.example') from generate_series(1, ${many}) n`);
  await rows(`insert into sync.checkpoints (account, resource, kind, position)
    select 'default', 'push', 'incremental', jsonb_build_object('seq', max(seq)::text) from sync.changes`);
  // What a row comes in by is read when there is none: once for an account.
  await rows(`insert into sparkhire.companies (uuid, raw) values (gen_random_uuid(), '{}')`);
  await rows('vacuum analyze');
}

interface Node {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Cond'?: string;
  Filter?: string;
  'Actual Loops'?: number;
  'Total Cost': number;
  'Shared Hit Blocks'?: number;
  'Shared Read Blocks'?: number;
  Plans?: Node[];
}

/** The scans of a plan, with what each costs; under a limit, what it costs until that. */
function scansOf(node: Node, limit = Number.POSITIVE_INFINITY): Array<Node & { cost: number }> {
  const most = node['Node Type'] === 'Limit' ? Math.min(limit, node['Total Cost']) : limit;
  const isScan = node['Relation Name'] !== undefined && node['Node Type'] !== 'ModifyTable';
  const own = isScan ? [{ ...node, cost: Math.min(most, node['Total Cost']) }] : [];
  return [...own, ...(node.Plans ?? []).flatMap((inner) => scansOf(inner, most))];
}

/** What a scan looks up in an index; that of a bitmap stands below it. */
function conditionsOf(node: Node): string[] {
  return [node['Index Cond'] ?? [], (node.Plans ?? []).flatMap(conditionsOf)].flat();
}

/** Whether it goes through all there is of an account and a resource: it costs much, and looks nothing else up. */
function isWide(scan: Node & { cost: number }): boolean {
  const telling = conditionsOf(scan).map((text) => text.replace(/\((account|resource) = [^()]*\)/g, ''));
  return scan.cost % switchedOff > mostCost && !/[a-z]/.test(telling.join().replace(/\band\b/gi, ''));
}

interface Planned {
  text: string;
  plan: Node;
}

/** Asks for the plan of each statement with values that is run meanwhile, on its connection and just before it. */
async function plansOf(work: () => Promise<void>, more = ''): Promise<Planned[]> {
  const plans: Array<Promise<Planned>> = [];
  const { query } = pg.Client.prototype;
  async function explain(client: pg.Client, text: string, values: unknown[]): Promise<Planned> {
    const { rows } = await query.call<pg.Client, [string, unknown[]], Promise<pg.QueryResult>>(
      client,
      `explain (format json${more}) ${text}`,
      values,
    );
    return { text: text.replace(/\s+/g, ' '), plan: rows[0]['QUERY PLAN'][0].Plan };
  }
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...args: unknown[]
  ) {
    // What is kept prepared comes with its name.
    const [asked, given] = args as [string | { text?: string; values?: unknown[] }, unknown[] | undefined];
    const { text = '', values } = typeof asked === 'string' ? { text: asked, values: given } : asked;
    const isPlanned = Array.isArray(values) && /^\s*(with|select|insert|update|delete)\b/.test(text);
    if (isPlanned && nameOf(this) === 'sparkhire-sync') plans.push(explain(this, text, values));
    return query.apply(this, args as never) as never;
  });
  try {
    await work();
  } finally {
    spy.mockRestore();
  }
  return Promise.all(plans);
}

/** The application's, as the connection was opened with it: the test has connections of its own. */
function nameOf(client: pg.Client): unknown {
  return (client as unknown as { connectionParameters: { application_name?: string } }).connectionParameters
    .application_name;
}

/** Each statement that reads more than it needs, with how it does. */
function tooWide(plans: readonly Planned[]): string[] {
  const found = plans.flatMap(({ text, plan }) =>
    scansOf(plan)
      .filter(isWide)
      .map((scan) => {
        const how = `${scan['Node Type']} of ${scan['Relation Name']} by ${conditionsOf(scan)}`;
        return `${how}, then ${scan.Filter}: ${text}`;
      }),
  );
  return [...new Set(found)];
}

/** Both tests of thousands of rows look at the same ones: to write them takes longer. */
let filled: Applied;
beforeAll(async () => {
  filled = await openApplied({ users: 2, jobSlots: 9, userSeats: 9 });
  // Samples of statistics differ, and near a tie the planner may walk: what counts is whether there is another way.
  await filled.rows(
    `do $$ begin execute format('alter database %I set enable_seqscan = off', current_database()); end $$`,
  );
  await fill(filled);
});
afterAll(() => filled?.close());

it('what the console shows is looked up, but for what is counted once a minute', async () => {
  const { db } = await filled.process();
  const settings = loadSettings({ environment: { SPARKHIRE_API_KEY: 'none' } });
  const context = {
    db,
    databaseUrl: '',
    settings,
    accounts: settings.accounts,
    clock: systemClock,
    log: createLogger({ level: 'silent' }),
    signal: new AbortController().signal,
  };
  const routes = [
    overviewRoutes,
    findRoutes,
    conflictRoutes,
    rowRoutes,
    planRoutes,
    runRoutes,
    mirrorRoutes,
  ].flatMap((routesOf) => routesOf(context));
  const ask = (path: string, asked: Record<string, unknown> = {}) => {
    const { query: schema, handle } = routes.find((route) => route.path === path)!;
    return handle({ query: schema.parse(asked) } as Parameters<typeof handle>[0]);
  };
  // What it counts is known from then on.
  await ask('/api/overview');
  const plans = await plansOf(async () => {
    await ask('/api/overview');
    await ask('/api/accounts');
    for (const q of ['Old job 4711', 'ada lake', 'c17@old.example', 'old-23', 'interviews:old-23'])
      await ask('/api/find', { q });
    await ask('/api/conflict', { id: '42' });
    await ask('/api/plans/held');
    await ask('/api/rows');
    await ask('/api/rows', { state: 'synced', resource: 'jobs' });
    await ask('/api/rows', { code: 'DUPLICATE' });
    await ask('/api/skipped');
    await ask('/api/runs');
    await ask('/api/mirror/interviews', { account: 'default' });
    await ask('/api/mirror/interviews', { account: 'default', status: 'requested' });
    await ask('/api/mirror/jobs', { account: 'default' });
  });
  expect(plans.length).toBeGreaterThan(40);
  expect(tooWide(plans)).toEqual([]);
  // Nor is a page of a list made by sorting all of it, where nothing has the time that it is ordered by, or half of it.
  for (const times of [
    '',
    `update sparkhire.interviews set updated_at = now() - hashtext(uuid::text) * interval '1 ms' where uuid < '80000000-0000-0000-0000-000000000000'; analyze`,
  ]) {
    await filled.rows(times === '' ? 'analyze' : times);
    const next: unknown[] = [];
    const lists = await plansOf(async () => {
      for (const asked of [{}, { status: 'requested' }]) {
        const of = { account: 'default', ...asked };
        const first = (await ask('/api/mirror/interviews', of)) as { next: string };
        next.push(first.next);
        await ask('/api/mirror/interviews', { ...of, after: first.next });
        await ask('/api/mirror/jobs', of);
      }
    });
    expect(lists.length).toBeGreaterThanOrEqual(6);
    expect(next).toEqual([expect.any(String), expect.any(String)]);
    const sorted = lists.filter(
      ({ text, plan }) => text.endsWith('limit 51') && plan['Total Cost'] > mostCost,
    );
    expect(sorted).toEqual([]);
  }
});

it('no statement of a push reads a whole table for a row or a write', async () => {
  const { emulator, mirror, put, rows } = filled;
  const session = await filled.process();
  expect(await query(session.db, 'show enable_seqscan')).toEqual([{ enable_seqscan: 'off' }]);
  expect(await query(mirror.db, 'show enable_seqscan')).toEqual([{ enable_seqscan: 'off' }]);
  const options = {
    policies: { ...policies, users: { paid: 'refuse', withdrawn: 'delete' } },
    settleMs,
    concurrency: 1,
    waitForUnknown: false,
  } as const;
  const pushed = async () => {
    const { pushed, error } = await push(session, options);
    expect(error).toBeNull();
    return pushed;
  };
  const plans = await plansOf(async () => {
    await put('users', [{ ats_id: 'U-1', name: 'Ada Lake', email: 'ada@new.example', role: 'standard' }]);
    await put('jobs', [job('J-1'), job('J-2')]);
    await filled.invite(3);
    expect(await pushed()).toMatchObject({ created: 6 });
    const made = [...emulator.state.interviews.values()];
    emulator.act.completeInterview(made.find(({ candidate }) => candidate.email.startsWith('c2'))!.uuid);
    await rows(
      `update sparkhire.interviews set status = 'completed' where candidate_email = 'c2@example.org'`,
    );
    await put('users', [{ ats_id: 'U-1', name: 'Ada Lake', email: 'ada@new.example', active: false }]);
    await put('jobs', [job('J-1', { title: 'Head Baker' }), job('J-2', { status: 'closed' })]);
    await put('interviews', [
      interview('I-1', 'c1@example.org', { desired: 'canceled' }),
      interview('I-2', 'c2@example.org', { share: true }),
    ]);
    await rows(`insert into ats.share_requests (ats_id, reviewers, interview_ats_ids)
      values ('R-1', '[{"name": "Siri Moe", "email": "siri@example.com"}]', '{I-2}')`);
    // The loader gives a row another key.
    await rows(`with gone as (delete from ats.interviews where ats_id = 'I-3' returning *)
      insert into ats.interviews
      select (jsonb_populate_record(null::ats.interviews, to_jsonb(g) || '{"ats_id": "I-4"}')).* from gone g`);
    expect(await pushed()).toMatchObject({ created: 1, updated: 3, canceled: 2, adopted: 1 });
    // Both sides changed a field; and of a write nobody knows what became, which a person has to look at.
    await rows(`update sparkhire.jobs set title = 'Pastry Baker' where title = 'Head Baker'`);
    await put('jobs', [job('J-1', { title: 'Master Baker' })]);
    await rows(`insert into sync.intents (resource, ats_id, action, fingerprint, state, detail)
      values ('jobs', 'J-3', 'create', 'lost', 'unknown', '{"look": {"title": "Lost"}}')`);
    expect(await pushed()).toMatchObject({ conflicts: 1 });
    // A row of a share link is gone, and of thousands of others each may be the same under another key.
    await rows(`delete from ats.share_requests where ats_id = 'old-1'`);
    await rows(`update sync.desired_rows set state = 'held' where resource = 'share_links'`);
    await rows('analyze sync.desired_rows');
    const [gone] = await rows<{ ats_id: string }>(
      `select ats_id from sync.links where ats_id like 'old-1/%'`,
    );
    const chunks = loadContexts(mirror.db, 'default', 'share_links', {
      now: Date.now(),
      atsIds: [gone!.ats_id],
    });
    for await (const { contexts } of chunks) expect(contexts).toMatchObject([{ row: null, successor: null }]);
    const acts: ActionName[] = ['create', 'update', 'close', 'cancel', 'delete', 'share'];
    for (const resource of pushResources) {
      for (const action of acts) {
        const intent = { id: '0', resource, atsId: 'old-1', action, detail: {} as never };
        const sent = await markSent(mirror.db, intent, 0, contentHash(tableOf[intent.resource], 'a'));
        expect(sent).toBeNull();
      }
    }
    // Of thousands of invitations a connector follows some, and of one a result is due.
    const followed = `ats_id in ('old-1', 'old-2', 'old-3')`;
    await rows(
      `update sync.links set results_to = 'greenhouse' where resource = 'interviews' and ${followed}`,
    );
    await rows(`insert into sync.intents (resource, ats_id, action, fingerprint, state, uuid)
      select 'ats_results', ats_id, 'invited', 'old', 'confirmed', uuid from sync.links where resource = 'interviews'
        and ats_id like 'old-%' and ats_id <> 'old-3'`);
    await rows('analyze sync.links, sync.intents');
    const of = { db: mirror.db, account: 'default', source: 'greenhouse' };
    const wanted = [{ action: 'invited', state: 'invited', kind: 'note', target: '' } as const];
    expect((await readDue(of, wanted, 50)).due).toMatchObject([{ atsId: 'old-3' }]);
    // One story among thousands, whatever it is asked by.
    const [linked] = await rows<{ uuid: string }>(
      `select uuid from sync.links where resource = 'interviews' and ats_id = 'old-7'`,
    );
    for (const asked of [
      ...['old-7', 'interviews:old-7', linked!.uuid, 'c7@old.example', 'u7@old.example'],
      // Who was skipped: by the application, the candidate and the address.
      ...['7', 'c7', 'S7@old.example'],
    ]) {
      const { stories } = await explain(mirror.db, asked);
      expect(stories.flatMap(({ subjects }) => subjects)).not.toEqual([]);
    }
  });
  expect(new Set(plans.map(({ text }) => text)).size).toBeGreaterThan(80);
  expect(tooWide(plans)).toEqual([]);

  // An erasure looks through texts, and all changes for former addresses, which no index serves: nothing else is read as a whole.
  const erasing = await plansOf(() =>
    inTransaction(mirror.db, async (tx) => {
      const email = 'c7@old.example';
      const traces = await findTraces(tx, 'default', email);
      expect(await writesOf(tx, 'default', traces)).toMatchObject({ open: 0 });
      await block(tx, 'default', email, traces);
      expect(await erase(tx, 'default', traces)).toMatchObject({ 'sparkhire.interviews': 1 });
    }),
  );
  const wide = erasing.flatMap(({ text, plan }) =>
    scansOf(plan)
      .filter(isWide)
      .map(
        (scan) =>
          `${scan['Relation Name']}${/ like /i.test(`${scan.Filter} ${text}`) ? ' for its texts' : ''}`,
      ),
  );
  expect([...new Set(wide)].sort()).toEqual([
    'changes',
    'conflicts for its texts',
    'intents for its texts',
    'issues for its texts',
    'share_requests for its texts',
    'webhook_events for its texts',
  ]);
});

it('whom new rows invite is looked up once, and of a job with thousands of invitations only some are', async ({
  onTestFinished,
}) => {
  const applied = await openApplied({});
  onTestFinished(applied.close);
  const { put, rows } = applied;
  const { db, account } = await applied.process();
  const read = async (resource: 'jobs' | 'interviews', atsIds: string[]) => {
    const plans = await plansOf(async () => {
      for await (const _ of loadContexts(db, account.name, resource, { now: Date.now(), atsIds }));
    }, ', analyze, buffers');
    const looks = plans.filter(({ text }) => /likeness\((m\.title|(m\.)?candidate_email)\)/.test(text));
    const of = ({ plan }: Planned) => plan['Shared Hit Blocks']! + plan['Shared Read Blocks']!;
    const buffers = looks.map(of).reduce((sum, one) => sum + one, 0);
    return { looks: looks.length, buffers, plans: JSON.stringify(looks) };
  };
  // Rows that another test left dead in this database would take pages, and each look would read them.
  await rows('truncate sync.links');
  await put('jobs', [job('J-1'), job('J-2')]);
  await rows(
    `insert into sync.links (resource, ats_id, uuid, how) select 'jobs', 'J-1', gen_random_uuid(), 'created'`,
  );
  await rows(`insert into ats.interviews (ats_id, job_ats_id, candidate_name, candidate_email, type, deadline_at)
    select 'I-' || n, case when n <= 100 then 'J-1' else 'J-2' end, 'C', 'c' || n || '@new.example', 'one_way', now() + interval '9 days'
    from generate_series(1, 6000) n`);
  await rows('vacuum analyze');
  const some = await read(
    'interviews',
    Array.from({ length: 100 }, (_, index) => `I-${index + 1}`),
  );
  expect(some.looks).toBe(1);
  expect(some.buffers).toBeLessThan(100 * 8);
  const all = await read('jobs', ['J-2']);
  expect(all.looks).toBe(1);
  expect(all.buffers, all.plans).toBeLessThan(1000 * 4);
});

it('whom a share request names is looked up once for all, also where PostgreSQL knows nothing of its table yet', async ({
  onTestFinished,
}) => {
  const applied = await openApplied({});
  onTestFinished(applied.close);
  const { db, account } = await applied.process();
  await applied.rows('vacuum analyze');
  await applied.rows(`insert into ats.share_requests (ats_id, reviewers, interview_ats_ids)
    select 'R-1', jsonb_agg(jsonb_build_object('name', 'Ada', 'email', 'ada' || n || '@rye.test')), '{I-1}' from generate_series(1, 50) n`);
  await enqueueObserved(db, account.name);
  const plans = await plansOf(async () => {
    for await (const _ of loadContexts(db, account.name, 'share_links', { now: Date.now() }));
  }, ', analyze');
  const looks = plans
    .flatMap(({ plan }) => scansOf(plan))
    .filter((scan) => `${scan['Index Cond']} ${scan.Filter}`.includes(`regexp_replace(ats_id, '^.*/'`));
  expect(looks.map((scan) => scan['Actual Loops'])).toEqual([1]);
});
