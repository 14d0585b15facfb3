/** What may be the same as the rows of a chunk: objects without a row, rows that say the same, rows under another key. */
import { lastAnswer, pointedAt } from '../../../reconcile/answers.js';
import { isAnothers, isOfType } from '../../../reconcile/kin/kin.js';
import {
  type FormerDeleted,
  type JudgedRow,
  nothingAlike,
  type RowKin,
  type RowLikes,
  type Successor,
} from '../../../reconcile/types.js';
import { readAdoptable, readFormerDeleted } from '../observed.js';
import { readDeletedHere } from '../relations.js';
import type { Reading } from '../standing.js';
import type { Belonging } from './belonging.js';
import { readResembling } from './resembling.js';
import { readShareTwins, type ShareWishes } from './share-twins.js';
import { type Left, readSuccessors } from './successors.js';
import { readTwins, type Twin, type TwinGroups } from './twins.js';

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
  const { unlinked, looking, gone } = lookersAmong(reading, standing);
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
    successors: await readSuccessors(tx, account, resource, gone, options),
  };
}

interface Lookers {
  /** Wanted, and without an object that is there: the same is looked for. */
  unlinked: JudgedRow[];
  /** They, and rows whose keys may have moved. */
  looking: JudgedRow[];
  /** Rows that are gone from their table, or have gone over, with the objects they leave. */
  gone: Map<string, Left>;
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
  const gone = [...known].flatMap(([atsId, { link }]): Array<[string, Left]> => {
    const isThere = rows.has(atsId);
    if (link === null || (isThere && !others.has(atsId))) return [];
    const object = observed.get(link.uuid);
    return object === undefined || object.deleted ? [] : [[atsId, { object, base: link.base, isThere }]];
  });
  return { unlinked, looking: [...unlinked, ...moved, ...ending], gone: new Map(gone) };
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
