/** Characters that nobody sees, or takes for a plain blank. */

/** Unicode's own word for what is not shown, with fillers and what chooses the form of a sign, and an empty Braille cell. */
const blank = String.raw`[\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]`;
const unseen = `(?! )${blank}`;
const oneUnseen = new RegExp(unseen, 'u');
const allUnseen = new RegExp(unseen, 'gu');
const oneBlank = new RegExp(blank, 'u');
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

/** Letters that joiners and the like belong to: between those of other scripts they are a slip. */
const scripts = (names: string) =>
  `[${names
    .split(' ')
    .map((name) => String.raw`\p{scx=${name}}`)
    .join('')}]`;
const joining = scripts(
  'Arab Syrc Mand Mani Nkoo Adlm Rohg Mong Phag Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Thai Laoo Tibt Mymr Khmr Bali Java Sund Newa Gran Mtei Cakm',
);
/** They write no blanks between words. */
const unspaced = scripts('Thai Laoo Mymr Khmr Tibt');
const rightToLeft = new RegExp(scripts('Hebr Arab Syrc Thaa Nkoo Adlm Rohg Mand Samr'), 'u');
/** A letter or mark right before it needs it. Emoji are joined in the same manner, and flags of regions are spelled so. */
const needed = new RegExp(
  [
    String.raw`(?<=(?=[\p{L}\p{M}])${joining})[\u200c\u200d]`,
    String.raw`(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic})`,
    String.raw`(?<=\u{1f3f4})[\u{e0061}-\u{e007a}\u{e0030}-\u{e0039}]+\u{e007f}`,
    String.raw`(?<=${unspaced})\u200b`,
    String.raw`(?<=\p{Script=Mongolian})\u180e`,
  ].join('|'),
  'gu',
);
const mark = /[\u200e\u200f\u061c]/g;
const ofNoWidth = /[\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u;

/**
 * The first character of no width that no letter beside it needs: it makes two names that look the same two, or turns a part
 * of one round. A soft hyphen is none: it belongs to no script, and is written into titles on purpose.
 */
export function strayCharacter(text: string): string | null {
  if (plain.test(text) || !ofNoWidth.test(text)) return null;
  const rest = text.replace(needed, '');
  const bare = rightToLeft.test(rest) ? rest.replace(mark, '') : rest;
  return ofNoWidth.exec(bare)?.[0] ?? null;
}

/** The text with what nobody sees written out: `K<U+200B>2␠`. */
export function withUnseen(text: string): string {
  if (plain.test(text)) return text;
  return text
    .replace(allUnseen, (char) => `<${codePoint(char)}>`)
    .replace(/^ +| +$/g, (blanks) => '␠'.repeat(blanks.length));
}

const mostShown = 60;

/** The text in quotes, with what nobody sees made visible, and shortened if it is long. */
export function visible(text: string): string {
  const short = text.length > mostShown ? `${text.slice(0, mostShown)}…` : text;
  return JSON.stringify(withUnseen(short));
}

/** @param char a single one */
export function codePoint(char: string): string {
  return `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}
