/** What a plan tells of a connected ATS: because of which stage somebody would be invited, and who is skipped and why. */
import type { AccountSession } from '../account-session.js';
import { query } from '../db/database.js';
import type { Plan } from '../reconcile/plan/plan.js';
import type { AtsFailure } from './ats-work.js';

export interface SkippedPerson {
  entry_id: string;
  application_id: string;
  reason: string;
  message: string;
}

/** The plan with the stage as the reason of each invitation that a connector asks for; its checksum stays. */
export async function withStages({ db, account, ats }: AccountSession, plan: Plan): Promise<Plan> {
  const created = plan.actions.filter(
    ({ resource, action }) => resource === 'interviews' && action === 'create',
  );
  if (ats === undefined || created.length === 0) return plan;
  const rows = await query<{ ats_id: string; stage: string; package: string }>(
    db,
    `select $3 || '-' || entry_id as ats_id, stage, package from sync.ats_entries
     where account = $1 and source = $2 and entry_id = any(select substr(k, length($3) + 2) from unnest($4::text[]) k)`,
    [account.name, ats.kind, ats.prefix, created.map(({ atsId }) => atsId)],
  );
  const stages = new Map(rows.map((row) => [row.ats_id, row]));
  return {
    ...plan,
    actions: plan.actions.map((action) => {
      const found =
        action.resource === 'interviews' && action.action === 'create' ? stages.get(action.atsId) : undefined;
      if (found === undefined) return action;
      return { ...action, reason: `entered “${found.stage}” in ${ats.title}: package ${found.package}` };
    }),
  };
}

/** Everybody who is skipped now, the latest first. */
export function skippedPeople({ db, account, ats }: AccountSession): Promise<SkippedPerson[]> {
  return query(
    db,
    `select entry_id, application_id, reason, message from sync.ats_skipped
     where account = $1 and source = $2 order by seen_at desc, entry_id desc`,
    [account.name, ats!.kind],
  );
}

const shownOfEach = 5;

/** A line for each, the first five of a reason; how many more there are. */
export function skippedLines(skipped: readonly SkippedPerson[], failure: AtsFailure | undefined): string[] {
  const lines = failure === undefined ? [] : [`! The ATS could not be read: ${failure.message}`];
  const reasons = [...new Set(skipped.map(({ reason }) => reason))];
  for (const reason of reasons) {
    const of = skipped.filter((one) => one.reason === reason);
    for (const { application_id, message } of of.slice(0, shownOfEach))
      lines.push(`. application ${application_id} is skipped: ${reason}: ${message}`);
    const more = of.length - shownOfEach;
    if (more > 0)
      lines.push(`. ${more} more ${more === 1 ? 'is' : 'are'} skipped: ${reason}; sync.ats_skipped has all`);
  }
  return lines;
}
