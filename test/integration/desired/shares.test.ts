/** Share requests in the database: taken apart into rows for their reviewers, and told about in one line. */
import pg from 'pg';
import { describe, expect, it, vi } from 'vitest';
import { query } from '../../../src/db/database.js';
import { scanByHash } from '../../../src/desired/queue.js';
import type { ObservedShareLink } from '../../../src/reconcile/types.js';
import { desiredDatabase, enqueue, look, seed, settle, uuidOf } from './fixture.js';

const shared = desiredDatabase();
let accounts = 0;
const newAccount = () => `shares-${++accounts}`;

const reviewer = (name: string) => ({ name, email: `${name}@rye.test` });
const put = (account: string, ats_id: string, names: string[], more: Record<string, unknown> = {}) =>
  query(
    shared.db,
    `insert into ats.share_requests (account, ats_id, reviewers, interview_ats_ids, deleted_at)
     values ($1, $2, $3, $4, $5) on conflict (account, ats_id) do update
       set reviewers = excluded.reviewers, interview_ats_ids = excluded.interview_ats_ids,
         deleted_at = excluded.deleted_at`,
    [
      account,
      ats_id,
      JSON.stringify(names.map(reviewer)),
      more.interviews ?? ['I-1'],
      more.deleted_at ?? null,
    ],
  );
const states = async (account: string) =>
  Object.fromEntries(
    (
      await query<{ ats_id: string; state: string }>(
        shared.db,
        'select ats_id, state from ats.share_request_sync where account = $1',
        [account],
      )
    ).map(({ ats_id, state }) => [ats_id, state]),
  );
const wanted = async (account: string) =>
  Object.fromEntries(
    Object.entries(await look(shared.db, account, 'share_links')).map(([key, { row }]) => [
      key,
      row?.wanted ?? null,
    ]),
  );

describe('a share request', () => {
  it('is a row for each reviewer; who is named no more is gone, and so are all once it is gone', async () => {
    const account = newAccount();
    await put(account, 'R/1', ['ada', 'ben']);
    expect(await states(account)).toEqual({ 'R/1': 'pending' });
    await enqueue(shared.db, account);
    expect(await wanted(account)).toEqual({ 'R/1/ada@rye.test': true, 'R/1/ben@rye.test': true });
    expect(await states(account)).toEqual({ 'R/1': 'pending' });
    await settle(shared.db, account, 'share_links');
    expect(await states(account)).toEqual({ 'R/1': 'synced' });

    await put(account, 'R/1', ['ben', 'cy']);
    expect(await states(account)).toEqual({ 'R/1': 'pending' });
    await enqueue(shared.db, account);
    expect(await wanted(account)).toEqual({
      'R/1/ada@rye.test': null,
      'R/1/ben@rye.test': true,
      'R/1/cy@rye.test': true,
    });
    await settle(shared.db, account, 'share_links');
    await query(shared.db, 'delete from ats.share_requests where account = $1', [account]);
    await enqueue(shared.db, account);
    expect(await wanted(account)).toEqual({
      'R/1/ada@rye.test': null,
      'R/1/ben@rye.test': null,
      'R/1/cy@rye.test': null,
    });
    await settle(shared.db, account, 'share_links', 'gone');
    expect(await states(account)).toEqual({ 'R/1': 'gone' });
  });

  it('whose name is the beginning of another one is not taken for it', async () => {
    const account = newAccount();
    await put(account, 'R', ['ada']);
    await put(account, 'R/ada@rye.test', ['ben']);
    await enqueue(shared.db, account);
    await settle(shared.db, account, 'share_links');
    await put(account, 'R', ['cy']);
    await enqueue(shared.db, account);
    expect(await wanted(account)).toEqual({ 'R/ada@rye.test': null, 'R/cy@rye.test': true });
  });

  it('that names nobody is told about all the same, until it does', async () => {
    const account = newAccount();
    await put(account, 'R', []);
    await enqueue(shared.db, account);
    const rows = await look(shared.db, account, 'share_links');
    expect(Object.keys(rows)).toEqual(['R/']);
    expect(rows['R/']!.row!.issues).toMatchObject([{ code: 'REQUIRED_FIELD_MISSING', field: 'reviewers' }]);
    await put(account, 'R', ['ada']);
    await enqueue(shared.db, account);
    expect(await wanted(account)).toEqual({ 'R/': null, 'R/ada@rye.test': true });
  });

  it('that was withdrawn before anybody looked at it is gone', async () => {
    const account = newAccount();
    await put(account, 'R-1', ['ada'], { deleted_at: '2031-01-01T00:00:00Z' });
    await put(account, 'R-2', ['ada']);
    await query(shared.db, `delete from ats.share_requests where account = $1 and ats_id = 'R-2'`, [account]);
    await enqueue(shared.db, account);
    expect(await wanted(account)).toEqual({ 'R-1/': null, 'R-2/': null });
    await settle(shared.db, account, 'share_links', 'gone');
    expect(await states(account)).toEqual({ 'R-1': 'gone', 'R-2': 'gone' });
    await put(account, 'R-1', ['ada']);
    await enqueue(shared.db, account);
    expect(await wanted(account)).toEqual({ 'R-1/': null, 'R-1/ada@rye.test': true });
  });

  it('that went past the triggers is found by its hash, once', async () => {
    const account = newAccount();
    await query(shared.db, 'alter table ats.share_requests disable trigger user');
    await put(account, 'R', ['ada']);
    expect(await scanByHash(shared.db, account)).toMatchObject({ share_requests: 1 });
    expect(await scanByHash(shared.db, account)).toMatchObject({ share_requests: 0 });
    await enqueue(shared.db, account);
    await settle(shared.db, account, 'share_links');
    expect(await scanByHash(shared.db, account)).toMatchObject({ share_requests: 0 });
    await put(account, 'R', ['ben']);
    expect(await scanByHash(shared.db, account)).toMatchObject({ share_requests: 1 });
    await enqueue(shared.db, account);
    await settle(shared.db, account, 'share_links');
    await query(shared.db, 'delete from ats.share_requests where account = $1', [account]);
    expect(await scanByHash(shared.db, account)).toMatchObject({ share_requests: 1 });
    await query(shared.db, 'alter table ats.share_requests enable trigger user');
    await enqueue(shared.db, account);
    expect(await wanted(account)).toEqual({ 'R/ada@rye.test': null, 'R/ben@rye.test': null });
  });

  it('that shows many interviews to many is asked about with each interview once, not once a reviewer', async ({
    onTestFinished,
  }) => {
    const account = newAccount();
    const many = Array.from({ length: 60 }, (_, n) => `${n}-${'x'.repeat(400)}`);
    const names = Array.from({ length: 60 }, (_, n) => `r${n}`);
    await put(account, 'R', names, { interviews: many });
    await enqueue(shared.db, account);
    const asked = vi.spyOn(pg.Client.prototype, 'query');
    onTestFinished(() => asked.mockRestore());
    expect(Object.keys(await look(shared.db, account, 'share_links'))).toHaveLength(60);
    const sizes = asked.mock.calls.map(([, values]) => JSON.stringify(values ?? []).length);
    // The interviews alone are 25 kB. What grows with the product of both lists passes a gigabyte some day.
    expect(Math.max(...sizes)).toBeLessThan(50_000);
  });

  it('has links that show the same list, which is read once and is one list', async () => {
    const account = newAccount();
    await put(account, 'R', ['ada', 'ben', 'cy', 'dag']);
    await enqueue(shared.db, account);
    const objects = ['a', 'b', 'ada', 'ben', 'cy', 'dag'];
    const object = (name: string) => uuidOf(9100 + objects.indexOf(name));
    const shown = { ada: ['a', 'b'], ben: ['a', 'b'], cy: ['b', 'a'], dag: null };
    for (const [name, letters] of Object.entries(shown)) {
      const uuids = letters?.map((letter) => object(letter)) ?? null;
      const uuid = object(name);
      await query(
        shared.db,
        `insert into sparkhire.share_links (account, uuid, status, reviewer_email, interview_uuids, raw, mirrored_at)
         values ($1, $2, 'active', $3, $4, '{}', now())`,
        [account, uuid, `${name}@rye.test`, uuids],
      );
      await query(
        shared.db,
        `insert into sync.links (account, resource, ats_id, uuid, how, base)
         values ($1, 'share_links', $2, $3, 'created', '{}')`,
        [account, `R/${name}@rye.test`, uuid],
      );
    }
    const rows = await look(shared.db, account, 'share_links');
    const listOf = (name: string) =>
      (rows[`R/${name}@rye.test`]!.observed as ObservedShareLink).interviewUuids;
    expect(listOf('ada')).toEqual([object('a'), object('b')]);
    expect(listOf('ben')).toBe(listOf('ada'));
    expect(listOf('cy')).toEqual([object('b'), object('a')]);
    expect(listOf('dag')).toBeNull();
    const interviewsOf = (name: string) => rows[`R/${name}@rye.test`]!.shares!.interviews;
    expect(interviewsOf('ben')).toBe(interviewsOf('ada'));
  });

  it('of which there are thousands is taken whole', { tags: ['rare'] }, async () => {
    const account = newAccount();
    await query(
      shared.db,
      `insert into ats.share_requests (account, ats_id, reviewers, interview_ats_ids)
       select $1, 'R-' || n, '[{"name": "Ada", "email": "ada@rye.test"}, {"name": "Ben", "email": "ben@rye.test"}]',
         '{I-1}' from generate_series(1, 2500) n`,
      [account],
    );
    await enqueue(shared.db, account);
    const [left] = await query<{ requests: number; links: number }>(
      shared.db,
      `select count(*) filter (where resource = 'share_requests')::int as requests,
         count(*) filter (where resource = 'share_links')::int as links
       from sync.desired_queue where account = $1`,
      [account],
    );
    expect(left).toEqual({ requests: 0, links: 5000 });
  });
});

describe('what a share link depends on', () => {
  it('is told with its row: interviews as they are, and the plan', async () => {
    const account = newAccount();
    const uuids = [1, 2, 3].map(uuidOf);
    const statuses = ['completed', 'requested', 'completed'];
    for (const [at, uuid] of uuids.entries()) {
      const ats_id = `I-${at + 1}`;
      await seed(shared.db, 'ats.interviews', [{ account, ats_id }]);
      await seed(shared.db, 'sync.links', [
        { account, resource: 'interviews', ats_id, uuid, how: 'created' },
      ]);
      await seed(shared.db, 'sparkhire.interviews', [{ account, uuid, status: statuses[at], raw: {} }]);
    }
    await query(
      shared.db,
      'update sparkhire.interviews set deleted_at = now() where account = $1 and uuid = $2',
      [account, uuids[2]],
    );
    await seed(shared.db, 'ats.interviews', [{ account, ats_id: 'I-4' }]);
    await put(account, 'R', ['ada'], { interviews: ['I-1', 'I-2', 'I-3', 'I-4', 'I-5'] });
    await enqueue(shared.db, account);
    const facts = async () => (await look(shared.db, account, 'share_links'))['R/ada@rye.test']!.shares;
    const one = (atsId: string, known: boolean, uuid: string | null, observedStatus: string | null) => ({
      atsId,
      known,
      uuid,
      observedStatus,
    });
    expect(await facts()).toEqual({
      inPlan: null,
      interviews: [
        one('I-1', true, uuids[0]!, 'completed'),
        one('I-2', true, uuids[1]!, 'requested'),
        one('I-3', true, uuids[2]!, 'deleted'),
        one('I-4', true, null, null),
        one('I-5', false, null, null),
      ],
    });
    await seed(shared.db, 'sparkhire.plans', [
      { account, features: { advanced_share_links: false }, raw: {} },
    ]);
    expect((await facts())!.inPlan).toBe(false);
    // Withdrawn before it was sent, or gone from its table and linked no more: there is nothing to wait for.
    const gone = (ats_id: string) =>
      query(
        shared.db,
        `insert into sync.desired_rows (account, resource, ats_id, state) values ($1, 'interviews', $2, 'gone')
         on conflict (account, resource, ats_id) do update set state = 'gone'`,
        [account, ats_id],
      );
    await query(shared.db, `delete from sync.desired_queue where account = $1 and resource = 'interviews'`, [
      account,
    ]);
    await gone('I-4');
    await gone('I-5');
    expect((await facts())!.interviews.slice(3)).toEqual([
      one('I-4', false, null, null),
      one('I-5', false, null, null),
    ]);
  });

  it('counts where Spark Hire refused it: changed since, it is tried again', async () => {
    const account = newAccount();
    await seed(shared.db, 'sparkhire.interviews', [
      { account, uuid: uuidOf(1), status: 'completed', raw: {}, mirrored_at: '2020-01-01T00:00:00Z' },
    ]);
    await seed(shared.db, 'sync.links', [
      { account, resource: 'interviews', ats_id: 'I-1', uuid: uuidOf(1), how: 'created' },
    ]);
    await put(account, 'R', ['ada']);
    await enqueue(shared.db, account);
    const key = 'R/ada@rye.test';
    const issue = { code: 'REMOTE_REJECTED', field: null, message: 'No.' };
    await query(
      shared.db,
      `insert into sync.intents (account, resource, ats_id, action, fingerprint, state, detail)
       select $1, 'share_links', $2, 'create', 'f', 'rejected', jsonb_build_object('issue', $3::jsonb, 'hash', d.hash,
         'look', jsonb_build_object('interviewUuids', jsonb_build_array($4::text)))
       from sync.desired_rows d where account = $1 and resource = 'share_requests'`,
      [account, key, JSON.stringify(issue), uuidOf(1)],
    );
    const refused = async () => (await look(shared.db, account, 'share_links'))[key]!.refused;
    expect((await refused())?.issue).toEqual(issue);
    await query(shared.db, `update sparkhire.interviews set mirrored_at = now() where account = $1`, [
      account,
    ]);
    expect(await refused()).toBeNull();
  });

  it('is in the mirror: links of the reviewer that no row has', async () => {
    const account = newAccount();
    const link = (n: number, more: Record<string, unknown> = {}) => ({
      account,
      uuid: uuidOf(100 + n),
      status: 'active',
      reviewer_email: 'ADA@rye.test',
      interview_uuids: `{${uuidOf(1)},${uuidOf(2)}}`,
      raw: {},
      ...more,
    });
    await seed(shared.db, 'sparkhire.share_links', [
      link(1),
      link(2, { reviewer_email: 'ben@rye.test' }),
      link(3, { deleted_at: '2031-01-01T00:00:00Z' }),
      link(4, { interview_uuids: null }),
      link(5),
    ]);
    await seed(shared.db, 'sync.links', [
      { account, resource: 'share_links', ats_id: 'R-0/ada@rye.test', uuid: uuidOf(105), how: 'created' },
    ]);
    await put(account, 'R-0', ['ada']);
    await put(account, 'R', ['ada']);
    await enqueue(shared.db, account);
    const { adoptable } = (await look(shared.db, account, 'share_links'))['R/ada@rye.test']!;
    expect(adoptable).toMatchObject([
      {
        uuid: uuidOf(101),
        status: 'active',
        reviewerEmail: 'ADA@rye.test',
        interviewUuids: [uuidOf(1), uuidOf(2)],
      },
      { uuid: uuidOf(104), interviewUuids: null },
    ]);
  });
});

describe('the view', () => {
  const state = (account: string, ats_id: string, now: string, more: Record<string, unknown> = {}) =>
    seed(shared.db, 'sync.desired_rows', [{ account, resource: 'share_links', ats_id, state: now, ...more }]);

  it('tells the state that most needs a look, every issue once, and the links there are', async () => {
    const account = newAccount();
    await put(account, 'R', ['ada', 'ben', 'cy']);
    await query(shared.db, 'delete from sync.desired_queue where account = $1', [account]);
    expect(await states(account)).toEqual({ R: 'pending' });
    await state(account, 'R/ada@rye.test', 'synced', { synced_at: '2031-01-02T00:00:00Z' });
    await state(account, 'R/ben@rye.test', 'gone', { synced_at: '2031-01-01T00:00:00Z' });
    expect(await states(account)).toEqual({ R: 'synced' });
    await state(account, 'R/cy@rye.test', 'held');
    expect(await states(account)).toEqual({ R: 'held' });
    for (const now of ['rejected', 'conflict', 'in_flight']) {
      await query(
        shared.db,
        `update sync.desired_rows set state = $2 where account = $1 and ats_id like '%cy@%'`,
        [account, now],
      );
      expect(await states(account)).toEqual({ R: now });
    }
    const issue = {
      account,
      resource: 'share_links',
      code: 'UNKNOWN_REFERENCE',
      field: 'x',
      message: 'Wait.',
    };
    await seed(shared.db, 'sync.issues', [
      { ...issue, ats_id: 'R/ada@rye.test' },
      { ...issue, ats_id: 'R/cy@rye.test' },
      { ...issue, ats_id: 'R/ben@rye.test', resolved_at: '2031-01-01T00:00:00Z', message: 'Old.' },
      { ...issue, ats_id: 'Q/cy@rye.test', message: 'Of another.' },
    ]);
    for (const [n, name] of ['ada', 'ben', 'cy'].entries()) {
      const uuid = uuidOf(200 + n);
      const row = { account, resource: 'share_links', ats_id: `R/${name}@rye.test`, uuid, how: 'created' };
      await seed(shared.db, 'sync.links', [row]);
      if (name === 'cy') continue;
      await seed(shared.db, 'sparkhire.share_links', [
        {
          account,
          uuid,
          url: `https://share.test/${n}`,
          status: name === 'ada' ? 'active' : 'inactive',
          reviewer_email: `${name.toUpperCase()}@rye.test`,
          raw: {},
        },
      ]);
    }
    const [told] = await query(shared.db, 'select * from ats.share_request_sync where account = $1', [
      account,
    ]);
    const link = (n: number, reviewer_email: string, status: string | null) => ({
      reviewer_email,
      sparkhire_uuid: uuidOf(200 + n),
      url: status === null ? null : `https://share.test/${n}`,
      status,
    });
    expect(told).toEqual({
      account,
      ats_id: 'R',
      state: 'in_flight',
      issues: [{ code: 'UNKNOWN_REFERENCE', field: 'x', message: 'Wait.' }],
      synced_at: new Date('2031-01-02T00:00:00Z'),
      changed_at: expect.any(Date),
      links: [
        link(0, 'ADA@rye.test', 'active'),
        link(1, 'BEN@rye.test', 'inactive'),
        link(2, 'cy@rye.test', null),
      ],
    });
    // One that was deleted there is no link any more.
    await query(shared.db, 'update sparkhire.share_links set deleted_at = now() where account = $1', [
      account,
    ]);
    const [after] = await query<{ links: unknown[] }>(
      shared.db,
      'select links from ats.share_request_sync where account = $1',
      [account],
    );
    expect(after!.links).toEqual([link(2, 'cy@rye.test', null)]);
  });
});
