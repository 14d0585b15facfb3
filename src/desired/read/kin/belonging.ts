/**
 * Whose the objects of linked rows are by now: a row may have been left with another one's when keys moved, or have come back under a
 * key that stood for something else. Those of the latter are judged once more, as the new rows that they are.
 */
import { hasEnded } from '../../../interview-status.js';
import {
  isAnothers,
  isLeftOfAnother,
  isLinkOfAnother,
  isUsedAgain,
  leftOver,
} from '../../../reconcile/kin/kin.js';
import type { Observed } from '../../../reconcile/types.js';
import type { Known } from '../../known-row.js';
import { readOthersInvited } from '../relations.js';
import { readRows } from '../rows.js';
import { objectOf, type Reading, type Standing } from '../standing.js';

export interface Belonging extends Standing {
  /** Rows that were left with another one's object, and mean something else: they never asked for it. */
  left: ReadonlySet<string>;
  /** Rows that came back under their keys and mean something else. */
  usedAgain: ReadonlySet<string>;
}

export async function readBelonging(reading: Reading, standing: Standing): Promise<Belonging> {
  const { tx, account, resource, options } = reading;
  const left = await readLeft(reading, standing);
  const again = await readUsedAgain(reading, standing, left);
  const usedAgain = new Set(again.keys());
  if (again.size === 0) return { ...standing, left, usedAgain };
  const asNew = new Set([...standing.asNew, ...usedAgain]);
  const rows = await readRows(tx, account, resource, again, options, asNew);
  return { ...standing, rows: new Map([...standing.rows, ...rows]), asNew, left, usedAgain };
}

/**
 * Of jobs those that invite nobody whom the object has. A user's row, and that of a job to which nobody was invited, is renamed
 * instead, once a person agreed: nothing is lost by that. One statement for jobs that were left, none as a rule.
 */
async function readLeft({ tx, account }: Reading, standing: Standing): Promise<ReadonlySet<string>> {
  const { known, rows, jobs, shares } = standing;
  const found: string[] = [];
  const renamedJobs: string[] = [];
  for (const [atsId, { judged }] of rows) {
    const base = known.get(atsId)!.link?.base ?? {};
    if (base[leftOver]?.ats == null) continue;
    const { values } = judged;
    const object = objectOf(standing, atsId);
    if (values?.resource === 'interviews') {
      const job = jobs.get(values.jobAtsId)?.uuid ?? null;
      if (isLeftOfAnother(values, base, object, job)) found.push(atsId);
    } else if (values?.resource === 'share_links') {
      if (isLinkOfAnother(base, object, shares?.get(atsId)?.interviews ?? [])) found.push(atsId);
    } else if (values?.resource === 'jobs' && isAnothers(values, base, object)) renamedJobs.push(atsId);
  }
  return new Set([...found, ...(await readOthersInvited(tx, account, renamedJobs, false))]);
}

/** A job's row invites nobody whom its job has, too. What a row was left with is over: it is a new one then. */
async function readUsedAgain(
  { tx, account, resource }: Reading,
  { known, rows, observed, shares }: Standing,
  left: ReadonlySet<string>,
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
  const keys = back.map(([atsId]) => atsId);
  const others = new Set(await readOthersInvited(tx, account, keys, true));
  return new Map(back.filter(([atsId]) => others.has(atsId)));
}

const isOver = (object: Observed) =>
  object.resource === 'interviews'
    ? hasEnded(object.status)
    : object.resource !== 'users' && object.status !== 'active';
