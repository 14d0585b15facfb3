/** Rows that were left with another one's object when keys moved, and mean something else: they never asked for it. */
import type { Transaction } from '../../../db/database.js';
import { isAnothers, isLeftOfAnother, isLinkOfAnother, leftOver } from '../../../reconcile/kin/kin.js';
import type { Observed, ParentJob, PushResource, ShareFacts } from '../../../reconcile/types.js';
import type { Known, ReadRow } from '../../known-row.js';
import { readOthersInvited } from '../relations.js';

/**
 * Their keys; of jobs those that invite nobody whom the object has. A user's row, and that of a job to which nobody was invited, is renamed
 * instead, once a person agreed: nothing is lost by that. One statement for jobs that were left, none as a rule.
 * @param jobs the rows' jobs, by ats_id
 */
export async function readLeft(
  tx: Transaction,
  account: string,
  known: ReadonlyMap<string, Known>,
  rows: ReadonlyMap<string, ReadRow>,
  observed: ReadonlyMap<string, Observed>,
  jobs: ReadonlyMap<string, ParentJob>,
  shares: ReadonlyMap<string, ShareFacts> | null,
): Promise<ReadonlySet<string>> {
  const of = (resource: PushResource) =>
    [...rows.values()].filter(({ judged }) => {
      const { link } = known.get(judged.atsId)!;
      return judged.values?.resource === resource && link?.base[leftOver]?.ats != null;
    });
  const objectOf = (atsId: string) => observed.get(known.get(atsId)!.link!.uuid);
  const baseOf = (atsId: string) => known.get(atsId)!.link!.base;
  const interviews = of('interviews').filter(({ judged: { atsId, values } }) => {
    const job = values?.resource === 'interviews' ? jobs.get(values.jobAtsId)?.uuid : null;
    return isLeftOfAnother(values, baseOf(atsId), objectOf(atsId), job ?? null);
  });
  const links = of('share_links').filter(({ judged: { atsId } }) =>
    isLinkOfAnother(baseOf(atsId), objectOf(atsId), shares?.get(atsId)?.interviews ?? []),
  );
  const others = of('jobs').filter(({ judged: { atsId, values } }) =>
    isAnothers(values, baseOf(atsId), objectOf(atsId)),
  );
  const left = await readOthersInvited(
    tx,
    account,
    others.map(({ judged }) => judged.atsId),
    false,
  );
  return new Set([...[...interviews, ...links].map(({ judged }) => judged.atsId), ...left]);
}
