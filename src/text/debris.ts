/**
 * What exports and templates leave in a text that a person is to read: surely no name, title or message. None of it is
 * mended, since what was meant is not known here. A person may be called Null, a place None: those are sent.
 */
import { visible } from './invisible.js';

const nothing = String.raw`NULL|null|[(<[](?:NULL|null)[)>\]]|\\N|undefined|NaN|N/A|n/a`;
/** As programs write that there is no value; once for each part that a name was put together from. */
const allNothing = new RegExp(String.raw`^(?:${nothing})(?:[\s,]+(?:${nothing}))*$`);
/** Of a name whose other part was there. */
const partNothing = /^(?:undefined|null)\s|\s(?:undefined|null)$/;
const object = /\[object [A-Z]\w*\]/;
/** {{first_name}}, ${name}, *|FNAME|*, <%= name %>; not a brace that stands in a sentence. */
const placeholder =
  /\{\{\s*[\p{L}_][\p{L}\w. -]{0,100}\}\}|\$\{\s*[\p{L}_][\p{L}\w.]{0,100}\s*\}|\*\|[A-Z][A-Z0-9_:]{0,100}\|\*|<%=?\s*[\p{L}_][\p{L}\w. -]{0,100}%>/u;
/** UTF-8 that was read as another encoding: Ã« for ë, â€™ for an apostrophe; or what could not be read at all. */
const wrongEncoding = /\ufffd|[ÂÃ][\u0080-\u009f\u00a1-\u00ba\u00bc-\u00bf]|â€/;
const escapedLetter = /\\u[\da-f]{4}/i;
const entity =
  /&(?:#\d{1,7}|#x[\da-f]{1,6}|amp|lt|gt|quot|apos|nbsp|szlig|[aeo]elig|oslash|[a-z](?:uml|acute|grave|circ|tilde|ring|cedil|caron));/i;
const tag =
  /<\/?(?:a|b|i|u|p|br|div|em|font|h[1-6]|li|ol|ul|span|strong|sub|sup|table|td|tr)(?:\s[^<>]*)?\/?>/i;

/** @param value of any text, trimmed @returns what is wrong with it, to follow "it …"; null if nothing */
export function debrisProblem(value: string): string | null {
  if (allNothing.test(value)) {
    const meant = /^null$/i.test(value) ? ' (where that is meant, write Null)' : '';
    return `is what programs write where there is no value: ${visible(value)}${meant}`;
  }
  const written = object.exec(value)?.[0];
  if (written !== undefined)
    return `has what a program writes for a value that is no text: ${visible(written)}`;
  if (wrongEncoding.test(value))
    return `has letters that were read with the wrong encoding: ${visible(value)} (read it as UTF-8 there)`;
  const unfilled = placeholder.exec(value)?.[0];
  return unfilled === undefined
    ? null
    : `has a placeholder that nothing was put in for: ${visible(unfilled)}`;
}

/** The same of a name, a title or the like, which is no HTML either. */
export function lineDebrisProblem(value: string): string | null {
  const problem = debrisProblem(value);
  if (problem !== null) return problem;
  if (partNothing.test(value))
    return `has a part that programs write where there is no value: ${visible(value)}`;
  if (escapedLetter.test(value))
    return `has a character written as a program writes it: ${visible(value)} (write the character itself)`;
  const escaped = entity.exec(value)?.[0];
  if (escaped !== undefined)
    return `has a character written as HTML, ${escaped}: ${visible(value)} (write the character itself)`;
  return tag.test(value) ? `has HTML tags: ${visible(value)} (write the text alone)` : null;
}
