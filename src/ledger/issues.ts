/** The table sync.issues: what is wrong with a row, or what it waits for. One open issue for each row and field. */
import type { Transaction } from '../db/database.js';
import type { Issue } from '../reconcile/types.js';
import { endConflicts } from './conflicts.js';
import type { RowKey } from './rows.js';

/** Opens it, or changes the one that is open for the field. */
export async function openIssue(
  tx: Transaction,
  { account, resource, atsId }: RowKey,
  issue: Issue,
): Promise<void> {
  await tx.query(
    `insert into sync.issues (account, resource, ats_id, field, code, message) values ($1, $2, $3, $4, $5, $6)
     on conflict (account, resource, ats_id, coalesce(field, '')) where resolved_at is null
     do update set code = excluded.code, message = excluded.message
     where (issues.code, issues.message) is distinct from (excluded.code, excluded.message)`,
    [account, resource, atsId, issue.field, issue.code, issue.message],
  );
}

/** What there is to say of these rows now: all else that was said of them ends. */
export async function recordIssues(
  tx: Transaction,
  account: string,
  told: ReadonlyArray<{ row: { resource: string; atsId: string }; issues: readonly Issue[] }>,
): Promise<void> {
  const issues = new Map<string, object>();
  const rows = JSON.stringify(told.map(({ row }) => ({ resource: row.resource, ats_id: row.atsId })));
  for (const { row, issues: all } of told) {
    const { resource, atsId } = row;
    for (const { code, field, message } of all) {
      const key = JSON.stringify([resource, atsId, field]);
      if (!issues.has(key)) issues.set(key, { resource, ats_id: atsId, field, code, message });
    }
  }
  const wanted = JSON.stringify([...issues.values()]);
  const shape = 'resource text, ats_id text, field text, code text, message text';
  await tx.query(
    `update sync.issues i set resolved_at = now()
     from jsonb_to_recordset($2::jsonb) as r(resource text, ats_id text)
     where i.account = $1 and i.resource = r.resource and i.ats_id = r.ats_id and i.resolved_at is null
       and not exists (select from jsonb_to_recordset($3::jsonb) as w(${shape})
         where w.resource = i.resource and w.ats_id = i.ats_id and w.field is not distinct from i.field
           and w.code = i.code)`,
    [account, rows, wanted],
  );
  if (issues.size === 0) return;
  await tx.query(
    `insert into sync.issues (account, resource, ats_id, field, code, message)
     select $1, w.resource, w.ats_id, w.field, w.code, w.message
     from jsonb_to_recordset($2::jsonb) as w(${shape})
     on conflict (account, resource, ats_id, coalesce(field, '')) where resolved_at is null
     do update set message = excluded.message where issues.message is distinct from excluded.message`,
    [account, wanted],
  );
}

/**
 * Ends what Spark Hire refused of this row before: it has accepted it by now.
 * @param stillWaits for a slot or seat: it was something else that was accepted
 */
export async function resolveRefusals(
  tx: Transaction,
  { account, resource, atsId }: RowKey,
  stillWaits: boolean,
): Promise<void> {
  await tx.query(
    `update sync.issues set resolved_at = now()
     where account = $1 and resource = $2 and ats_id = $3 and resolved_at is null
       and code = any($4)`,
    [account, resource, atsId, stillWaits ? ['REMOTE_REJECTED'] : ['REMOTE_REJECTED', 'PLAN_LIMIT']],
  );
  if (!stillWaits) await endConflicts(tx, account, { kind: 'plan_limit', resource, atsId });
}
