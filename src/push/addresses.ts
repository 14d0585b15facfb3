/** Users' e-mail addresses that pass on within one plan: who gives one up goes before who takes it. */
import { decide } from '../reconcile/decide.js';
import type { Policies } from '../reconcile/types.js';
import type { Decided } from './decisions.js';

/** @param found what was decided about users as they are @returns the same with those who get their turn in this plan */
export function passAddressesOn(found: readonly Decided[], policies: Policies): Decided[] {
  const byRow = new Map(found.map((one) => [one.decision.atsId, one]));
  const passed = new Map<string, Decided>();
  const pass = (one: Decided): Decided => {
    const { atsId } = one.decision;
    const known = passed.get(atsId);
    if (known !== undefined) return known;
    // Rows that wait for each other in a ring end here.
    passed.set(atsId, one);
    const result = after(one);
    passed.set(atsId, result);
    return result;
  };
  const after = (one: Decided): Decided => {
    const { context } = one;
    const holder = context?.addressHolder;
    const before = holder?.plans === 'gives_up' ? byRow.get(holder.atsId) : undefined;
    const freeing = before === undefined ? null : pass(before).decision.action;
    if (!freeing?.changes.some(({ field }) => field === 'email')) return one;
    const addressHolder = { ...holder!, freeInStep: (freeing.step ?? 0) + 1 };
    const released = { ...context!, addressHolder };
    return { ...one, decision: decide(released, policies), context: released };
  };
  return found.map(pass);
}
