/** sync.ats_hints: what webhooks of the ATS named, until it was read again. */
import { type Database, query } from '../db/database.js';
import type { Hint } from './connector.js';

/** Whoever works on the account is woken by it. */
export const hintsChannel = 'sparkhire_ats';

/** @returns once it is durable; what came before under the same name of its delivery is stored once */
export async function storeHint(
  db: Database,
  account: string,
  source: string,
  { deliveryId, kind, applicationIds, candidateIds }: Hint,
): Promise<void> {
  await query(
    db,
    `with stored as (
       insert into sync.ats_hints (account, source, delivery_id, kind, application_ids, candidate_ids)
       values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning account)
     select pg_notify('${hintsChannel}', account) from stored`,
    [account, source, deliveryId, kind, applicationIds, candidateIds],
  );
}

export interface WaitingHints {
  ids: string[];
  applicationIds: string[];
}

/** So many deliveries are read for at once. */
const most = 200;

/** The oldest that wait; none is asked about twice for several deliveries. */
export async function waitingHints(db: Database, account: string, source: string): Promise<WaitingHints> {
  const [row] = await query<WaitingHints>(
    db,
    `with waiting as (
       select id, application_ids, candidate_ids from sync.ats_hints
       where account = $1 and source = $2 and read_at is null order by id limit ${most}),
     named as (
       select unnest(application_ids) as application from waiting
       union
       select i.extra ->> 'application_id' from waiting w join ats.interviews i
         on i.account = $1 and i.extra ->> 'candidate_id' = any(w.candidate_ids) and i.source = $2)
     select array(select id from waiting) as ids,
       array(select application from named where application is not null) as "applicationIds"`,
    [account, source],
  );
  return row!;
}

export async function hintsRead(db: Database, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await query(db, 'update sync.ats_hints set read_at = clock_timestamp() where id = any($1::bigint[])', [
    ids,
  ]);
}
