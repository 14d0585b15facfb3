/**
 * When two values of a field mean the same, though they are written differently. Each kind of value has one form in which
 * it is compared, wherever it is: what differs in its letters' code points, in blanks that look alike or in an address's
 * spelling is no edit, neither to be written nor to be refused.
 */
import { domainToASCII } from 'node:url';
import { canonical } from './canonical.js';
import type { Json } from './types.js';

export type Same = (a: Json, b: Json) => boolean;

/**
 * Texts of many lines. How letters are composed, which blank and which line ending is used, and blanks at an end do not
 * count; nothing and empty text are the same.
 */
export const sameText: Same = (a, b) => plain(a) === plain(b);

/** Names, titles and texts that were read already: how many blanks or line breaks are between words does not count either. */
export const sameWords: Same = (a, b) => wordsOf(a) === wordsOf(b);

/** Neither case counts, nor how an international domain is written. */
export const sameEmail: Same = (a, b) => addressOf(a) === addressOf(b);

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

/** What is only seen by programs; what joins letters to one sign is no such thing. */
const unseen = /[\u00ad\u200b\u200e\u200f\u2060\ufeff]/g;
const isAscii = /^[\t\n\x20-\x7e]*$/;

function plain(value: Json): string {
  if (value === null) return '';
  if (typeof value !== 'string') return canonical(value);
  const text = isAscii.test(value)
    ? value
    : value
        .normalize('NFC')
        .replace(unseen, '')
        .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
        .replace(/[^\S\n]/g, ' ');
  return text.replace(/[ \t]+$/gm, '').trim();
}

function wordsOf(value: Json): string {
  return plain(value).replace(/\s+/g, ' ');
}

function addressOf(value: Json): string {
  const address = folded(plain(value));
  const at = address.lastIndexOf('@') + 1;
  // What is no domain stays as it is.
  return address.slice(0, at) + (domainToASCII(address.slice(at)) || address.slice(at));
}

function tidy(value: Json): Json {
  if (typeof value === 'string') return plain(value);
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, tidy(inner)]));
  }
  return value;
}
