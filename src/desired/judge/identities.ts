/** What a key of a row, or a reference to one, may not be: two that look the same must not be two. */
import { hasUnseen, trimmed, visible } from '../../text/invisible.js';
import { longestLine, spreadsheetProblem, tooLong } from '../../text/lines.js';

/** @returns what is wrong with a key or a reference, to follow "it …"; null if nothing */
export function identityProblem(text: string): string | null {
  if (text.length > longestLine) return tooLong(longestLine);
  const inner = trimmed(text);
  if (inner === '') return text === '' ? 'is empty' : `is nothing but blanks: ${visible(text)}`;
  if (inner !== text) return `has a blank or an invisible character at an end: ${visible(text)}`;
  if (hasUnseen(text)) return `has an invisible character inside: ${visible(text)}`;
  if (text.startsWith("'")) return `begins with the ' that spreadsheets put before texts: ${visible(text)}`;
  return spreadsheetProblem(text);
}

/** Whether a column of schema ats that is not the key of its table refers to one. */
export function isReference(column: string): boolean {
  return column === 'package' || /ats_ids?$/.test(column);
}
