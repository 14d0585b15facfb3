/**
 * When two values of a field mean the same, though they are written differently. Each kind of value has one form in which
 * it is compared, wherever it is: what differs in its letters' code points, in blanks that look alike or in an address's
 * spelling is no edit, neither to be written nor to be refused.
 */
import { statusWord } from '../../interview-status.js';
import { addressForm, plainText } from '../../text/forms.js';
import { canonical } from './fingerprint.js';
import type { Json } from './values.js';

export type Same = (a: Json, b: Json) => boolean;

/**
 * Texts of many lines. How letters are composed, which blank and which line ending is used, and blanks at an end do not
 * count; nothing and empty text are the same.
 */
export const sameText: Same = (a, b) => plain(a) === plain(b);

/** Names, titles and texts that were read already: how many blanks or line breaks are between words does not count either. */
export const sameWords: Same = (a, b) => wordsOf(a) === wordsOf(b);

/** Neither case counts, nor how an international domain is written. */
export const sameEmail: Same = (a, b) => addressForm(plain(a)) === addressForm(plain(b));

/** `cancelled` is `canceled`. */
export const sameStatus: Same = (a, b) => statusOf(a) === statusOf(b);

/** Less than a second apart: Spark Hire keeps whole seconds, rounded or cut off. What is no moment is compared as text. */
export const sameInstant: Same = (a, b) => {
  const [left, right] = [a, b].map((value) => (typeof value === 'string' ? Date.parse(value) : Number.NaN));
  if (Number.isNaN(left) || Number.isNaN(right)) return canonical(a) === canonical(b);
  return Math.abs(left! - right!) < 1000;
};

/** Texts within are compared like texts, the order of keys does not count. */
export const sameValue: Same = (a, b) => areSameTexts(a, b) || canonical(tidy(a)) === canonical(tidy(b));

function areSameTexts(a: Json, b: Json): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((one, index) => typeof one === 'string' && one === b[index]);
}

export const statusOf = (value: Json): string => statusWord(plain(value));

function plain(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? plainText(value) : canonical(value);
}

function wordsOf(value: Json): string {
  return plain(value).replace(/\s+/g, ' ');
}

function tidy(value: Json): Json {
  if (typeof value === 'string') return plain(value);
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, tidy(inner)]));
  }
  return value;
}

// ---- time zones: a zone has old names and new ones, and which is canonical changes

/** Half a month apart, from 1970: since then zones of the tz database are told apart. */
const moments = Array.from({ length: 68 * 24 }, (_, n) => Date.UTC(1970, n >> 1, n % 2 === 0 ? 1 : 16));
const clocks = new Map<string, string>();

/** The zone's differences from UTC at all those moments; a name that nobody knows stands for itself. */
function clockOf(name: string): string {
  const known = clocks.get(name);
  if (known !== undefined) return known;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      timeZoneName: 'longOffset',
      year: 'numeric',
    });
  } catch {
    return name;
  }
  const clock = moments.map((at) => format.format(at).split('GMT')[1]).join();
  clocks.set(name, clock);
  return clock;
}

/** Whether clocks have agreed in both since 1970. Without a zone it is UTC. */
export const sameTimezone: Same = (a, b) => {
  const [left, right] = [a, b].map((zone) => (typeof zone === 'string' ? zone.trim() : 'UTC').toLowerCase());
  return left === right || clockOf(left!) === clockOf(right!);
};
