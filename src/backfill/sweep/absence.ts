/** How much absence is too much: what a sweep did not meet, weighed before anything is marked as deleted. Pure. */
import { type Pass, sameKey } from './pass.js';

export interface Limits {
  /** Share of a resource's rows that may be missing, 0 to 1. */
  share: number;
  /** Fewer missing rows than this are never too many. */
  rows: number;
}

export interface Absence {
  /** Rows that could be expected in the listing and were not met by the sweep. */
  missing: number;
  /** Rows that were known to be unlisted but there, and are gone now that they were asked for again. */
  gone: number;
  /** Rows that are thought to exist, without those that are known to be unlisted and still there. */
  known: number;
  /** Rows the sweep met. */
  met: number;
  /** Whether another key, or one with fewer rights, made this sweep. */
  viewChanged: boolean;
}

/** Why so much absence needs a person; null if it does not. */
export function tooMuchMissing(absence: Absence, limits: Limits): string | null {
  const { missing, gone, known, met, viewChanged } = absence;
  const lost = missing + gone;
  if (lost === 0) return null;
  if (viewChanged) return `the API key sees something else than before, and ${rowsAre(lost)} missing`;
  if (met === 0 && missing > 0)
    return `the listing is empty, ${known === 1 ? '1 row was' : `${known} rows were`} known`;
  if (lost >= limits.rows && lost > known * limits.share) {
    return `${lost} of ${known} rows are missing from the listing`;
  }
  return null;
}

function rowsAre(count: number): string {
  return count === 1 ? '1 row is' : `${count} rows are`;
}

export type KeySeen = Pass['key'];

/** What a person has released: so many missing rows, as seen with that key. */
export interface Release {
  missing: number;
  key: KeySeen | undefined;
}

/** Whether a person who released what was seen then has released what is seen now. */
export function covers(release: Release, absence: Absence, key: KeySeen): boolean {
  return absence.missing + absence.gone <= release.missing && sameKey(release.key, key);
}
