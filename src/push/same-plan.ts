/** Whether a plan, or an action of it, is still the one that was shown. */
import { SyncError } from '../errors.js';
import type { Plan } from '../reconcile/plan/plan.js';
import type { PlannedAction } from '../reconcile/types.js';
import { fingerprint } from '../reconcile/values/fingerprint.js';

/** Whether it is what the plan showed, to the last value. */
export function isSame(action: PlannedAction | null, planned: PlannedAction | undefined): boolean {
  return action !== null && planned !== undefined && fingerprint(action) === fingerprint(planned);
}

export function planChanged(approve: string, plan: Plan): SyncError {
  return new SyncError(
    'PLAN_CHANGED',
    `The plan is not the one that was approved any more: its checksum is ${plan.checksum}, not ${approve}.`,
    { remedy: 'Look at it with `sparkhire-sync plan`, and approve what it shows now.' },
  );
}
