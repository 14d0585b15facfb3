/** Rows that came back under their keys and mean something else. */
import type { Transaction } from '../../../db/database.js';
import { hasEnded } from '../../../interview-status.js';
import { isUsedAgain } from '../../../reconcile/kin/kin.js';
import type { Observed, PushResource, ShareFacts } from '../../../reconcile/types.js';
import type { Known, ReadRow } from '../../known-row.js';
import { readOthersInvited } from '../relations.js';

/**
 * The rows whose keys are used again (`isUsedAgain`); a job's row invites nobody whom its job has, too.
 * @param left rows that were left with another one's object (`readLeft`): once that is over, they are new ones
 */
export async function readUsedAgain(
  tx: Transaction,
  account: string,
  resource: PushResource,
  known: ReadonlyMap<string, Known>,
  rows: ReadonlyMap<string, ReadRow>,
  observed: ReadonlyMap<string, Observed>,
  left: ReadonlySet<string>,
  shares: ReadonlyMap<string, ShareFacts> | null,
): Promise<Map<string, Known>> {
  const back = [...known].filter(([atsId, { link, wasGone, openIntent }]) => {
    const judged = rows.get(atsId)?.judged;
    const object = observed.get(link?.uuid ?? '');
    if (judged?.wanted !== true || judged.values === null || object === undefined || openIntent !== null)
      return false;
    if (left.has(atsId) && isOver(object)) return true;
    const isBack = wasGone || link!.base.gone?.ats === true;
    return isBack && isUsedAgain(judged.values, link!.base, object, shares?.get(atsId)?.interviews);
  });
  if (resource !== 'jobs') return new Map(back);
  const keys = new Set(
    await readOthersInvited(
      tx,
      account,
      back.map(([atsId]) => atsId),
      true,
    ),
  );
  return new Map(back.filter(([atsId]) => keys.has(atsId)));
}

const isOver = (object: Observed) =>
  object.resource === 'interviews'
    ? hasEnded(object.status)
    : object.resource !== 'users' && object.status !== 'active';
