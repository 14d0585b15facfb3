/** Rows that may be others under a new key: the ATS deleted a row and inserted it again with another one. */
import type { Transaction } from '../db/database.js';
import { folded, sameStatus } from '../reconcile/equality.js';
import { mayBeAt } from '../reconcile/places.js';
import { reviewerOf } from '../reconcile/share-keys.js';
import type { Desired, Observed, PushResource, ShareFacts } from '../reconcile/types.js';
import { readKnown, readRows } from './read-rows.js';
import { readShareFacts } from './read-shares.js';

/**
 * Rows `o` without a link that resemble the object `m`, which is linked to the row `k.ats_id`. An invitation resembles
 * also where its job is such a row itself: what became of that job's key is settled first.
 */
const resembles: Record<PushResource, string> = {
  users: `select o.ats_id from ats.users o
    where o.account = $1 and lower(left(o.email, 300)) = lower(left(m.email, 300)) and m.active is not false`,
  jobs: `select o.ats_id from ats.jobs o
    where o.account = $1 and lower(left(o.title, 300)) = lower(left(m.title, 300)) and m.status = 'active'`,
  interviews: `select o.ats_id from (
      select lj.ats_id from sync.links lj where lj.account = $1 and lj.resource = 'jobs' and lj.uuid = m.job_uuid
      union all
      select oj.ats_id from sync.links lj
      join sparkhire.jobs mj on mj.account = $1 and mj.uuid = lj.uuid
      join ats.jobs oj on oj.account = $1 and lower(left(oj.title, 300)) = lower(left(mj.title, 300))
      where lj.account = $1 and lj.resource = 'jobs' and lj.uuid = m.job_uuid and oj.deleted_at is null
        and not exists (select from ats.jobs j where j.account = $1 and j.ats_id = lj.ats_id)
        and not exists (select from sync.links l where l.account = $1 and l.resource = 'jobs' and l.ats_id = oj.ats_id)
    ) j
    join ats.interviews o on o.account = $1 and left(o.job_ats_id, 200) = left(j.ats_id, 200)
      and o.job_ats_id = j.ats_id and lower(left(o.candidate_email, 300)) = lower(left(m.candidate_email, 300))
    where lower(m.status) not in ('completed', 'expired', 'canceled')`,
  share_links: `select d.ats_id from sync.desired_rows d
    where d.account = $1 and d.resource = 'share_links' and d.state in ('pending', 'held', 'rejected', 'conflict', 'in_flight')
      and ${reviewerOf('d.ats_id')} = lower(m.reviewer_email) and m.status = 'active'`,
};

/**
 * For rows that are gone from their table and whose object is there: a usable row that may be the same, the first by
 * its key. Five statements at most.
 * @param gone the linked objects, by ats_id of the row
 * @param now milliseconds since the epoch
 */
export async function readSuccessors(
  tx: Transaction,
  account: string,
  resource: PushResource,
  gone: ReadonlyMap<string, Observed>,
  now: number,
): Promise<Map<string, string>> {
  if (gone.size === 0) return new Map();
  const records = await tx.query<{ ats_id: string; successor: string }>(
    `select k.ats_id, o.ats_id as successor
     from unnest($2::text[], $3::uuid[]) as k(ats_id, uuid)
     cross join lateral (select * from sparkhire.${resource} where account = $1 and uuid = k.uuid limit 1) m
     cross join lateral (${resembles[resource]} offset 0) o
     where not exists (
       select from sync.links l where l.account = $1 and l.resource = $4 and l.ats_id = o.ats_id)
     order by 1, 2`,
    [account, [...gone.keys()], [...gone.values()].map(({ uuid }) => uuid), resource],
  );
  if (records.length === 0) return new Map();
  const keys = [...new Set(records.map(({ successor }) => successor))];
  const rows = await readRows(tx, account, resource, await readKnown(tx, account, resource, keys), now);
  const shares = resource === 'share_links' ? await readShareFacts(tx, account, [...rows.values()]) : null;
  const found = new Map<string, string>();
  for (const { ats_id: atsId, successor } of records) {
    const row = rows.get(successor)?.judged;
    if (row?.wanted !== true || row.values === null || row.issues.length > 0) continue;
    const object = gone.get(atsId)!;
    if (!found.has(atsId) && mayBe(row.values, object, shares?.get(successor))) found.set(atsId, successor);
  }
  return found;
}

function mayBe(values: Desired, object: Observed, shares: ShareFacts | undefined): boolean {
  if (values.resource === 'jobs' && object.resource === 'jobs') {
    const isTitled = object.title !== null && folded(object.title) === folded(values.title);
    return isTitled && values.place !== null && mayBeAt(values.place, object.location);
  }
  if (values.resource === 'interviews' && object.resource === 'interviews')
    return object.type === null || object.type === values.type;
  if (values.resource === 'share_links' && object.resource === 'share_links')
    return sameStatus(values.status, object.status) && mayShow(object.interviewUuids, shares);
  return values.resource === 'users';
}

/** Interviews that are not linked (yet) may be some of these under another key. */
function mayShow(uuids: readonly string[] | null, shares: ShareFacts | undefined): boolean {
  if (uuids === null || shares === undefined || uuids.length !== shares.interviews.length) return false;
  return shares.interviews.every(({ uuid }) => uuid === null || uuids.includes(uuid));
}
