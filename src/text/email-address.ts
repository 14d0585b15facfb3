/**
 * What surely is no e-mail address: no mail system carries it, or a spreadsheet or a link left it. Whether anything else is
 * one, Spark Hire judges.
 */
import { hasUnseen, visible } from './invisible.js';

const mostBytes = 254;
const longestLabel = 63;
/** An address whose name is in quotes may hold blanks, and even another @. */
const quotedName = /^"(?:[^"\\]|\\.)+"@/;
const quote = String.raw`['"„‚\p{Pi}\p{Pf}]`;
const inQuotes = new RegExp(`^(${quote}).*${quote}$`, 'u');
const literal = /^\[(?:\d{1,3}(?:\.\d{1,3}){3}|ipv6:[\da-f:.]+)\]$/i;
/** Of ASCII, letters, digits and a few; of other letters and signs there are domains, but none with quotes. */
const notInDomain = /(?![\w.-])[\0-\x7f]|[„‚\p{Pi}\p{Pf}]/u;
const alone = 'write the address alone';

/** @returns what is wrong, to follow "the address …"; null if nothing surely is */
export function emailProblem(address: string): string | null {
  if (hasUnseen(address)) return `has an invisible character: ${visible(address)}`;
  if (address !== address.trim()) return `has a blank at an end: ${visible(address)}`;
  const quotes = inQuotes.exec(address)?.[1];
  if (quotes !== undefined) return `is in quotes (${quotes}): ${alone}`;
  const quoted = quotedName.exec(address)?.[0];
  const rest = quoted === undefined ? address : `quoted@${address.slice(quoted.length)}`;
  const parts = rest.split('@');
  const separator = /[,;]/.exec(rest)?.[0];
  if (parts.length === 1) return 'has no @';
  if (parts.length > 2) return separator === undefined ? 'has more than one @' : 'must be a single one';
  if (separator !== undefined) return `has a ${separator === ',' ? 'comma' : 'semicolon'} in it`;
  if (rest.includes(' ')) return 'has a blank inside';
  if (/[<>()\\"]/.test(rest)) return `has one of < > ( ) \\ " in it: ${alone}`;
  const [name, domain] = parts as [string, string];
  if (name === '') return 'has nothing before the @';
  if (domain === '') return 'has nothing behind the @';
  if (new TextEncoder().encode(address).length > mostBytes) return `is longer than ${mostBytes} bytes`;
  return nameProblem(name) ?? (literal.test(domain) ? null : domainProblem(domain));
}

function nameProblem(name: string): string | null {
  if (name.startsWith("'")) return "begins with the ' that spreadsheets put before texts";
  if (name.includes(':')) return `begins with ${visible(name.replace(/:.*/, ':'))}: ${alone}`;
  const odd = /[[\]]/.exec(name)?.[0];
  return odd === undefined ? null : `has ${odd} before the @`;
}

function domainProblem(domain: string): string | null {
  const odd = notInDomain.exec(domain)?.[0];
  if (odd !== undefined) return `has ${odd} behind the @`;
  const labels = domain.split('.');
  if (labels.length === 1) return 'has no dot behind the @: the end of the domain is missing';
  if (labels.includes('')) return 'has a dot too many behind the @';
  const hyphened = labels.find((label) => /^-|-$/.test(label));
  if (hyphened !== undefined) return `has a hyphen at an end of "${hyphened}", behind the @`;
  if (labels.some((label) => label.length > longestLabel))
    return `has more than ${longestLabel} characters between two dots behind the @`;
  if (/^\d+$/.test(labels.at(-1)!)) return 'ends in a number: no domain does';
  return null;
}

const wrapped = new RegExp(`^(?:mailto:|${quote}|<)+(.*?)(?:${quote}|>)*$`, 'iu');

/** The address alone, where the link or the quotes of a spreadsheet are around it; any other text as it is. */
export function bareAddress(text: string): string {
  if (emailProblem(text) === null) return text;
  const inner = wrapped.exec(text)?.[1];
  return inner !== undefined && emailProblem(inner) === null ? inner : text;
}
