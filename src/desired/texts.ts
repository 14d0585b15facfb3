/** Texts of a row, before anybody reads them in an e-mail: what surely was not meant to stand there. */
import { trimmed, visible } from '../text/invisible.js';
import type { Findings } from './findings.js';

/** What spreadsheets leave where a value was: an error, or a number whose last digits are lost. */
const errorWord = /^#(?:REF!|NAME\?|N\/A|VALUE!|DIV\/0!|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA)$/i;
const roundedNumber = /^[+-]?\d(?:[.,]\d+)?E\+\d{2,3}$/;

/** No limit of Spark Hire's is documented: beyond these it is a slip. In characters. */
export const longestLine = 500;
export const longestText = 100_000;

/** @returns what a spreadsheet did to the value, to follow "it …"; null if nothing */
export function spreadsheetProblem(text: string): string | null {
  const value = text.trim();
  if (errorWord.test(value)) return `is an error of a spreadsheet: ${visible(value)}`;
  if (roundedNumber.test(value)) return `is a number whose digits a spreadsheet dropped: ${visible(value)}`;
  return null;
}

/** Of all too long ones, no more than this is read: how long it is nobody knows. */
export function tooLong(most: number): string {
  return `is longer than ${most} characters`;
}

/** @returns what is wrong with a name, a title or the like, to follow "it …"; null if nothing */
export function lineProblem(text: string): string | null {
  const line = trimmed(text);
  if (line === '') return `is nothing but blanks: ${visible(text)}`;
  if (line.length > longestLine) return tooLong(longestLine);
  if (/[\p{Cc}\u2028\u2029]/u.test(line)) return `has a line break or a control character: ${visible(line)}`;
  return spreadsheetProblem(line);
}

/** The same of a text that may have many lines. */
export function textProblem(text: string): string | null {
  if (text.length > longestText) return tooLong(longestText);
  return spreadsheetProblem(text);
}

/** Adds an issue if there is a problem. @param giver who gave the text, if not the row */
export function judgeText(
  found: Findings,
  field: string,
  text: string | null,
  problemOf: (text: string) => string | null,
  giver?: string,
): void {
  const problem = text === null ? null : problemOf(text);
  const place = giver === undefined ? '' : ` in ${giver}`;
  if (problem !== null) found.add('INVALID_FORMAT', field, `Correct ${field}${place}: it ${problem}.`);
}

/** What zod says of a member of a list that is no text. */
export const mustBeText =
  (name: string) =>
  ({ input }: { input?: unknown }) =>
    `${name} must be ${input === undefined || input === null ? 'given' : 'a text, in quotes'}`;
