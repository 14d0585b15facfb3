/** The tables and functions that the migrations made in schemas sync and sparkhire: what cannot be made again, but restored. */
import { SyncError } from '../../errors.js';
import type { Ask } from './ats-objects.js';

export interface OwnObjects {
  /** In words: `table sync.conflicts`, `function sync.likeness`. */
  missing: string[];
  /** How many are there; 0 in an empty database. */
  there: number;
}

export const restoreRemedy =
  'Restore the database from a backup, as a whole: keys, indexes and triggers belong to a table. Without a backup, use an empty database: Spark Hire is read again, and docs/ats.md ("Restored from a backup") says what you are asked then.';

/** @returns null if nothing is missing */
export function incomplete({ missing }: OwnObjects): SyncError | null {
  if (missing.length === 0) return null;
  return new SyncError('DATABASE_INCOMPLETE', `There is no ${missing.join(', no ')}.`, {
    remedy: restoreRemedy,
  });
}

/**
 * By the catalog: to look a name up takes a right on the schema.
 * @param migrations their SQL, which says what there is to be
 */
export async function lookForOwn(ask: Ask, migrations: readonly string[]): Promise<OwnObjects> {
  const wanted = ownNames(migrations);
  const found = await ask<{ name: string }>(
    `select case c.relkind when 'r' then 'table ' else '' end || n.nspname || '.' || c.relname as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('sync', 'sparkhire')
     union all
     select 'function ' || n.nspname || '.' || p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname in ('sync', 'sparkhire')`,
  );
  const names = new Set(found.map(({ name }) => name));
  const missing = wanted.filter((name) => !names.has(name));
  return { missing, there: wanted.length - missing.length };
}

const made = /\bcreate (?:or replace )?(table|function) (?:if not exists )?((?:sync|sparkhire)\.\w+)/g;

/** What the migrations make, and the table that records them. */
function ownNames(migrations: readonly string[]): string[] {
  const names = migrations.flatMap((sql) =>
    [...sql.matchAll(made)].map(([, kind, name]) => `${kind} ${name}`),
  );
  return [...new Set(['table sync.migrations', ...names])];
}
