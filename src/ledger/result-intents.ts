/**
 * What is carried back to the ATS, in the database: intents of the resource ats_results, with the states of all intents.
 * There is one for each interview and action, for good: what turned out to be absent is the same intent, prepared again.
 */
import { type Database, query } from '../db/database.js';
import { fenceMs, isOpen } from './intents.js';

export interface ResultsOf {
  db: Database;
  account: string;
  source: string;
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
     where id = $1 and ${isOpen()}`,
    [id, reference],
  );
}

/** It never will be. */
export async function refuseResult({ db }: ResultsOf, id: string, reason: string): Promise<void> {
  await query(
    db,
    `update sync.intents set state = 'rejected', error = $2, look_at = null, updated_at = clock_timestamp() where id = $1 and ${isOpen()}`,
    [id, reason],
  );
}

/** Its attempt is over, and it may have arrived. */
export async function markUnknown({ db }: ResultsOf, id: string): Promise<void> {
  await query(
    db,
    `update sync.intents set state = 'unknown', looked = 0, look_at = clock_timestamp(), updated_at = clock_timestamp(),
       error = 'the answer was lost', detail = detail || jsonb_build_object('leftWithinMs', least(greatest(extract(epoch from clock_timestamp() - sent_at) * 1000, 0), ${fenceMs}))
     where id = $1 and ${isOpen()}`,
    [id],
  );
}

/** It surely did not arrive: it is to be sent. @param vain it was sent, and is not there */
export async function prepareAgain({ db }: ResultsOf, id: string, vain: boolean): Promise<void> {
  await query(
    db,
    `update sync.intents set state = 'prepared', error = null, looked = 0, look_at = null, updated_at = clock_timestamp(),
       detail = detail || jsonb_build_object('vain', coalesce((detail ->> 'vain')::int, 0) + $2::int)
     where id = $1 and ${isOpen()}`,
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
     where id = $1 and ${isOpen()}`,
    [id, error, ms, missed],
  );
}

/** It was not there: another look, half of the settling time later, and at the earliest when that has passed since it can last have left. */
export async function planNextLook(
  { db }: ResultsOf,
  { id, ageMs }: { id: string; ageMs: number },
  settleMs: number,
): Promise<void> {
  await query(
    db,
    `update sync.intents set state = 'unknown', looked = looked + 1, updated_at = clock_timestamp(),
       error = coalesce(error, 'the process ended before its outcome was recorded'),
       look_at = clock_timestamp() + greatest($2::float8 / 2, $2::float8 - $3::float8) * interval '1 ms'
     where id = $1 and ${isOpen()}`,
    [id, settleMs, ageMs],
  );
}
