/** One text for one value, whatever the order of its keys; its hash, and that of what an action sends. */
import { createHash } from 'node:crypto';
import type { PlannedAction } from '../actions.js';
import type { Json } from './values.js';

/** JSON with sorted keys; keys without a value are left out. */
export function canonical(value: Json | undefined): string {
  // The same text, made at once: long lists of keys are compared often.
  if (isListOfTexts(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    // By code unit, so that every machine gives the same order.
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}

function isListOfTexts(value: Json | undefined): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** sha256 of the canonical form, in hexadecimal. */
export function digest(value: Json): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}

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
export function isAsPlanned(action: PlannedAction | null, planned: PlannedAction | undefined): boolean {
  return action !== null && planned !== undefined && fingerprint(action) === fingerprint(planned);
}

/** The end of what is said where Spark Hire accepted something and never showed it. */
export const notSentAgain = 'It is not sent again until the row says something else.';
