/** Which rows are queued: by triggers as the ATS writes, by what Spark Hire changed, by the scan. */
import { randomBytes } from 'node:crypto';
import { finished } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDatabase, query } from '../../../src/db/database.js';
import { scanByHash } from '../../../src/desired/queue.js';
import { pushResources } from '../../../src/reconcile/types.js';
import { desiredDatabase, enqueue, invitation, job, look, seed, settle, uuidOf } from './fixture.js';

const shared = desiredDatabase();
let client: pg.Client;
let accounts = 0;
const newAccount = () => `q${++accounts}`;
beforeAll(async () => {
  client = new pg.Client({ connectionString: shared.url });
  await client.connect();
});
afterAll(() => client.end());

/** The keys that are queued for a table, then forgotten. */
async function queued(account: string, resource = 'jobs'): Promise<string[]> {
  const rows = await query<{ ats_id: string }>(
    shared.db,
    'delete from sync.desired_queue where account = $1 and resource = $2 returning ats_id',
    [account, resource],
  );
  return [...new Set(rows.map(({ ats_id }) => ats_id))].sort();
}

describe('what the ATS writes', () => {
  const run = (sql: string, account: string) => client.query(sql, [account]);

  it('is queued: inserted, changed, given another key, deleted', async () => {
    const account = newAccount();
    await run(
      `insert into ats.jobs (account, ats_id, title) values ($1, 'a', 'A'), ($1, 'b', 'B'), ($1, 'c', 'C')`,
      account,
    );
    expect(await queued(account)).toEqual(['a', 'b', 'c']);
    await run(`update ats.jobs set title = 'X' where account = $1 and ats_id in ('a', 'b')`, account);
    expect(await queued(account)).toEqual(['a', 'b']);
    await run(`update ats.jobs set ats_id = 'z' where account = $1 and ats_id = 'a'`, account);
    expect(await queued(account)).toEqual(['a', 'z']);
    await run(`delete from ats.jobs where account = $1 and ats_id <> 'b'`, account);
    expect(await queued(account)).toEqual(['c', 'z']);
  });

  it('is not queued where it is the same again, however it is written', async () => {
    const account = newAccount();
    const upsert = `insert into ats.jobs (account, ats_id, title) values ($1, 'a', 'A'), ($1, 'b', $2)
      on conflict (account, ats_id) do update set title = excluded.title`;
    await client.query(upsert, [account, 'B']);
    expect(await queued(account)).toEqual(['a', 'b']);
    await client.query(upsert, [account, 'B']);
    await run('update ats.jobs set title = title where account = $1', account);
    expect(await queued(account)).toEqual([]);
    await client.query(upsert, [account, 'other']);
    expect(await queued(account)).toEqual(['b']);
  });

  it('by COPY is queued with every row', async () => {
    const account = newAccount();
    const copy = client.query(copyFrom('copy ats.users (account, ats_id, name) from stdin'));
    for (let n = 0; n < 3000; n++) copy.write(`${account}\tU${n}\tName\n`);
    copy.end();
    await finished(copy);
    expect(await queued(account, 'users')).toHaveLength(3000);
  });

  it('wakes who listens, once for a transaction', async () => {
    const account = newAccount();
    const heard: string[] = [];
    const done = new Promise<void>((resolve) => {
      client.on('notification', ({ channel }) => {
        heard.push(channel);
        if (channel === 'done') resolve();
      });
    });
    await client.query('listen sparkhire_desired; listen done');
    await client.query('begin');
    await seed(shared.db, 'ats.packages', [{ account, package: 'p' }]);
    await run(`insert into ats.jobs (account, ats_id) values ($1, 'a')`, account);
    await run(`insert into ats.jobs (account, ats_id) values ($1, 'b')`, account);
    await client.query('commit');
    await client.query('notify done');
    await done;
    expect(heard).toEqual(['sparkhire_desired', 'sparkhire_desired', 'done']);
    await client.query('unlisten *');
  });

  it('and truncated is queued as far as it is known', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.share_requests', [{ account, ats_id: 's' }]);
    await seed(shared.db, 'sync.desired_rows', [
      { account, resource: 'share_requests', ats_id: 's', state: 'synced' },
      { account, resource: 'jobs', ats_id: 'j', state: 'synced' },
    ]);
    await queued(account, 'share_requests');
    await client.query('truncate ats.share_requests');
    expect(await queued(account, 'share_requests')).toEqual(['s']);
    expect(await queued(account)).toEqual([]);
  });

  it('in a transaction that commits late is seen late, and not missed', async () => {
    const account = newAccount();
    await client.query('begin');
    await run(`insert into ats.jobs (account, ats_id) values ($1, 'late')`, account);
    await seed(shared.db, 'ats.jobs', [job(account, 'early')]);
    await enqueue(shared.db, account);
    await settle(shared.db, account, 'jobs');
    expect(await look(shared.db, account, 'jobs')).toEqual({});
    await client.query('commit');
    await enqueue(shared.db, account);
    expect(Object.keys(await look(shared.db, account, 'jobs'))).toEqual(['late']);
  });

  it('is taken whatever it is: nothing but identity is enforced', async () => {
    const account = newAccount();
    // Random, so that no compression makes it fit into an index.
    const long = randomBytes(6000).toString('base64');
    for (const table of ['users', 'jobs', 'packages', 'interviews', 'share_requests']) {
      const columns = await query<{ name: string; type: string }>(
        shared.db,
        `select attname as name, format_type(atttypid, null) as type from pg_attribute
         where attrelid = $1::regclass and attnum > 0 and attname not in ('account', 'ats_id')
           and not (attrelid = 'ats.packages'::regclass and attname = 'package')`,
        [`ats.${table}`],
      );
      const key = table === 'packages' ? 'package' : 'ats_id';
      const texts = columns.filter(({ type }) => type === 'text');
      await seed(shared.db, `ats.${table}`, [
        { account, [key]: 'long', ...Object.fromEntries(texts.map(({ name }) => [name, long])) },
        { account, [key]: 'nulls', ...Object.fromEntries(columns.map(({ name }) => [name, null])) },
      ]);
    }
    await enqueue(shared.db, account);
    for (const resource of pushResources) {
      for (const { row } of Object.values(await look(shared.db, account, resource))) {
        expect(row!.issues.length).toBeGreaterThan(0);
      }
    }
    await seed(shared.db, 'sparkhire.jobs', [{ account, uuid: uuidOf(1), title: long, raw: {} }]);
  });

  it('may be written by a role that has no right on the bookkeeping', async () => {
    const account = newAccount();
    await client.query('set role sparkhire_ats_writer');
    try {
      await run(`insert into ats.jobs (account, ats_id) values ($1, 'a')`, account);
      await run(`update ats.jobs set title = 'A' where account = $1`, account);
      await run('delete from ats.jobs where account = $1', account);
      await client.query('truncate ats.share_requests');
      await expect(client.query('select from sync.desired_queue')).rejects.toMatchObject({ code: '42501' });
    } finally {
      await client.query('reset role');
    }
    expect(await queued(account)).toEqual(['a']);
  });
});

describe('what Spark Hire changed', () => {
  const change = (account: string, resource: string, n: number) =>
    seed(shared.db, 'sync.changes', [
      { account, resource, uuid: uuidOf(n), change: 'updated', changed_fields: ['title'] },
    ]);

  it('queues the linked row, once, and what is not linked not at all', async () => {
    const account = newAccount();
    const link = (resource: string, ats_id: string, n: number) => ({
      account,
      resource,
      ats_id,
      uuid: uuidOf(n),
      how: 'created',
    });
    await seed(shared.db, 'sync.links', [link('jobs', 'J', 1), link('users', 'U', 2), link('jobs', 'K', 3)]);
    await change(account, 'jobs', 1);
    await change(account, 'jobs', 1);
    await change(account, 'users', 1);
    await change(account, 'users', 2);
    await change(account, 'question_sets', 3);
    await change('another account', 'jobs', 3);
    await enqueue(shared.db, account);
    expect([await queued(account), await queued(account, 'users')]).toEqual([['J'], ['U']]);
    await enqueue(shared.db, account);
    expect([await queued(account), await queued(account, 'users')]).toEqual([[], []]);
    await change(account, 'jobs', 3);
    await enqueue(shared.db, account);
    expect(await queued(account)).toEqual(['K']);
  });

  it('goes on where it was when its transaction is rolled back', async () => {
    const account = newAccount();
    await seed(shared.db, 'sync.links', [
      { account, resource: 'jobs', ats_id: 'J', uuid: uuidOf(1), how: 'created' },
    ]);
    await change(account, 'jobs', 1);
    const { query: send } = pg.Client.prototype;
    const stopped = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
      this: pg.Client,
      ...args: unknown[]
    ) {
      if (String(args[0]).includes(`resource = 'packages'`)) throw new Error('stopped');
      return Reflect.apply(send, this, args);
    });
    await expect(enqueue(shared.db, account)).rejects.toThrow('stopped');
    stopped.mockRestore();
    expect(await queued(account)).toEqual([]);
    await enqueue(shared.db, account);
    expect(await queued(account)).toEqual(['J']);
  });

  it('for other accounts is looked past in one statement, and noted once there is much of it', async () => {
    const account = newAccount();
    const statements = async () => {
      const sent = vi.spyOn(pg.Client.prototype, 'query');
      await enqueue(shared.db, account);
      const { length } = sent.mock.calls;
      sent.mockRestore();
      return length;
    };
    await change(account, 'jobs', 1);
    expect(await statements()).toBeGreaterThan(1);
    await change('another account', 'jobs', 3);
    expect(await statements()).toBe(1);
    await query(
      shared.db,
      `insert into sync.changes (account, resource, uuid, change)
       select 'another account', 'jobs', gen_random_uuid(), 'updated' from generate_series(1, 1000)`,
    );
    expect(await statements()).toBeGreaterThan(1);
    expect(await statements()).toBe(1);
  });

  it('takes as many statements for 2,000 changes as for one', async () => {
    const count = async (n: number) => {
      const account = newAccount();
      await query(
        shared.db,
        `with l as (insert into sync.links (account, resource, ats_id, uuid, how)
           select $1, 'jobs', 'J' || n, gen_random_uuid(), 'created' from generate_series(1, $2) n returning uuid)
         insert into sync.changes (account, resource, uuid, change) select $1, 'jobs', uuid, 'updated' from l`,
        [account, n],
      );
      const sent = vi.spyOn(pg.Client.prototype, 'query');
      await enqueue(shared.db, account);
      const statements = sent.mock.calls.length;
      sent.mockRestore();
      expect(await queued(account)).toHaveLength(n);
      return statements;
    };
    expect(await count(2000)).toBe(await count(1));
  });
});

describe('packages', () => {
  it('are no rows to carry: their entries end, and they are known by their hash', async () => {
    const account = newAccount();
    const known = () =>
      query<{ ats_id: string; state: string; hash: string }>(
        shared.db,
        'select ats_id, state, hash from sync.desired_rows where account = $1 order by 1',
        [account],
      );
    await seed(shared.db, 'ats.packages', [
      { account, package: 'p', type: 'live' },
      { account, package: 'q' },
    ]);
    await enqueue(shared.db, account);
    expect(
      await query(shared.db, 'select from sync.desired_queue where account = $1', [account]),
    ).toHaveLength(0);
    const [p, q] = await known();
    expect([p!.state, q!.state]).toEqual(['synced', 'synced']);
    await query(shared.db, `update ats.packages set type = 'one_way' where account = $1 and package = 'p'`, [
      account,
    ]);
    await query(shared.db, `delete from ats.packages where account = $1 and package = 'q'`, [account]);
    await enqueue(shared.db, account);
    const [changed, gone] = await known();
    expect(changed!.hash).not.toBe(p!.hash);
    expect(gone!.state).toBe('gone');
    expect(await scanByHash(shared.db, account)).toEqual({
      packages: 0,
      users: 0,
      jobs: 0,
      interviews: 0,
      share_requests: 0,
    });
  });

  it('one that only looks like the one a row names is told, with what nobody sees', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.packages', [
      { account, package: 'Live\u200b one ' },
      { account, package: 'other' },
    ]);
    await seed(shared.db, 'ats.interviews', [
      invitation(account, 'I', { package: 'live one' }),
      invitation(account, 'O', { package: 'other one' }),
    ]);
    await enqueue(shared.db, account);
    const seen = await look(shared.db, account, 'interviews');
    expect([seen.I!, seen.O!].map(({ row }) => row!.waits!.map(({ message }) => message))).toEqual([
      [
        'Name the package as it is named in ats.packages, or correct it there: the row has "live one", the package is "Live<U+200B> one␠".',
      ],
      ['Add the package "other one", or name another one: there is none of this name.'],
    ]);
  });

  it('a row that waits for its package is looked at again when it comes', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.interviews', [
      invitation(account, 'I', { package: 'p', type: null, deadline_at: null, question_set_uuid: null }),
    ]);
    await enqueue(shared.db, account);
    const before = await look(shared.db, account, 'interviews');
    expect(before.I!.row).toMatchObject({
      values: null,
      issues: [],
      waits: [{ code: 'UNKNOWN_REFERENCE', field: 'package', message: expect.stringContaining('"p"') }],
    });
    await settle(shared.db, account, 'interviews', 'held');
    await seed(shared.db, 'ats.packages', [
      {
        account,
        package: 'p',
        type: 'one_way',
        deadline_days: '7',
        question_set_uuid: uuidOf(9),
        timezone: 'Europe/Vienna',
      },
    ]);
    const after = await look(shared.db, account, 'interviews');
    expect(after.I!.row).toMatchObject({
      issues: [],
      waits: [],
      values: {
        type: 'one_way',
        deadline: { days: 7 },
        questionSetUuid: uuidOf(9),
        timezone: 'Europe/Vienna',
      },
    });
  });
});

describe('the scan by hash', () => {
  /** As a loader that switches triggers off does. */
  async function behindTheTriggers(sql: string, account: string): Promise<void> {
    await client.query(`set session_replication_role = replica`);
    await client.query(sql, [account]);
    await client.query(`set session_replication_role = origin`);
  }

  it('finds what went past the triggers: new, changed, gone; and nothing else', async () => {
    const account = newAccount();
    await seed(
      shared.db,
      'ats.jobs',
      ['a', 'b', 'c', 'd'].map((key) => job(account, key)),
    );
    await enqueue(shared.db, account);
    await settle(shared.db, account, 'jobs');
    expect(await scanByHash(shared.db, account)).toMatchObject({ jobs: 0 });
    await behindTheTriggers(`update ats.jobs set title = 'X' where account = $1 and ats_id = 'a'`, account);
    await behindTheTriggers(`delete from ats.jobs where account = $1 and ats_id = 'b'`, account);
    await behindTheTriggers(`insert into ats.jobs (account, ats_id) values ($1, 'n')`, account);
    await behindTheTriggers(
      `update ats.jobs set extra = '{"mine": 1}' where account = $1 and ats_id = 'c'`,
      account,
    );
    await behindTheTriggers(
      `update ats.jobs set deleted_at = now() where account = $1 and ats_id = 'd'`,
      account,
    );
    expect(await queued(account)).toEqual([]);
    expect(await scanByHash(shared.db, account)).toMatchObject({ jobs: 4, users: 0 });
    expect(await scanByHash(shared.db, account)).toMatchObject({ jobs: 0 });
    expect(await queued(account)).toEqual(['a', 'b', 'd', 'n']);
  });

  it('sees the same in every time zone of a session', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.interviews', [invitation(account, 'I')]);
    await settle(shared.db, account, 'interviews');
    const elsewhere = openDatabase(shared.url, { maxConnections: 1 });
    try {
      await query(elsewhere, "set timezone = 'Asia/Kolkata'");
      const [zone] = await query<{ TimeZone: string }>(elsewhere, 'show timezone');
      expect(zone!.TimeZone).toBe('Asia/Kolkata');
      expect(await scanByHash(elsewhere, account)).toMatchObject({ interviews: 0 });
    } finally {
      await elsewhere.destroy();
    }
  });

  it('lets rows be that are gone and known to be', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.jobs', [job(account, 'a')]);
    await settle(shared.db, account, 'jobs');
    await query(shared.db, 'delete from ats.jobs where account = $1', [account]);
    await settle(shared.db, account, 'jobs', 'gone');
    expect(await scanByHash(shared.db, account)).toMatchObject({ jobs: 0 });
    await behindTheTriggers(`insert into ats.jobs (account, ats_id) values ($1, 'a')`, account);
    expect(await scanByHash(shared.db, account)).toMatchObject({ jobs: 1 });
  });
});
