/**
 * What people answered: given, passed on to the row that goes on under another key, and ended once it is carried out or put aside. What
 * an answer means, and how it ends, is judged by reconcile/answers.ts.
 */
import type { Statements, Transaction } from '../db/database.js';
import type { ConflictKindName, TakeOf } from '../reconcile/conflict-kinds.js';
import { isRowOf, tableNameOf } from '../reconcile/kinds/share-keys.js';
import { type Decision, type PushResource, pushResources } from '../reconcile/types.js';
import { type Asked, askedIn, isAnswered, nameOfPerson, shape } from './conflicts.js';

/**
 * A person decided.
 * @returns the rows as they are now; those that were not open with the values of their revision are missing
 */
export async function resolveOpen<Row>(
  tx: Statements,
  conflicts: ReadonlyArray<{ id: number; revision: number }>,
  { resolution, by }: { resolution: string; by: string },
): Promise<Row[]> {
  const updated = await tx.query<{ row: Row }>(
    `update sync.conflicts c set resolved_at = now(), resolution = $2, resolved_by = $3
     from jsonb_to_recordset($1::jsonb) as k(id bigint, revision int)
     where c.id = k.id and c.resolved_at is null and c.revision = k.revision returning to_jsonb(c) as row`,
    [JSON.stringify(conflicts), resolution, nameOfPerson(by)],
  );
  return updated.map(({ row }) => row);
}

/** What became of an answer that waits for something else than its row, noted in what was seen. */
export async function noteRelease<K extends ConflictKindName>(
  tx: Statements,
  account: string,
  { kind, resource, resolution, how }: { kind: K; resource: string; resolution: TakeOf<K>; how: string },
): Promise<void> {
  await tx.query(
    `update sync.conflicts set sparkhire_value = sparkhire_value || jsonb_build_object('release', $5::text)
     where account = $1 and resource = $2 and kind = $3 and resolution = $4 and not sparkhire_value ? 'release'`,
    [account, resource, kind, resolution, how],
  );
}

/** Answers that end, by id: what people chose is done, or put aside. */
export type Ended = Partial<Pick<Decision, 'carriedOut' | 'putAside'>>;

/** One statement, if there is any. */
export async function endAnswers(tx: Statements, account: string, ended: readonly Ended[]): Promise<void> {
  const carriedOut = ended.flatMap((one) => one.carriedOut ?? []);
  const ids = [...carriedOut, ...ended.flatMap((one) => one.putAside ?? [])];
  if (ids.length === 0) return;
  await tx.query(
    `update sync.conflicts set acted_at = now(), carried_out = id = any($3::bigint[])
     where account = $1 and id = any($2::bigint[]) and acted_at is null`,
    [account, ids, carriedOut],
  );
}

/**
 * Answers that were given under former keys go on under these. A row whose questions all have one by now waits for nobody: the
 * next pass carries it out.
 * @returns the decisions, without what is answered
 */
export async function passAnswersOn(
  tx: Transaction,
  account: string,
  decisions: readonly Decision[],
): Promise<readonly Decision[]> {
  const asked = askedIn(decisions, 'conflicts');
  const open = await unanswered(tx, account, asked);
  if (open.length === asked.length) return decisions;
  return decisions.map((decision): Decision => {
    const { resource, atsId, state, keeps } = decision;
    const conflicts = decision.conflicts.filter(({ kind, uuid }) =>
      open.some(
        (one) => one.resource === resource && one.ats_id === atsId && one.kind === kind && one.uuid === uuid,
      ),
    );
    const isSettled = state === 'conflict' && conflicts.length + keeps.length === 0;
    return { ...decision, conflicts, state: isSettled ? 'pending' : state };
  });
}

/** The objects of a question, in their order. */
const shownIn = (column: string) => `jsonb_path_query_array(${column}, '$[*].uuid')`;

/** If it is of this resource, its row is gone from its table. */
const isGoneFrom = (
  resource: PushResource,
) => `(c.resource <> '${resource}' or (select true from ats.${tableNameOf(resource)} a
    where a.account = $1 and ${isRowOf(resource, 'c.ats_id')} and a.deleted_at is null limit 1) is null)`;

/**
 * What a person decided about a row that is gone, and nobody has carried out yet, holds for the row that may be the same under
 * another key, however often it gets one: the answer goes on under that one, which carries it out next. Where something is
 * made again for it, it has to be what the person saw; where it is what is there, no other row may ask about the same. To make
 * another beside what is there is asked again.
 * @returns the questions that are left
 */
async function unanswered(tx: Transaction, account: string, asked: readonly Asked[]): Promise<Asked[]> {
  const follows = ({ kind, former }: Asked) => former !== undefined || kind === 'possible_duplicate';
  if (!asked.some(follows)) return [...asked];
  const answered = await tx.query<{ resource: string; ats_id: string; kind: string; uuid: string | null }>(
    `with w as materialized (select * from jsonb_to_recordset($2::jsonb) as w(${shape}))
     update sync.conflicts c set ats_id = w.ats_id, ats_value = w.ats from w
     where c.account = $1 and c.resource = w.resource and c.kind = w.kind and c.uuid is not distinct from w.uuid
       and c.ats_id <> w.ats_id and ${isAnswered('c.')}
       and case w.kind
         when 'remote_deleted' then w.former is not null and (c.ats_value = w.ats or c.resolution = 'sparkhire')
         when 'possible_duplicate' then c.resolution like 'link%'
           and ${shownIn('c.sparkhire_value')} = ${shownIn('w.sparkhire')} and ${pushResources.map(isGoneFrom).join(' and ')}
           and not exists (select from w o where o.resource = w.resource and o.kind = w.kind and o.ats_id <> w.ats_id
             and ${shownIn('o.sparkhire')} = ${shownIn('w.sparkhire')})
         else false end
     returning c.resource, c.ats_id, c.kind, c.uuid`,
    [account, JSON.stringify(asked)],
  );
  const hasAnswer = (one: Asked) =>
    answered.some(
      ({ resource, ats_id, kind, uuid }) =>
        resource === one.resource && ats_id === one.ats_id && kind === one.kind && uuid === one.uuid,
    );
  return asked.filter((one) => !hasAnswer(one));
}
