/** Single objects into the mirror and out of it, together with the parts that only they carry. */
import { derivedUuid } from '../mirror/mapping.js';
import { type MirrorTransaction, markDeleted, storeRows } from '../mirror/store.js';
import type { MirrorRow } from '../mirror/tables.js';
import type { Read } from '../sparkhire/client.js';
import { addCounts, noCounts, type ResourceCounts } from './progress.js';
import type { ListedName, ListedResource } from './resources.js';

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
