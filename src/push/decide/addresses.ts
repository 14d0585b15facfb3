/** Users' e-mail addresses that pass on within one plan: who gives one up goes before who takes it. */
import type { Considered, Told } from './decided.js';

type Users = ReadonlyMap<string, Considered>;

/** Who waits for an address that a row gives up in this plan, by the ats_id of that row. */
export function waitersByGiver(users: Users): ReadonlyMap<string, string[]> {
  const waiters = new Map<string, string[]>();
  for (const [atsId, { context }] of users) {
    const holder = context.addressHolder;
    if (holder?.plans === 'gives_up')
      waiters.set(holder.atsId, [...(waiters.get(holder.atsId) ?? []), atsId]);
  }
  return waiters;
}

/**
 * Tells those who wait for the address of a giver whether it is free by then. Decided anew they may be givers themselves, for whom
 * others wait; rows that wait for each other in a ring never are.
 * @param users as they were decided last, by ats_id
 */
export function passAddressesOn(
  users: Users,
  waiters: ReadonlyMap<string, readonly string[]>,
  givers: readonly string[],
): Told[] {
  return givers.flatMap((giver): Told[] => {
    const freeing = users.get(giver)?.decision.action;
    if (!freeing?.changes.some(({ field }) => field === 'email')) return [];
    return (waiters.get(giver) ?? []).flatMap((atsId): Told[] => {
      const holder = users.get(atsId)!.context.addressHolder!;
      if (holder.freeInStep !== undefined) return [];
      return [{ atsId, context: { addressHolder: { ...holder, freeInStep: (freeing.step ?? 0) + 1 } } }];
    });
  });
}
