/** Seats of the plan at the moment a write leaves: a real database, an emulated plan. */
import { afterEach, expect, it } from 'vitest';
import type { AccountSession } from '../../src/account-session.js';
import { query } from '../../src/db/database.js';
import { Limits } from '../../src/push/limits.js';
import type { PlannedAction } from '../../src/reconcile/types.js';
import type { Plan } from '../../src/sparkhire/client.js';
import { eventually } from '../support/service.js';
import { type Applied, openApplied, policies } from './apply-fixture.js';

let applied: Applied;
afterEach(() => applied.close());

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
  const limits = new Limits(await applied.process(), policies, 1000);
  const asked = () => emulator.requests.filter(({ path }) => path.endsWith('/plan')).length;
  const [ada, bo] = [making('U-Ada'), making('U-Bo')];
  expect([await limits.take(ada), await limits.take(bo)]).toEqual([true, true]);
  expect([limits.isAllowed(ada), asked()]).toEqual([true, 1]);
  await eventually(async () => expect(limits.isAllowed(ada)).toBe(false), 5000);
  expect([await limits.askAgain(ada), await limits.askAgain(bo)]).toEqual([true, true]);
  expect(limits.lostSome).toBe(false);
  // Somebody takes one of the two meanwhile: one may leave, whichever it is.
  emulator.act.setPlan({ userLimit: 3 });
  await eventually(async () => expect(limits.isAllowed(ada)).toBe(false), 5000);
  expect([await limits.askAgain(ada), await limits.askAgain(bo)]).toEqual([false, true]);
  expect(limits.lostSome).toBe(true);
});

it('a user who was made counts as taken until the plan has moved', async () => {
  // The administrator has the first seat; the plan answers late what it has left.
  applied = await openApplied({ userSeats: 4 });
  const { emulator } = applied;
  const session = await applied.process();
  const fresh = () => new Limits(session, policies);
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
  emulator.act.setPlan({ userLimit: 5 });
  expect(await fresh().take(making('U-Bo'))).toBe(true);
});

it('a plan with one user too many has no free seat, though it says -1', async () => {
  applied = await openApplied();
  const session = await applied.process();
  const left = async (users: Partial<NonNullable<Plan['users']>>) => {
    const plan = { get: async () => ({ value: { users, jobs: null }, raw: { name: 'gold' } }) };
    const client = { ...session.client, observed: () => ({ ...session.client, plan }) };
    return new Limits({ ...session, client } as unknown as AccountSession, policies).take(making('U-Ada'));
  };
  expect(await left({ limit: 10, remaining: -1 })).toBe(false);
  expect(await left({ limit: -1, remaining: -1 })).toBe(true);
  expect(await left({ limit: null, remaining: -1 })).toBe(true);
});

it.each([true, false])('a write that waited for too long is sent if it still may be (%s)', async (may) => {
  applied = await openApplied();
  const asked: string[] = [];
  let looks = 0;
  const room = {
    isAllowed: () => ++looks > 1,
    askAgain: async ({ atsId }: PlannedAction) => {
      asked.push(atsId);
      return may;
    },
  };
  await applied.put('users', [
    { ats_id: 'U-1', name: 'Ada', email: 'ada@example.org', role: 'standard', active: true },
  ]);
  await applied.round({ room });
  expect(asked).toEqual(['U-1']);
  expect(applied.emulator.state.users.size).toBe(may ? 3 : 2);
  expect(await applied.states('users')).toEqual({ 'U-1': may ? 'synced' : 'pending' });
  const intents = await applied.rows('select state from sync.intents');
  expect(intents).toEqual(may ? [{ state: 'confirmed' }] : []);
});
