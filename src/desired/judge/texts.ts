/** Texts of a row, and what is said of those that cannot be meant. */
import type { Findings } from './findings.js';

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
