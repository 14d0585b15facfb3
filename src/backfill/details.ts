/**
 * What listings leave out, one GET an object: descriptions, questions, share links. Each row knows whether its
 * details are due, so work that was cut off goes on with the objects that are left.
 */
import type { AccountSession } from '../account-session.js';
import { query } from '../db/database.js';
import { inMirrorTransaction, type MirrorTransaction, markDeleted, storeRows } from '../mirror/store.js';
import type { MirrorRow } from '../mirror/tables.js';
import { ApiError, type Read } from '../sparkhire/client.js';
import { addCounts, noCounts, type Progress, type ResourceCounts } from './progress.js';
import { type DetailedName, type ListedResource, listedResource } from './resources.js';

export interface DetailsResult {
  counts: ResourceCounts;
  questions: ResourceCounts;
  /** Objects this key may not read, or that went away meanwhile. */
  hidden: number;
  /** Objects that could not be read although they are there; they stay due. */
  failed: number;
  firstError: unknown;
}

type Loaded = Read<{ uuid: string }>;

const chunk = 500;
const batch = 25;
/** So many objects in a row that cannot be read are no accident. */
const failuresInARow = 10;

export async function countDue(session: AccountSession, name: DetailedName): Promise<number> {
  const [row] = await query<{ due: number }>(
    session.db,
    `select count(*)::int as due from sparkhire.${name}
     where account = $1 and details_due and deleted_at is null`,
    [session.account.name],
  );
  return row!.due;
}

/** Makes every object's details due again. */
export async function makeAllDue(session: AccountSession, name: DetailedName): Promise<void> {
  await query(
    session.db,
    `update sparkhire.${name} set details_due = true
     where account = $1 and not details_due and deleted_at is null`,
    [session.account.name],
  );
}

async function* dueUuids(session: AccountSession, name: DetailedName): AsyncGenerator<string> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await query<{ uuid: string }>(
      session.db,
      `select uuid from sparkhire.${name}
       where account = $1 and details_due and deleted_at is null and uuid > $2 order by uuid limit ${chunk}`,
      [session.account.name, after],
    );
    for (const { uuid } of rows) yield uuid;
    if (rows.length < chunk) return;
    after = rows.at(-1)!.uuid;
  }
}

export function noDetails(): DetailsResult {
  return { counts: noCounts(), questions: noCounts(), hidden: 0, failed: 0, firstError: null };
}

/** Reads and stores what is due, several objects at a time; `result` counts what was done, also if it throws. */
export async function pullDetails(
  session: AccountSession,
  name: DetailedName,
  concurrency: number,
  progress: Progress,
  result: DetailsResult,
): Promise<void> {
  const { client, signal } = session;
  const resource = listedResource(name);
  const uuids = dueUuids(session, name);
  let loaded: Loaded[] = [];
  let flushing = Promise.resolve();
  let done = 0;
  let failedInARow = 0;
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);

  function flush(): Promise<void> {
    const reads = loaded;
    loaded = [];
    flushing = flushing.then(async () => {
      if (reads.length === 0) return;
      await storeDetails(session, resource, reads, result);
    });
    return flushing;
  }

  async function worker(): Promise<void> {
    for (;;) {
      stopped.throwIfAborted();
      const next = await uuids.next();
      if (next.done) return;
      try {
        const read = await resource.get(client, next.value, { lane: 'details', signal: stopped });
        loaded.push(read);
        failedInARow = 0;
      } catch (error) {
        if (!(error instanceof ApiError) || error.code === 'ABORTED') throw error;
        if (error.code === 'NOT_FOUND' || error.code === 'FORBIDDEN') {
          result.hidden++;
        } else if (['REMOTE_FAILED', 'ANSWER_UNREADABLE', 'REQUEST_REFUSED'].includes(error.code)) {
          result.failed++;
          result.firstError ??= error;
          if (++failedInARow >= failuresInARow) throw error;
        } else {
          throw error;
        }
      }
      progress.advance(name, 'details', ++done);
      if (loaded.length >= batch) await flush();
    }
  }

  const workers = Array.from({ length: concurrency }, () =>
    worker().catch((error: unknown) => {
      stop.abort(error);
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(workers);
  await flush();
  const broken = outcomes.filter((outcome) => outcome.status === 'rejected').map((o) => o.reason as unknown);
  if (broken.length > 0) throw stop.signal.reason ?? broken[0];
}

async function storeDetails(
  session: AccountSession,
  resource: ListedResource<{ uuid: string }>,
  reads: readonly Loaded[],
  result: DetailsResult,
): Promise<void> {
  await inMirrorTransaction(session.db, session.account.name, async (tx) => {
    const rows = reads.map((read) => resource.row(read, 'single'));
    addCounts(result.counts, await storeRows(tx, resource.name, rows));
    if (resource.questions) {
      const questions = new Map<string, MirrorRow[]>();
      for (const read of reads) {
        const of = resource.questions(read);
        if (of !== null) questions.set(read.value.uuid, of);
      }
      addCounts(result.questions, await storeQuestions(tx, questions));
    }
  });
}

/** The questions of some interviews, and the end of those that are not among them any more. */
async function storeQuestions(
  tx: MirrorTransaction,
  byInterview: ReadonlyMap<string, MirrorRow[]>,
): Promise<ResourceCounts> {
  const counts = noCounts();
  const rows = [...byInterview.values()].flat();
  addCounts(counts, await storeRows(tx, 'interview_questions', rows));
  const gone = await tx.query<{ uuid: string }>(
    `select uuid from sparkhire.interview_questions
     where account = $1 and interview_uuid = any($2::uuid[]) and deleted_at is null
       and not uuid = any($3::uuid[])`,
    [tx.account, [...byInterview.keys()], rows.map(({ uuid }) => uuid)],
  );
  if (gone.length > 0) {
    counts.deleted += await markDeleted(
      tx,
      'interview_questions',
      gone.map(({ uuid }) => uuid),
    );
  }
  return counts;
}
