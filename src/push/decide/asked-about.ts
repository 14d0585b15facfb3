/**
 * What a person is asked about is not ended meanwhile, nor what another row takes over in the same plan: neither an object that
 * may be another row's, nor an invitation whose row is gone and whose job may be another row's, since rows of that job may name
 * it once that is settled.
 */

import { uuidsOf } from '../../reconcile/answers.js';
import type { Successor } from '../../reconcile/types.js';
import type { Considered, Told } from './decided.js';

/** Rows for which a person is asked about an object, by its uuid. */
export type Asking = ReadonlyMap<string, string>;

const ends: ReadonlySet<string> = new Set(['close', 'cancel', 'delete']);

export function askingIn(decided: readonly Considered[]): Asking {
  const asking = new Map<string, string>();
  for (const { decision } of decided)
    for (const { kind, uuid, sparkhire } of decision.conflicts)
      if (kind === 'possible_duplicate')
        for (const asked of [uuid ?? [], uuidsOf(sparkhire)].flat()) asking.set(asked, decision.atsId);
  return asking;
}

/**
 * Tells what waits whose row or object it is that a person is asked about, or that another one takes.
 * @param decided all rows of a resource that need a look
 * @param asked those of them for which a person is asked
 * @param jobs the same of jobs
 */
export function waitForAnswers(decided: readonly Considered[], asked: Asking, jobs: Asking): Told[] {
  const taken = decided.flatMap(
    ({ decision: { action, atsId } }): Array<[string, string]> =>
      action?.action === 'adopt' ? [[action.uuid!, atsId]] : [],
  );
  const asking = new Map([...taken, ...asked]);
  if (asking.size === 0 && jobs.size === 0) return [];
  const successorOf = ({ decision: { action, atsId }, context }: Considered): Successor | undefined => {
    if (action === null || !ends.has(action.action)) return undefined;
    const asker = asking.get(action.uuid ?? '');
    if (asker !== undefined && asker !== atsId) return { atsId: asker, sameJob: true };
    const { row, observed } = context;
    const job =
      observed?.resource === 'interviews' && row === null ? jobs.get(observed.jobUuid ?? '') : undefined;
    return job === undefined ? undefined : { atsId: job, sameJob: false, isJob: true };
  };
  return decided.flatMap((one): Told[] => {
    const successor = successorOf(one);
    return successor === undefined ? [] : [{ atsId: one.decision.atsId, context: { successor } }];
  });
}
