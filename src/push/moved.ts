/** A plan of a database that is a copy, or was restored or moved: a person sees it before anything is written. */
import type { AccountSession } from '../account-session.js';
import { movedReason, settleHere } from '../db/locks/home.js';
import type { Plan } from '../reconcile/plan/plan.js';

/** Whatever else it is held for is told as well. */
export function heldAsMoved(plan: Plan): Plan {
  const reasons = [`${movedReason.charAt(0).toUpperCase()}${movedReason.slice(1)}`];
  if (plan.held !== null) reasons.push(plan.held.reason);
  return {
    ...plan,
    held: { ...plan.held, reason: reasons.join(' '), resources: plan.held?.resources ?? [] },
  };
}

/** A person approved of the plan: from now on this is the place that writes for the account. */
export async function releaseMoved({ db, account, place, log }: AccountSession): Promise<void> {
  if (!place.moved) return;
  await settleHere(db, account.name);
  place.moved = false;
  log.info({ event: 'database_released' }, 'a person said that this database may write to Spark Hire');
}
