/** Users' e-mail addresses that pass on within one plan: who gives one up goes before who takes it. */
import type { Decided, Told } from './decided.js';

/**
 * Tells those who get their turn in this plan.
 * @param users as they were decided last, by ats_id: each who is told is decided anew before the next is looked at
 */
export function* passAddressesOn(users: ReadonlyMap<string, Decided>): Generator<Told> {
  const seen = new Set<string>();
  const whoGivesUp = (atsId: string): string | undefined => {
    const holder = users.get(atsId)!.context?.addressHolder;
    return holder?.plans === 'gives_up' && users.has(holder.atsId) ? holder.atsId : undefined;
  };
  for (const first of users.keys()) {
    const line: string[] = [];
    // Rows that wait for each other in a ring end here.
    for (let one: string | undefined = first; one !== undefined && !seen.has(one); one = whoGivesUp(one)) {
      seen.add(one);
      line.push(one);
    }
    for (const atsId of line.reverse()) {
      const before = whoGivesUp(atsId);
      const freeing = before === undefined ? null : users.get(before)!.decision.action;
      if (!freeing?.changes.some(({ field }) => field === 'email')) continue;
      const holder = users.get(atsId)!.context!.addressHolder!;
      yield { atsId, context: { addressHolder: { ...holder, freeInStep: (freeing.step ?? 0) + 1 } } };
    }
  }
}
