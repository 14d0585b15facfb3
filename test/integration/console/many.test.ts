/** The console where there is much of something: accounts, and conflicts of one cause. */
import { expect, it } from 'vitest';
import { loadSettings } from '../../../src/config.js';
import { resolveConflicts } from '../../../src/conflicts/conflicts.js';
import type { ConsoleContext } from '../../../src/console/context.js';
import { consoleRoutes } from '../../../src/console/index.js';
import { query } from '../../../src/db/database.js';
import { unaskedContext, undescribed } from '../../support/console-described.js';
import { fileDatabase } from '../../support/file-database.js';

const shared = fileDatabase();

/** Asks as whoever is signed in would; what is answered has to be as it is described. */
async function ask<T>(context: Partial<ConsoleContext>, path: string, asked: object = {}): Promise<T> {
  const { query: schema, handle } = consoleRoutes({ ...unaskedContext(), db: shared.db, ...context }).find(
    (route) => route.path === path,
  )!;
  const body = await handle({ query: schema.parse(asked) } as Parameters<typeof handle>[0]);
  expect(undescribed('GET', path, { status: 200, body })).toBeNull();
  return body as T;
}

const [one] = loadSettings({ environment: { SPARKHIRE_API_KEY: 'k' } }).accounts;
const accounts = ['quiet', 'asking', 'failing'].map((name) => ({ ...one!, name }));

it('of several accounts each is told in a sentence, the worst first; one alone can be asked for', async () => {
  const { db } = shared;
  for (const { name } of accounts)
    await query(db, 'insert into sync.accounts (account) values ($1) on conflict do nothing', [name]);
  await query(
    db,
    `insert into sync.activities (account, activity, failures, failing_since, error_code, error)
     values ('failing', 'tick', 3, now() - interval '1 hour', 'KEY_REFUSED', 'GET /me answered 401')`,
  );
  await query(
    db,
    `insert into sync.conflicts (account, resource, kind, ats_id, reason) values ('asking', 'jobs', 'remote_deleted', 'J-1', 'It is gone.')`,
  );
  const told = await ask<{ accounts: Array<Record<string, unknown>> }>({ accounts }, '/api/accounts');
  expect(told.accounts).toMatchObject([
    { account: 'failing', level: 'wrong', sentence: 'Spark Hire does not accept the API key (401)' },
    { account: 'asking', level: 'waits', sentence: '1 decision waits for you', conflicts: 1 },
    { account: 'quiet', level: 'ok', conflicts: 0, queued: { invitations: 0 } },
  ]);
  const overview = await ask<typeof told>({ accounts }, '/api/overview', { account: 'asking' });
  expect(overview.accounts).toMatchObject([{ account: 'asking', level: 'waits', troubles: [] }]);
  await expect(ask({ accounts }, '/api/overview', { account: 'nobody' })).rejects.toMatchObject({
    code: 'ACCOUNT_UNKNOWN',
  });
});

it('of many conflicts of one cause a hundred are shown, and the next nine hundred can be decided with them', async () => {
  await query(
    shared.db,
    `insert into sync.conflicts (resource, kind, ats_id, reason)
     select 'jobs', 'remote_deleted', 'J-' || n, 'It is gone.' from generate_series(1, 1100) n`,
  );
  type Shown = { groups: Array<{ count: number; rows: unknown[]; others: unknown[] }> };
  const { groups } = await ask<Shown>({}, '/api/conflicts');
  expect(groups.map(({ count, rows, others }) => [count, rows.length, others.length])).toEqual([
    [1100, 100, 900],
  ]);
  expect(groups[0]!.others[0]).toEqual({ id: expect.any(Number), revision: 1 });
});

it('a thousand are decided in a few transactions, each with its line of the audit; what is refused of one holds no other up', async () => {
  const { db } = shared;
  const rows = await query<{ id: number }>(
    db,
    `select id::int from sync.conflicts where account = 'default' order by id limit 1000`,
  );
  await query(db, 'update sync.conflicts set revision = 2 where id = $1', [rows[7]!.id]);
  const { resolved, refused } = await resolveConflicts(db, rows, {
    take: 'ats',
    by: 'somebody',
    person: { who: 'somebody', reason: 'they are all the same' },
  });
  expect(resolved).toHaveLength(999);
  expect(refused).toMatchObject([{ id: rows[7]!.id, error: { code: 'CONFLICT_CHANGED' } }]);
  const [audited] = await query(
    db,
    `select count(*)::int as lines, count(distinct xmin::text)::int as transactions from sync.audit where what = 'conflicts resolve'`,
  );
  expect(audited).toEqual({ lines: 999, transactions: 10 });
});
