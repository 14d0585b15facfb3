/**
 * Whose the objects of linked rows are by now (`readBelonging`): a row may have been left with another one's when keys moved, or have
 * come back under a key that stood for something else. And what may be the same as the rows of a chunk (`readKinship`): objects without
 * a row, rows that say the same, rows under another key.
 */
import { hasEnded } from '../../../interview-status.js';
import { lastAnswer, pointedAt } from '../../../reconcile/answers.js';
import {
  isAnothers,
  isLeftOfAnother,
  isLinkOfAnother,
  isOfType,
  isUsedAgain,
  leftOver,
} from '../../../reconcile/kin/kin.js';
import {
  type FormerDeleted,
  type JudgedRow,
  nothingAlike,
  type Observed,
  type RowKin,
  type RowLikes,
  type Successor,
} from '../../../reconcile/types.js';
import type { Known } from '../../known-row.js';
import { readAdoptable, readFormerDeleted } from '../observed.js';
import { readDeletedHere, readOthersInvited } from '../relations.js';
import { objectOf, type Reading, readRows, type Standing } from '../standing.js';
import { readResembling } from './resembling.js';
import { readShareTwins, type ShareWishes } from './share-twins.js';
import { type Left, readSuccessors } from './successors.js';
import { readTwins, type Twin, type TwinGroups } from './twins.js';

// ---- whose the objects are

export interface Belonging extends Standing {
  /** Rows that were left with another one's object, and mean something else: they never asked for it. */
  left: ReadonlySet<string>;
  /** Rows that came back under their keys and mean something else. */
  usedAgain: ReadonlySet<string>;
}

/** Rows that came back under another meaning are judged once more, as the new rows that they are. */
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

// ---- what may be the same

/** Rows that say the same, as far as they were read; for the reading of one resource. */
export interface KnownTwins {
  groups: TwinGroups;
  wishes: ShareWishes;
}

/** By ats_id. */
export interface Kinship {
  likes: ReadonlyMap<string, RowLikes>;
  formerDeleted: ReadonlyMap<string, FormerDeleted[]>;
  deletedHere: ReadonlyMap<string, { isUsedAgain: boolean }>;
  twins: ReadonlyMap<string, Twin>;
  successors: ReadonlyMap<string, Successor>;
}

export async function readKinship(
  reading: Reading,
  standing: Belonging,
  knownTwins: KnownTwins,
): Promise<Kinship> {
  const { tx, account, resource, options } = reading;
  const { known, jobs } = standing;
  const { unlinked, looking, leaving } = lookersAmong(reading, standing);
  const pointed = pointedObjects(standing, unlinked);
  const resembling = await readResembling(tx, account, resource, looking, jobs, pointed);
  const unlinkedKeys = unlinked.map(({ atsId }) => atsId);
  const linkedBefore = unlinkedKeys.filter((atsId) => known.get(atsId)!.link !== null);
  return {
    likes: await readAdoptable(tx, account, resource, resembling, pointed),
    deletedHere: await readDeletedHere(tx, account, resource, linkedBefore),
    formerDeleted: await readFormerDeleted(tx, account, resource, resembling),
    twins:
      resource === 'share_links'
        ? await readShareTwins(tx, account, unlinked, knownTwins.wishes)
        : await readTwins(
            tx,
            account,
            resource,
            unlinkedKeys,
            jobObjects(standing, unlinked),
            options,
            knownTwins.groups,
          ),
    successors: await readSuccessors(tx, account, resource, leaving, options),
  };
}

interface Lookers {
  /** Wanted, and without an object that is there: the same is looked for. */
  unlinked: JudgedRow[];
  /** They, and rows whose keys may have moved. */
  looking: JudgedRow[];
  /** Rows that are gone from their table, or have gone over, with the objects they leave. */
  leaving: Map<string, Left>;
}

function lookersAmong({ resource }: Reading, standing: Belonging): Lookers {
  const { known, observed, rows, asNew, left, shares } = standing;
  const judged = [...rows.values()].map((row) => row.judged);
  const unlinked = judged.filter(({ atsId, wanted }) => {
    const { link } = known.get(atsId)!;
    // One whose object was deleted may get another: the same is looked for then.
    return wanted && (link === null || observed.get(link.uuid)?.deleted === true || asNew.has(atsId));
  });
  /** Linked to what is another row's by now. */
  const others = new Set(
    judged
      .filter(({ atsId, values }) => {
        const { link } = known.get(atsId)!;
        if (link === null || left.has(atsId)) return link !== null;
        return isAnothers(values, link.base, observed.get(link.uuid), shares?.get(atsId)?.interviews);
      })
      .map(({ atsId }) => atsId),
  );
  const isSettled = ({ atsId }: JudgedRow) => known.get(atsId)!.openIntent === null && !asNew.has(atsId);
  const moved = judged.filter((row) => row.wanted && others.has(row.atsId) && isSettled(row));
  // Withdrawn in the load that moved keys: what it means may be another row's by now.
  const isEnding = (row: JudgedRow) =>
    !row.wanted && isSettled(row) && (known.get(row.atsId)!.link === null || others.has(row.atsId));
  const ending = resource === 'interviews' ? judged.filter(isEnding) : [];
  const leaving = [...known].flatMap(([atsId, { link }]): Array<[string, Left]> => {
    const isThere = rows.has(atsId);
    if (link === null || (isThere && !others.has(atsId))) return [];
    const object = observed.get(link.uuid);
    return object === undefined || object.deleted ? [] : [[atsId, { object, base: link.base, isThere }]];
  });
  return { unlinked, looking: [...unlinked, ...moved, ...ending], leaving: new Map(leaving) };
}

/** What a person said that a row's is, by ats_id. */
function pointedObjects({ conflicts }: Belonging, rows: readonly JudgedRow[]): Map<string, string> {
  return new Map(
    rows.flatMap(({ atsId }): Array<[string, string]> => {
      const answers = conflicts.get(atsId)?.answers ?? [];
      const uuid = pointedAt(lastAnswer('possible_duplicate', { answers }));
      return uuid === null ? [] : [[atsId, uuid]];
    }),
  );
}

/** The objects of the jobs that interviews name, by ats_id of the interview. */
function jobObjects({ jobs }: Belonging, rows: readonly JudgedRow[]): Map<string, string> {
  return new Map(
    rows.flatMap(({ atsId, values }): Array<[string, string]> => {
      const uuid = values?.resource === 'interviews' ? jobs.get(values.jobAtsId)?.uuid : null;
      return uuid == null ? [] : [[atsId, uuid]];
    }),
  );
}

const noLikes = nothingAlike();

/** Of one row. */
export function kinOf(standing: Belonging, kinship: Kinship, atsId: string): RowKin {
  const likes = kinship.likes.get(atsId) ?? noLikes;
  const twin = kinship.twins.get(atsId) ?? null;
  const deletedHere = kinship.deletedHere.get(atsId);
  const values = standing.rows.get(atsId)?.judged.values ?? null;
  return {
    ...likes,
    isLeftOver: standing.left.has(atsId),
    isUsedAgain: standing.usedAgain.has(atsId) || deletedHere?.isUsedAgain === true,
    deletedHere: deletedHere !== undefined,
    formerDeleted: kinship.formerDeleted.get(atsId) ?? [],
    successor: kinship.successors.get(atsId) ?? null,
    // One that is gone and whose invitation may be taken over stands in nobody's way.
    twin: twin === null || isTakenOver(twin.atsId, likes, values) ? null : twin.atsId,
    twinIsOver: twin?.isOver === true,
  };
}

/** Whether the twin is a row that is gone, and its invitation this row's from now on. */
function isTakenOver(
  twin: string,
  { adoptable, formerRows }: RowLikes,
  values: JudgedRow['values'],
): boolean {
  const former = formerRows.find(({ atsId }) => atsId === twin);
  const object = adoptable.find(({ uuid }) => uuid === former?.uuid);
  if (object?.resource !== 'interviews' || values === null) return object !== undefined;
  return isOfType(values, object);
}
