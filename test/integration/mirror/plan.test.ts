/** The account's plan: one row, written when it changed; and its company. */
import { describe, expect, it } from 'vitest';
import { storePlan } from '../../../src/mirror/plan.js';
import type { Read } from '../../../src/sparkhire/reading.js';
import { type Plan, planSchema } from '../../../src/sparkhire/resources/plan.js';
import { type Json, single, useMirror, uuidAt } from './fixture.js';

const mirror = useMirror('sparkhire.plans', 'sparkhire.companies');

const silver: Json = {
  name: 'silver',
  started_at: '2030-12-01T00:00:00+00:00',
  renews_at: '2031-12-01T00:00:00+00:00',
  jobs: { remaining: 3, limit: 10 },
  users: { remaining: -1, limit: -1, paid: 0 },
  features: { advanced_share_links: true, sms: false },
};

const read = (raw: Json): Read<Plan> => ({ value: planSchema.parse(raw), raw });
const store = (raw: Json) => mirror.transaction((tx) => storePlan(tx, read(raw), uuidAt(0xc0)));
async function stored() {
  const rows = await mirror.sql('select *, xmin::text from sparkhire.plans');
  expect(rows).toHaveLength(1);
  return rows[0]!;
}

describe('the plan', () => {
  it('is stored with its slots, and told once', async () => {
    expect(await store(silver)).toMatchObject({ read: 1, created: 1 });
    expect(await stored()).toMatchObject({
      account: 'default',
      name: 'silver',
      job_slots_limit: 10,
      job_slots_remaining: 3,
      user_slots_limit: -1,
      user_slots_remaining: -1,
      users_paid: 0,
      features: { advanced_share_links: true, sms: false },
      renews_at: new Date('2031-12-01T00:00:00Z'),
      raw: silver,
    });
    expect(await mirror.newChanges()).toMatchObject([
      { resource: 'plans', uuid: uuidAt(0xc0), change: 'created', changed_fields: [] },
    ]);
  });

  it('keeps when what it sells changed, and when its seats did', async () => {
    await mirror.sql('delete from sync.accounts');
    const marks = async () => {
      const [row] = await mirror.sql('select plan_changed_at, seats_changed_at from sync.accounts');
      return row as { plan_changed_at: Date; seats_changed_at: Date };
    };
    await store(silver);
    const first = await marks();
    expect(first.plan_changed_at).toBeInstanceOf(Date);
    expect(first.seats_changed_at).toEqual(first.plan_changed_at);
    await store({ ...silver, renews_at: '2032-12-01T00:00:00+00:00', started_at: null, news: 1 });
    expect(await marks()).toMatchObject({ plan_changed_at: first.plan_changed_at });
    await store({ ...silver, jobs: { remaining: 2, limit: 10 } });
    const second = await marks();
    expect(+second.plan_changed_at).toBeGreaterThan(+first.plan_changed_at);
    expect(second.seats_changed_at).toEqual(first.seats_changed_at);
    await store({ ...silver, users: { remaining: 3, limit: 9, paid: 0 } });
    const third = await marks();
    expect(+third.seats_changed_at).toBeGreaterThan(+second.plan_changed_at);
    expect(third.plan_changed_at).toEqual(third.seats_changed_at);
  });

  it('is not written again while it is the same', async () => {
    await store(silver);
    const before = await stored();
    await mirror.newChanges();
    expect(await store({ ...Object.fromEntries(Object.entries(silver).reverse()) })).toMatchObject({
      unchanged: 1,
      updated: 0,
    });
    expect(await stored()).toEqual(before);
    expect(await mirror.newChanges()).toEqual([]);
  });

  it('tells which columns changed, or that only unmapped parts did', async () => {
    await store(silver);
    await mirror.newChanges();
    await store({ ...silver, jobs: { remaining: 2, limit: 10 } });
    await store({ ...silver, jobs: { remaining: 2, limit: 10 }, downgrades_to: { name: 'bronze' } });
    expect((await mirror.newChanges()).map(({ changed_fields }) => changed_fields)).toEqual([
      ['job_slots_remaining'],
      ['raw'],
    ]);
    expect(await stored()).toMatchObject({
      job_slots_remaining: 2,
      raw: { downgrades_to: { name: 'bronze' } },
    });
  });

  it.each<[string, Json, Json]>([
    [
      'the other name of its end',
      { name: 'a', renews: '2031-12-01T00:00:00Z' },
      { renews_at: expect.any(Date) },
    ],
    ['slots that are missing', { name: 'a' }, { job_slots_limit: null, user_slots_limit: null }],
    [
      'slots as text',
      { jobs: { limit: '5', remaining: '-1' } },
      { job_slots_limit: 5, job_slots_remaining: -1 },
    ],
    ['slots that are odd', { jobs: 'many', users: [] }, { job_slots_limit: null, users_paid: null }],
    ['no features', { name: 'a', features: null }, { features: null }],
    [
      'what no text can hold',
      { name: 'nul\u0000\ud800', features: { '\u0000': '\u0000' } },
      { name: 'nul\ufffd' },
    ],
  ])('is read with %s', async (_, raw, expected) => {
    await store(raw);
    expect(await stored()).toMatchObject(expected);
  });

  it('has its features by name, in whatever shape they came', async () => {
    const raw = { ...silver, features: ['advanced_share_links'] };
    await store(raw);
    expect(await stored()).toMatchObject({ features: { advanced_share_links: true }, raw });
    // As an older version has stored them: read again they are put right, though the plan is the same.
    await mirror.sql(`update sparkhire.plans set features = null`);
    await mirror.newChanges();
    expect(await store(raw)).toMatchObject({ updated: 1 });
    expect(await stored()).toMatchObject({ features: { advanced_share_links: true }, raw });
    expect(await mirror.newChanges()).toMatchObject([{ change: 'updated', changed_fields: ['features'] }]);
    expect(await store(raw)).toMatchObject({ updated: 0, unchanged: 1 });
  });

  it('of each account is its own', async () => {
    await store(silver);
    await mirror.sql(`insert into sparkhire.plans (account, name, raw) values ('north', 'gold', '{}')`);
    await store({ ...silver, name: 'bronze' });
    expect(await mirror.sql('select account, name from sparkhire.plans order by account')).toEqual([
      { account: 'default', name: 'bronze' },
      { account: 'north', name: 'gold' },
    ]);
  });
});

describe('the company', () => {
  it('is stored as it is read', async () => {
    const raw = {
      uuid: uuidAt(0xc0),
      name: 'Mill & Co',
      website: 'https://mill.test',
      summary: 'Flour.',
      horizontal_log: 'https://pictures.test/logo.png',
      industry: { uuid: uuidAt(0x1d), name: 'Food' },
      created_at: '2030-01-01T00:00:00+00:00',
      updated_at: '2030-01-02T00:00:00+00:00',
    };
    await mirror.store('companies', [single('companies', raw)]);
    expect(await mirror.row('companies', uuidAt(0xc0))).toMatchObject({
      name: 'Mill & Co',
      website: 'https://mill.test',
      summary: 'Flour.',
      industry: 'Food',
      raw,
    });
    expect(await mirror.store('companies', [single('companies', raw)])).toMatchObject({ unchanged: 1 });
  });
});
