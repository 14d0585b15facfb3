/**
 * Words of other systems for what the columns role and status say: a recruiter is a standard user here, and a published
 * job is open. The settings have them (policies.users.roles, policies.jobs.statuses); what they do not have is no word.
 */
import { foldWord } from '../../text/fold-word.js';
import { wordOf } from '../ats-rows.js';

/** By the word, as `foldWord` has it; null: not known, although the settings as delivered have it. */
export type Mapping<Word extends string> = Readonly<Record<string, Word | null>>;

export interface Words {
  roles?: Mapping<'administrator' | 'standard'> | undefined;
  statuses?: Mapping<'open' | 'closed'> | undefined;
}

/** @returns one of the column's own words, or what the mapping makes of another; null if neither knows it */
export function meaningOf<Word extends string>(
  text: string | null,
  own: readonly Word[],
  mapping: Mapping<Word> = {},
): Word | null {
  const word = wordOf(text);
  if (word === null) return null;
  const found = own.find((known) => known === word);
  if (found !== undefined) return found;
  const other = foldWord(word);
  return Object.hasOwn(mapping, other) ? mapping[other]! : null;
}

export const roles = ['administrator', 'standard'] as const;
export const jobStatuses = ['open', 'closed'] as const;
