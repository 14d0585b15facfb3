/**
 * What is carried back to the ATS, in the database: intents of the resource ats_results, with the states of all intents.
 * There is one for each interview and action, for good: what turned out to be absent is the same intent, prepared again.
 */
import { type Database, query } from '../db/database.js';
import type { Facts, Telling } from './results.js';

/** Longest time from the beginning of the commit of `sent` to the first byte, in milliseconds, as of all intents. */
export const fenceMs = 5000;

const isOpen = `state in ('prepared', 'sent', 'unknown')`;

export interface ResultsOf {
  db: Database;
  account: string;
  source: string;
}

export interface Intent {
  id: string;
  state: 'prepared' | 'sent' | 'unknown';
  /** How often it was looked for since it was sent. */
  looked: number;
  /** Whether its application was not shown before. */
  missed: boolean;
  /** How often it was sent and turned out not to be there. */
  vain: number;
  /** Since it was last sent, less the time in which it may have left. */
  ageMs: number;
}

export interface Due {
  atsId: string;
  applicationId: string | null;
  entryId: string | null;
  facts: Facts;
  /** What is to be written next; null: nothing is any more. */
  action: string | null;
  /** null: it has none yet. */
  intent: Intent | null;
}

/**
 * What is due now, of the interviews of the connector that are not all told. One statement, by an index of these: its cost
 * grows with the invitations under way, not with those that ever were.
 * @returns `waiting`: intents that are not concluded; `nextMs`: when one of them is to be looked for, null if none is
 */
export async function readDue(
  { db, account, source }: ResultsOf,
  wanted: readonly Telling[],
  most: number,
): Promise<{ due: Due[]; waiting: number; nextMs: number | null }> {
  const rows = await query<
    Omit<Due, 'facts' | 'intent'> &
      Omit<Facts, 'rating'> & { rating: string | null } & Partial<Intent> & {
        waiting: number;
        nextMs: number | null;
      }
  >(
    db,
    `with due as (
       select l.ats_id as "atsId", a.extra ->> 'application_id' as "applicationId", a.extra ->> 'entry_id' as "entryId",
         l.uuid, m.type, m.rating, m.completed_at as "completedAt", m.scheduled_at as "scheduledAt", m.watch_url as "watchUrl",
         case when m.share_status is distinct from 'inactive' then m.share_url end as "shareUrl",
         w.action, w.id, w.state, w.looked, w.missed, w.vain, w.left_ms as "ageMs"
       from sync.links l
       join sparkhire.interviews m on m.account = l.account and m.uuid = l.uuid
       join ats.interviews a on a.account = l.account and a.ats_id = l.ats_id
       left join lateral (
         select t.action, i.id, i.state, i.looked, i.look_at, coalesce((i.detail ->> 'vain')::int, 0) as vain,
           i.detail ? 'missed' as missed,
           extract(epoch from clock_timestamp() - i.sent_at)::float8 * 1000
             - coalesce((i.detail ->> 'leftWithinMs')::float8, ${fenceMs}) as left_ms
         from unnest($3::text[], $4::text[]) with ordinality t(action, reached, nth)
         left join sync.intents i on i.account = l.account and i.uuid = l.uuid and i.action = t.action
           and i.resource = 'ats_results'
         where (t.reached = m.status or t.reached = 'invited' and m.status <> 'canceled')
           and coalesce(i.state in ('prepared', 'sent', 'unknown'), true)
         order by t.nth limit 1) w on true
       where l.account = $1 and l.results_to = $2
         and case when w.action is null then m.status in ('completed', 'expired', 'canceled') or m.deleted_at is not null
           else coalesce(w.look_at <= clock_timestamp(), true) end
       order by l.ats_id limit $5),
     next as (
       select count(*)::int as waiting, case when count(look_at) > 0
         then greatest(0, extract(epoch from min(look_at) - clock_timestamp())::float8 * 1000) end as ms from sync.intents
       where account = $1 and resource = 'ats_results' and ${isOpen})
     select due.*, next.waiting, next.ms as "nextMs" from next left join due on true`,
    [account, source, wanted.map(({ action }) => action), wanted.map(({ state }) => state), most],
  );
  const due = rows
    .filter(({ atsId }) => atsId !== null)
    .map(
      ({
        atsId,
        applicationId,
        entryId,
        action,
        id,
        state,
        looked,
        missed,
        vain,
        ageMs,
        nextMs: _,
        waiting: __,
        rating,
        ...facts
      }) => ({
        atsId,
        applicationId,
        entryId,
        action,
        facts: { ...facts, rating: rating === null ? null : Number(rating) },
        intent: id ? ({ id, state, looked, missed, vain, ageMs: ageMs ?? 0 } as Intent) : null,
      }),
    );
  return { due, waiting: rows[0]!.waiting, nextMs: rows[0]!.nextMs };
}

/** All of theirs is told, or nothing of it was to be. */
export async function closeResults({ db, account }: ResultsOf, atsIds: readonly string[]): Promise<void> {
  await query(
    db,
    `update sync.links set results_to = null where account = $1 and resource = 'interviews' and ats_id = any($2)`,
    [account, atsIds],
  );
}

/** @returns their ids by row; one that another process has meanwhile has none */
export async function prepareResults(
  { db, account }: ResultsOf,
  rows: ReadonlyArray<{ atsId: string; action: string; uuid: string; marker: string }>,
): Promise<Map<string, string>> {
  const made = await query<{ id: string; ats_id: string }>(
    db,
    `insert into sync.intents (account, resource, ats_id, action, fingerprint, uuid)
     select $1, 'ats_results', * from unnest($2::text[], $3::text[], $4::text[], $5::uuid[])
     on conflict do nothing returning id, ats_id`,
    [
      account,
      rows.map(({ atsId }) => atsId),
      rows.map(({ action }) => action),
      rows.map(({ marker }) => marker),
      rows.map(({ uuid }) => uuid),
    ],
  );
  return new Map(made.map(({ id, ats_id }) => [ats_id, id]));
}

/**
 * Commits that it leaves now.
 * @param before what the mark before answered, where the same attempt leaves again; null at first
 * @returns null if it must not: somebody else sends it, or the row has another interview since
 */
export async function markSent(
  { db, source }: ResultsOf,
  id: string,
  before: string | null,
): Promise<string | null> {
  const [marked] = await query<{ at: string }>(
    db,
    `update sync.intents i set state = 'sent', sent_at = clock_timestamp(), updated_at = clock_timestamp(),
       look_at = null, error = null, detail = detail - 'leftWithinMs'
     where i.id = $1 and case when $3::text is null then i.state = 'prepared' else i.state = 'sent' and i.sent_at::text = $3 end
       and exists (select from sync.links l
       where l.account = i.account and l.resource = 'interviews' and l.ats_id = i.ats_id and l.uuid = i.uuid and l.results_to = $2)
     returning i.sent_at::text as at`,
    [id, source, before],
  );
  return marked?.at ?? null;
}

/** It is written. */
export async function confirmResult({ db }: ResultsOf, id: string, reference: string | null): Promise<void> {
  await query(
    db,
    `update sync.intents set state = 'confirmed', error = null, look_at = null, updated_at = clock_timestamp(),
       detail = detail || jsonb_strip_nulls(jsonb_build_object('reference', $2::text))
     where id = $1 and ${isOpen}`,
    [id, reference],
  );
}

/** It never will be. */
export async function refuseResult({ db }: ResultsOf, id: string, reason: string): Promise<void> {
  await query(
    db,
    `update sync.intents set state = 'rejected', error = $2, look_at = null, updated_at = clock_timestamp() where id = $1 and ${isOpen}`,
    [id, reason],
  );
}

/** Its attempt is over, and it may have arrived. */
export async function markUnknown({ db }: ResultsOf, id: string): Promise<void> {
  await query(
    db,
    `update sync.intents set state = 'unknown', looked = 0, look_at = clock_timestamp(), updated_at = clock_timestamp(),
       error = 'the answer was lost', detail = detail || jsonb_build_object('leftWithinMs', least(greatest(extract(epoch from clock_timestamp() - sent_at) * 1000, 0), ${fenceMs}))
     where id = $1 and ${isOpen}`,
    [id],
  );
}

/** It surely did not arrive: it is to be sent. @param vain it was sent, and is not there */
export async function prepareAgain({ db }: ResultsOf, id: string, vain: boolean): Promise<void> {
  await query(
    db,
    `update sync.intents set state = 'prepared', error = null, looked = 0, look_at = null, updated_at = clock_timestamp(),
       detail = detail || jsonb_build_object('vain', coalesce((detail ->> 'vain')::int, 0) + $2::int)
     where id = $1 and ${isOpen}`,
    [id, vain ? 1 : 0],
  );
}

/** Nothing is done about it for a while. */
export async function putOff(
  { db }: ResultsOf,
  id: string,
  error: string,
  missed: boolean,
  ms: number,
): Promise<void> {
  await query(
    db,
    `update sync.intents set state = case when state = 'sent' then 'prepared' else state end, error = $2,
       detail = case when $4 then detail || '{"missed": true}' else detail end,
       look_at = clock_timestamp() + $3::float8 * interval '1 ms', updated_at = clock_timestamp()
     where id = $1 and ${isOpen}`,
    [id, error, ms, missed],
  );
}

/** It was not there: another look, half of the settling time later, and at the earliest when that has passed since it can last have left. */
export async function lookAgain({ db }: ResultsOf, { id, ageMs }: Intent, settleMs: number): Promise<void> {
  await query(
    db,
    `update sync.intents set state = 'unknown', looked = looked + 1, updated_at = clock_timestamp(),
       error = coalesce(error, 'the process ended before its outcome was recorded'),
       look_at = clock_timestamp() + greatest($2::float8 / 2, $2::float8 - $3::float8) * interval '1 ms'
     where id = $1 and ${isOpen}`,
    [id, settleMs, ageMs],
  );
}
