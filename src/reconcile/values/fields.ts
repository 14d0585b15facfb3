/** The decision about one field, from three values and a policy. */

import type { FieldPolicy } from '../policies.js';
import { type Same, sameText } from './equality.js';
import type { Json, Pair } from './values.js';

export type FieldKind = 'nothing' | 'write' | 'accept' | 'settle' | 'conflict' | 'overwrite';

export interface FieldInput {
  field: string;
  /** As last settled; undefined where it never was (an adopted object). */
  base: Pair | undefined;
  /** undefined: the ATS has no opinion. */
  desired: Json | undefined;
  /** undefined: it cannot be read. */
  observed: Json | undefined;
  policy: FieldPolicy;
  /** Text by default. */
  same?: Same;
}

/*
 * nothing    neither side changed
 * write      the ATS's value is sent; once confirmed it is the new base
 * accept     Spark Hire's value stands. The base does not move: a later edit in the ATS is then a conflict
 * settle     both show the same: the base moves, nothing is sent
 * conflict   both changed: nothing is sent until a person decides
 * overwrite  a write that puts back what Spark Hire's side changed, and is recorded
 *
 *   base    | desired (ATS)     | observed (Spark Hire)   | merge    | ats       | sparkhire
 *  ---------+-------------------+-------------------------+----------+-----------+-----------
 *   absent  | absent            | anything                | nothing  | nothing   | nothing
 *   absent  | a value           | the same value          | settle   | settle    | settle
 *   absent  | a value           | empty                   | write    | write     | write
 *   absent  | a value           | another value           | conflict | overwrite | accept
 *   absent  | a value           | unreadable              | write    | write     | write
 *  ---------+-------------------+-------------------------+----------+-----------+-----------
 *   present | absent            | as settled, unreadable  | nothing  | nothing   | nothing
 *   present | absent            | changed                 | accept   | accept    | accept
 *   present | as settled        | as settled, unreadable  | nothing  | nothing   | nothing
 *   present | as settled        | changed, same as ATS's  | settle   | settle    | settle
 *   present | as settled        | changed, different      | accept   | overwrite | accept
 *   present | changed           | the same value          | settle   | settle    | settle
 *   present | changed           | as settled, unreadable  | write    | write     | accept
 *   present | changed           | changed, different      | conflict | overwrite | accept
 *
 * "Empty" is null or a blank text: there is nothing to lose, so the ATS gives the first value whatever the policy.
 * Once a person left the two sides different, that is "as settled" on both: nothing, until one of them changes.
 */
export function decideField(input: FieldInput): { kind: FieldKind } {
  const { base, desired, observed, policy, same = sameText } = input;
  const kind = (): FieldKind => {
    if (desired === undefined) {
      if (base === undefined || observed === undefined) return 'nothing';
      return same(observed, base.sparkhire) ? 'nothing' : 'accept';
    }
    if (base === undefined) {
      if (observed === undefined) return 'write';
      if (same(desired, observed)) return 'settle';
      if (isEmpty(observed)) return 'write';
      return { merge: 'conflict', ats: 'overwrite', sparkhire: 'accept' }[policy] as FieldKind;
    }
    const atsChanged = !same(desired, base.ats);
    const sparkhireChanged = observed !== undefined && !same(observed, base.sparkhire);
    if (!atsChanged && !sparkhireChanged) return 'nothing';
    if (observed !== undefined && same(desired, observed)) return 'settle';
    if (!sparkhireChanged) return policy === 'sparkhire' ? 'accept' : 'write';
    if (policy === 'ats') return 'overwrite';
    return atsChanged && policy === 'merge' ? 'conflict' : 'accept';
  };
  return { kind: kind() };
}

/** Nothing, or a blank text. */
export function isEmpty(value: Json): boolean {
  return value === null || (typeof value === 'string' && value.trim() === '');
}
