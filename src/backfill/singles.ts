/** Single objects into the mirror and out of it, together with the parts that only they carry. */
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
  const rows = [...byInterview.values()].flat();
  addCounts(counts, await storeRows(tx, 'interview_questions', rows));
  const kept = rows.map(({ uuid }) => uuid);
  counts.deleted += await endQuestions(tx, [...byInterview.keys()], kept);
  return counts;
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
