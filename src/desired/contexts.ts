/**
 * The rows of the ATS that need a look, each with everything its decision needs.
 *
 * These are the rows somebody queued (they changed, or their object did), the rows that are not settled, and the rows
 * about which a person decided something. How many there are altogether does not matter: each source is an index.
 * A chunk is read in one snapshot with a fixed number of statements.
 *
 * In come rows of schema ats and the mirror; out go contexts for reconcile/, read and judged. It writes nothing but its queue and the rows of a file (import/), and never asks Spark Hire.
 */

import { type Database, inSnapshot, type Transaction } from '../db/database.js';
import { isDecided } from '../ledger/conflicts.js';
import { isDisabled } from '../reconcile/acting/acting.js';
import { pointedAt } from '../reconcile/answers.js';
import { conflictKinds, type RowConflictKind } from '../reconcile/conflict-kinds.js';
import { isAnothers, isOfType } from '../reconcile/kin/kin.js';
import type {
  JudgedRow,
  Link,
  ParentJob,
  ParentUser,
  PushResource,
  Resolution,
  RowContext,
} from '../reconcile/types.js';
import type { Judging } from './judge/record.js';
import type { ReadRow } from './known-row.js';
import { actorOf, readActors } from './read/actors.js';
import { type Listed, readAddressHolders } from './read/addresses.js';
import { readLeft } from './read/kin/left.js';
import { readResembling } from './read/kin/resembling.js';
import { readShareTwins, type ShareWishes } from './read/kin/share-twins.js';
import { type Left, readSuccessors } from './read/kin/successors.js';
import { readTwins, type Twin, type TwinGroups } from './read/kin/twins.js';
import { readUsedAgain } from './read/kin/used-again.js';
import { type Adoptable, readAdoptable, readFormerDeleted, readObserved } from './read/observed.js';
import { readQuestionSets, readSmsNotifications } from './read/offers.js';
import { readDeletedHere, readParentJobs, readParentUsers, readPendingInterviews } from './read/relations.js';
import { readKnown, readRows } from './read/rows.js';
import { readShareFacts } from './read/shares.js';
import { keyChunks } from './row-keys.js';

/** What recording the decision about a row needs. */
export interface RowRead {
  /** Of the content that was judged; null if schema ats has no such row, or one with `deleted_at`. */
  hash: string | null;
  /** There is no such row, which may be a slip: one with `deleted_at` is gone on purpose. */
  isMissing: boolean;
  /** Entries of sync.desired_queue that are done with once the decision is recorded. */
  queueIds: string[];
  /** How long ago the latest of them was written, in milliseconds; null if there is none. */
  queuedForMs: number | null;
  /** What the row was before; null if it was never judged. */
  state: string | null;
}

export interface ContextChunk {
  /** By ats_id. */
  contexts: RowContext[];
  /** One for each context, by ats_id. */
  read: Map<string, RowRead>;
}

export interface ContextOptions extends Judging {
  /** Only these rows, whether they need a look or not. */
  keys?: readonly string[];
  /** Jobs that are to be linked first, by ats_id: their interviews are looked for as if they were. */
  adoptedJobs?: AdoptedJobs;
  /** Whether a question set that the mirror does not have counts as not there; it does unless given. */
  setsAreTold?: boolean;
  /** Users that were seen at that time; null or left out: nobody knows. */
  listed?: Listed | null;
  /** Encryption keys with which stored API keys can be read; none unless given. */
  keyIds?: readonly string[];
  /** Rows of a chunk; 1,000 unless given. */
  chunkSize?: number;
}

/** Each with its object, and the key it had before; null where it had none. */
export type AdoptedJobs = ReadonlyMap<string, { uuid: string; formerId: string | null }>;

/** Rows that say the same, as far as they were read. */
interface KnownTwins {
  groups: TwinGroups;
  wishes: ShareWishes;
}

/** In the order of ats_id. What is queued behind the place that was read waits for the next time. */
export async function* loadContexts(
  db: Database,
  account: string,
  resource: PushResource,
  options: ContextOptions,
): AsyncGenerator<ContextChunk, void, undefined> {
  const size = options.chunkSize ?? 1000;
  const twins: KnownTwins = { groups: new Map(), wishes: new Map() };
  for await (const keys of keyChunks(db, account, resource, size, options.keys)) {
    yield await inSnapshot(db, (tx) => readChunk(tx, account, resource, keys, options, twins));
  }
}

async function readChunk(
  tx: Transaction,
  account: string,
  resource: PushResource,
  keys: readonly string[],
  options: ContextOptions,
  knownTwins: KnownTwins,
): Promise<ContextChunk> {
  const known = await readKnown(tx, account, resource, keys);
  const conflicts = await readConflicts(tx, account, resource, keys);
  const linked = [...known.values()].flatMap(({ link }) => link?.uuid ?? []);
  const observed = await readObserved(tx, account, resource, linked);
  // What a person wants made again is sent as a whole, and judged as that.
  const isMadeAgain = (atsId: string, { uuid }: Link) => {
    const object = observed.get(uuid);
    const isMeant = (one: Resolution) =>
      object?.deleted === true
        ? one.kind === 'remote_deleted'
        : object?.resource === 'interviews' && object.status !== 'completed' && one.field === 'job';
    const decided = conflicts.get(atsId)?.decided ?? [];
    return decided.some((one) => one.choice === 'ats' && one.uuid === uuid && isMeant(one));
  };
  const asNew = new Set(
    [...known].flatMap(([atsId, { link }]) => (link !== null && isMadeAgain(atsId, link) ? [atsId] : [])),
  );
  const rows = await readRows(tx, account, resource, known, options, asNew);
  const { jobs, users } = await readParents(tx, account, [...rows.values()], options);
  for (const [key, job] of jobs) job.uuid = options.adoptedJobs?.get(key)?.uuid ?? job.uuid;
  const leftWith = await readLeft(tx, account, known, rows, observed, jobs);
  const usedAgain = await readUsedAgain(tx, account, resource, known, rows, observed, leftWith);
  if (usedAgain.size > 0) {
    for (const atsId of usedAgain.keys()) asNew.add(atsId);
    // Judged once more, as new rows are.
    for (const [atsId, row] of await readRows(tx, account, resource, usedAgain, options, asNew))
      rows.set(atsId, row);
  }
  const unlinked = [...rows.values()]
    .map(({ judged }) => judged)
    .filter(({ atsId, wanted }) => {
      const link = known.get(atsId)!.link;
      // One whose object was deleted may get another: the same is looked for then.
      return wanted && (link === null || observed.get(link.uuid)?.deleted === true || asNew.has(atsId));
    });
  const pointed = new Map(
    unlinked.flatMap(({ atsId }): Array<[string, string]> => {
      const decided = conflicts.get(atsId)?.decided ?? [];
      const uuid = pointedAt(decided.findLast(({ kind }) => kind === 'possible_duplicate'));
      return uuid === null ? [] : [[atsId, uuid]];
    }),
  );
  const others = [...rows.values()]
    .map(({ judged }) => judged)
    .filter(({ atsId, values }) => {
      const { link } = known.get(atsId)!;
      return link !== null && (leftWith.has(atsId) || isAnothers(values, link.base, observed.get(link.uuid)));
    });
  const isSettled = ({ atsId }: JudgedRow) => known.get(atsId)!.openIntent === null && !asNew.has(atsId);
  const moved = others.filter((row) => row.wanted && isSettled(row));
  // Withdrawn in the load that moved keys: what it means may be another row's by now.
  const ending = [...rows.values()]
    .map(({ judged }) => judged)
    .filter(
      (row) => !row.wanted && isSettled(row) && (known.get(row.atsId)!.link === null || others.includes(row)),
    );
  const looking = [...unlinked, ...moved, ...(resource === 'interviews' ? ending : [])];
  const resembling = await readResembling(tx, account, resource, looking, jobs, pointed);
  const adoptable = await readAdoptable(tx, account, resource, resembling, pointed);
  const deletedKeys = unlinked.flatMap(({ atsId }) => (known.get(atsId)!.link === null ? [] : [atsId]));
  const deletedHere = await readDeletedHere(tx, account, resource, deletedKeys);
  const formerDeleted = await readFormerDeleted(tx, account, resource, resembling);
  const jobOf = new Map(
    unlinked.flatMap(({ atsId, values }): Array<[string, string]> => {
      const uuid = values?.resource === 'interviews' ? jobs.get(values.jobAtsId)?.uuid : null;
      return uuid == null ? [] : [[atsId, uuid]];
    }),
  );
  const unlinkedKeys = unlinked.map(({ atsId }) => atsId);
  const { groups, wishes } = knownTwins;
  const twins: ReadonlyMap<string, Twin> =
    resource === 'share_links'
      ? await readShareTwins(tx, account, unlinked, options, wishes)
      : await readTwins(tx, account, resource, unlinkedKeys, jobOf, options, groups);
  const formerSets = new Map([...known].map(([atsId, { link }]) => [atsId, unreadSetOf(link)]));
  const offers = await readOffers(tx, account, [...rows.values()], [...formerSets.values()]);
  const mayHaveLeft = new Set(others.map(({ atsId }) => atsId));
  const gone = new Map(
    [...known].flatMap(([atsId, { link }]): Array<[string, Left]> => {
      const isThere = rows.has(atsId);
      if (link === null || (isThere && !mayHaveLeft.has(atsId))) return [];
      const object = observed.get(link.uuid);
      return object === undefined || object.deleted ? [] : [[atsId, { object, base: link.base, isThere }]];
    }),
  );
  const successors = await readSuccessors(tx, account, resource, gone, options);
  const actorKeys = new Map(
    keys.map((atsId) => {
      const row = rows.get(atsId)?.judged ?? successors.get(atsId)?.withdrawn ?? null;
      return [atsId, actorOf(row, known.get(atsId)!.link)];
    }),
  );
  const named = [...actorKeys.values()].filter((key) => key !== null);
  const actors = await readActors(tx, account, named, options.keyIds ?? []);
  const pending = resource === 'jobs' ? await readPendingInterviews(tx, account, keys) : null;
  const addresses = await readAddressHolders(
    tx,
    account,
    [...rows.values()].map(({ judged }) => judged),
    (atsId) => observed.get(known.get(atsId)!.link?.uuid ?? '') ?? null,
    options.listed ?? null,
  );
  const shares = resource === 'share_links' ? await readShareFacts(tx, account, [...rows.values()]) : null;

  const chunk: ContextChunk = { contexts: [], read: new Map() };
  for (const atsId of keys) {
    const book = known.get(atsId)!;
    const row = rows.get(atsId) ?? null;
    const values = row?.judged.values ?? null;
    const owner = values?.resource === 'jobs' ? values.ownerAtsId : null;
    const requestedBy = values?.resource === 'interviews' ? values.requestedByAtsId : null;
    const job = values?.resource === 'interviews' ? values.jobAtsId : null;
    const set = values?.resource === 'interviews' ? offers.sets.get(values.questionSetUuid ?? '') : undefined;
    const named = actors.get(actorKeys.get(atsId) ?? '') ?? null;
    // A row that is gone can name nobody else: if whom it named cannot act any more, the administrator does.
    const isUnnamed = row === null && successors.get(atsId)?.withdrawn === undefined;
    const actor = (row === null && named?.uuid === null) || (isUnnamed && isDisabled(named)) ? null : named;
    // A row that somebody touched since is tried again; one that was and is deleted is the same.
    const refusal = book.refusal?.hash === (row?.hash ?? null) ? book.refusal : null;
    const { objects = [], formerRows = [], ledTo = [], beside = {}, ...left } = adoptable.get(atsId) ?? {};
    const twin = twins.get(atsId) ?? null;
    const { queueIds, queuedForMs, state } = book;
    const isMissing = row === null && !book.isMarked;
    chunk.read.set(atsId, { hash: row?.hash ?? null, isMissing, queueIds, queuedForMs, state });
    chunk.contexts.push({
      resource,
      atsId,
      row: row?.judged ?? null,
      ...(isMissing ? { isMissing: true as const } : {}),
      link: book.link,
      observed: book.link === null ? null : (observed.get(book.link.uuid) ?? null),
      openIntent: book.openIntent,
      openConflicts: conflicts.get(atsId)?.open ?? [],
      resolutions: conflicts.get(atsId)?.decided ?? [],
      refused: refusal?.issue ?? null,
      refusedFingerprint: refusal?.fingerprint ?? null,
      refusedForMs: refusal?.forMs ?? null,
      ...(refusal === null ? {} : { refusedActor: refusal.actor }),
      wishedAt: conflicts.get(atsId)?.waitingSince ?? (book.queuedAt ?? book.arrived) / 1000,
      adoptable: objects,
      formerRows,
      ...(ledTo.length === 0 ? {} : { ledTo }),
      ...(Object.keys(beside).length === 0 ? {} : { beside }),
      ...left,
      ...(row !== null && book.wasGone ? { wasGone: true as const } : {}),
      ...(leftWith.has(atsId) ? { isLeft: true as const } : {}),
      ...(usedAgain.has(atsId) || deletedHere.get(atsId)?.isUsedAgain === true
        ? { isUsedAgain: true as const }
        : {}),
      ...(deletedHere.has(atsId) ? { deletedHere: true as const } : {}),
      formerDeleted: formerDeleted.get(atsId) ?? [],
      successor: successors.get(atsId) ?? null,
      parents: {
        job: job === null ? null : jobs.get(job)!,
        requestedBy: requestedBy === null ? null : users.get(requestedBy)!,
        owner: owner === null ? null : users.get(owner)!,
      },
      questionSet: set?.known === false && options.setsAreTold === false ? null : (set ?? null),
      formerSet: offers.sets.get(formerSets.get(atsId) ?? '')?.questions ?? null,
      edit: book.edit,
      smsNotifications: offers.sms,
      actor,
      // One that is gone and whose invitation may be taken over stands in nobody's way.
      twin: twin === null || isTakenOver(twin.atsId, adoptable.get(atsId), values) ? null : twin.atsId,
      ...(twin?.isOver === true ? { twinIsOver: true as const } : {}),
      pendingInterviews: pending?.get(atsId) ?? 0,
      shares: shares?.get(atsId) ?? null,
      addressHolder: addresses.get(atsId) ?? null,
    });
  }
  return chunk;
}

/** The set that an interview was made with, where it is not known what questions it showed then. */
function unreadSetOf(link: Link | null): string | null {
  const { ats, sparkhire } = link?.base.questions ?? { ats: null, sparkhire: [] };
  const uuid = (ats as { questionSetUuid?: unknown } | null)?.questionSetUuid;
  return sparkhire === null && typeof uuid === 'string' ? uuid : null;
}

async function readOffers(
  tx: Transaction,
  account: string,
  rows: readonly ReadRow[],
  formerSets: ReadonlyArray<string | null>,
) {
  const interviews = rows.flatMap(({ judged: { values } }) =>
    values?.resource === 'interviews' ? [values] : [],
  );
  const named = interviews.flatMap(({ questionSetUuid }) => questionSetUuid ?? []);
  const former = formerSets.filter((uuid) => uuid !== null);
  const callable = interviews.some(({ candidate }) => candidate.phoneE164 !== null);
  return {
    sets: await readQuestionSets(tx, account, [...named, ...former]),
    sms: callable && (await readSmsNotifications(tx, account)),
  };
}

/** Whether the twin is a row that is gone, and its invitation this row's from now on. */
function isTakenOver(twin: string, adoptable: Adoptable | undefined, values: JudgedRow['values']): boolean {
  const former = adoptable?.formerRows.find(({ atsId }) => atsId === twin);
  const object = adoptable?.objects.find(({ uuid }) => uuid === former?.uuid);
  if (object?.resource !== 'interviews' || values === null) return object !== undefined;
  return isOfType(values, object);
}

async function readParents(
  tx: Transaction,
  account: string,
  rows: readonly ReadRow[],
  { words, adoptedJobs }: ContextOptions,
): Promise<{ jobs: Map<string, ParentJob>; users: Map<string, ParentUser> }> {
  const jobs = new Set<string>();
  const users = new Set<string>();
  for (const { values } of rows.map(({ judged }): JudgedRow => judged)) {
    if (values?.resource === 'interviews') {
      jobs.add(values.jobAtsId);
      if (values.requestedByAtsId !== null) users.add(values.requestedByAtsId);
    } else if (values?.resource === 'jobs' && values.ownerAtsId !== null) users.add(values.ownerAtsId);
  }
  const formerKeys = new Map([...(adoptedJobs ?? [])].map(([key, { formerId }]) => [key, formerId]));
  return {
    jobs: await readParentJobs(tx, account, [...jobs], words?.statuses, formerKeys),
    users: await readParentUsers(tx, account, [...users]),
  };
}

interface RowConflicts {
  open: RowContext['openConflicts'];
  decided: Resolution[];
  /** For a slot or seat, in milliseconds since the epoch. */
  waitingSince?: number;
}

/** Of a plan_limit conflict: see `limitValue`. */
function sinceOf(value: Resolution['ats']): number | undefined {
  const since = Date.parse(String((value as { since?: unknown } | null)?.since));
  return Number.isNaN(since) ? undefined : since;
}

interface ConflictRecord {
  id: string;
  ats_id: string;
  kind: RowConflictKind;
  field: string | null;
  uuid: string | null;
  ats_value: Resolution['ats'];
  sparkhire_value: Resolution['sparkhire'];
  resolution: string | null;
  is_open: boolean;
}

async function readConflicts(
  tx: Transaction,
  account: string,
  resource: PushResource,
  keys: readonly string[],
): Promise<Map<string, RowConflicts>> {
  const wanted = (
    condition: string,
  ) => `select id, ats_id, kind, field, uuid, ats_value, sparkhire_value, resolution,
      resolved_at is null as is_open from sync.conflicts
    where account = $1 and resource = $2 and ats_id = any($3) ${condition}`;
  const records = await tx.query<ConflictRecord>(
    `${wanted('and resolved_at is null')} union all ${wanted(`and ${isDecided()}`)} order by id`,
    [account, resource, keys],
  );
  const found = new Map<string, RowConflicts>();
  for (const { ats_id: atsId, is_open: isOpen, resolution, ...record } of records) {
    const row: RowConflicts = found.get(atsId) ?? { open: [], decided: [] };
    const { open, decided } = row;
    found.set(atsId, row);
    const { id, kind, field, uuid } = record;
    if (isOpen) open.push({ id, kind, field, uuid });
    if (isOpen && conflictKinds[kind].keepsPlace === true) row.waitingSince = sinceOf(record.ats_value);
    else if (!isOpen && resolution !== null) {
      const { ats_value: ats, sparkhire_value: sparkhire } = record;
      decided.push({ id, kind, field, uuid, choice: resolution, ats, sparkhire });
    }
  }
  return found;
}
