/**
 * Texts of a row, before anybody reads them in an e-mail: what surely was not meant to stand there.
 *
 * The room text/ knows texts and nothing else. In comes one; out goes what is wrong with it, or the form in which it is
 * compared or sorted. All of it is pure: no settings, no tables, no clock.
 */

import { debrisProblem, lineDebrisProblem } from './debris.js';
import { plainDigits } from './digits.js';
import { codePoint, strayCharacter, trimmed, visible } from './invisible.js';

/**
 * What spreadsheets leave where a value was. An error is a word in capitals between # and ! or ?, whatever the language
 * (#REF!, #¿NOMBRE?, #ÜBERLAUF!); that a value is missing is #N/A, or what stands for it elsewhere.
 */
const errorWord =
  /^#(?:[¡¿]?[\p{Lu}\p{Lo}][\p{Lu}\p{Lo}\p{M}\d/_]+[!?]|\p{Lu}\/\p{Lu}!?|NV|YOK|HIÁNYZIK|NENÍ_K_DISPOZICI|GETTING_DATA)$/u;
/** In whatever letters a loader left them, and LibreOffice's own. */
const commonError = /^(?:#(?:REF!|NAME\?|N\/A|VALUE!|DIV\/0!|NULL!|NUM!)|Err:\d{3})$/i;
/** A column that was too narrow. */
const hashes = /^#{2,}$/;
/** A cell, a name or a function, a text, a number, another sheet; not a line of = or an arrow. */
const formula =
  /^=[+\-(@]*(?:\$?[a-z]{1,3}\$?\d|[\p{L}_][\p{L}\p{N}._]*[(!]|[\p{L}_][\p{L}\p{N}._]*$|["\d{['#])/iu;
/** 4.1E+17, and 4.1E17 as programs write it; 4E17 may be a key. */
const roundedNumber = /^[+-]?\d(?:(?:[.,]\d+)?E[+-]\d{2,3}|[.,]\d+E\d{1,3})$/i;
/** A whole number that passed through a column of fractions. */
const asFraction = /^[+-]?\d+[.,]0$/;

const keepText = 'format the column as text there, or write the value in quotes';

/** No limit of Spark Hire's is documented: beyond these it is a slip. In characters. */
export const longestLine = 500;
export const longestText = 100_000;

/** @returns what a spreadsheet did to the value, to follow "it …"; null if nothing */
export function spreadsheetProblem(text: string): string | null {
  const value = trimmed(text);
  if (errorWord.test(value) || commonError.test(value))
    return `is an error of a spreadsheet: ${visible(value)}`;
  if (hashes.test(value))
    return `is what a spreadsheet shows in a column that is too narrow: ${visible(value)}`;
  if (formula.test(value)) return `is a formula of a spreadsheet, not its result: ${visible(value)}`;
  const number = plainDigits(value).replace('٫', '.');
  if (roundedNumber.test(number))
    return `is a number whose digits a spreadsheet dropped: ${visible(value)} (${keepText})`;
  if (asFraction.test(number))
    return `is a number with the .0 of a fraction: ${visible(value)} (${keepText})`;
  return null;
}

/** Of all too long ones, no more than this is read: how long it is nobody knows. */
export function tooLong(most: number): string {
  return `is longer than ${most} characters`;
}

/** @returns what is wrong with a name, a title or the like, to follow "it …"; null if nothing */
export function lineProblem(text: string): string | null {
  const line = trimmed(text);
  if (line.length > longestLine) return tooLong(longestLine);
  if (/[\p{Cc}\u2028\u2029]/u.test(line)) return `has a line break or a control character: ${visible(line)}`;
  const stray = strayCharacter(line);
  if (stray !== null) return `has a character that nobody sees, ${codePoint(stray)}: ${visible(line)}`;
  return spreadsheetProblem(line) ?? lineDebrisProblem(line);
}

/** The same of a text that may have many lines. */
export function textProblem(text: string): string | null {
  if (text.length > longestText) return tooLong(longestText);
  return spreadsheetProblem(text) ?? debrisProblem(trimmed(text));
}
