/** Which connectors write rows of schema ats. */
import { type Database, query } from '../db/database.js';
import { idOf, type RowKey } from './causes.js';

/** @returns the kinds of the connectors, by `idOf`; rows of other programs are not in it */
export async function writersOf(db: Database, keys: readonly RowKey[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  // Each limit holds the planner to one look into an index for each row.
  const ofTable = (table: string) =>
    `left join lateral (select source from ats.${table} where k.resource = '${table}'
       and account = k.account and ats_id = k.ats_id limit 1) ${table} on true`;
  const rows = await query<{ account: string; resource: string; atsId: string; source: string }>(
    db,
    `select k.account, k.resource, k.ats_id as "atsId", s.source
     from unnest($1::text[], $2::text[], $3::text[]) as k(account, resource, ats_id)
     ${ofTable('users')} ${ofTable('jobs')} ${ofTable('interviews')}
     cross join lateral (select coalesce(users.source, jobs.source, interviews.source) as source) s
     where s.source is not null and s.source not like '%-orders'`,
    [
      keys.map(({ account }) => account),
      keys.map(({ resource }) => resource),
      keys.map(({ atsId }) => atsId),
    ],
  );
  return new Map(rows.map((row) => [idOf(row), row.source]));
}
