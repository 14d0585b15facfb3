/**
 * Seats of the plan at the moment a write leaves: a real database, an emulated plan.
 * @module-tag rare
 */
import { afterEach, expect, it } from 'vitest';
import type { AccountSession } from '../../../src/account-session.js';
import { query } from '../../../src/db/database.js';
import { Allotment } from '../../../src/push/decide/allotment.js';
import { Slots } from '../../../src/push/slots.js';
import type { PlannedAction, RowContext } from '../../../src/reconcile/types.js';
import { planSchema } from '../../../src/sparkhire/resources/plan.js';
import { type Applied, openApplied, policies, stillClock } from './send/fixture.js';

let applied: Applied;
afterEach(() => applied.close());

const anHour = { monotonic: 3_600_000, now: 3_600_000 };

const making = (atsId: string): PlannedAction => ({
  resource: 'users',
  atsId,
  uuid: null,
  action: 'create',
  changes: [],
  reason: '',
  priority: 0,
  arrived: 0,
  settles: {},
  label: atsId,
  room: 'takes',
});

it('a seat that was taken long before the write leaves is asked for again', async () => {
  applied = await openApplied({ userSeats: 4 });
  const { emulator } = applied;
  const clock = stillClock();
  const slots = new Slots(await applied.process(), policies, clock);
  const asked = () => emulator.requests.filter(({ path }) => path.endsWith('/plan')).length;
  const [ada, bo] = [making('U-Ada'), making('U-Bo')];
  expect([await slots.take(ada), await slots.take(bo)]).toEqual([true, true]);
  expect([slots.isAllowed(ada), asked()]).toEqual([true, 1]);
  clock.pass(anHour);
  expect(slots.isAllowed(ada)).toBe(false);
  expect([await slots.retake(ada), await slots.retake(bo)]).toEqual([true, true]);
  expect(slots.lostSome).toBe(false);
  // Somebody takes one of the two meanwhile: one may leave, whichever it is.
  emulator.act.setPlan({ userLimit: 3 });
  clock.pass(anHour);
  expect(slots.isAllowed(ada)).toBe(false);
  // Once one is given back, the answer has room for the other one.
  expect(await slots.retake(ada)).toBe(false);
  expect([slots.isAllowed(bo), await slots.retake(bo)]).toEqual([true, true]);
  expect(slots.lostSome).toBe(true);
});

it('two seats that are gone by now keep two users back, though one of them asked for both', async () => {
  applied = await openApplied({ userSeats: 4 });
  const clock = stillClock();
  const slots = new Slots(await applied.process(), policies, clock);
  const [ada, bo] = [making('U-Ada'), making('U-Bo')];
  expect([await slots.take(ada), await slots.take(bo)]).toEqual([true, true]);
  applied.emulator.act.setPlan({ userLimit: 2 });
  clock.pass(anHour);
  expect(await slots.retake(ada)).toBe(false);
  expect(slots.isAllowed(bo)).toBe(false);
  expect(await slots.retake(bo)).toBe(false);
});

it.each([
  ['cannot be read any more', { path: '/plan$', effect: { kind: 'status', status: 500 } }],
  ['is hidden by now', { path: '/plan$', effect: { kind: 'status', status: 403 } }],
] as const)(
  'a seat that was taken is given back where the plan %s',
  async (_, rule) => {
    applied = await openApplied({ userSeats: 4 });
    const clock = stillClock();
    const slots = new Slots(await applied.process(), policies, clock);
    const [ada, bo] = [making('U-Ada'), making('U-Bo')];
    expect([await slots.take(ada), await slots.take(bo)]).toEqual([true, true]);
    applied.emulator.faults.add(rule);
    clock.pass(anHour);
    expect(slots.isAllowed(ada)).toBe(false);
    expect(await slots.retake(ada)).toBe(false);
    // It gave nothing back that another one might have: nobody knows what there is.
    expect([slots.isAllowed(bo), await slots.retake(bo)]).toEqual([false, false]);
    expect(await slots.take(making('U-Cy'))).toBe(false);
    // That says nothing of why something was refused.
    expect(await slots.isFull(ada)).toBe(false);
  },
  30_000,
);

it('what is asked after a refusal counts what is taken meanwhile', async () => {
  applied = await openApplied({ userSeats: 5 });
  const slots = new Slots(await applied.process(), policies);
  const names = ['B', 'C', 'D', 'E'];
  // The administrator and another one have two of the five seats.
  expect(await slots.take(making('U-A'))).toBe(true);
  const [full, ...taken] = await Promise.all([
    slots.isFull(making('U-A')),
    ...names.map((name) => slots.take(making(`U-${name}`))),
  ]);
  expect([full, taken.filter((one) => one)]).toEqual([false, [true, true]]);
});

it('a user who was made counts as taken until the plan has moved', async () => {
  // The administrator has the first seat; the plan answers late what it has left.
  applied = await openApplied({ userSeats: 4 });
  const { emulator } = applied;
  const session = await applied.process();
  const fresh = () => new Slots(session, policies);
  const { value: before } = await session.client.plan.get({ lane: 'write', signal: session.signal });
  const left = before.users!.remaining!;
  expect(await fresh().take(making('U-Ada'))).toBe(true);
  for (let n = 0; n < left; n += 1) {
    await query(
      session.db,
      `insert into sync.intents (account, resource, ats_id, action, fingerprint, state, sent_at, detail)
       values ($1, 'users', $2, 'create', 'made', 'confirmed', clock_timestamp(), '{"room": "takes"}')`,
      [session.account.name, `U-made-${n}`],
    );
  }
  expect(await fresh().take(making('U-Bo'))).toBe(false);
  // What else moves in it says nothing of users.
  emulator.act.addJob({ title: 'Baker', status: 'active' });
  expect(await fresh().take(making('U-Bo'))).toBe(false);
  emulator.act.setPlan({ userLimit: 5 });
  expect(await fresh().take(making('U-Bo'))).toBe(true);
});

/** A session whose plan says this of users; everything else is the emulator's. */
async function saying(users: unknown): Promise<AccountSession> {
  const session = await applied.process();
  const raw = { name: 'gold', ...(users === undefined ? {} : { users }) };
  const plan = { get: async () => ({ value: planSchema.parse(raw), raw }) };
  const client = { ...session.client, observed: () => ({ ...session.client, plan }) };
  return { ...session, client } as unknown as AccountSession;
}

it('a user is held by a plan that may mean that another user costs money, and by no other', async () => {
  applied = await openApplied();
  const take = async (users: unknown, resource: 'users' | 'jobs' = 'users') =>
    new Slots(await saying(users), policies).take({ ...making('U-Ada'), resource });
  // One user too many is no free seat, though it says -1.
  expect(await take({ limit: 10, remaining: -1 })).toBe(false);
  expect(await take({ limit: 0, remaining: -1 })).toBe(false);
  expect(await take({ limit: -1, remaining: -1 })).toBe(true);
  expect(await take({ limit: -1 })).toBe(true);
  expect(await take({ limit: null, remaining: -1 })).toBe(true);
  expect(await take({ limit: 10, remaining: 0, paid: 5 })).toBe(false);
  expect(await take({ remaining: 1 })).toBe(true);
  expect(await take({ remaining: 0 })).toBe(false);
  expect(await take({ limit: '10', remaining: '2' })).toBe(true);
  expect(await take({ limit: '10', remaining: '0' })).toBe(false);
  expect(await take({ limit: '-1', remaining: '-1' })).toBe(true);
  for (const nothing of [
    undefined,
    null,
    {},
    [],
    'unlimited',
    { limit: 'ten', remaining: 'some' },
    { paid: 3 },
  ])
    expect(await take(nothing), JSON.stringify(nothing)).toBe(false);
  // A job past the limit is refused, and costs nothing.
  expect(await take(undefined, 'jobs')).toBe(true);
});

it('a user who is held by such a plan is told why, and made where the settings allow it', async () => {
  applied = await openApplied();
  const session = await saying({});
  const slots = new Slots(session, policies);
  expect(await slots.take(making('U-Ada'))).toBe(false);
  const context = { resource: 'users', atsId: 'U-Ada' } as RowContext;
  expect(new Allotment(session, slots).known(context).noRoom).toMatchObject({
    asks: true,
    message: expect.stringMatching(/does not say .*users\.paid to allow/),
  });
  const allowed = { ...policies, users: { ...policies.users, paid: 'allow' } } as const;
  expect(await new Slots(await saying({}), allowed).take(making('U-Ada'))).toBe(true);
});

it('where the plan tells the limit alone, everybody who is active takes a seat, the administrator too', async () => {
  applied = await openApplied();
  const { act, faults, state } = applied.emulator;
  const add = (name: string) => act.addUser({ name, email: `${name}@example.org`, role: 'standard' }).uuid;
  const [gone, disabled] = [add('gone'), add('disabled')];
  add('new');
  // The mirror knows them all, and not what happens now.
  await applied.mirror.pull(applied.emulator);
  act.deleteUser(gone);
  act.disableUser(disabled);
  add('newer');
  const active = [...state.users.values()].filter((user) => user.active).length;
  expect(active).toBe(4);
  const take = async (limit: number) => new Slots(await saying({ limit }), policies).take(making('U-Ada'));
  expect(await take(active)).toBe(false);
  expect(await take(active + 1)).toBe(true);
  // Who was made a moment ago may not be listed yet; who is listed counts once.
  const made = (atsId: string, uuid: string) =>
    applied.rows(
      `insert into sync.intents (account, resource, ats_id, action, fingerprint, state, sent_at, uuid, detail)
       values ('default', 'users', $1, 'create', 'made', 'confirmed', clock_timestamp(), $2, '{"room": "takes"}')`,
      [atsId, uuid],
    );
  await made('U-listed', [...state.users.keys()].at(-1)!);
  expect(await take(active + 1)).toBe(true);
  await made('U-unlisted', '11111111-1111-4111-8111-111111111111');
  expect([await take(active + 1), await take(active + 2)]).toEqual([false, true]);
  faults.add({ method: 'GET', path: '/users$', effect: { kind: 'status', status: 403 } });
  expect(await take(100)).toBe(false);
});

it.each([true, false])('a write that waited for too long is sent if it still may be (%s)', async (may) => {
  applied = await openApplied({ userSeats: 4 });
  const { act, requests, state } = applied.emulator;
  const asked = () => requests.filter(({ path }) => path.endsWith('/plan')).length;
  await applied.put('users', [
    { ats_id: 'U-1', name: 'Ada', email: 'ada@example.org', role: 'standard', active: true },
  ]);
  const clock = stillClock();
  let before = 0;
  await applied.round({
    clock,
    onStep(step) {
      if (step !== 'prepared') return;
      before = asked();
      clock.pass(anHour);
      if (!may) act.setPlan({ userLimit: 2 });
    },
  });
  expect(asked()).toBeGreaterThan(before);
  expect(state.users.size).toBe(may ? 3 : 2);
  // Without a seat it is told what it waits for.
  expect(await applied.states('users')).toEqual({ 'U-1': may ? 'synced' : 'held' });
  const intents = await applied.rows('select state from sync.intents');
  expect(intents).toEqual(may ? [{ state: 'confirmed' }] : []);
});
