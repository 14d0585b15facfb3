/** A plan that would change so much at once that a person has to say that it is meant. */
import type { AccountSession } from '../account-session.js';
import { query } from '../db/database.js';
import type { Plan } from '../reconcile/plan.js';

export async function openMassChange(session: AccountSession, plan: Plan): Promise<void> {
  const { reason, resources } = plan.held!;
  // One question at a time: what it is about may have become another.
  await close(session, 'its cause is gone', resources.join(','));
  const [opened] = await query<{ is_new: boolean }>(
    session.db,
    `insert into sync.conflicts (account, resource, kind, reason, sparkhire_value)
     values ($1, $2, 'mass_change', $3, jsonb_build_object('checksum', $4::text, 'actions', $5::int))
     on conflict (account, resource, kind, coalesce(ats_id, ''), coalesce(uuid::text, ''), coalesce(field, ''))
       where resolved_at is null
     do update set reason = excluded.reason, sparkhire_value = excluded.sparkhire_value
     returning xmax = 0 as is_new`,
    [session.account.name, resources.join(','), reason, plan.checksum, plan.actions.length],
  );
  if (!opened!.is_new) return;
  session.log.warn(
    { event: 'mass_change', checksum: plan.checksum },
    `nothing was written to Spark Hire: ${reason} See \`sparkhire-sync plan\`, release it with \`sparkhire-sync apply --approve ${plan.checksum}\`.`,
  );
}

/** @param approved by a person; else the plan is small again */
export function closeMassChange(session: AccountSession, approved: boolean): Promise<void> {
  return close(session, approved ? 'approved' : 'its cause is gone', null);
}

async function close(session: AccountSession, resolution: string, except: string | null): Promise<void> {
  await query(
    session.db,
    `update sync.conflicts set resolved_at = now(), resolution = $2, resolved_by = 'sparkhire-sync'
     where account = $1 and kind = 'mass_change' and resolved_at is null and resource is distinct from $3`,
    [session.account.name, resolution, except],
  );
}
