/** When two values of a field mean the same, though they are written differently. */
import { canonical } from './canonical.js';
import type { Json } from './types.js';

export type Same = (a: Json, b: Json) => boolean;

/** Outer blanks and the kind of line endings do not count; nothing and empty text are the same. */
export const sameText: Same = (a, b) => plain(a) === plain(b);

/** Case does not count either. */
export const sameEmail: Same = (a, b) => plain(a).toLowerCase() === plain(b).toLowerCase();

/** `cancelled` is `canceled`. */
export const sameStatus: Same = (a, b) => statusOf(a) === statusOf(b);

/** Less than a second apart: Spark Hire keeps whole seconds, rounded or cut off. What is no moment is compared as text. */
export const sameInstant: Same = (a, b) => {
  const [left, right] = [a, b].map((value) => (typeof value === 'string' ? Date.parse(value) : Number.NaN));
  if (Number.isNaN(left) || Number.isNaN(right)) return canonical(a) === canonical(b);
  return Math.abs(left! - right!) < 1000;
};

/** Texts within are compared like texts, the order of keys does not count. */
export const sameValue: Same = (a, b) => canonical(tidy(a)) === canonical(tidy(b));

export function statusOf(value: Json): string {
  const text = plain(value).toLowerCase();
  return text === 'cancelled' ? 'canceled' : text;
}

/** For comparing names: blanks, case and form of the letters do not count. */
export function folded(value: string): string {
  return value.normalize('NFKC').trim().replace(/\s+/gu, ' ').toLowerCase();
}

function plain(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? value.replace(/\r\n?/g, '\n').trim() : canonical(value);
}

function tidy(value: Json): Json {
  if (typeof value === 'string') return plain(value);
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, tidy(inner)]));
  }
  return value;
}
