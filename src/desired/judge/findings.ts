/** What judging a row found: one issue for each column. */
import type { Issue, IssueCode } from '../../reconcile/types.js';
import { foldWord } from '../../text/fold-word.js';
import { visible } from '../../text/invisible.js';
import { blankToNull } from '../ats-rows.js';
import { type Mapping, meaningOf } from './words.js';

/** A value as it may stand in a sentence. */
export { visible as shown };

/** What is said of a row that names somebody who was erased. */
export const forgottenMessage =
  'This person was erased with `sparkhire-sync forget`: nothing of them is sent. Delete the row in your ATS, too.';

/** Words of other systems that are taken too, and the setting that has them. */
export interface OtherWords<Word extends string> {
  mapping: Mapping<Word> | undefined;
  setting: string;
}

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
    others?: OtherWords<Word>,
  ): Word | null;
}

/** More are not read: of those the ones that share a word with what was written are told, and where all are. */
const mostListed = 8;
const mostLike = 3;

/** What is to be done comes first: a row that names this one repeats that much. */
function unknownWord<Word extends string>(
  field: string,
  text: string,
  words: readonly Word[],
  { mapping = {}, setting }: OtherWords<Word>,
): string {
  const known = Object.entries(mapping).flatMap(([word, meaning]) =>
    meaning === null || word === '' ? [] : [word],
  );
  return `The ${field} ${visible(text)} is not known: write ${words.join(' or ')}, or add the word to ${setting} in the settings.${knownWords(text, known)}`;
}

function knownWords(text: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  if (known.length <= mostListed) return ` Known there: ${known.join(', ')}.`;
  const place = 'see config/default.yaml and your settings';
  const parts = partsOf(text);
  const like = known.filter((word) => partsOf(word).some((part) => parts.includes(part))).slice(0, mostLike);
  return like.length === 0
    ? ` Known there are ${known.length} words: ${place}.`
    : ` Known there: ${like.join(', ')} and ${known.length - like.length} others: ${place}.`;
}

const partsOf = (text: string) =>
  foldWord(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== '');

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
    oneOf(field, text, words, giver, others) {
      const given = blankToNull(text);
      if (given === null) return null;
      const word = meaningOf(given, words, others?.mapping);
      if (word !== null) return word;
      const place = giver === undefined ? '' : ` in ${giver}`;
      add(
        'UNMAPPED_ENUM',
        field,
        others === undefined
          ? `Write ${field}${place} as one of ${words.join(', ')}: ${visible(given)} is not known.`
          : unknownWord(field, given, words, others),
      );
      return null;
    },
  };
}
