/** What the actions of a push came to. */
import type { ActionName } from '../reconcile/types.js';

export interface CarryOutCounts {
  created: number;
  updated: number;
  closed: number;
  canceled: number;
  deleted: number;
  adopted: number;
  shared: number;
  rejected: number;
  /** Sent, and the outcome is not known yet. */
  unknown: number;
  /** Not sent; the row stays pending. */
  postponed: number;
  /** Done, and more is to follow at once; counted above as well. */
  unfinished: number;
}

/** Where an action that was done is counted. */
export const countOf: Record<ActionName, keyof CarryOutCounts> = {
  create: 'created',
  update: 'updated',
  close: 'closed',
  cancel: 'canceled',
  delete: 'deleted',
  adopt: 'adopted',
  share: 'shared',
};

export function noCarryOutCounts(): CarryOutCounts {
  return {
    created: 0,
    updated: 0,
    closed: 0,
    canceled: 0,
    deleted: 0,
    adopted: 0,
    shared: 0,
    rejected: 0,
    unknown: 0,
    postponed: 0,
    unfinished: 0,
  };
}

/** Counts what was sent earlier and turned out to be done. */
export function addDone(counts: CarryOutCounts, actions: readonly ActionName[]): void {
  for (const action of actions) counts[countOf[action]] += 1;
}
