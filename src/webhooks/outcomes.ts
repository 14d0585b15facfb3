/**
 * How events end. Pure.
 *
 *   outcome      what is stored        it was
 *   -------      --------------        ------
 *   applied      its payload           newer than the mirror
 *   read         the object, as read   in doubt
 *   unchanged    nothing               what the mirror has
 *   stale        nothing               older than the mirror
 *   superseded   nothing               older than another event, or than the object as it was read
 *   gone         the deletion          about an object that was deleted
 *   missing      nothing               about an object that cannot be found, though nobody said that it was deleted: the next sweep finds out
 *   hidden       nothing               about an object that this key may not see
 *   unknown      nothing               about nothing that is mirrored
 *   failed       nothing               not to be understood, or about an object that cannot be read
 *
 * `missing` and `failed` are tried again first.
 */
import type { ReadResult } from './hinted-objects.js';
import type { Verdict } from './judge.js';

export const eventOutcomes = [
  'applied',
  'read',
  'unchanged',
  'stale',
  'superseded',
  'gone',
  'missing',
  'hidden',
  'unknown',
  'failed',
] as const;
export type EventOutcome = (typeof eventOutcomes)[number];

/** Tries after which no waiting cures: those for an object that cannot be found take more than a minute. */
export const mostAttempts = { failed: 10, missing: 5 } as const;

/** It is tried again. */
export interface Later {
  error: string;
  /** How it ends after enough tries; null if it never does. */
  ends: keyof typeof mostAttempts | null;
}

/**
 * @param payload what became of the newest payload of its object; null: nothing yet
 * @param read what reading the object came to; null: it was not read yet
 * @param isStranger whether its uuid may be that of something else, and nothing is stored under it
 * @returns null: the object has to be read first
 */
export function endOf(
  verdict: Verdict,
  payload: 'applied' | 'superseded' | null,
  read: ReadResult | null,
  isStranger: boolean,
): EventOutcome | Later | null {
  if (verdict !== 'apply' && verdict !== 'read') return verdict;
  if (verdict === 'apply' && payload !== null && read?.state !== 'gone') return payload;
  switch (read?.state) {
    case undefined:
      return null;
    case 'there':
      return 'read';
    case 'gone':
    case 'hidden':
      return read.state;
    case 'missing':
      // What nobody has seen yet may be the uuid of something else.
      return isStranger
        ? 'unknown'
        : { error: 'NOT_FOUND: it cannot be found, and nobody said that it was deleted', ends: 'missing' };
    case 'failed':
      return { error: read.error, ends: read.silent ? null : 'failed' };
  }
}
