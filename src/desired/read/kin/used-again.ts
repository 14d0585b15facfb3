/** Rows that came back under their keys and mean something else. */
import type { Transaction } from '../../../db/database.js';
import { hasEnded } from '../../../reconcile/draft.js';
import { isUsedAgain } from '../../../reconcile/kin/kin.js';
import type { Observed, PushResource } from '../../../reconcile/types.js';
import type { Known, ReadRow } from '../../known-row.js';
import { readOthersInvited } from '../relations.js';

/**
 * The rows whose keys are used again (`isUsedAgain`); a job's row invites nobody whom its job has, too.
 * @param isLeft whether an interview was left with that row, which means something else (`isLeftOfAnother`)
 */
export async function readUsedAgain(
  tx: Transaction,
  account: string,
  resource: PushResource,
  known: ReadonlyMap<string, Known>,
  rows: ReadonlyMap<string, ReadRow>,
  observed: ReadonlyMap<string, Observed>,
  isLeft: (atsId: string) => boolean,
): Promise<Map<string, Known>> {
  const back = [...known].filter(([atsId, { link, wasGone, openIntent }]) => {
    const judged = rows.get(atsId)?.judged;
    const object = observed.get(link?.uuid ?? '');
    if (judged?.wanted !== true || judged.values === null || object === undefined || openIntent !== null)
      return false;
    if (object.resource === 'interviews' && hasEnded(object.status) && isLeft(atsId)) return true;
    return (wasGone || link!.base.gone?.ats === true) && isUsedAgain(judged.values, link!.base, object);
  });
  if (resource !== 'jobs') return new Map(back);
  const keys = new Set(
    await readOthersInvited(
      tx,
      account,
      back.map(([atsId]) => atsId),
    ),
  );
  return new Map(back.filter(([atsId]) => keys.has(atsId)));
}
