/**
 * The table sync.desired_rows: what is known of each row of the ATS. Whoever moves a row does it here, by the moves that
 * row-moves.ts has.
 */
import type { Statements, Transaction } from '../db/database.js';
import { type Decision, type PushResource, type RowState, rowStates } from '../reconcile/types.js';
import { assertMove, type RowEvent, type RowMove, rowMoves } from './row-moves.js';

export interface RowKey {
  account: string;
  /** A resource that is carried to Spark Hire, or a table of schema ats. */
  resource: string;
  atsId: string;
}

const quoted = (states: readonly string[]) => states.map((state) => `'${state}'`).join(', ');

/** SQL: whether the row `d` is in a state that the event moves it from. */
function isMoved({ from }: RowMove): string {
  if (from.length === 0) return 'false';
  return from.length === rowStates.length ? 'true' : `d.state in (${quoted(from)})`;
}

/**
 * SQL of the move of the rows that `of` names, with the columns account, resource and ats_id: for a statement that says in
 * the same breath why they are moved.
 * @param of a table or subquery of the statement
 * @param to SQL for the state, where the event has more than one
 */
export function movingRows(event: RowEvent, of: string, to?: string): string {
  const move: RowMove = rowMoves[event];
  const state = to ?? (move.to.length === 1 ? quoted(move.to) : null);
  if (state === null) throw new Error(`which state a row is in once it is ${event} has to be told`);
  if (move.makes === true) {
    return `insert into sync.desired_rows as d (account, resource, ats_id, state, synced_at)
      select o.account, o.resource, o.ats_id, ${state}, case when ${state} in ('synced', 'gone') then now() end from ${of} o
      on conflict (account, resource, ats_id) do update set state = excluded.state, updated_at = now(),
        synced_at = coalesce(excluded.synced_at, d.synced_at)
      where ${isMoved(move)}`;
  }
  return `update sync.desired_rows d set state = ${state}, updated_at = now() from ${of} o
    where (d.account, d.resource, d.ats_id) = (o.account, o.resource, o.ats_id) and ${isMoved(move)}`;
}

/** Moves one row. @param to where the event has more than one */
export async function moveRow(
  tx: Statements,
  { account, resource, atsId }: RowKey,
  event: RowEvent,
  to: RowState = rowMoves[event].to[0],
): Promise<void> {
  assertMove(event, to);
  const one = '(select $1::text as account, $2::text as resource, $3::text as ats_id)';
  await tx.query(movingRows(event, one, '$4::text'), [account, resource, atsId, to]);
}

/** New rows get their place by arrival: the order in which they were queued. */
export async function noteArrivals(
  tx: Transaction,
  account: string,
  resources: readonly PushResource[],
): Promise<void> {
  await tx.query(
    `insert into sync.desired_rows (account, resource, ats_id, state, arrived_at)
     select q.account, q.resource, q.ats_id, ${quoted(rowMoves.arrived.to)}, min(q.queued_at) from sync.desired_queue q
     where q.account = $1 and q.resource = any($2) and not exists (select from sync.desired_rows d
       where d.account = q.account and d.resource = q.resource and d.ats_id = q.ats_id)
     group by 1, 2, 3
     on conflict do nothing`,
    [account, resources],
  );
}

/** Packages and share requests, as they were read. `hash`: of their content; null if there is none. */
export async function noteRead(
  tx: Transaction,
  account: string,
  table: 'packages' | 'share_requests',
  rows: ReadonlyArray<{ atsId: string; hash: string | null; isThere: boolean }>,
): Promise<void> {
  if (rows.length === 0) return;
  const [there, gone] = rowMoves.read.to;
  await tx.query(
    `insert into sync.desired_rows as d (account, resource, ats_id, hash, state)
     select $1, $2, k.ats_id, k.hash, case when k.is_there then '${there}' else '${gone}' end
     from unnest($3::text[], $4::uuid[], $5::boolean[]) as k(ats_id, hash, is_there)
     on conflict (account, resource, ats_id) do update
       set hash = excluded.hash, state = excluded.state, updated_at = clock_timestamp()
     where (d.hash, d.state) is distinct from (excluded.hash, excluded.state)`,
    [
      account,
      table,
      rows.map(({ atsId }) => atsId),
      rows.map(({ hash }) => hash),
      rows.map(({ isThere }) => isThere),
    ],
  );
}

/**
 * Rows of one resource that were decided. What is put down already is not written again.
 * @param hashes of each row's content as it was judged, by ats_id; a row without one keeps the hash it has
 * @returns those that were not rejected before
 */
export async function noteDecided(
  tx: Transaction,
  account: string,
  decisions: readonly Decision[],
  hashes: ReadonlyMap<string, string | null> | undefined,
): Promise<Decision[]> {
  const states = decisions.map(({ resource, atsId, state }) => {
    assertMove('decided', state);
    const hashed = hashes?.has(atsId) === true;
    return { resource, ats_id: atsId, state, hashed, hash: hashes?.get(atsId) ?? null };
  });
  const rejected = await tx.query<{ ats_id: string }>(
    `with written as (
     insert into sync.desired_rows as d (account, resource, ats_id, state, hash, synced_at, missing_since)
     select $1, s.resource, s.ats_id, s.state, case when s.hashed then s.hash else known.hash end,
       case when s.state in ('synced', 'gone') then now() end,
       case when not s.hashed then known.missing_since when s.hash is null then coalesce(known.missing_since,
         (select min(queued_at) from sync.desired_queue q
           where q.account = $1 and q.resource = s.resource and q.ats_id = s.ats_id), now()) end
     from jsonb_to_recordset($2::jsonb)
       as s(resource text, ats_id text, state text, hash uuid, hashed boolean)
     left join sync.desired_rows known
       on known.account = $1 and known.resource = s.resource and known.ats_id = s.ats_id
     on conflict (account, resource, ats_id) do update set state = excluded.state, hash = excluded.hash, missing_since = excluded.missing_since,
       updated_at = now(),
       synced_at = case when d.state <> excluded.state then coalesce(excluded.synced_at, d.synced_at)
         else d.synced_at end
     where (d.state, d.hash, d.missing_since) is distinct from (excluded.state, excluded.hash, excluded.missing_since)
     returning d.resource, d.ats_id, d.state)
     select w.ats_id from written w
     where w.state = 'rejected' and (select k.state from sync.desired_rows k
       where k.account = $1 and k.resource = w.resource and k.ats_id = w.ats_id) is distinct from 'rejected'`,
    [account, JSON.stringify(states)],
  );
  const news = new Set(rejected.map(({ ats_id }) => ats_id));
  return decisions.filter(({ atsId }) => news.has(atsId));
}
