/** The table sync.desired_queue: rows to look at. Triggers queue what the ATS writes; whatever else is to be looked at is queued here. */
import type { Statements } from '../db/database.js';

/** Whoever works on the account is woken by it, as by the triggers. */
export const desiredChannel = 'sparkhire_desired';

/** A running service looks at once at what waits. */
export async function wakePush(tx: Statements, account: string): Promise<void> {
  await tx.query(`select pg_notify('${desiredChannel}', $1)`, [account]);
}

/**
 * @param rows SQL of the columns; the account is $1
 * @param columns of the table; without `queued_at` they wait from now on
 * @returns how many
 */
export async function enqueue(
  tx: Statements,
  account: string,
  rows: string,
  values: readonly unknown[] = [],
  columns = 'resource, ats_id',
): Promise<number> {
  const [queued] = await tx.query<{ rows: number }>(
    `with queued as (insert into sync.desired_queue (account, ${columns})
       select $1, r.* from (${rows}) r returning 1)
     select count(*)::int as rows from queued`,
    [account, ...values],
  );
  return queued!.rows;
}
