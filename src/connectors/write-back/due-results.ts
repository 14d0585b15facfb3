/** What of the interviews of a connector is to be carried back to its ATS now. Read only: ledger/result-intents.ts writes. */
import { query } from '../../db/database.js';
import { endedIn } from '../../interview-status.js';
import { fenceMs, isOpen } from '../../ledger/intents.js';
import type { ResultsOf } from '../../ledger/result-intents.js';
import type { Facts, Telling } from './results.js';

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
           and coalesce(${isOpen('i.')}, true)
         order by t.nth limit 1) w on true
       where l.account = $1 and l.results_to = $2
         and case when w.action is null then ${endedIn('m.status')} or m.deleted_at is not null
           else coalesce(w.look_at <= clock_timestamp(), true) end
       order by l.ats_id limit $5),
     next as (
       select count(*)::int as waiting, case when count(look_at) > 0
         then greatest(0, extract(epoch from min(look_at) - clock_timestamp())::float8 * 1000) end as ms from sync.intents
       where account = $1 and resource = 'ats_results' and ${isOpen()})
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
