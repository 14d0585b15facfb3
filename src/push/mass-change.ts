/** A plan that would change so much at once that a person has to say that it is meant. */
import type { AccountSession } from '../account-session.js';
import { query } from '../db/database.js';
import type { Plan } from '../reconcile/plan.js';

export async function openMassChange(session: AccountSession, plan: Plan): Promise<void> {
  const { reason, resources } = plan.held!;
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

/** The plan is small again, or was approved. */
export async function closeMassChange(session: AccountSession): Promise<void> {
  await query(
    session.db,
    `update sync.conflicts set resolved_at = now(), resolution = 'the plan was carried out', resolved_by = 'sparkhire-sync'
     where account = $1 and kind = 'mass_change' and resolved_at is null`,
    [session.account.name],
  );
}
