/** What the settings say about deciding. */
import type { PushResource } from './values/values.js';

export type FieldPolicy = 'merge' | 'ats' | 'sparkhire';

/** With whose key rows are written: see acting.ts. */
export interface KeyPolicies {
  /** When keys are made for users who have none; `never`: there is no encryption key, so none can be kept. */
  provision: 'command' | 'demand' | 'never';
  /** Whether what Spark Hire made for nobody so far counts as not to be had, as in a plan, which does not ask. */
  foresees?: boolean;
  /** For a user without a key. */
  missing: 'hold' | 'administrator';
  /** For a user whose key is refused, or who is disabled. */
  refused: 'hold' | 'administrator';
  /** For a user who is not in Spark Hire, and cannot be made as their row is: rejected, held (no seat), withdrawn. */
  absent: 'hold' | 'administrator';
}

export interface Policies {
  /** Policy of each field; `merge` for what is not named. */
  fields: Record<PushResource, Record<string, FieldPolicy>>;
  jobs: {
    /** A single unlinked job with the same title and place. */
    firstContact: 'ask' | 'link' | 'create';
    /** A row that was withdrawn. */
    withdrawn: 'inactive' | 'delete';
    /** Whether jobs are closed while interviews of theirs are pending. */
    closeUnderInterviews: boolean;
    /** A job that is to be active and finds no free slot: not made, or made inactive, until there is one. */
    withoutSlot: 'wait' | 'inactive';
    /** What statuses of other systems mean, likewise. */
    statuses?: Readonly<Record<string, 'open' | 'closed' | null>>;
  };
  users: {
    /** Whether users past the free seats are made, which may cost money. */
    paid: 'refuse' | 'allow';
    /** A row that was withdrawn, or is not active. */
    withdrawn: 'propose' | 'delete';
    /** What roles of other systems mean, by the word, and what '', no role, does; null: nothing. */
    roles?: Readonly<Record<string, 'administrator' | 'standard' | null>>;
  };
  keys: KeyPolicies;
  /** A plan beyond both is held, with what went missing row by row within so many seconds before; 900 unless given. */
  massChange: {
    share: number;
    rows: number;
    windowSeconds?: number;
    /** What a row that is missing from its table brings about waits for so long: it may be written again. 0 unless given. */
    missingSeconds?: number;
    /** A plan with more creations of rows that a connector wrote is held; any number unless given. */
    creations?: number;
  };
}
