/** Users' e-mail addresses that pass on within one plan: who gives one up goes before who takes it. */
import { decide } from '../../reconcile/decide.js';
import type { Policies } from '../../reconcile/types.js';
import type { Decided } from './decided.js';

/** @param found what was decided about users as they are @returns the same with those who get their turn in this plan */
export function passAddressesOn(found: readonly Decided[], policies: Policies): Decided[] {
  const byRow = new Map(found.map((one) => [one.decision.atsId, one]));
  const passed = new Map<string, Decided>();
  const whoGivesUp = ({ context }: Decided): Decided | undefined => {
    const holder = context?.addressHolder;
    return holder?.plans === 'gives_up' ? byRow.get(holder.atsId) : undefined;
  };
  const after = (one: Decided): Decided => {
    const before = whoGivesUp(one);
    const freeing = before === undefined ? null : passed.get(before.decision.atsId)!.decision.action;
    if (!freeing?.changes.some(({ field }) => field === 'email')) return one;
    const context = {
      ...one.context!,
      addressHolder: { ...one.context!.addressHolder!, freeInStep: (freeing.step ?? 0) + 1 },
    };
    return { ...one, decision: decide(context, policies), context };
  };
  for (const first of found) {
    const line: Decided[] = [];
    // Rows that wait for each other in a ring end here.
    for (
      let one: Decided | undefined = first;
      one !== undefined && !passed.has(one.decision.atsId);
      one = whoGivesUp(one)
    ) {
      passed.set(one.decision.atsId, one);
      line.push(one);
    }
    for (const one of line.reverse()) passed.set(one.decision.atsId, after(one));
  }
  return found.map(({ decision }) => passed.get(decision.atsId)!);
}
