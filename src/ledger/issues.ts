/** Open issues of rows in sync.issues: one for each row and field. */
import type { Transaction } from '../db/database.js';
import { limitValue } from '../reconcile/room.js';
import type { Issue } from '../reconcile/types.js';
import type { OpenedConflict } from './journal.js';

export interface RowIssue extends Issue {
  account: string;
  resource: string;
  ats_id: string;
}

/** Opens it, or changes the one that is open for the field. */
export async function openIssue(tx: Transaction, issue: RowIssue): Promise<void> {
  await tx.query(
    `insert into sync.issues (account, resource, ats_id, field, code, message) values ($1, $2, $3, $4, $5, $6)
     on conflict (account, resource, ats_id, coalesce(field, '')) where resolved_at is null
     do update set code = excluded.code, message = excluded.message
     where (issues.code, issues.message) is distinct from (excluded.code, excluded.message)`,
    [issue.account, issue.resource, issue.ats_id, issue.field, issue.code, issue.message],
  );
}

/**
 * The plan does not allow it: a person has to see to that. A row that waits already keeps its place.
 * @returns the conflict, if it was not open yet
 */
export async function openPlanLimit(
  tx: Transaction,
  account: string,
  row: { resource: string; atsId: string; detail: { label: string; wishedAt?: number } },
  reason: string,
): Promise<OpenedConflict[]> {
  const told = await tx.query<OpenedConflict & { opened: boolean }>(
    `insert into sync.conflicts (account, resource, kind, ats_id, ats_value, reason)
     values ($1, $2, 'plan_limit', $3, $4, $5)
     on conflict (account, resource, kind, coalesce(ats_id, ''), coalesce(uuid::text, ''), coalesce(field, ''))
       where resolved_at is null
     do update set reason = excluded.reason where conflicts.reason is distinct from excluded.reason
     returning xmax = 0 as opened, id, kind, resource, ats_id, uuid, field`,
    [
      account,
      row.resource,
      row.atsId,
      JSON.stringify(limitValue(row.detail.label, row.detail.wishedAt ?? null)),
      reason,
    ],
  );
  return told.filter(({ opened }) => opened);
}

/**
 * Ends what Spark Hire refused of this row before: it has accepted it by now.
 * @param stillWaits for a slot or seat: it was something else that was accepted
 */
export async function resolveRefusals(
  tx: Transaction,
  account: string,
  resource: string,
  atsId: string,
  stillWaits: boolean,
): Promise<void> {
  await tx.query(
    `update sync.issues set resolved_at = now()
     where account = $1 and resource = $2 and ats_id = $3 and resolved_at is null
       and code = any($4)`,
    [account, resource, atsId, stillWaits ? ['REMOTE_REJECTED'] : ['REMOTE_REJECTED', 'PLAN_LIMIT']],
  );
  if (stillWaits) return;
  await tx.query(
    `update sync.conflicts set resolved_at = now(), resolution = 'its cause is gone', resolved_by = 'sparkhire-sync'
     where account = $1 and resource = $2 and ats_id = $3 and kind = 'plan_limit' and resolved_at is null`,
    [account, resource, atsId],
  );
}
