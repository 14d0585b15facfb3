/** What a key of a row, or a reference to one, may not be: two that look the same must not be two. */
import { hasUnseen, trimmed, visible } from '../text/invisible.js';
import type { Findings } from './findings.js';

/** What spreadsheets leave where a value was: an error, or a number whose last digits are lost. */
const errorWord = /^#(?:REF!|NAME\?|N\/A|VALUE!|DIV\/0!|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA)$/i;
const roundedNumber = /^[+-]?\d(?:[.,]\d+)?E\+\d{2,3}$/;

/** @returns what a spreadsheet did to the value, to follow "it …"; null if nothing */
export function spreadsheetProblem(text: string): string | null {
  const value = text.trim();
  if (errorWord.test(value)) return `is an error of a spreadsheet: ${visible(value)}`;
  if (roundedNumber.test(value)) return `is a number whose digits a spreadsheet dropped: ${visible(value)}`;
  return null;
}

/** @returns what is wrong with a key or a reference, to follow "it …"; null if nothing */
export function identityProblem(text: string): string | null {
  const inner = trimmed(text);
  if (inner === '') return text === '' ? 'is empty' : `is nothing but blanks: ${visible(text)}`;
  if (inner !== text) return `has a blank or an invisible character at an end: ${visible(text)}`;
  if (hasUnseen(text)) return `has an invisible character inside: ${visible(text)}`;
  return spreadsheetProblem(text);
}

/** Whether a column of schema ats that is not the key of its table refers to one. */
export function isReference(column: string): boolean {
  return column === 'package' || /ats_ids?$/.test(column);
}

/** Adds an issue where the key or reference cannot be used; one that is not given has none. */
export function judgeIdentity(found: Findings, field: string, text: string | null): void {
  const problem = text === null ? null : identityProblem(text);
  if (problem !== null) found.add('INVALID_FORMAT', field, `Correct ${field}: it ${problem}.`);
}
