/** What became of a row, as the ATS reads it. */
import { describe, expect, it } from 'vitest';
import { query } from '../../../src/db/database.js';
import { withNewSessions } from '../../support/warm-connections.js';
import { desiredDatabase, invitation, job, seed, uuidOf } from './fixture.js';

// A plan that was kept from few rows is no good for many.
withNewSessions();

const shared = desiredDatabase();
let accounts = 0;
const newAccount = () => `v${++accounts}`;
const read = (account: string, view = 'job_sync') =>
  query(shared.db, `select * from ats.${view} where account = $1 order by ats_id`, [account]);
const forget = (account: string) =>
  query(shared.db, 'delete from sync.desired_queue where account = $1', [account]);
const known = (account: string, ats_id: string, state: string, more = {}) => ({
  account,
  resource: 'jobs',
  ats_id,
  state,
  ...more,
});

describe.each(['user_sync', 'job_sync', 'interview_sync'])('ats.%s', (view) => {
  it('shows a row that nobody has looked at as pending', async () => {
    const account = newAccount();
    const table = { user_sync: 'users', job_sync: 'jobs', interview_sync: 'interviews' }[view]!;
    await seed(shared.db, `ats.${table}`, [{ account, ats_id: '1' }]);
    await forget(account);
    expect(await read(account, view)).toMatchObject([
      { account, ats_id: '1', state: 'pending', sparkhire_uuid: null, issues: [], synced_at: null },
    ]);
  });
});

describe('the state', () => {
  it('is the last one, pending once the row changed, and in_flight as long as it is', async () => {
    const account = newAccount();
    const states = ['held', 'rejected', 'conflict', 'in_flight', 'synced'];
    for (const state of states) {
      await seed(shared.db, 'ats.jobs', [job(account, state)]);
      await seed(shared.db, 'sync.desired_rows', [known(account, state, state)]);
    }
    await forget(account);
    expect((await read(account)).map(({ state }) => state)).toEqual([...states].sort());
    await query(shared.db, `update ats.jobs set title = 'X' where account = $1`, [account]);
    const after = (await read(account)).map(({ ats_id, state }) => [ats_id, state]);
    expect(Object.fromEntries(after)).toEqual({
      conflict: 'pending',
      held: 'pending',
      in_flight: 'in_flight',
      rejected: 'pending',
      synced: 'pending',
    });
  });

  it('of a row that is gone is shown on', async () => {
    const account = newAccount();
    await seed(shared.db, 'sync.desired_rows', [
      known(account, 'a', 'gone', { synced_at: '2031-01-01T00:00:00Z' }),
      { ...known(account, 'u', 'gone'), resource: 'users' },
    ]);
    expect(await read(account)).toMatchObject([
      { ats_id: 'a', state: 'gone', synced_at: new Date('2031-01-01T00:00:00Z') },
    ]);
  });
});

describe('the rest of the row', () => {
  it('is the uuid it is linked to and the issues that are open', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.jobs', [job(account, 'a'), job(account, 'b')]);
    await seed(shared.db, 'sync.links', [
      { account, resource: 'jobs', ats_id: 'a', uuid: uuidOf(1), how: 'created' },
    ]);
    const issue = (ats_id: string, field: string | null, more = {}) => ({
      account,
      resource: 'jobs',
      ats_id,
      field,
      code: 'INVALID_FORMAT',
      message: `Correct ${field}.`,
      ...more,
    });
    await seed(shared.db, 'sync.issues', [
      issue('a', 'title'),
      issue('a', 'city'),
      issue('a', null),
      issue('a', 'status', { resolved_at: '2031-01-01' }),
      issue('a', 'title', { resource: 'users' }),
    ]);
    expect(await read(account)).toMatchObject([
      {
        sparkhire_uuid: uuidOf(1),
        issues: [
          { code: 'INVALID_FORMAT', field: 'city', message: 'Correct city.' },
          { code: 'INVALID_FORMAT', field: 'title', message: 'Correct title.' },
          { code: 'INVALID_FORMAT', field: null, message: 'Correct null.' },
        ],
      },
      { sparkhire_uuid: null, issues: [] },
    ]);
  });

  it('is what the mirror has of the linked interview', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.interviews', [invitation(account, 'a'), invitation(account, 'b')]);
    await seed(shared.db, 'sync.links', [
      { account, resource: 'interviews', ats_id: 'a', uuid: uuidOf(2), how: 'created' },
    ]);
    const results = {
      status: 'completed',
      rating: '4.50',
      watch_url: 'https://watch.test/1',
      share_url: 'https://share.test/1',
    };
    await seed(shared.db, 'sparkhire.interviews', [
      { account, uuid: uuidOf(2), raw: {}, completed_at: '2031-01-02T00:00:00Z', ...results },
      { account, uuid: uuidOf(3), raw: {}, status: 'requested' },
    ]);
    expect(await read(account, 'interview_sync')).toMatchObject([
      { ats_id: 'a', ...results, completed_at: new Date('2031-01-02T00:00:00Z') },
      { ats_id: 'b', status: null, rating: null, completed_at: null, watch_url: null, share_url: null },
    ]);
  });
});

describe('with many rows', () => {
  interface Node {
    'Node Type': string;
    'Actual Rows': number;
    'Actual Loops': number;
    Plans?: Node[];
  }
  const nodes = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodes)];

  it('a few rows by key read a few rows', async () => {
    const account = newAccount();
    await query(
      shared.db,
      `insert into ats.interviews (account, ats_id, candidate_email) select $1, 'I' || n, n || '@rye.test' from generate_series(1, 20000) n`,
      [account],
    );
    await query(
      shared.db,
      `with q as (delete from sync.desired_queue where account = $1 returning ats_id)
       insert into sync.desired_rows (account, resource, ats_id, state) select $1, 'interviews', ats_id, 'synced' from q`,
      [account],
    );
    await query(
      shared.db,
      `insert into sync.links (account, resource, ats_id, uuid, how)
       select $1, 'interviews', ats_id, gen_random_uuid(), 'created' from ats.interviews where account = $1`,
      [account],
    );
    await query(shared.db, 'analyze');
    const [{ 'QUERY PLAN': plan }] = (await query(
      shared.db,
      `explain (analyze, format json) select * from ats.interview_sync
       where account = $1 and ats_id in ('I5', 'I77', 'I19999')`,
      [account],
    )) as [{ 'QUERY PLAN': [{ Plan: Node }] }];
    const touched = nodes(plan[0].Plan).map((node) => node['Actual Rows'] * node['Actual Loops']);
    expect(Math.max(...touched)).toBeLessThan(100);
    const all = await query(
      shared.db,
      `select state, count(*)::int as n from ats.interview_sync where account = $1 group by 1`,
      [account],
    );
    expect(all).toEqual([{ state: 'synced', n: 20_000 }]);
  });
});
