/** What judging a row found: one issue for each column. */
import type { Issue, IssueCode } from '../reconcile/types.js';
import { visible } from '../text/invisible.js';
import { blankToNull, wordOf } from './ats-rows.js';

/** A value as it may stand in a sentence. */
export { visible as shown };

export interface Findings {
  issues: Issue[];
  /** What has to come first. */
  waits: Issue[];
  /** What is wrong only if something is to be sent: what is there already may be taken over all the same. */
  unsendable: Issue[];
  /** Whether one of the columns has an issue. */
  has(...fields: string[]): boolean;
  add(code: IssueCode, field: string, message: string): void;
  wait(field: string, message: string): void;
  /** The text, or null with an issue. @param what what is to be given, to complete "Give X: …" */
  required(field: string, text: string | null, what: string): string | null;
  /** The word if it is known, null if there is none or, with an issue, another. @param giver who gave it, if not the row */
  oneOf<Word extends string>(
    field: string,
    text: string | null,
    words: readonly Word[],
    giver?: string,
  ): Word | null;
}

export function findings(): Findings {
  const issues: Issue[] = [];
  const waits: Issue[] = [];
  const unsendable: Issue[] = [];
  const has = (...fields: string[]) => issues.some(({ field }) => field !== null && fields.includes(field));
  const add = (code: IssueCode, field: string, message: string) => {
    if (!has(field)) issues.push({ code, field, message });
  };
  return {
    issues,
    waits,
    unsendable,
    has,
    add,
    wait: (field, message) => void waits.push({ code: 'UNKNOWN_REFERENCE', field, message }),
    required(field, text, what) {
      const given = blankToNull(text);
      if (given === null) add('REQUIRED_FIELD_MISSING', field, `Give ${field}: ${what}.`);
      return given;
    },
    oneOf(field, text, words, giver) {
      const given = blankToNull(text);
      if (given === null) return null;
      const word = words.find((known) => known === wordOf(given));
      if (word !== undefined) return word;
      const place = giver === undefined ? '' : ` in ${giver}`;
      add(
        'UNMAPPED_ENUM',
        field,
        `Write ${field}${place} as one of ${words.join(', ')}: ${visible(given)} is not known.`,
      );
      return null;
    },
  };
}
