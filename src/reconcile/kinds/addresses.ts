/** E-mail addresses that pass from one user to another: Spark Hire takes one once nobody has it any more. */
import { type Draft, raise } from '../draft.js';

/** Tells why the address cannot be taken now. @returns whether it cannot */
export function lacksAddress(draft: Draft): boolean {
  const holder = draft.context.addressHolder;
  if (holder === null || holder.freeInStep !== undefined) return false;
  const { atsId, plans, unlisted } = holder;
  // Whether the address is free Spark Hire tells at once, and the next sweep what became of the user.
  if (plans === 'withdrawn' && unlisted !== undefined && draft.context.refused === null) return false;
  if (plans === 'gives_up') {
    draft.waits.push(
      `waits for row ${atsId}: its user has this e-mail address in Spark Hire until that row's change is done`,
    );
  } else if (plans === 'withdrawn') {
    draft.waits.push(
      `waits for this e-mail address: the user who has it in Spark Hire is that of row ${atsId}, which was withdrawn. If that is the same person, write the person under the key ${atsId} again; else change the address in Spark Hire, or remove that user there`,
    );
  } else if (plans === 'keeps') {
    const message = `The user of row ${atsId} has this e-mail address: withdraw one of the two rows, or give one another address.`;
    raise(draft, 'DUPLICATE', 'email', message);
  } else {
    const message = `This row and row ${atsId} swap their addresses, and Spark Hire takes an address only once nobody has it. Give one of the two a third address first, and its new one when that is done.`;
    raise(draft, 'DUPLICATE', 'email', message);
  }
  return true;
}
