/**
 * What may go wrong between an ATS that orders interviews and this program, whichever it is: nobody is invited twice, nothing is half stored, and each side knows.
 * @module-tag rare
 */
import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../../src/clock.js';
import { inTransaction, openDatabase } from '../../../src/db/database.js';
import { desiredDatabase, seed } from '../desired/fixture.js';
import { orderingAtss, orderWorld } from './world.js';

const shared = desiredDatabase();
const kinds = Object.keys(orderingAtss) as Array<keyof typeof orderingAtss>;

/** Those that say with each order where they want to be told. */
const addressing = kinds.filter((kind) => 'namesAddress' in orderingAtss[kind]);

/** Those that can take an order back. */
const canceling = kinds.filter((kind) => !('hasNoCancel' in orderingAtss[kind]));

const away = () => {
  const db = openDatabase('postgres://nobody@127.0.0.1:9/none');
  onTestFinished(() => db.destroy());
  return db;
};

/** Who does not answer is not waited for: 20 s otherwise. */
const hasty = {
  ...systemClock,
  after: (ms: number, fn: () => void, options?: { background?: boolean }) =>
    systemClock.after(ms === 20_000 ? 30 : ms, fn, options),
};

describe.each(kinds)('with orders of %s', (kind) => {
  const open = () => orderWorld(shared.db, kind);

  it('the same order again, and at the same moment, is the same row', async () => {
    const world = await open();
    const first = await world.order();
    const again = await Promise.all([1, 2, 3, 4].map(() => world.order(first.wish)));
    expect(new Set([first, ...again].map(({ status, row }) => `${status} ${row}`))).toEqual(
      new Set([`200 ${first.row}`]),
    );
    expect(await world.wanted()).toEqual(['c-1@candidates.example invited']);
  });

  it('an order whose answer was lost with the program is the same row when it comes again', async () => {
    const world = await open();
    await world.killedBeforeItsAnswer({ n: 7 });
    expect(await world.wanted()).toEqual(['c-7@candidates.example invited']);
    expect(await world.order({ n: 7 })).toMatchObject({ status: 200, row: expect.any(String) });
    expect(await world.wanted()).toEqual(['c-7@candidates.example invited']);
  });

  it('while PostgreSQL is away an order is to come again, says so, and leaves nothing', async () => {
    const world = await open();
    world.storesIn(away());
    const wish = { n: 3 };
    expect(await world.order(wish)).toMatchObject({ status: 503, said: expect.stringContaining('again') });
    world.storesIn(shared.db);
    expect(await world.wanted()).toEqual([]);
    expect((await world.order(wish)).status).toBe(200);
  });

  it('an order that was answered as not stored is not stored later', async () => {
    const world = await open();
    /** What other transactions hold of the table, or wait for. */
    const others = `select granted from pg_locks where relation = 'ats.interviews'::regclass and pid <> pg_backend_pid()`;
    await inTransaction(shared.db, async (tx) => {
      await tx.query('lock ats.interviews in exclusive mode');
      world.storesIn(shared.db, 1);
      expect((await world.order({ n: 4 })).status).toBe(503);
      await expect.poll(() => tx.query(others)).toContainEqual({ granted: false });
    });
    await expect.poll(() => world.rows(`${others} and $1 <> ''`)).toEqual([]);
    expect(await world.wanted()).toEqual([]);
    world.storesIn(shared.db);
    expect((await world.order({ n: 4 })).status).toBe(200);
  });

  it.each([
    ['an unknown package', { package: 'no such' }, 'There is no interview package "no such"'],
    ['no address', { email: null }, 'The candidate has no e-mail address'],
    ['a bad address', { email: 'ada at home' }, "The candidate's e-mail address"],
    ['no name', { name: null }, 'The candidate has no name'],
    ['a name that is none', { name: '{{first_name}}' }, "The candidate's name has a placeholder"],
    ['a name that is too long', { name: 'x'.repeat(501) }, "The candidate's name is longer than 500"],
    ['a name that cannot be stored', { name: 'A\u0000B' }, 'cannot be stored'],
    ['an address that cannot be stored', { email: 'a\u0000@b.example' }, 'cannot be stored'],
    ['half a character', { name: 'Ines \ud83d' }, 'cannot be stored'],
  ])(
    'an order with %s is refused in words that the recruiter reads, once and again',
    async (_, wish, why) => {
      const world = await open();
      for (const _ of [1, 2]) {
        const { status, said } = await world.order({ n: 1, ...wish });
        expect([status >= 400 && status < 500, said]).toEqual([true, expect.stringContaining(why)]);
      }
      expect(await world.wanted()).toEqual([]);
      expect(world.outcomes).toEqual(['refused', 'refused']);
      // What was mended is an order like any.
      expect((await world.order({ n: 1 })).status).toBe(200);
    },
  );

  it.each([
    [
      'of any length',
      Array.from({ length: 60 }, (_, n) => createHash('sha256').update(`${n}`).digest('hex')).join(''),
    ],
    ['of many bytes', '漢字かな交じり文'.repeat(60)],
    ['with half a character', '7\ud83d'],
    ['with a NUL', '7\u0000'],
  ])("an id of the ATS's %s is taken or refused, never to come again", async (_, id) => {
    const world = await open();
    const { status } = await world.order({ id });
    expect([200, 422]).toContain(status);
  });

  it('calls that are none are answered with 400, 401, 404 and 413, and nothing is stored', async () => {
    const world = await open();
    const wrong = { as: 'another-secret-altogether' };
    const answers = [
      await world.calls('no JSON'),
      await world.calls('{}', wrong),
      await world.calls('no JSON', wrong),
      await world.calls('{}', { to: 'nobody' }),
      await world.calls('{}', { call: 'constructor' }),
      await world.calls('{}', { call: '' }),
      await world.calls(`"${'x'.repeat(1_100_000)}"`),
      await world.calls('[]'),
      await world.calls('null'),
      await world.calls(''),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 401, 401, 404, 404, 404, 413, 422, 422, 422]);
    expect(await world.wanted()).toEqual([]);
  });

  it('a secret that is wrong and then right is told once, and once more when it is wrong again', async () => {
    const world = await open();
    const told = () => world.logged().split('did not show the secret').length - 1;
    const wrong = { as: 'another-secret-altogether' };
    for (const _ of [1, 2]) await world.calls('{}', wrong);
    // Nobody has shown who they are by sending too much.
    await world.calls(`"${'x'.repeat(1_100_000)}"`, wrong);
    await world.calls('{}', wrong);
    expect(told()).toBe(1);
    expect((await world.order()).status).toBe(200);
    await world.calls('{}', wrong);
    expect(told()).toBe(2);
    expect(world.logged()).not.toContain('secret-of-the-partner-01');
  });

  it('somebody who is invited to the job is not invited again, by a new order or a corrected one', async () => {
    const world = await open();
    await world.order({ email: 'ann@home.example' });
    const bob = await world.order({ email: 'bob@home.example' });
    const again = [
      await world.order({ email: 'Ann@home.example' }),
      await world.order({ ...bob.wish, email: 'ann@home.example' }),
    ];
    expect(again.map(({ said }) => said)).toEqual(Array(2).fill(expect.stringContaining('is invited')));
    expect(await world.wanted()).toEqual(['ann@home.example invited', 'bob@home.example invited']);
  });

  it('an order that comes again is answered with what is true of it by then', async () => {
    const world = await open();
    const order = await world.order();
    await world.are('requested');
    expect((await world.order(order.wish)).state).toBe(orderingAtss[kind].invited);
  });

  it.each([
    ['401', { status: 401 }],
    ['403', { status: 403 }],
    ['429', { status: 429, headers: { 'retry-after': '40' } }],
    ['500', { status: 500 }],
    ['a redirect', { status: 302, headers: { location: 'https://elsewhere.example' } }],
    ['nothing', 'nothing'],
  ] as const)('a result that is answered with %s is told later', async (_, said) => {
    const world = await open();
    const order = await world.order();
    await world.tell();
    await world.are('completed', 3);
    world.ats.answerWith(said);
    const done = await world.tell(hasty);
    expect(done).toMatchObject({ written: 0, waiting: 1 });
    expect(done.nextMs).toBeGreaterThan(said === 'nothing' || said.status !== 429 ? 5_000 : 20_000);
    // It is not its turn yet.
    const asked = world.ats.told.length;
    await world.tell(hasty);
    expect(world.ats.told.length).toBe(asked);
    world.ats.answerWith(null);
    await world.later();
    expect(await world.tell()).toMatchObject({ written: 1, waiting: 0, nextMs: null });
    expect(world.ats.showsCompleted(order)).toBe(3);
  });

  it.each(['whose answer is lost', 'during which the program ends'])(
    'a telling %s may have been taken: what was true before is told anew',
    async (how) => {
      const world = await open();
      const order = await world.order();
      await world.are('completed', 3);
      await world.tell();
      await world.are('completed', 5);
      world.ats.answerWith('lost');
      const end = new AbortController();
      const endsBefore = how === 'during which the program ends';
      const telling = world.tell(endsBefore ? systemClock : hasty, false, end.signal).catch(() => {});
      await vi.waitFor(() => expect(world.ats.showsCompleted(order)).toBe(5));
      if (endsBefore) end.abort();
      await telling;
      // A rating is corrected, or an interview is reset.
      await world.are('completed', 3);
      world.ats.answerWith(null);
      await world.later();
      await world.tell();
      expect(world.ats.showsCompleted(order)).toBe(3);
      const told = world.ats.told.length;
      await world.later();
      await world.tell();
      expect(world.ats.told.length).toBe(told);
    },
  );

  it('a result that the ATS refuses for ever is left alone in the end, and told when something changes', async () => {
    const world = await open();
    const order = await world.order();
    await world.tell();
    await world.are('completed', 3);
    world.ats.answerWith({ status: 422, body: { success: false, errors: ['no'] } });
    const before = world.ats.told.length;
    for (let round = 0; round < 12; round++) {
      await world.tell();
      await world.later();
    }
    expect(world.ats.told.length - before).toBe(8);
    world.ats.answerWith(null);
    await world.tell();
    expect(world.ats.showsCompleted(order)).toBeNull();
    await world.are('completed', 5);
    await world.tell();
    expect(world.ats.showsCompleted(order)).toBe(5);
  });

  it.each([
    ['401', { status: 401 }],
    ['429', { status: 429 }],
    ['500', { status: 500 }],
    ['nothing', 'nothing'],
  ] as const)('an ATS that answers everything with %s is not asked for every order', async (_, said) => {
    const world = await open();
    const orders = [];
    for (let n = 0; n < 12; n++) orders.push(await world.order());
    await world.tell();
    await world.are('completed', 2);
    world.ats.answerWith(said);
    const before = world.ats.told.length;
    expect(await world.tell(hasty)).toMatchObject({ written: 0, waiting: 12 });
    // With two forms of the header each counts twice.
    expect(world.ats.told.length - before).toBeLessThanOrEqual(6);
    world.ats.answerWith(null);
    await world.later();
    expect(await world.tell()).toMatchObject({ written: 12, nextMs: null });
    expect(orders.map((order) => world.ats.showsCompleted(order))).toEqual(Array(12).fill(2));
  });

  it('a few orders that the ATS fails at keep no other waiting', async () => {
    const world = await open();
    const orders = [];
    for (let n = 0; n < 8; n++) orders.push(await world.order());
    await world.tell();
    await world.are('completed', 1);
    // It fails at the first three it is told of, whenever that is.
    const bad = new Set<string>();
    world.ats.answerWith((told) => {
      const name = `${told.path} ${(told.body as { assessment_id?: string } | null)?.assessment_id}`;
      if (bad.size < 3) bad.add(name);
      return bad.has(name) ? { status: 500 } : null;
    });
    expect(await world.tell()).toMatchObject({ written: 0, waiting: 8 });
    // Five that were not tried, and no other, come first.
    await world.rows(
      `update sync.orders set tell_at = tell_at - (select min(tell_at) - clock_timestamp() from sync.orders where account = $1 and tell_at is not null)
       where account = $1`,
    );
    expect(await world.tell()).toMatchObject({ written: 5, waiting: 0 });
  });

  it.each([500, 422])(
    'what changes while the ATS answers %d is no try, and waits its time',
    async (status) => {
      const world = await open();
      await world.order();
      await world.tell();
      await world.are('completed', 3);
      world.ats.answerWith({ status, body: { success: false, errors: ['no'] } });
      await world.tell();
      const asked = world.ats.told.length;
      for (const rating of [4, 5, 1]) {
        await world.are('completed', rating);
        expect((await world.tell()).nextMs).toBeLessThan(16_000);
      }
      expect(world.ats.told.length).toBe(asked);
      world.ats.answerWith(null);
      await world.later();
      expect(await world.tell()).toMatchObject({ written: 1, nextMs: null });
    },
  );

  it('whoever mended the settings and starts again, or runs sync, has all told at once', async () => {
    const world = await open();
    await world.order();
    await world.tell();
    await world.are('completed', 3);
    world.ats.answerWith({ status: 401 });
    for (const hurry of [false, true, true])
      expect(await world.tell(systemClock, hurry)).toMatchObject({ waiting: 1 });
    world.ats.answerWith(null);
    expect(await world.tell()).toMatchObject({ written: 0 });
    expect(await world.tell(systemClock, true)).toMatchObject({ written: 1, nextMs: null });
  });

  it('an ATS that was away for hours has made no refusal the last one', async () => {
    const world = await open();
    await world.order();
    await world.tell();
    await world.are('completed', 3);
    world.ats.answerWith({ status: 503 });
    for (let round = 0; round < 20; round++) {
      await world.tell();
      await world.later();
    }
    world.ats.answerWith({ status: 422, body: { success: false, errors: ['no'] } });
    expect(await world.tell()).toMatchObject({ refused: 0, waiting: 1 });
  });

  it('a result is told though the package and its job have gone meanwhile', async () => {
    const world = await open();
    const order = await world.order();
    await world.rows('delete from ats.packages where account = $1');
    await world.rows('delete from ats.jobs where account = $1');
    await world.are('completed', 5);
    await world.tell();
    expect(world.ats.showsCompleted(order)).toBe(5);
    expect(await world.order()).toMatchObject({
      said: expect.stringContaining('There is no interview package'),
    });
  });

  it('an order without partner settings of its account finds nothing there', async () => {
    const world = await open();
    await seed(shared.db, 'ats.packages', [{ account: `${world.account}-other`, package: 'screening' }]);
    expect((await world.calls('{}', { to: `${world.account}-other` })).status).toBe(404);
  });
});

describe.each(canceling)('orders of %s that are taken back', (kind) => {
  it('are canceled once, and twice is the same', async () => {
    const world = await orderWorld(shared.db, kind);
    const order = await world.order();
    for (const _ of [1, 2]) expect(await world.cancel!(order)).toEqual({ status: 200, said: null });
    expect(await world.wanted()).toEqual(['c-1@candidates.example canceled']);
    expect(world.outcomes).toEqual(['taken', 'taken', 'taken']);
  });

  it('whose order is not there are not found, and that is said', async () => {
    const world = await orderWorld(shared.db, kind);
    const order = await world.order({ package: 'no such' });
    expect(await world.cancel!({ ...order, row: 'aa-0' })).toMatchObject({
      status: 404,
      said: expect.stringMatching(/\S/),
    });
  });

  it('are completed if they were by then, and it is said that there is nothing to cancel', async () => {
    const world = await orderWorld(shared.db, kind);
    const order = await world.order();
    await world.are('completed', 4);
    for (const _ of [1, 2])
      expect(await world.cancel!(order)).toEqual({
        status: 422,
        said: expect.stringContaining('completed the interview already'),
      });
    expect(await world.wanted()).toEqual(['c-1@candidates.example invited']);
    await world.tell();
    expect(world.ats.showsCompleted(order)).toBe(4);
  });

  it('are completed also where that was seen only after they were taken back', async () => {
    const world = await orderWorld(shared.db, kind);
    const order = await world.order();
    await world.are('requested');
    await world.tell();
    expect((await world.cancel!(order)).status).toBe(200);
    await world.are('completed', 4);
    await seed(shared.db, 'sync.desired_rows', [
      { account: world.account, resource: 'interviews', ats_id: order.row, state: 'gone' },
    ]);
    await world.tell();
    expect(world.ats.showsCompleted(order)).toBe(4);
    expect((await world.cancel!(order)).status).toBe(422);
  });

  it('are not canceled while PostgreSQL is away, and are when it is asked for again', async () => {
    const world = await orderWorld(shared.db, kind);
    const order = await world.order();
    world.storesIn(away());
    expect((await world.cancel!(order)).status).toBe(503);
    world.storesIn(shared.db);
    expect((await world.cancel!(order)).status).toBe(200);
    expect(await world.wanted()).toEqual(['c-1@candidates.example canceled']);
  });
});

describe.each(addressing)('the address to which %s wants to be told', (kind) => {
  it.each([
    ['of somebody else', 'https://elsewhere.example/1'],
    ['without TLS', 'http://results.elsewhere.example/1'],
    ['of somebody whose name ends alike', 'https://notgreenhouse.io.example/1'],
    ['with a user and a password', 'ORIGIN_WITH_USER'],
    ['that is none', 'results/1'],
    ['that is empty', ''],
    ['of a file', 'file:///etc/passwd'],
  ])('is refused in words, and not stored: one %s', async (_, address) => {
    const world = await orderWorld(shared.db, kind);
    const tellAt = address.replace('ORIGIN_WITH_USER', `${world.ats.origin.replace('//', '//me:pass@')}/1`);
    const { status, said } = await world.order({ tellAt });
    expect([status, said]).toEqual([422, expect.stringMatching(/address to report to|url: /)]);
    expect(await world.rows('select 1 from sync.orders where account = $1')).toEqual([]);
  });

  it('is stored as it will be asked', async () => {
    const world = await orderWorld(shared.db, kind);
    const { origin } = world.ats;
    expect((await world.order({ tellAt: ` ${origin}/a/../b c ` })).status).toBe(200);
    expect(await world.rows('select update_url from sync.orders where account = $1')).toEqual([
      { update_url: `${origin}/b%20c` },
    ]);
  });
});
