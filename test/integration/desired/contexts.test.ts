/** What each decision is given: read from PostgreSQL in a fixed number of statements. */
import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, it, vi } from 'vitest';
import { query } from '../../../src/db/database.js';
import { loadContexts } from '../../../src/desired/contexts.js';
import { addressForm, folded } from '../../../src/text/forms.js';
import { desiredDatabase, enqueue, invitation, job, look, now, seed, settle, uuidOf } from './fixture.js';

const shared = desiredDatabase();
let accounts = 0;
const newAccount = () => `a${++accounts}`;

const mirrored = (account: string, n: number, more: Record<string, unknown>) => ({
  account,
  uuid: uuidOf(n),
  raw: {},
  created_at: '2031-01-01T00:00:00Z',
  ...more,
});
const linked = (account: string, resource: string, ats_id: string, n: number, base = {}) => ({
  account,
  resource,
  ats_id,
  uuid: uuidOf(n),
  base,
  how: 'created',
});

describe('a row that is new', () => {
  it('comes with its values and nothing else', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.interviews', [invitation(account, 'I1')]);
    await enqueue(shared.db, account);
    const contexts = await look(shared.db, account, 'interviews');
    expect(contexts).toMatchObject({
      I1: {
        resource: 'interviews',
        row: {
          wanted: true,
          issues: [],
          waits: [],
          values: {
            candidate: { name: 'Mia Rye', email: 'mia@rye.test', phone: null, phoneE164: null },
            deadline: { at: '2031-03-20T12:00:00.000Z' },
            questionSetUuid: uuidOf(900),
          },
        },
        link: null,
        observed: null,
        openIntent: null,
        openConflicts: [],
        answers: [],
        refused: null,
        adoptable: [],
        parents: {
          job: {
            atsId: 'J',
            known: false,
            wanted: false,
            uuid: null,
            observedStatus: null,
            willBeActive: false,
          },
          requestedBy: null,
          owner: null,
        },
        twin: null,
        pendingInterviews: 0,
      },
    });
  });

  it('is of one account alone', async () => {
    const [mine, other] = [newAccount(), newAccount()];
    await seed(shared.db, 'ats.jobs', [job(mine, 'J'), job(other, 'J')]);
    await seed(shared.db, 'sync.links', [linked(other, 'jobs', 'J', 1)]);
    await seed(shared.db, 'sparkhire.jobs', [mirrored(other, 1, { title: 'Baker' })]);
    await enqueue(shared.db, mine);
    expect(await look(shared.db, mine, 'jobs')).toMatchObject({ J: { link: null, adoptable: [] } });
  });

  it('keeps its place by arrival, before and after it was put down as arrived', async () => {
    const account = newAccount();
    for (const key of ['z', 'b', 'm']) await seed(shared.db, 'ats.jobs', [job(account, key)]);
    const order = async () =>
      Object.values(await look(shared.db, account, 'jobs'))
        .sort((a, b) => a.row!.arrived - b.row!.arrived)
        .map(({ atsId }) => atsId);
    expect(await order()).toEqual(['z', 'b', 'm']);
    await enqueue(shared.db, account);
    expect(await order()).toEqual(['z', 'b', 'm']);
  });
});

describe('a row that is linked', () => {
  it('comes with its object, its base, its open intent', async () => {
    const account = newAccount();
    const base = { title: { ats: 'Baker', sparkhire: 'Baker' } };
    await seed(shared.db, 'ats.jobs', [job(account, 'J1'), job(account, 'J2'), job(account, 'J3')]);
    await seed(shared.db, 'sync.links', [
      linked(account, 'jobs', 'J1', 11, base),
      linked(account, 'jobs', 'J2', 12),
      linked(account, 'jobs', 'J3', 13),
    ]);
    await seed(shared.db, 'sparkhire.jobs', [
      mirrored(account, 11, {
        title: 'Baker',
        status: 'active',
        location: 'Graz',
        description: 'Old',
        details_at: '2031-01-01',
      }),
      mirrored(account, 12, { title: 'Baker', deleted_at: '2031-02-01' }),
    ]);
    await seed(shared.db, 'sync.intents', [
      { account, resource: 'jobs', ats_id: 'J1', action: 'update', fingerprint: 'f', state: 'confirmed' },
      { account, resource: 'jobs', ats_id: 'J1', action: 'update', fingerprint: 'f', state: 'unknown' },
    ]);
    const contexts = await look(shared.db, account, 'jobs');
    expect(contexts.J1).toMatchObject({
      link: { uuid: uuidOf(11), base, how: 'created' },
      observed: {
        resource: 'jobs',
        uuid: uuidOf(11),
        deleted: false,
        title: 'Baker',
        status: 'active',
        location: 'Graz',
        description: 'Old',
        createdAt: Date.UTC(2031, 0, 1),
      },
      openIntent: { action: 'update', state: 'unknown' },
    });
    expect(contexts.J2!.observed).toMatchObject({ deleted: true, description: undefined });
    expect(contexts.J3!.observed).toBeNull();
  });

  it('counts the interviews of a job that are pending, whoever made them and whatever became of their rows', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.jobs', [job(account, 'J'), job(account, 'K'), job(account, 'L')]);
    await seed(shared.db, 'sync.links', [linked(account, 'jobs', 'J', 18), linked(account, 'jobs', 'K', 19)]);
    await seed(shared.db, 'ats.interviews', [invitation(account, '1', { desired: 'canceled' })]);
    await seed(shared.db, 'sync.links', [
      linked(account, 'interviews', '1', 21),
      linked(account, 'interviews', 'deleted', 22),
    ]);
    const interviews: Array<[number, string, number, Record<string, unknown>?]> = [
      [21, 'requested', 18],
      [22, 'accepted', 18],
      [23, 'requested', 18],
      [24, 'completed', 18],
      [25, 'requested', 18, { deleted_at: '2031-01-01' }],
      [26, 'requested', 19],
      [27, 'requested', 17],
    ];
    for (const [n, status, job_uuid, more] of interviews) {
      const row = mirrored(account, n, { status, job_uuid: uuidOf(job_uuid), ...more });
      await seed(shared.db, 'sparkhire.interviews', [row]);
    }
    const contexts = await look(shared.db, account, 'jobs');
    expect(['J', 'K', 'L'].map((key) => contexts[key]!.pendingInterviews)).toEqual([3, 1, 0]);
  });

  it('is no reason to judge its deadline again, nor to ask its package', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.interviews', [
      invitation(account, 'I', { deadline_at: '2031-01-01T00:00:00Z' }),
      invitation(account, 'P', { deadline_at: null, type: null, question_set_uuid: null, package: 'gone' }),
    ]);
    await seed(shared.db, 'sync.links', [
      linked(account, 'interviews', 'I', 30),
      linked(account, 'interviews', 'P', 31),
    ]);
    const contexts = await look(shared.db, account, 'interviews');
    expect(contexts.I!.row).toMatchObject({
      issues: [],
      values: { deadline: { at: '2031-01-01T00:00:00.000Z' } },
    });
    expect(contexts.P!.row).toMatchObject({
      issues: [],
      waits: [],
      values: { fromPackage: ['type', 'questions', 'deadline_at', 'timezone', 'email_message'] },
    });
  });
});

describe('a row that is gone', () => {
  it('comes without a row, and with its link', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.jobs', [job(account, 'J')]);
    await settle(shared.db, account, 'jobs');
    await seed(shared.db, 'sync.links', [linked(account, 'jobs', 'J', 40)]);
    expect(await look(shared.db, account, 'jobs')).toEqual({});
    await query(shared.db, 'delete from ats.jobs where account = $1', [account]);
    expect(await look(shared.db, account, 'jobs')).toMatchObject({
      J: { row: null, link: { uuid: uuidOf(40) } },
    });
  });
});

describe('what may be adopted', () => {
  it('users by e-mail, whatever its case, unless linked or deleted', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.users', [
      { account, ats_id: 'U', name: 'Ada', email: 'Ada@Mill.test' },
      { account, ats_id: 'other' },
    ]);
    await seed(shared.db, 'sparkhire.users', [
      mirrored(account, 50, { email: 'ada@mill.TEST', name: 'A', active: true }),
      mirrored(account, 51, { email: 'ada@mill.test', deleted_at: '2031-01-01' }),
      mirrored(account, 52, { email: 'ada@mill.test' }),
      mirrored(account, 53, { email: 'ida@mill.test' }),
    ]);
    await seed(shared.db, 'sync.links', [linked(account, 'users', 'other', 52)]);
    const { U } = await look(shared.db, account, 'users');
    expect(U!.adoptable).toEqual([
      {
        resource: 'users',
        uuid: uuidOf(50),
        deleted: false,
        createdAt: Date.UTC(2031, 0, 1),
        updatedAt: null,
        name: 'A',
        email: 'ada@mill.TEST',
        role: null,
        active: true,
      },
    ]);
  });

  it.each([
    ['ada@b\u00fccher.example', 'Ada@XN--Bcher-kva.example'],
    ['ada@xn--bcher-kva.example', 'ada@B\u00dcCHER.example'],
  ])('users by an address with an international domain, however it is written: %s', async (wanted, there) => {
    const account = newAccount();
    await seed(shared.db, 'ats.users', [
      { account, ats_id: 'U', name: 'Ada', email: wanted, role: 'standard', active: true },
    ]);
    await seed(shared.db, 'sparkhire.users', [
      mirrored(account, 50, { name: 'Ada', email: there, active: true }),
    ]);
    const { U } = await look(shared.db, account, 'users');
    expect(U!.adoptable.map(({ uuid }) => uuid)).toEqual([uuidOf(50)]);
  });

  it('jobs by title, at the same place', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.jobs', [job(account, 'J')]);
    await seed(shared.db, 'sparkhire.jobs', [
      mirrored(account, 60, { title: 'BAKER', location: 'Graz, Austria' }),
      mirrored(account, 61, { title: 'Baker', location: 'Linz, Austria' }),
      mirrored(account, 62, { title: 'Head Baker', location: 'Graz, Austria' }),
    ]);
    const { J } = await look(shared.db, account, 'jobs');
    expect(J!.adoptable.map(({ uuid }) => uuid)).toEqual([uuidOf(60)]);
  });

  it.each([
    ['letters in parts', 'Bäcker', 'Bäcker'.normalize('NFD')],
    ['two blanks', 'Head Baker', ' Head\u00a0 Baker'],
    ['a ligature', 'Office', 'O\ufb03ce'],
    ['full width', 'Baker 1', '\uff22\uff41\uff4b\uff45\uff52 \uff11'],
    ['letters beyond ASCII in capitals', 'Éclair-Bäcker für Łódź', 'ÉCLAIR-BÄCKER FÜR ŁÓDŹ'],
    ['Cyrillic capitals', 'Пекарь', 'ПЕКАРЬ'],
    ['Greek capitals', 'Αρτοποιός', 'ΑΡΤΟΠΟΙΌΣ'],
    ['a soft hyphen', 'Night-shift nurse', 'Night-shift nur\u00adse'],
    ['characters that nobody sees', 'Baker', 'Ba\u200b\u2060ker\u200e'],
  ])('a job whose title has %s is found, as the rule says: they are the same', async (_, wanted, there) => {
    const account = newAccount();
    expect(folded(wanted)).toBe(folded(there));
    await seed(shared.db, 'ats.jobs', [job(account, 'J', { title: wanted })]);
    await seed(shared.db, 'sparkhire.jobs', [
      mirrored(account, 60, { title: there, location: 'Graz, Austria' }),
      mirrored(account, 61, { title: `${there}s`, location: 'Graz, Austria' }),
    ]);
    const { J } = await look(shared.db, account, 'jobs');
    expect(J!.adoptable.map(({ uuid }) => uuid)).toEqual([uuidOf(60)]);
  });

  it('what PostgreSQL finds is all that the rule calls the same, whatever the locale of the database', async () => {
    const texts = fc.sample(
      fc.string({
        unit: fc.constantFrom(...'aBzİıIKſßΣσςÉéñЖж1 \u0307\u0301\u00a0\u3000\u00ad\u200b\ufeffﬁＡ'),
        maxLength: 6,
      }),
      {
        numRuns: 400,
        seed: 4,
      },
    );
    const variants = (text: string) => [
      text.toUpperCase(),
      text.toLowerCase(),
      text.normalize('NFD'),
      text.normalize('NFKC'),
      ` ${text}\u2003`,
      [...text].join('\u00ad'),
      `\u200e${text}\u2060`,
    ];
    const pairs = texts.flatMap((text) =>
      variants(text)
        .filter((other) => folded(other) === folded(text))
        .map((other) => [text, other] as const),
    );
    expect(pairs.length).toBeGreaterThan(1000);
    const [one, other] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
    const differ =
      'select a, b from unnest($1::text[], $2::text[]) u(a, b) where sync.likeness(a) <> sync.likeness(b)';
    expect(await query(shared.db, differ, [one, other])).toEqual([]);
    expect(await query(shared.db, `select sync.likeness('Baker') = sync.likeness('Bakery') as same`)).toEqual(
      [{ same: false }],
    );

    const [{ definition, url }] = (await query<{ definition: string; url: string }>(
      shared.db,
      `select string_agg(pg_get_functiondef(name::regproc), ';' order by nr) as definition, current_database() as url
       from unnest(array['sync.in_letters', 'sync.likeness_of_letters', 'sync.likeness']) with ordinality u(name, nr)`,
    )) as [{ definition: string; url: string }];
    const turkish = `${url}_tr`;
    const made = await query(
      shared.db,
      `create database ${turkish} template template0 locale_provider icu icu_locale 'tr' lc_collate 'C' lc_ctype 'C'`,
    ).then(
      () => true,
      // Servers before 15, or without ICU.
      () => false,
    );
    if (!made) return;
    const client = new pg.Client({ connectionString: shared.url.replace(url, turkish) });
    try {
      await client.connect();
      expect((await client.query(`select lower('I') as i`)).rows).toEqual([{ i: 'ı' }]);
      await client.query('create schema sync');
      await client.query(definition);
      expect((await client.query(differ, [one, other])).rows).toEqual([]);
    } finally {
      await client.end();
      await query(shared.db, `drop database ${turkish} with (force)`);
    }
  });

  it('what comes into each plan and each index for the comparison is short', async () => {
    const plan = await query(
      shared.db,
      'explain (verbose) select from sparkhire.interviews where sync.likeness(candidate_name) = sync.likeness(status)',
    );
    expect(JSON.stringify(plan)).toContain('likeness_of_letters');
    expect(JSON.stringify(plan).length).toBeLessThan(2000);
  });

  it('what PostgreSQL finds is each spelling of an address, and no other one', async () => {
    const domains = [
      'münchen.de',
      'straße.example',
      'почта.рф',
      '例え.jp',
      'bücher.co.पेट्रोल.in',
      'ουτοπία.δπθ.gr',
      '💌.la',
    ];
    const oddities = [
      'xn--',
      'xn--a',
      'xn--99999999',
      'xn--zzzzzzzzzzzzzzzz',
      'xn--mnchen-3ya!',
      'xn--a-ecp.ru',
    ];
    const written = (domain: string) =>
      [domain, domainToASCII(domain), domain.normalize('NFD'), domain.replaceAll('.', '。')].flatMap(
        (one) => [`ada@${one}`, `ADA@${one.toUpperCase()}`, ` ada@${one}\u00a0`],
      );
    const spelled = [
      ...domains.flatMap(written),
      ...oddities.map((domain) => `ada@${domain}.com`),
      'ada@munchen.de',
    ];
    const pairs = spelled.flatMap((one) => spelled.map((other) => [one, other] as const));
    const asked = await query<{ a: string; b: string; same: boolean }>(
      shared.db,
      'select a, b, sync.likeness(a) = sync.likeness(b) as same from unnest($1::text[], $2::text[]) u(a, b)',
      [pairs.map(([a]) => a), pairs.map(([, b]) => b)],
    );
    expect(asked.filter(({ a, b, same }) => same !== (addressForm(a) === addressForm(b)))).toEqual([]);
  });

  it('interviews by candidate and job, for withdrawn rows, too', async () => {
    const account = newAccount();
    await seed(shared.db, 'sync.links', [linked(account, 'jobs', 'J', 70)]);
    await seed(shared.db, 'ats.interviews', [
      invitation(account, 'I'),
      invitation(account, 'X', { desired: 'canceled' }),
      invitation(account, 'K', { job_ats_id: 'K' }),
    ]);
    const candidate = { candidate_email: 'MIA@rye.test', job_uuid: uuidOf(70) };
    await seed(shared.db, 'sparkhire.interviews', [
      mirrored(account, 71, { ...candidate, status: 'requested' }),
      mirrored(account, 72, { ...candidate, status: 'accepted', share_url: 'https://share.test/1' }),
      mirrored(account, 73, { ...candidate, status: 'completed' }),
      mirrored(account, 74, { ...candidate, status: 'requested', job_uuid: uuidOf(79) }),
    ]);
    const contexts = await look(shared.db, account, 'interviews');
    expect(contexts.I!.adoptable.map((found) => [found.uuid, 'shared' in found && found.shared])).toEqual([
      [uuidOf(71), false],
      [uuidOf(72), true],
      [uuidOf(73), false],
    ]);
    // One that is withdrawn in the load that moved keys ends what it means.
    expect(contexts.X!.adoptable).toHaveLength(3);
    expect(contexts.K!.adoptable).toEqual([]);
  });

  it('no interviews that are over and older than one of a row', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.interviews', [invitation(account, 'I'), invitation(account, 'W')]);
    await seed(shared.db, 'sync.links', [
      linked(account, 'jobs', 'J', 70),
      linked(account, 'interviews', 'W', 76),
    ]);
    const of = (nr: number, day: number, status: string) =>
      mirrored(account, nr, {
        ...{ candidate_email: 'mia@rye.test', job_uuid: uuidOf(70), status },
        created_at: `2030-01-0${day}`,
      });
    await seed(shared.db, 'sparkhire.interviews', [
      of(75, 1, 'completed'),
      of(76, 2, 'canceled'),
      of(77, 3, 'expired'),
    ]);
    const { I } = await look(shared.db, account, 'interviews');
    expect(I!.adoptable.map(({ uuid }) => uuid)).toEqual([uuidOf(77)]);
  });
});

describe('parents', () => {
  const parent = async (prepare: (account: string) => Promise<void>) => {
    const account = newAccount();
    await prepare(account);
    await seed(shared.db, 'ats.interviews', [invitation(account, 'I', { requested_by_ats_id: 'U' })]);
    return (await look(shared.db, account, 'interviews')).I!.parents;
  };
  const seedJob = (account: string, more: Record<string, unknown> = {}) =>
    seed(shared.db, 'ats.jobs', [job(account, 'J', more)]);

  it('a job that is new will be what it says', async () => {
    expect((await parent((a) => seedJob(a))).job).toMatchObject({
      known: true,
      wanted: true,
      willBeActive: true,
    });
    expect((await parent((a) => seedJob(a, { status: 'closed' }))).job).toMatchObject({
      known: true,
      willBeActive: false,
    });
    expect((await parent((a) => seedJob(a, { deleted_at: '2031-01-01' }))).job).toMatchObject({
      wanted: false,
      willBeActive: false,
    });
  });

  it('a job that is settled is what Spark Hire says', async () => {
    for (const status of ['active', 'inactive']) {
      const { job: found } = await parent(async (account) => {
        await seedJob(account);
        await settle(shared.db, account, 'jobs');
        await seed(shared.db, 'sync.links', [linked(account, 'jobs', 'J', 80)]);
        await seed(shared.db, 'sparkhire.jobs', [mirrored(account, 80, { status })]);
      });
      expect(found).toEqual({
        atsId: 'J',
        why: null,
        known: true,
        wanted: true,
        wantedOpen: true,
        uuid: uuidOf(80),
        observedStatus: status,
        state: 'synced',
        willBeActive: status === 'active',
      });
    }
  });

  it('a job that was rejected is none until it is corrected', async () => {
    const { job: found } = await parent(async (account) => {
      await seedJob(account);
      await settle(shared.db, account, 'jobs', 'rejected');
    });
    expect(found).toMatchObject({ known: false, willBeActive: false });
    const { job: corrected } = await parent(async (account) => {
      await seedJob(account, { title: null });
      await settle(shared.db, account, 'jobs', 'rejected');
      await query(shared.db, `update ats.jobs set title = 'Baker' where account = $1`, [account]);
    });
    expect(corrected).toMatchObject({ known: true, willBeActive: true });
  });

  it.each([
    ['closed', { status: 'closed' }, 'synced', false],
    ['closed, and not closed there yet', { status: ' Closed' }, 'held', false],
    ['withdrawn', { deleted_at: '2031-01-01' }, 'held', false],
    ['open, with an edit that is rejected', { title: null }, 'rejected', true],
    ['nothing that can be read', { status: 'perhaps' }, 'rejected', true],
  ])('a linked job that is active in Spark Hire, and in the ATS %s', async (_, more, state, isOpen) => {
    const { job: found } = await parent(async (account) => {
      await seedJob(account, more);
      await settle(shared.db, account, 'jobs', state);
      await seed(shared.db, 'sync.links', [linked(account, 'jobs', 'J', 82)]);
      await seed(shared.db, 'sparkhire.jobs', [mirrored(account, 82, { status: 'active' })]);
    });
    expect(found).toMatchObject({ known: true, wantedOpen: isOpen, willBeActive: isOpen });
  });

  it('a linked user is known, whatever is wrong with its row', async () => {
    const { requestedBy } = await parent(async (account) => {
      await seed(shared.db, 'ats.users', [{ account, ats_id: 'U', name: null, email: 'ada@mill.test' }]);
      await settle(shared.db, account, 'users', 'rejected');
      await seed(shared.db, 'sync.links', [linked(account, 'users', 'U', 83)]);
    });
    expect(requestedBy).toMatchObject({ atsId: 'U', known: true, uuid: uuidOf(83), state: 'rejected' });
  });

  it('a user is known by its row, and linked or not', async () => {
    const nobody = { atsId: 'U', known: false, uuid: null, state: null, why: null };
    expect((await parent(async () => {})).requestedBy).toEqual(nobody);
    const { requestedBy } = await parent(async (account) => {
      await seed(shared.db, 'ats.users', [{ account, ats_id: 'U', name: 'Ada', email: 'ada@mill.test' }]);
      await seed(shared.db, 'sync.links', [linked(account, 'users', 'U', 81)]);
    });
    // Its row waits to be decided.
    expect(requestedBy).toEqual({ ...nobody, known: true, uuid: uuidOf(81) });
  });

  it('what is rejected or held tells all that is wrong with it, as long as it is', async () => {
    const { job: found, requestedBy } = await parent(async (account) => {
      await seed(shared.db, 'ats.users', [{ account, ats_id: 'U', name: 'Ada', email: 'ada@mill.test' }]);
      await seedJob(account);
      await settle(shared.db, account, 'users', 'rejected');
      await settle(shared.db, account, 'jobs', 'held');
      const issue = (resource: string, ats_id: string, field: string | null, message: string) => ({
        ...{ account, resource, ats_id, field, message },
        code: 'UNKNOWN_REFERENCE',
      });
      await seed(shared.db, 'sync.issues', [
        issue('users', 'U', null, 'No.'),
        issue('users', 'U', 'role', 'No such role.'),
        { ...issue('users', 'U', 'email', 'No such address.'), resolved_at: '2031-01-01' },
        issue('jobs', 'J', 'owner_ats_id', 'No owner.'),
      ]);
    });
    expect(requestedBy).toMatchObject({ state: 'rejected', why: 'No such role. No.' });
    expect(found).toMatchObject({ state: 'held', why: 'No owner.' });
  });

  it('the owner of a job is one too', async () => {
    const account = newAccount();
    await seedJob(account, { owner_ats_id: 'U' });
    expect((await look(shared.db, account, 'jobs')).J!.parents).toMatchObject({
      job: null,
      owner: { atsId: 'U', known: false },
    });
  });
});

describe('twins', () => {
  const twins = async (account: string) =>
    Object.fromEntries(
      Object.values(await look(shared.db, account, 'interviews')).map(({ atsId, twin }) => [atsId, twin]),
    );

  it('are of one address, in capitals beyond ASCII too', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.interviews', [
      invitation(account, 'a', { candidate_email: 'jørn.işık@müller.example' }),
      invitation(account, 'b', { candidate_email: 'JØRN.IŞIK@MÜLLER.example' }),
      invitation(account, 'c', { candidate_email: 'jørn.işık@müller.example'.normalize('NFD') }),
      invitation(account, 'd', { candidate_email: 'jorn.isik@muller.example' }),
    ]);
    // A dotless i is another letter than an i.
    expect(await twins(account)).toMatchObject({ a: null, b: null, c: 'a', d: null });
  });

  it('the earlier row of the same candidate and job, by arrival', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.interviews', [
      invitation(account, 'b'),
      invitation(account, 'c', { candidate_email: 'MIA@RYE.test' }),
      invitation(account, 'a'),
      invitation(account, 'd', { job_ats_id: 'K' }),
      invitation(account, 'e', { candidate_email: 'ida@rye.test' }),
    ]);
    await enqueue(shared.db, account);
    expect(await twins(account)).toEqual({ a: 'b', b: null, c: 'b', d: null, e: null });
  });

  it.each([
    ['requested', 'a'],
    ['accepted', 'a'],
    ['completed', null],
    ['canceled', null],
    ['expired', null],
    [null, 'a'],
  ])('an earlier row whose interview is %s', async (status, twin) => {
    const account = newAccount();
    await seed(shared.db, 'ats.interviews', [invitation(account, 'a')]);
    await settle(shared.db, account, 'interviews');
    await seed(shared.db, 'sync.links', [linked(account, 'interviews', 'a', 90)]);
    if (status !== null) await seed(shared.db, 'sparkhire.interviews', [mirrored(account, 90, { status })]);
    await seed(shared.db, 'ats.interviews', [invitation(account, 'b')]);
    await enqueue(shared.db, account);
    expect(await twins(account)).toEqual({ b: twin });
  });

  it('a withdrawn row is none, and a rejected one stands in nobody’s way', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.interviews', [invitation(account, 'a', { desired: 'cancelled' })]);
    await seed(shared.db, 'ats.interviews', [invitation(account, 'b', { candidate_name: null })]);
    await enqueue(shared.db, account);
    await settle(shared.db, account, 'interviews', 'rejected');
    await seed(shared.db, 'ats.interviews', [invitation(account, 'c')]);
    await enqueue(shared.db, account);
    expect((await twins(account)).c).toBeNull();
  });

  it('of rows that were duplicates of one that is canceled exactly one is free', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.interviews', [
      invitation(account, 'a'),
      invitation(account, 'b'),
      invitation(account, 'c'),
    ]);
    await enqueue(shared.db, account);
    await settle(shared.db, account, 'interviews', 'rejected');
    await query(
      shared.db,
      `update ats.interviews set desired = 'canceled' where account = $1 and ats_id = 'a'`,
      [account],
    );
    await enqueue(shared.db, account);
    expect(await twins(account)).toEqual({ a: null, b: null, c: 'b' });
  });

  it('of rejected rows that are corrected at once exactly one is free', async () => {
    const account = newAccount();
    for (const key of ['b', 'a', 'c']) {
      await seed(shared.db, 'ats.interviews', [invitation(account, key, { deadline_at: null })]);
    }
    await enqueue(shared.db, account);
    await settle(shared.db, account, 'interviews', 'rejected');
    expect(await twins(account)).toEqual({ a: null, b: null, c: null });
    await query(shared.db, `update ats.interviews set deadline_at = '2031-03-20' where account = $1`, [
      account,
    ]);
    expect(await twins(account)).toEqual({ a: 'b', b: null, c: 'b' });
    // A row that went past the triggers, too.
    await query(shared.db, 'delete from sync.desired_queue where account = $1', [account]);
    expect(await twins(account)).toEqual({ a: 'b', b: null, c: 'b' });
  });

  it('an earlier row that its package made wrong is free before a later one once the package is right', async () => {
    const account = newAccount();
    const asks = { type: null, question_set_uuid: null, package: 'p' };
    await seed(shared.db, 'ats.packages', [
      { account, package: 'p', type: 'live', timezone: 'Nowhere/Else' },
    ]);
    await seed(shared.db, 'ats.interviews', [invitation(account, 'a', asks)]);
    await seed(shared.db, 'ats.interviews', [invitation(account, 'b')]);
    await enqueue(shared.db, account);
    await settle(shared.db, account, 'interviews', 'rejected');
    expect((await twins(account)).b).toBeNull();
    await query(shared.db, `update ats.packages set timezone = 'UTC' where account = $1`, [account]);
    expect(await twins(account)).toEqual({ a: null, b: 'a' });
  });

  it('a row that Spark Hire refused stands in the way of a later one only if it is sent again', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.interviews', [invitation(account, 'a'), invitation(account, 'b')]);
    await enqueue(shared.db, account);
    await settle(shared.db, account, 'interviews', 'rejected');
    const [row] = await query<{ hash: string }>(
      shared.db,
      `select hash::text from sync.desired_rows where account = $1 and ats_id = 'a'`,
      [account],
    );
    const refused = { account, resource: 'interviews', ats_id: 'a', action: 'create', fingerprint: 'f' };
    const detail = { hash: row!.hash, issue: { code: 'REMOTE_REJECTED', field: null, message: 'No.' } };
    await seed(shared.db, 'sync.intents', [{ ...refused, state: 'rejected', detail }]);
    expect(await twins(account)).toEqual({ a: null, b: null });
    await query(
      shared.db,
      `update ats.interviews set candidate_name = 'M' where account = $1 and ats_id = 'a'`,
      [account],
    );
    expect(await twins(account)).toEqual({ a: null, b: 'a' });
  });

  it('a row that is gone by decision, with nothing linked, stands in nobody’s way', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.interviews', [invitation(account, 'a')]);
    await enqueue(shared.db, account);
    await settle(shared.db, account, 'interviews', 'gone');
    await seed(shared.db, 'ats.interviews', [invitation(account, 'b')]);
    await enqueue(shared.db, account);
    expect(await twins(account)).toEqual({ b: null });
    // It changed: what will be decided about it is open again.
    await query(shared.db, `update ats.interviews set share = true where account = $1 and ats_id = 'a'`, [
      account,
    ]);
    expect(await twins(account)).toEqual({ a: null, b: 'a' });
  });

  // Each row against each other would take minutes for so many.
  it('of thousands of rows for one candidate and job one is free', { tags: ['rare'] }, async () => {
    const account = newAccount();
    const many = 5000;
    await query(
      shared.db,
      `insert into ats.interviews (account, ats_id, job_ats_id, candidate_name, candidate_email, type,
         question_set_uuid, deadline_at)
       select $1, 'I-' || n, 'J', 'Mia Rye', 'mia@rye.test', 'one_way', $3, '2031-03-20T12:00:00Z'
       from generate_series(1, $2::int) n`,
      [account, many, uuidOf(900)],
    );
    await enqueue(shared.db, account);
    const [first] = await query<{ ats_id: string }>(
      shared.db,
      `select ats_id from sync.desired_rows where account = $1 and resource = 'interviews'
       order by arrived_at, ats_id collate "C" limit 1`,
      [account],
    );
    const expected = { free: [first!.ats_id], twins: new Set([first!.ats_id]) };
    const found = async () => {
      const all = Object.entries(await twins(account));
      expect(all).toHaveLength(many);
      return {
        free: all.filter(([, twin]) => twin === null).map(([atsId]) => atsId),
        twins: new Set(all.flatMap(([, twin]) => twin ?? [])),
      };
    };
    expect(await found()).toEqual(expected);
    // As they are once they were told that they are duplicates.
    await query(shared.db, `update sync.desired_rows set state = 'rejected' where account = $1`, [account]);
    await query(shared.db, 'delete from sync.desired_queue where account = $1', [account]);
    expect(await found()).toEqual(expected);
    await seed(shared.db, 'sync.links', [linked(account, 'interviews', 'I-77', 95)]);
    expect(await found()).toMatchObject({ free: ['I-77'], twins: new Set(['I-77']) });
  });

  describe('a row with a new key, while the invitation of the one before is pending', () => {
    const invited = async (change: string) => {
      const account = newAccount();
      await seed(shared.db, 'sync.links', [
        linked(account, 'jobs', 'J', 92),
        linked(account, 'interviews', 'old', 93),
      ]);
      await seed(shared.db, 'sparkhire.interviews', [
        mirrored(account, 93, { status: 'requested', job_uuid: uuidOf(92), candidate_email: 'MIA@rye.test' }),
      ]);
      await seed(shared.db, 'ats.interviews', [invitation(account, 'old')]);
      await settle(shared.db, account, 'interviews');
      await query(shared.db, change, [account]);
      await seed(shared.db, 'ats.interviews', [
        invitation(account, 'new'),
        invitation(account, 'other', { candidate_email: 'ida@rye.test' }),
      ]);
      await enqueue(shared.db, account);
      return account;
    };

    it('which is deleted: its invitation may be taken over, unless it is of another type', async () => {
      const account = await invited('delete from ats.interviews where account = $1');
      const found = await look(shared.db, account, 'interviews');
      expect(found.old).toMatchObject({ row: null, successor: { atsId: 'new' } });
      expect(found.new).toMatchObject({
        twin: null,
        adoptable: [{ uuid: uuidOf(93) }],
        formerRows: [{ uuid: uuidOf(93), atsId: 'old', base: {} }],
      });
      expect(found.other).toMatchObject({ twin: null, adoptable: [], formerRows: [] });
      await query(shared.db, `update sparkhire.interviews set type = 'live' where account = $1`, [account]);
      expect(await twins(account)).toMatchObject({ new: 'old', other: null });
      expect((await look(shared.db, account, 'interviews')).old!.successor).toBeNull();
    });

    it('which the mirror does not have: the link tells whom it had invited', async () => {
      const account = await invited('delete from ats.interviews where account = $1');
      await query(shared.db, 'delete from sparkhire.interviews where account = $1', [account]);
      const base = (email: string, more = {}) => ({
        candidate: { ats: { email }, sparkhire: null },
        job: { ats: 'J', sparkhire: null },
        ...more,
      });
      const say = (value: unknown) =>
        query(shared.db, `update sync.links set base = $2 where account = $1 and ats_id = 'old'`, [
          account,
          JSON.stringify(value),
        ]);
      await say(base('Mia@rye.test'));
      expect(await twins(account)).toMatchObject({ new: 'old', other: null });
      await say(base('mia@rye.test', { desired: { ats: 'canceled', sparkhire: 'canceled' } }));
      expect((await twins(account)).new).toBeNull();
      // Of a job that is gone from the ATS too, which may be the same under another key.
      await say(base('mia@rye.test', { job: { ats: 'J-0', sparkhire: null } }));
      expect((await twins(account)).new).toBe('old');
      await seed(shared.db, 'ats.jobs', [{ account, ats_id: 'J-0' }]);
      expect((await twins(account)).new).toBeNull();
    });

    it('which is another person by now: its invitation may be taken over', async () => {
      const account = await invited(
        `update ats.interviews set candidate_email = 'x@rye.test' where account = $1`,
      );
      const found = await look(shared.db, account, 'interviews');
      expect(found.new).toMatchObject({ twin: null, formerRows: [{ uuid: uuidOf(93), atsId: 'old' }] });
      expect(found.other).toMatchObject({ twin: null, adoptable: [] });
    });

    it('which is withdrawn', async () => {
      const account = await invited(`update ats.interviews set desired = 'canceled' where account = $1`);
      expect(await twins(account)).toMatchObject({ new: 'old', other: null });
      await query(shared.db, `update sparkhire.interviews set status = 'canceled' where account = $1`, [
        account,
      ]);
      expect((await twins(account)).new).toBeNull();
    });
  });

  it('a row that was withdrawn while its invitation was on its way', async () => {
    const account = newAccount();
    await seed(shared.db, 'sync.links', [linked(account, 'jobs', 'J', 94)]);
    await seed(shared.db, 'ats.interviews', [
      invitation(account, 'new'),
      invitation(account, 'other', { candidate_email: 'ida@rye.test' }),
    ]);
    const look = { email: 'Mia@Rye.test', jobUuid: uuidOf(94) };
    await seed(shared.db, 'sync.intents', [
      {
        account,
        resource: 'interviews',
        ats_id: 'old',
        action: 'create',
        fingerprint: 'f',
        state: 'unknown',
        detail: { look },
      },
    ]);
    expect(await twins(account)).toEqual({ new: 'old', other: null });
    await query(shared.db, `update sync.intents set state = 'rejected' where account = $1`, [account]);
    expect((await twins(account)).new).toBeNull();
  });

  it('a row whose interview was deleted in Spark Hire, while another one for it is on its way', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.interviews', [invitation(account, 'a')]);
    await settle(shared.db, account, 'interviews');
    await seed(shared.db, 'sync.links', [
      linked(account, 'jobs', 'J', 97),
      { ...linked(account, 'interviews', 'a', 96), linked_at: '2026-01-01' },
    ]);
    await seed(shared.db, 'sparkhire.interviews', [
      mirrored(account, 96, {
        job_uuid: uuidOf(97),
        candidate_email: 'mia@rye.test',
        deleted_at: '2026-02-01',
      }),
    ]);
    await seed(shared.db, 'ats.interviews', [invitation(account, 'b')]);
    await enqueue(shared.db, account);
    expect((await twins(account)).b).toBeNull();
    const look = { email: 'mia@rye.test', jobUuid: uuidOf(97) };
    await seed(shared.db, 'sync.intents', [
      {
        ...{ account, resource: 'interviews', ats_id: 'a', action: 'create', fingerprint: 'f' },
        ...{ state: 'unknown', detail: { look } },
      },
    ]);
    expect((await twins(account)).b).toBe('a');
  });

  it('a later row whose invitation is out, or may be, counts before an earlier one that was corrected', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.interviews', [invitation(account, 'a'), invitation(account, 'b')]);
    await enqueue(shared.db, account);
    await seed(shared.db, 'sync.intents', [
      { account, resource: 'interviews', ats_id: 'b', action: 'create', fingerprint: 'f', state: 'unknown' },
    ]);
    expect((await twins(account)).a).toBe('b');
    await query(shared.db, `update sync.intents set state = 'confirmed' where account = $1`, [account]);
    await seed(shared.db, 'sync.links', [linked(account, 'interviews', 'b', 91)]);
    expect((await twins(account)).a).toBe('b');
  });
});

describe('conflicts and refusals', () => {
  const conflict = (account: string, more: Record<string, unknown>) => ({
    account,
    resource: 'jobs',
    kind: 'field_diverged',
    ats_id: 'J',
    uuid: uuidOf(1),
    field: 'title',
    ats_value: '"A"',
    sparkhire_value: '"B"',
    ...more,
  });

  it('open ones, and decisions of a person that were not acted upon', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.jobs', [job(account, 'J')]);
    await settle(shared.db, account, 'jobs');
    const done = { resolved_at: '2031-01-02', resolution: 'ats', resolved_by: 'ada' };
    await seed(shared.db, 'sync.conflicts', [conflict(account, { field: 'status' })]);
    // Waiting changes nothing: only a decision is a reason to look.
    expect(await look(shared.db, account, 'jobs')).toEqual({});
    await seed(shared.db, 'sync.conflicts', [
      conflict(account, done),
      conflict(account, { ...done, resolved_by: 'sparkhire-sync' }),
      conflict(account, { ...done, acted_at: '2031-01-03' }),
      conflict(account, { ...done, resource: 'users' }),
    ]);
    const { J } = await look(shared.db, account, 'jobs');
    expect(J!.openConflicts).toMatchObject([{ kind: 'field_diverged', field: 'status', uuid: uuidOf(1) }]);
    expect(J!.answers).toMatchObject([
      { kind: 'field_diverged', field: 'title', take: 'ats', ats: 'A', sparkhire: 'B' },
    ]);
  });

  it('a refusal holds until the row is another', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.jobs', [job(account, 'J')]);
    let hash: string | null = null;
    for await (const { read } of loadContexts(shared.db, account, 'jobs', { now }))
      hash = read.get('J')!.hash;
    const intent = { account, resource: 'jobs', ats_id: 'J', action: 'create', fingerprint: 'f' };
    await seed(shared.db, 'sync.intents', [
      { ...intent, state: 'rejected', error: 'No such title.', detail: { hash, issue: {} } },
    ]);
    expect((await look(shared.db, account, 'jobs')).J).toMatchObject({
      refused: {
        issue: { code: 'REMOTE_REJECTED', field: null, message: 'No such title.' },
        fingerprint: 'f',
      },
    });
    // It ended, but nobody refused it.
    await seed(shared.db, 'sync.intents', [{ ...intent, state: 'rejected', detail: { hash } }]);
    expect((await look(shared.db, account, 'jobs')).J!.refused).toBeNull();
    const issue = { code: 'PLAN_LIMIT', field: 'status', message: 'No slot is free.' };
    await seed(shared.db, 'sync.intents', [{ ...intent, state: 'rejected', detail: { hash, issue } }]);
    expect((await look(shared.db, account, 'jobs')).J!.refused!.issue).toEqual(issue);
    await query(shared.db, `update ats.jobs set title = 'Cook' where account = $1`, [account]);
    expect((await look(shared.db, account, 'jobs')).J!.refused).toBeNull();
    await query(shared.db, `update ats.jobs set title = 'Baker' where account = $1`, [account]);
    await seed(shared.db, 'sync.intents', [{ ...intent, state: 'confirmed', detail: { hash } }]);
    expect((await look(shared.db, account, 'jobs')).J!.refused).toBeNull();
  });

  describe('a refusal', () => {
    const hours = (n: number) => new Date(Date.now() + n * 3_600_000).toISOString();
    const refuse = async (
      account: string,
      resource: 'jobs' | 'interviews',
      ats_id: string,
      more: Record<string, unknown> = {},
      detail: Record<string, unknown> = {},
    ) => {
      let hash: string | null = null;
      for await (const { read } of loadContexts(shared.db, account, resource, { now, atsIds: [ats_id] }))
        hash = read.get(ats_id)!.hash;
      const issue = { code: 'REMOTE_REJECTED', field: null, message: 'No.' };
      const intent = {
        account,
        resource,
        ats_id,
        action: 'create',
        fingerprint: 'f',
        state: 'rejected',
        ...more,
      };
      await seed(shared.db, 'sync.intents', [{ ...intent, detail: { hash, issue, ...detail } }]);
    };
    const refused = async (account: string, resource: 'jobs' | 'interviews', key: string) =>
      (await look(shared.db, account, resource, [key]))[key]!.refused;

    it('of a row that is deleted holds while it is deleted', async () => {
      const account = newAccount();
      await seed(shared.db, 'sync.links', [linked(account, 'interviews', 'I', 95)]);
      await refuse(account, 'interviews', 'I', { action: 'cancel' });
      expect(await refused(account, 'interviews', 'I')).toMatchObject({ issue: { message: 'No.' } });
      await seed(shared.db, 'ats.interviews', [invitation(account, 'I')]);
      expect(await refused(account, 'interviews', 'I')).toBeNull();
    });

    it('holds for a day', async () => {
      for (const [age, holds] of [
        [-23, true],
        [-25, false],
      ] as const) {
        const account = newAccount();
        await seed(shared.db, 'ats.jobs', [job(account, 'J')]);
        await refuse(account, 'jobs', 'J', { updated_at: hours(age) });
        expect((await refused(account, 'jobs', 'J')) !== null).toBe(holds);
      }
    });

    it('for want of room holds until the plan changes, and the longer the more often it was said', async () => {
      const issue = { code: 'PLAN_LIMIT', field: null, message: 'No slot is free.' };
      for (const [times, age, holds] of [
        [1, -0.1, true],
        [1, -0.2, false],
        [2, -0.3, true],
        [2, -0.4, false],
        [4, -1.2, true],
        [4, -1.4, false],
        [20, -23, true],
        [20, -25, false],
      ] as const) {
        const account = newAccount();
        await seed(shared.db, 'ats.jobs', [job(account, 'J')]);
        await refuse(account, 'jobs', 'J', { updated_at: hours(-48) }, { issue });
        await refuse(account, 'jobs', 'J', { updated_at: hours(-47), state: 'confirmed' });
        for (let n = 0; n < times; n++)
          await refuse(account, 'jobs', 'J', { updated_at: hours(age) }, { issue });
        expect([times, age, (await refused(account, 'jobs', 'J')) !== null]).toEqual([times, age, holds]);
        const plan = { account, job_slots_remaining: 0, raw: {} };
        await seed(shared.db, 'sparkhire.plans', [{ ...plan, mirrored_at: hours(age - 1) }]);
        expect((await refused(account, 'jobs', 'J')) !== null).toBe(holds);
        await seed(shared.db, 'sync.accounts', [{ account, plan_changed_at: hours(age - 1) }]);
        await query(shared.db, 'update sparkhire.plans set mirrored_at = now() where account = $1', [
          account,
        ]);
        expect((await refused(account, 'jobs', 'J')) !== null).toBe(holds);
        await query(shared.db, 'update sync.accounts set plan_changed_at = now() where account = $1', [
          account,
        ]);
        expect(await refused(account, 'jobs', 'J')).toBeNull();
      }
    });

    it('tells since when a row waits for room: since then, or since it was written', async () => {
      const account = newAccount();
      await seed(shared.db, 'ats.jobs', [job(account, 'J'), job(account, 'K')]);
      const arrived = (await look(shared.db, account, 'jobs')).J!;
      expect(arrived.wishedAt).toBeCloseTo(arrived.row!.arrived / 1000, 0);
      await seed(shared.db, 'sync.conflicts', [
        {
          account,
          resource: 'jobs',
          kind: 'plan_limit',
          ats_id: 'J',
          ats_value: { label: 'Baker', since: '2026-01-02T03:04:05.678Z' },
        },
      ]);
      expect((await look(shared.db, account, 'jobs')).J!.wishedAt).toBe(
        Date.parse('2026-01-02T03:04:05.678Z'),
      );
      await query(shared.db, 'delete from sync.desired_queue where account = $1', [account]);
      const asked = { account, resource: 'jobs', ats_id: 'K', state: 'pending', arrived_at: hours(-5) };
      await seed(shared.db, 'sync.desired_rows', [asked]);
      expect((await look(shared.db, account, 'jobs')).K!.wishedAt).toBeCloseTo(
        Date.parse(asked.arrived_at),
        0,
      );
      await query(shared.db, `update ats.jobs set title = 'Cook' where account = $1`, [account]);
      const again = (await look(shared.db, account, 'jobs')).K!;
      expect(again.wishedAt! - Date.parse(asked.arrived_at)).toBeGreaterThan(4 * 3_600_000);
    });

    const invite = async () => {
      const account = newAccount();
      await seed(shared.db, 'ats.interviews', [invitation(account, 'I')]);
      await seed(shared.db, 'sync.links', [
        { ...linked(account, 'jobs', 'J', 96), linked_at: hours(-4) },
        { ...linked(account, 'jobs', 'other', 97), linked_at: hours(1) },
      ]);
      await seed(shared.db, 'sparkhire.jobs', [
        { ...mirrored(account, 96, { status: 'active' }), mirrored_at: hours(-3) },
        { ...mirrored(account, 97, { status: 'active' }), mirrored_at: hours(1) },
      ]);
      const look = { jobUuid: uuidOf(96), email: 'mia@rye.test' };
      await refuse(account, 'interviews', 'I', { updated_at: hours(-2) }, { look });
      expect(await refused(account, 'interviews', 'I')).not.toBeNull();
      return account;
    };

    it.each([
      [
        'changed',
        `update sparkhire.jobs set mirrored_at = now() where account = $1 and uuid = '${uuidOf(96)}'`,
      ],
      ['was linked anew', `update sync.links set linked_at = now() where account = $1 and ats_id = 'J'`],
      ['is another', `update sync.links set uuid = '${uuidOf(98)}' where account = $1 and ats_id = 'J'`],
      ['is not linked any more', `delete from sync.links where account = $1 and ats_id = 'J'`],
    ])('of an invitation holds no longer when its job %s', async (_, change) => {
      const account = await invite();
      await query(shared.db, change, [account]);
      expect(await refused(account, 'interviews', 'I')).toBeNull();
    });

    it('to cancel a deleted row holds no longer when the job of the interview changed', async () => {
      const account = newAccount();
      await seed(shared.db, 'sync.links', [linked(account, 'interviews', 'I', 99)]);
      await seed(shared.db, 'sparkhire.interviews', [
        mirrored(account, 99, { status: 'requested', job_uuid: uuidOf(96) }),
      ]);
      await seed(shared.db, 'sparkhire.jobs', [{ ...mirrored(account, 96, {}), mirrored_at: hours(-3) }]);
      await refuse(account, 'interviews', 'I', { action: 'cancel', updated_at: hours(-2) });
      expect(await refused(account, 'interviews', 'I')).not.toBeNull();
      await query(shared.db, 'update sparkhire.jobs set mirrored_at = now() where account = $1', [account]);
      expect(await refused(account, 'interviews', 'I')).toBeNull();
    });
  });
});

describe('reading', () => {
  it('never fails, whatever PostgreSQL can hold', async () => {
    const account = newAccount();
    await query(
      shared.db,
      `insert into ats.packages (account, package, deadline_days, questions)
       values ($1, 'p', 'NaN', '"x"'), ($1, 'q', 'Infinity', '{}'), ($1, 'r', 1e400, '[null]')`,
      [account],
    );
    await query(
      shared.db,
      `insert into ats.interviews (account, ats_id, package, deadline_at, questions)
       values ($1, '1', 'p', 'infinity', '[1]'), ($1, '2', 'q', '-infinity', null), ($1, '3', 'r', null, '[]'),
         ($1, '4', null, '294275-01-01', '[[]]'), ($1, '', 'p', null, '{"a": 1e400}')`,
      [account],
    );
    await enqueue(shared.db, account);
    const contexts = await look(shared.db, account, 'interviews');
    expect(Object.keys(contexts).sort()).toEqual(['', '1', '2', '3', '4']);
    for (const { row } of Object.values(contexts)) expect(row!.issues.length).toBeGreaterThan(2);
  });

  it('comes in chunks, in the order of the keys, each row once', async () => {
    const account = newAccount();
    await query(
      shared.db,
      `insert into ats.jobs (account, ats_id, title) select $1, 'J' || n, 'Baker' from generate_series(1, 25) n`,
      [account],
    );
    await enqueue(shared.db, account);
    const sizes: number[] = [];
    const seen: string[] = [];
    for await (const { contexts, read } of loadContexts(shared.db, account, 'jobs', { now, chunkSize: 10 })) {
      sizes.push(contexts.length);
      seen.push(...contexts.map(({ atsId }) => atsId));
      expect([...read.keys()]).toEqual(contexts.map(({ atsId }) => atsId));
    }
    expect(sizes).toEqual([10, 10, 5]);
    expect(new Set(seen).size).toBe(25);
  });

  it('takes rows by their keys, whether they need a look or not', async () => {
    const account = newAccount();
    await seed(shared.db, 'ats.jobs', [job(account, 'A'), job(account, 'B')]);
    await settle(shared.db, account, 'jobs');
    expect(Object.keys(await look(shared.db, account, 'jobs', ['B', 'none', 'B']))).toEqual(['B', 'none']);
  });

  it.each(['users', 'jobs', 'interviews'] as const)(
    'takes as many statements for 1,000 %s as for 10',
    async (resource) => {
      const count = async (n: number) => {
        const account = newAccount();
        await query(
          shared.db,
          resource === 'users'
            ? `insert into ats.users (account, ats_id, name, email) select $1, n, 'U', n || '@mill.test' from generate_series(1, $2) n`
            : resource === 'jobs'
              ? `insert into ats.jobs (account, ats_id, title, description, status, city, country, owner_ats_id)
               select $1, n, 'Job ' || n, 'D', 'open', 'Graz', 'Austria', 'U' || n from generate_series(1, $2) n`
              : `insert into ats.interviews (account, ats_id, job_ats_id, candidate_name, candidate_email, type,
                 question_set_uuid, deadline_at, requested_by_ats_id)
               select $1, n, 'J' || n % 50, 'C', n || '@rye.test', 'one_way', '${uuidOf(1)}', '2031-03-20', 'U' || n % 7
               from generate_series(1, $2) n`,
          [account, n],
        );
        await query(
          shared.db,
          `insert into sync.links (account, resource, ats_id, uuid, how)
         select $1, 'jobs', 'J' || n, gen_random_uuid(), 'created' from generate_series(0, 49) n`,
          [account],
        );
        const sent = vi.spyOn(pg.Client.prototype, 'query');
        try {
          const contexts = await look(shared.db, account, resource);
          expect(Object.values(contexts).filter(({ row }) => row!.values !== null)).toHaveLength(n);
          return sent.mock.calls.length;
        } finally {
          sent.mockRestore();
        }
      };
      const few = await count(10);
      // A full chunk is followed by the question whether there are more.
      expect(await count(1000)).toBe(few + 1);
      expect(few).toBeLessThanOrEqual(18);
    },
  );
});
