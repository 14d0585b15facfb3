/** How far a piece of work is, in words. Pure. */
import type { Phase } from '../backfill/progress.js';
import {
  isWaiting,
  leftWords,
  secondsLeft,
  type WindowBudget,
  waitingWords,
} from '../status/render/time-left.js';
import { count } from '../status/render/words.js';

export interface Shown {
  resource: string;
  phase: Phase;
  total: number | null;
  /** What was done before it began here. */
  from: number;
  done: number;
  /** What is left asks of the budget; one request for each object unless given. */
  requests?: number | null;
}

const objects: Record<Phase, (resource: string) => [what: string, done: string]> = {
  sweep: (resource) => [resource, 'read'],
  deletions: (resource) => [`missing ${resource}`, 'asked for'],
  details: (resource) => [`details of ${resource}`, 'read'],
  writes: (resource) => [resource, 'sent'],
};

/** `381 of 2,750 interviews sent`. */
export function doneWords({ resource, phase, total, done }: Shown): string {
  const [what, verb] = objects[phase](resource);
  return `${count(done)}${total === null ? '' : ` of ${count(total)}`} ${what} ${verb}`;
}

/** `about 6 min left`; null where nobody knows. @param seconds since it began here */
export function leftOf(shown: Shown, seconds: number, budget: WindowBudget | null): string | null {
  const { phase, total, from, done } = shown;
  const left = total === null ? 0 : total - done;
  if (left <= 0) return null;
  // A page has many rows.
  const requests = shown.requests ?? (phase === 'sweep' ? null : left);
  return leftWords(secondsLeft({ left, done: done - from, seconds, requests, budget }));
}

/** `about 6 min left`, `waiting for the request budget`, both or neither. @param seconds since it began here */
export function aheadWords(shown: Shown, seconds: number, budget: WindowBudget | null): string[] {
  const told = leftOf(shown, seconds, budget);
  return [...(told === null ? [] : [told]), ...(isWaiting(budget) ? [waitingWords] : [])];
}
