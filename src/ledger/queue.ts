/** The table sync.desired_queue: rows to look at. Triggers queue what the ATS writes; whatever else is to be looked at is queued here. */
import type { Statements } from '../db/database.js';

/** Whoever works on the account is woken by it, as by the triggers. */
export const desiredChannel = 'sparkhire_desired';

/** A running service looks at once at what waits. */
export async function wakePush(tx: Statements, account: string): Promise<void> {
  await tx.query(`select pg_notify('${desiredChannel}', $1)`, [account]);
}

/**
 * @param rows SQL of their resource and ats_id; the account is $1
 * @param since whether it has as a third column since when they wait: it is from now on unless given
 * @returns how many
 */
export async function enqueue(
  tx: Statements,
  account: string,
  rows: string,
  values: readonly unknown[] = [],
  since = false,
): Promise<number> {
  const [queued] = await tx.query<{ rows: number }>(
    `with queued as (insert into sync.desired_queue (account, resource, ats_id${since ? ', queued_at' : ''})
       select $1, r.* from (${rows}) r returning 1)
     select count(*)::int as rows from queued`,
    [account, ...values],
  );
  return queued!.rows;
}
