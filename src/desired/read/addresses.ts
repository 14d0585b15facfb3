/** Who has the e-mail addresses that users are to get. */
import type { Transaction } from '../../db/database.js';
import type { AddressHolder, JudgedRow, Observed } from '../../reconcile/types.js';
import { sameEmail } from '../../reconcile/values/equality.js';

/** Rows in a ring that are followed; longer ones just wait for each other. */
const longestRing = 20;

/** Users that a listing showed, and when it was asked for, by the database's clock. */
export interface Listed {
  uuids: ReadonlySet<string>;
  at: Date;
}

/**
 * For rows whose user does not have the wanted address yet: the row whose user has it, by ats_id. One statement, and none
 * if there are no such rows.
 * @param observed the user that a row is linked to
 * @param listed who was seen last; null if nobody knows
 */
export async function readAddressHolders(
  tx: Transaction,
  account: string,
  rows: readonly JudgedRow[],
  observed: (atsId: string) => Observed | null,
  listed: Listed | null = null,
): Promise<Map<string, AddressHolder>> {
  const asking = rows.flatMap(({ atsId, wanted, values }): Array<[string, string]> => {
    if (!wanted || values?.resource !== 'users') return [];
    const user = observed(atsId);
    const has = user?.resource === 'users' && !user.deleted && sameEmail(user.email, values.email);
    return has ? [] : [[atsId, values.email]];
  });
  if (asking.length === 0) return new Map();
  const holder = (address: string) => `
    join sparkhire.users m on m.account = $1 and sync.likeness(m.email) = sync.likeness(${address}) and m.deleted_at is null
    join sync.links l on l.account = $1 and l.resource = 'users' and l.uuid = m.uuid
    left join ats.users u on u.account = $1 and u.ats_id = l.ats_id and u.deleted_at is null`;
  interface Found extends Pick<AddressHolder, 'plans'> {
    ats_id: string;
    holder: string;
    uuid: string;
    since: Date;
  }
  const found = await tx.query<Found>(
    `with recursive ring as (
       select k.ats_id, k.email, l.ats_id as holder, u.email as wants, u.ats_id is not null as there, 1 as depth,
         m.uuid, m.mirrored_at as since
       from unnest($2::text[], $3::text[]) as k(ats_id, email) ${holder('k.email')}
       where l.ats_id <> k.ats_id
       union all
       select r.ats_id, r.wants, l.ats_id, u.email, u.ats_id is not null, r.depth + 1, m.uuid, m.mirrored_at
       from ring r ${holder('r.wants')}
       where l.ats_id <> r.holder and r.holder <> r.ats_id and r.depth < ${longestRing})
     select r.ats_id, r.holder, r.uuid, r.since, case
       when not r.there then 'withdrawn'
       when sync.likeness(r.wants) = sync.likeness(r.email) then 'keeps'
       when exists (select from ring o where o.ats_id = r.ats_id and o.holder = r.ats_id) then 'swaps'
       else 'gives_up' end as plans
     from ring r where r.depth = 1 order by 1, 2 desc`,
    [account, asking.map(([atsId]) => atsId), asking.map(([, email]) => email)],
  );
  return new Map(
    found.map(({ ats_id: atsId, holder: by, plans, uuid, since }) => {
      const isUnlisted = listed !== null && since < listed.at && !listed.uuids.has(uuid);
      return [atsId, { atsId: by, plans, ...(isUnlisted ? { unlisted: uuid } : {}) }];
    }),
  );
}
