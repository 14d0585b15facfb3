import type { PlannedAction } from '../types.js';
import { digest } from './canonical.js';

/**
 * A stable hash of what an action sends: sha256 in hexadecimal. What a field showed before is no part of it, and a
 * deadline in days is hashed as days, so that the same wish has the same fingerprint tomorrow.
 */
export function fingerprint(action: PlannedAction): string {
  return digest({
    resource: action.resource,
    ats_id: action.atsId,
    uuid: action.uuid,
    action: action.action,
    values: Object.fromEntries(action.changes.map(({ field, to }) => [field, to])),
  });
}

/** Whether it is what the plan showed, to the last value. */
export function isSame(action: PlannedAction | null, planned: PlannedAction | undefined): boolean {
  return action !== null && planned !== undefined && fingerprint(action) === fingerprint(planned);
}

/** The end of what is said where Spark Hire accepted something and never showed it. */
export const notSentAgain = 'It is not sent again until the row says something else.';
