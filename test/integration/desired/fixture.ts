/** A database with rows of the ATS, of the mirror and of the bookkeeping, written as tests need them. */
import { type Database, query } from '../../../src/db/database.js';
import { loadContexts } from '../../../src/desired/contexts.js';
import { enqueueObserved } from '../../../src/desired/queue.js';
import type { PushResource, RowContext } from '../../../src/reconcile/types.js';
import { fileDatabase } from '../../support/file-database.js';

export const now = Date.UTC(2031, 2, 10, 9);

/** Each account of a file is a world of its own; `seed` puts rows into one. */
export const desiredDatabase = fileDatabase;

/** Inserts rows with the columns they name. */
export async function seed(db: Database, table: string, rows: Record<string, unknown>[]): Promise<void> {
  for (const row of rows) {
    const names = Object.keys(row);
    const values = Object.values(row).map((value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) ? JSON.stringify(value) : value,
    );
    await query(
      db,
      `insert into ${table} (${names.join(', ')}) values (${names.map((_, i) => `$${i + 1}`).join(', ')})`,
      values,
    );
  }
}

export const uuidOf = (n: number) => `5a5a5a5a-0000-4000-8000-${String(n).padStart(12, '0')}`;

export { enqueueObserved as enqueue };

/** The rows that need a look, by ats_id. */
export async function look(
  db: Database,
  account: string,
  resource: PushResource,
  atsIds?: string[],
): Promise<Record<string, RowContext>> {
  const found: Record<string, RowContext> = {};
  for await (const { contexts } of loadContexts(db, account, resource, { now, atsIds })) {
    for (const context of contexts) found[context.atsId] = context;
  }
  return found;
}

/** Puts rows down as decided: their entries go, their content is known. */
export async function settle(
  db: Database,
  account: string,
  resource: PushResource,
  state = 'synced',
): Promise<void> {
  for await (const { read } of loadContexts(db, account, resource, { now })) {
    for (const [atsId, { hash, queueIds }] of read) {
      await query(db, 'delete from sync.desired_queue where id = any($1)', [queueIds]);
      await query(
        db,
        `insert into sync.desired_rows (account, resource, ats_id, hash, state) values ($1, $2, $3, $4, $5)
         on conflict (account, resource, ats_id) do update set hash = excluded.hash, state = excluded.state`,
        [account, resource, atsId, hash, state],
      );
    }
  }
}

export const job = (account: string, ats_id: string, more: Record<string, unknown> = {}) => ({
  account,
  ats_id,
  title: 'Baker',
  description: 'Bread, early.',
  status: 'open',
  city: 'Graz',
  country: 'Austria',
  ...more,
});

export const invitation = (account: string, ats_id: string, more: Record<string, unknown> = {}) => ({
  account,
  ats_id,
  job_ats_id: 'J',
  candidate_name: 'Mia Rye',
  candidate_email: 'mia@rye.test',
  type: 'one_way',
  question_set_uuid: uuidOf(900),
  deadline_at: '2031-03-20T12:00:00Z',
  ...more,
});
