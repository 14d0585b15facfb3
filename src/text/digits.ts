/** Digits of all scripts: Unicode has ten in a row for each, from nought to nine. */

const digit = /\p{Nd}/gu;
const oneDigit = /^\p{Nd}$/u;

function digitOf(char: string): string {
  const code = char.codePointAt(0)!;
  let before = 0;
  while (oneDigit.test(String.fromCodePoint(code - before - 1))) before += 1;
  return String(before % 10);
}

/** The text with each decimal digit as 0 to 9: `٠٦٦٤` and `０６６４` are `0664`. */
export function plainDigits(text: string): string {
  return text.replace(digit, (char) => (char <= '9' ? char : digitOf(char)));
}
