/** Whom rows of the ATS name although they have no API key here. */
import { type Database, query } from '../db/database.js';
import { readActors } from '../desired/read-actors.js';
import type { KeyPolicies } from '../reconcile/types.js';
import type { EncryptionKeys } from './encryption.js';

/** How many rows that are not done with name each user that the ATS has. */
const whoIsNamed = `
  select named as "atsId", count(*)::int as rows from (
    select 'jobs' as resource, ats_id, owner_ats_id as named from ats.jobs where account = $1 and deleted_at is null
    union all
    select 'interviews', ats_id, requested_by_ats_id from ats.interviews where account = $1 and deleted_at is null) r
  left join sync.desired_rows d on d.account = $1 and d.resource = r.resource and d.ats_id = r.ats_id
  where exists (select from ats.users u where u.account = $1 and u.ats_id = named) and coalesce(d.state, 'pending') not in ('synced', 'gone') group by 1`;

/** @returns who, by e-mail address where it is known, in order; and how many rows they keep waiting */
export async function missingKeys(
  db: Database,
  account: string,
  { provision }: Pick<KeyPolicies, 'provision'>,
  { byId }: EncryptionKeys,
): Promise<{ people: string[]; rows: number }> {
  const named = await query<{ atsId: string; rows: number }>(db, whoIsNamed, [account]);
  const actors = await readActors(
    { query: <Row>(sql: string, values?: readonly unknown[]) => query<Row>(db, sql, [...(values ?? [])]) },
    account,
    named.map(({ atsId }) => atsId),
    [...byId.keys()],
  );
  // What is made on demand is no matter until Spark Hire makes none.
  const lacks: ReadonlySet<string> = new Set(
    provision === 'demand' ? ['unavailable'] : ['missing', 'unavailable', 'failed'],
  );
  const lacking = named.filter(({ atsId }) => lacks.has(actors.get(atsId)!.key));
  return {
    people: [...new Set(lacking.map(({ atsId }) => actors.get(atsId)!.label))].sort(),
    rows: lacking.reduce((sum, { rows }) => sum + rows, 0),
  };
}
