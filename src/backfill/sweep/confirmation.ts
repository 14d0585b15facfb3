/** Asking for rows one by one that no listing shows, and storing what was answered. */
import type { AccountSession } from '../../account-session.js';
import { inMirrorTransaction, type MirrorTransaction } from '../../mirror/store.js';
import type { Read } from '../../sparkhire/client.js';
import type { ObjectFailures } from '../failures.js';
import { addCounts, noCounts, type ResourceCounts } from '../progress.js';
import { type ListedName, type ListedResource, listedResource } from '../resources.js';
import { markGone, readSingle, storeSingles } from '../singles.js';
import { type AbsentRow, forgetUnlisted, rememberUnlisted } from './unlisted.js';

type Single = Read<{ uuid: string }>;

/** What asking for one row told: it is there, this key may not read it, or it is gone. */
export type Answer =
  | { row: AbsentRow; state: 'there'; read: Single }
  | { row: AbsentRow; state: 'hidden' }
  /** `read` is what the API still shows of it, if anything. */
  | { row: AbsentRow; state: 'gone'; read: Single | null };

export interface Asked {
  answers: Answer[];
  /** What kept it from asking for all of them; null if nothing did. */
  stopped: unknown;
}

/** Asks for each of the rows. Rows that fail by themselves are counted in `failures` and have no answer. */
export async function askFor(
  session: AccountSession,
  name: ListedName,
  rows: readonly AbsentRow[],
  failures: ObjectFailures,
  onAsked: () => void,
): Promise<Asked> {
  const answers: Answer[] = [];
  for (const row of rows) {
    try {
      session.signal.throwIfAborted();
      answers.push(await askForOne(session, listedResource(name), row));
      failures.succeeded();
    } catch (error) {
      try {
        failures.add(error);
      } catch (stopped) {
        return { answers, stopped };
      }
    }
    onAsked();
  }
  return { answers, stopped: null };
}

async function askForOne(
  { client, signal }: AccountSession,
  resource: ListedResource<{ uuid: string }>,
  row: AbsentRow,
): Promise<Answer> {
  const told = await readSingle(client, resource, row.uuid, { lane: 'sweep', signal });
  switch (told.state) {
    case 'there':
      return {
        row,
        state: resource.isDeleted?.(told.read.value) === true ? 'gone' : 'there',
        read: told.read,
      };
    case 'hidden':
      return { row, state: 'hidden' };
    case 'gone':
      return { row, state: 'gone', read: null };
    default:
      throw told.error;
  }
}

export interface Settled {
  deleted: number;
  /** Rows that are there and differ from what was known. */
  updated: number;
  questions: ResourceCounts;
}

/** Stores what the answers told, in one transaction. */
export async function settle(
  session: AccountSession,
  name: ListedName,
  answers: readonly Answer[],
): Promise<Settled> {
  const settled: Settled = { deleted: 0, updated: 0, questions: noCounts() };
  if (answers.length === 0) return settled;
  const resource = listedResource(name);
  return inMirrorTransaction(session.db, session.account.name, async (tx) => {
    const there = answers.filter((answer) => answer.state === 'there');
    const stored = await storeSingles(
      tx,
      resource,
      there.map(({ read }) => read),
    );
    const asked = answers.filter(({ state }) => state !== 'gone').map(({ row }) => row.uuid);
    await rememberUnlisted(tx, name, asked);

    const ended = await untouched(
      tx,
      name,
      answers.filter((answer) => answer.state === 'gone'),
    );
    const shown = ended.flatMap(({ read }) => (read === null ? [] : [read]));
    const last = await storeSingles(tx, resource, shown);
    const uuids = ended.map(({ row }) => row.uuid);
    await forgetUnlisted(tx, name, uuids);
    const marked = await markGone(tx, name, uuids);
    addCounts(stored.questions, last.questions);
    stored.questions.deleted += marked.questions;
    return { deleted: marked.deleted, updated: stored.counts.updated, questions: stored.questions };
  });
}

/** Those that nobody else stored meanwhile: a tick or a webhook may have seen one come back. */
async function untouched<A extends { row: AbsentRow }>(
  tx: MirrorTransaction,
  name: ListedName,
  answers: readonly A[],
): Promise<A[]> {
  const same = await tx.query<{ uuid: string }>(
    `select r.uuid from unnest($2::uuid[], $3::text[]) as v(uuid, version)
     join sparkhire.${name} r on r.account = $1 and r.uuid = v.uuid
     where r.deleted_at is null and r.mirrored_at = v.version::timestamptz`,
    [tx.account, answers.map(({ row }) => row.uuid), answers.map(({ row }) => row.version)],
  );
  const uuids = new Set(same.map(({ uuid }) => uuid));
  return answers.filter(({ row }) => uuids.has(row.uuid));
}
