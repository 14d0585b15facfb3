/** E-mail addresses that pass from one user to another within one plan. */
import { expect, it } from 'vitest';
import type { Considered } from '../../../src/push/decide/among-rows.js';
import { passAddressesOn, waitersByGiver } from '../../../src/push/decide/among-rows.js';
import { decide } from '../../../src/reconcile/decide.js';
import type { RowContext } from '../../../src/reconcile/types.js';
import { linked, policies, seenUser, user } from '../../support/reconcile-rows.js';

const address = (n: number) => `u${n}@example.org`;

/** User n wants the address of user n + 1, who gives it up; the last one wants a new one. */
function shifted(count: number): Considered[] {
  return Array.from({ length: count }, (_, n) => {
    const seen = seenUser({ uuid: `user-${n}`, email: address(n) });
    const holder = n + 1 < count ? { atsId: `U-${n + 1}`, plans: 'gives_up' as const } : null;
    const base = linked(user({ email: address(n + 1) }), seen, { atsId: `U-${n}`, addressHolder: holder });
    const email = { ats: address(n), sparkhire: address(n) };
    const context: RowContext = { ...base, link: { ...base.link!, base: { ...base.link!.base, email } } };
    return {
      decision: decide(context, policies),
      read: { hash: 'h', isMissing: false, queueIds: [], queuedForMs: null, state: null },
      context,
    };
  });
}

it('a column of addresses that slipped by one row is carried over from its end, however long it is', () => {
  const count = 8_000;
  const users = new Map(shifted(count).map((one) => [one.decision.atsId, one]));
  const waiters = waitersByGiver(users);
  for (let givers = [...waiters.keys()]; givers.length > 0; ) {
    const told = passAddressesOn(users, waiters, givers);
    for (const { atsId, context: more } of told) {
      const one = users.get(atsId)!;
      const context = { ...one.context, ...more };
      users.set(atsId, { ...one, context, decision: decide(context, policies) });
    }
    givers = told.map(({ atsId }) => atsId);
  }
  const steps = [...users.values()].map(({ decision }) => decision.action?.step ?? 0);
  expect(steps).toEqual(Array.from({ length: count }, (_, n) => count - 1 - n));
});
