/** The one form in which texts that mean the same are compared. */
import { domainToASCII, domainToUnicode } from 'node:url';

/** What is only seen by programs; what joins letters to one sign is no such thing. */
const unseen = /[\u00ad\u200b\u200e\u200f\u2060\ufeff]/g;
const isAscii = /^[\t\n\x20-\x7e]*$/;

/** How letters are composed, which blank and which line ending is used, and blanks at an end do not count. */
export function plainText(value: string): string {
  const text = isAscii.test(value)
    ? value
    : value
        .normalize('NFC')
        .replace(unseen, '')
        .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
        .replace(/[^\S\n]/g, ' ');
  return text.replace(/[ \t]+$/gm, '').trim();
}

/** For comparing names: blanks, case and form of the letters do not count, nor what is only seen by programs. */
export function folded(value: string): string {
  return value.normalize('NFKC').replace(unseen, '').trim().replace(/\s+/gu, ' ').toLowerCase();
}

/** Of an e-mail address: neither case counts, nor how an international domain is written. */
export const addressForm = (value: string) => addressWith(domainToASCII, value);

/** The same form in the letters of the domain, as keys have it. */
export const addressInLetters = (value: string) => addressWith(domainToUnicode, addressForm(value));

function addressWith(written: (domain: string) => string, value: string): string {
  const address = folded(plainText(value));
  const at = address.lastIndexOf('@') + 1;
  // What is no domain stays as it is.
  return address.slice(0, at) + (written(address.slice(at)) || address.slice(at));
}
