/** One text for one value, whatever the order of its keys; its hash. */
import { createHash } from 'node:crypto';
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
