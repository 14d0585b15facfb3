/** Single objects into the mirror and out of it, together with the parts that only they carry. */
import { derivedUuid } from '../mirror/mapping.js';
import { type MirrorTransaction, markDeleted, storeRows } from '../mirror/store.js';
import type { MirrorRow } from '../mirror/tables.js';
import { ApiError, type CallOptions, type Client, type Read } from '../sparkhire/client.js';
import { addCounts, noCounts, type ResourceCounts } from './progress.js';
import type { ListedName, ListedResource } from './resources.js';

/** What asking for one object told. */
export type Single<T extends { uuid: string } = { uuid: string }> =
  | { state: 'there'; read: Read<T> }
  /** Spark Hire has no such object. A copy that is behind may say so too. */
  | { state: 'gone'; error: ApiError }
  /** It is not for this key. */
  | { state: 'hidden'; error: ApiError }
  /** Nothing is said of this object: Spark Hire fails, or does not answer, or the key or the work is at an end. */
  | { state: 'silent'; error: ApiError }
  /** Reading this object fails. */
  | { state: 'failed'; error: ApiError };

const silent: ReadonlySet<string> = new Set([
  'REMOTE_FAILED',
  'REMOTE_TIMEOUT',
  'REMOTE_UNREACHABLE',
  'RATE_LIMITED',
  'KEY_REFUSED',
  'ABORTED',
]);

/** Asks for one object: the one place that says what the answer means. @throws what is no answer of Spark Hire's */
export async function readSingle<T extends { uuid: string }>(
  client: Client,
  resource: Pick<ListedResource<T>, 'get'>,
  uuid: string,
  options: CallOptions,
): Promise<Single<T>> {
  try {
    return { state: 'there', read: await resource.get(client, uuid, options) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === 'NOT_FOUND') return { state: 'gone', error };
    if (error.code === 'FORBIDDEN') return { state: 'hidden', error };
    return { state: silent.has(error.code) ? 'silent' : 'failed', error };
  }
}

export interface StoredSingles {
  counts: ResourceCounts;
  questions: ResourceCounts;
}

export async function storeSingles<T extends { uuid: string }>(
  tx: MirrorTransaction,
  resource: ListedResource<T>,
  reads: ReadonlyArray<Read<T>>,
): Promise<StoredSingles> {
  const stored = { counts: noCounts(), questions: noCounts() };
  addCounts(
    stored.counts,
    await storeRows(
      tx,
      resource.name,
      reads.map((read) => resource.row(read, 'single')),
    ),
  );
  if (resource.questions) {
    const questions = new Map<string, MirrorRow[]>();
    for (const read of reads) {
      const carried = resource.questions(read);
      if (carried !== null) questions.set(read.value.uuid, carried);
    }
    stored.questions = await storeQuestions(tx, questions);
  }
  return stored;
}

/** The questions of some interviews, and the end of those that are not among them any more. */
async function storeQuestions(
  tx: MirrorTransaction,
  byInterview: ReadonlyMap<string, MirrorRow[]>,
): Promise<ResourceCounts> {
  const counts = noCounts();
  const rows = await ownIdentities(tx, [...byInterview.values()].flat());
  addCounts(counts, await storeRows(tx, 'interview_questions', rows));
  const kept = rows.map(({ uuid }) => uuid);
  counts.deleted += await endQuestions(tx, [...byInterview.keys()], kept);
  return counts;
}

/**
 * Nothing says that a question copied into several interviews has a uuid of its own in each. The interview that
 * came first keeps it; in the others it gets one that is always the same for that interview.
 */
async function ownIdentities(tx: MirrorTransaction, rows: readonly MirrorRow[]): Promise<MirrorRow[]> {
  const stored = await tx.query<{ uuid: string; interview_uuid: string | null }>(
    `select uuid, interview_uuid from sparkhire.interview_questions
     where account = $1 and uuid = any($2::uuid[])`,
    [tx.account, rows.map(({ uuid }) => uuid)],
  );
  const owners = new Map(stored.map((row) => [row.uuid, row.interview_uuid]));
  return rows.map((row) => {
    const interview = row.columns.interview_uuid as string;
    const owner = owners.get(row.uuid) ?? interview;
    owners.set(row.uuid, owner);
    return owner === interview ? row : { ...row, uuid: derivedUuid(interview, row.uuid) };
  });
}

/** Marks objects as deleted, and with an interview its questions. @returns how many of each were marked */
export async function markGone(
  tx: MirrorTransaction,
  name: ListedName,
  uuids: readonly string[],
): Promise<{ deleted: number; questions: number }> {
  return {
    deleted: await markDeleted(tx, name, uuids),
    questions: name === 'interviews' ? await endQuestions(tx, uuids, []) : 0,
  };
}

async function endQuestions(
  tx: MirrorTransaction,
  interviews: readonly string[],
  kept: readonly string[],
): Promise<number> {
  const gone = await tx.query<{ uuid: string }>(
    `select uuid from sparkhire.interview_questions
     where account = $1 and interview_uuid = any($2::uuid[]) and deleted_at is null
       and not uuid = any($3::uuid[])`,
    [tx.account, interviews, kept],
  );
  if (gone.length === 0) return 0;
  return markDeleted(
    tx,
    'interview_questions',
    gone.map(({ uuid }) => uuid),
  );
}
