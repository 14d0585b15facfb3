/** What surely is no e-mail address. All else mail systems carry somewhere: whether it is one, Spark Hire judges. */
import { hasUnseen, visible } from './invisible.js';

const mostBytes = 254;
/** An address whose name is in quotes may hold blanks, and even another @. */
const quotedName = /^"(?:[^"\\]|\\.)+"@/;

/** @returns what is wrong, to follow "the address …"; null if nothing surely is */
export function emailProblem(address: string): string | null {
  if (hasUnseen(address)) return `has an invisible character: ${visible(address)}`;
  if (address !== address.trim()) return `has a blank at an end: ${visible(address)}`;
  const quoted = quotedName.exec(address)?.[0];
  const rest = quoted === undefined ? address : `quoted@${address.slice(quoted.length)}`;
  const parts = rest.split('@');
  if (parts.length === 1) return 'has no @';
  if (parts.length > 2 || /[,;]/.test(rest)) return 'must be a single one';
  if (rest.includes(' ')) return 'has a blank inside';
  if (/[<>()\\"]/.test(rest)) return `has one of < > ( ) \\ " in it: write the address alone`;
  const [name, domain] = parts as [string, string];
  if (name === '') return 'has nothing before the @';
  if (domain === '') return 'has nothing behind the @';
  const isLiteral = /^\[.+\]$/.test(domain);
  if (!isLiteral && !domain.includes('.')) return 'has no dot behind the @: the end of the domain is missing';
  if (!isLiteral && domain.split('.').includes('')) return 'has a dot too many behind the @';
  if (new TextEncoder().encode(address).length > mostBytes) return `is longer than ${mostBytes} bytes`;
  return null;
}
