/** Characters that nobody sees, or takes for a plain blank. */

const unseen = String.raw`(?! )[\p{Cc}\p{Cf}\p{Z}\u115f\u1160\u2800\u3164\uffa0]`;
const oneUnseen = new RegExp(unseen, 'u');
const allUnseen = new RegExp(unseen, 'gu');
const oneBlank = /[\p{Cc}\p{Cf}\p{Z}\u115f\u1160\u2800\u3164\uffa0]/u;
/** Printable ASCII, no blank at an end: most texts. */
const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Whether there is a control or format character, or a blank that is no plain one. */
export function hasUnseen(text: string): boolean {
  return !plain.test(text) && oneUnseen.test(text);
}

/** The text without blanks, control and format characters at its ends. */
export function trimmed(text: string): string {
  if (plain.test(text)) return text;
  const chars = [...text];
  const first = chars.findIndex((char) => !oneBlank.test(char));
  if (first < 0) return '';
  return chars.slice(first, chars.findLastIndex((char) => !oneBlank.test(char)) + 1).join('');
}

const mostShown = 60;

/** The text in quotes, with what nobody sees made visible, and shortened if it is long. */
export function visible(text: string): string {
  const short = text.length > mostShown ? `${text.slice(0, mostShown)}…` : text;
  const seen = short
    .replace(allUnseen, (char) => `<U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}>`)
    .replace(/^ +| +$/g, (blanks) => '␠'.repeat(blanks.length));
  return JSON.stringify(seen);
}
