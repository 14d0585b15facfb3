/** Rows that may be others under a new key: the ATS deleted a row and inserted it again with another one. */
import type { Transaction } from '../../../db/database.js';
import { endedIn } from '../../../interview-status.js';
import { isAsked } from '../../../ledger/conflicts.js';
import { isBeyondDoubt, isOfType, isSame, mayShow, type Said, showsAll } from '../../../reconcile/kin/kin.js';
import { partsOfShareLinkKey, reviewerOf } from '../../../reconcile/kinds/share-keys.js';
import type {
  Base,
  Desired,
  FormerRow,
  Observed,
  PushResource,
  ShareFacts,
  Successor,
} from '../../../reconcile/types.js';
import type { Judging } from '../../judge/judge.js';
import { readNamedInterviews, readShareFacts } from '../shares.js';
import { readKnown, readRows } from '../standing.js';
import { addressesOf, arrivalOf, hasRow, isNoName, means, missingSince, stays } from './former-sql.js';
import { followers, isAnother, isMadeInstead } from './invited-sql.js';
import { isLike, likeness, linkOfRow, none, objectOf, some } from './look-ups.js';

/** No address: whom the row means is told by its name until it has one. An index of ats.interviews says the same. */
const unaddressed = (column: string) => `coalesce(${column}, '') !~ '[^@[:space:]]@[^@[:space:]]'`;

/** Rows of jobs that stood for this object, which was deleted in Spark Hire since: another may have been made for them. */
const stoodFor = (object: string) => `sync.conflicts c where c.account = $1 and c.resource = 'jobs'
  and c.kind = 'remote_deleted' and c.uuid = ${object}`;

/** The job of `o` is that of the object, or was. */
const ofSameJob = `(o.job_ats_id = any(mj.ats_ids)
    or exists (select from ${stoodFor('m.job_uuid')} and c.ats_id = o.job_ats_id))`;

/** It has a row, or is linked. */
const isJob = (key: string) => `(${hasRow('jobs', key)} or ${some(`${linkOfRow('jobs', key)} l`)})`;

/** A row of the object's job is gone. */
const isJobGone = `exists (select from unnest(mj.ats_ids) as j(ats_id) where not exists (
      select from ats.jobs j0 where j0.account = $1 and j0.ats_id = j.ats_id and j0.deleted_at is null))`;

/** The row of the object's job means another one by now. */
const isJobLeft = some(`sync.links lj join sparkhire.jobs mj on mj.account = $1 and mj.uuid = lj.uuid
      where lj.account = $1 and lj.resource = 'jobs' and lj.uuid = m.job_uuid and not ${stays('jobs', 'lj', 'mj')}`);

/** The job of `o` is that of the object, or cannot be told. */
const maySayJob = `(${ofSameJob} or ${isNoName('o.job_ats_id')} or not ${isJob('o.job_ats_id')} and not ${isJobGone})`;

/** Its job is not in Spark Hire yet, and is called as the object's is: a person may be asked about it, or was just now. */
const mayBecomeJob = some(`ats.jobs j join sparkhire.jobs jm on jm.account = $1 and jm.uuid = m.job_uuid
    where j.account = $1 and j.ats_id = o.job_ats_id and j.deleted_at is null and ${isLike('j.title', 'jm.title')}
      and ${none(`${linkOfRow('jobs', 'j.ats_id')} l`)}`);

/** It may be that of the object under another key: whether it is, its own row is asked (`followers`), or this one. */
const ofUnsettledJob = `(${isJobGone} or ${isJobLeft} or ${mayBecomeJob}) and not ${isAnother('jobs', 'o.job_ats_id', 'm.job_uuid')}
    and coalesce((select ${isMadeInstead('m.job_uuid')} or not ${stays('jobs', 'lj', 'mj')} from sync.links lj
      join sparkhire.jobs mj on mj.account = $1 and mj.uuid = lj.uuid
      where lj.account = $1 and lj.resource = 'jobs' and lj.ats_id = o.job_ats_id limit 1), true)`;

/** It has an interview: where that is of somebody else, its key seems to have moved, and nobody can tell what it asks for. */
const isLinked = some(`${linkOfRow('interviews', 'o.ats_id')} lo`);

/** What the row `k` had said last of a field; see `kin`. */
const saidOf = (field: string) => `(select ${likeness(`k.base #>> '{${field},ats}'`)} union all
  select ${likeness(`ats_value #>> '{}'`)} from sync.conflicts where account = $1 and resource = $4 and ats_id = k.ats_id
    and kind = 'field_diverged' and field = '${field}' and ${isAsked()})`;
const candidateOf = (field: 'email' | 'name') => {
  const said = field === 'email' ? addressesOf('k.base') : ["k.base #>> '{candidate,ats,name}'"];
  return `any (array[${[`m.candidate_${field}`, ...said].map(likeness)}])`;
};

/** Of a row `o` that says no title: neither its description nor its place is that of the row `k`. */
const isOtherWork = `(btrim(o.description) <> btrim(k.base #>> '{description,ats}')
  and not ${isNoName('coalesce(o.city, o.work_place)')} and ${likeness('coalesce(o.city, o.work_place)')}
    <> coalesce(${likeness(`k.base #>> '{place,ats,city}'`)}, ${likeness(`k.base #>> '{place,ats,work_place}'`)}))`;

/** The row `o` came when the row `k` went. */
const cameInstead = (resource: PushResource) => `${arrivalOf(resource, 'o.ats_id')}
    between ${missingSince(resource, 'k.ats_id')} - interval '1 hour' and ${missingSince(resource, 'k.ats_id')} + interval '1 hour'`;

/**
 * Rows `o` without a link, or whose link is to what they do not mean, that may be the row `k` of the object `m`: by what Spark Hire shows, and by what the row had said.
 * One that says no name is told by what else it says, or by when it came. An invitation may be it also where its job may be that of the
 * object under another key: the old job's row is gone, and the invitation names a key that belongs to no other job (yet).
 * What became of that key is settled first.
 */
const resembles: Record<PushResource, string> = {
  users: `select ats_id, false as is_followed from ats.users
    where account = $1 and ${likeness('email')} = any (array(select ${likeness('m.email')} union all ${saidOf('email')}))
    union all
    select o.ats_id, false from ats.users o where o.account = $1 and ${unaddressed('o.email')}
      and (${isNoName('o.name')} or ${cameInstead('users')}
        or ${likeness('o.name')} = any (array(select ${likeness('m.name')} union all ${saidOf('name')})))`,
  jobs: `select o.ats_id, false as is_followed from ats.jobs o
    where o.account = $1 and ${likeness('o.title')} = any (array(select ${likeness('m.title')} union all ${saidOf('title')}))
    union all
    select o.ats_id, false from ats.jobs o
    where o.account = $1 and ${isNoName('o.title')} and not coalesce(${isOtherWork}, false)
    union all
    select j.ats_id, true from (${followers('m.uuid')}) f
    join ats.jobs j on j.account = $1 and j.ats_id = f.ats_id`,
  interviews: `select o.ats_id, false as is_followed from (
      select ats_id, job_ats_id from ats.interviews
      where account = $1 and ${likeness('candidate_email')} = ${candidateOf('email')}
      union all
      select ats_id, job_ats_id from ats.interviews
      where account = $1 and ${unaddressed('candidate_email')} and ${likeness('candidate_name')} = ${candidateOf('name')}
      union all
      select ats_id, job_ats_id from ats.interviews o
      where account = $1 and ${unaddressed('candidate_email')} and ${isNoName('candidate_name')} and ${cameInstead('interviews')}
    ) o
    cross join lateral (select array(
      select ats_id from sync.links where account = $1 and resource = 'jobs' and uuid = m.job_uuid
      union select c.ats_id from ${stoodFor('m.job_uuid')}) as ats_ids) mj
    where not ${endedIn('m.status')} and (${maySayJob} or ${ofUnsettledJob} or ${isLinked})`,
  // By the reviewer first, and not by the state: as a rule no row is open, and then all are.
  share_links: `select d.ats_id, false as is_followed from (select ats_id, state from sync.desired_rows
      where account = $1 and resource = 'share_links'
        and ${likeness(reviewerOf('ats_id'))} in (${likeness('m.reviewer_email')}, ${likeness("''")}) offset 0) d
    where d.state in ('pending', 'held', 'rejected', 'conflict', 'in_flight')`,
};

/** The row `k` is gone from its table, or has gone over to another object. */
const isLeft = (resource: PushResource) =>
  none(`${linkOfRow(resource, 'k.ats_id')} lk where ${stays(resource, 'lk')}`);

const noUuids: readonly string[] = [];

interface Found {
  ats_id: string;
  successor: string;
  is_followed: boolean;
  is_linked: boolean;
  came_instead: boolean;
  asked: NonNullable<FormerRow['asked']> | null;
}

/** What a row is linked to that is gone from its table, or may have gone over to something else. */
export interface Left {
  object: Observed;
  base: Base;
  isThere: boolean;
}

/**
 * For rows that are gone from their table, or have gone over, and whose object is there: a row that is wanted and may be the same, else one that came
 * when they went and is withdrawn by now; the first by its key, of share links those with an address before others. Whether it can be used as it is does not matter: nothing ends before it is corrected. One of which a person
 * said that it means another object is none. Six statements at most.
 * @param gone the linked objects and what was settled, by ats_id of the row
 */
export async function readSuccessors(
  tx: Transaction,
  account: string,
  resource: PushResource,
  gone: ReadonlyMap<string, Left>,
  judging: Judging,
): Promise<Map<string, Successor>> {
  if (gone.size === 0) return new Map();
  const records = await tx.query<Found>(
    `select k.ats_id, o.ats_id as successor, bool_or(o.is_followed) as is_followed,
       ${some(`${linkOfRow(resource, 'o.ats_id')} lo`)} as is_linked,
       ${cameInstead(resource)} as came_instead, (select jsonb_agg(jsonb_build_object('kind', kind, 'field', field, 'ats', ats_value)) from sync.conflicts c
         where c.account = $1 and c.resource = $4 and c.ats_id = k.ats_id and c.kind = 'field_diverged'
           and ${isAsked('c.')}) as asked
     from unnest($2::text[], $3::uuid[], $5::jsonb[]) as k(ats_id, uuid, base)
     cross join lateral (select * from sparkhire.${resource} m where account = $1 and uuid = k.uuid and ${isLeft(resource)} limit 1) m
     cross join lateral (${resembles[resource]} offset 0) o
     where o.ats_id <> k.ats_id and ${none(`${linkOfRow(resource, 'o.ats_id')} lo
       left join lateral ${objectOf(resource, 'lo.uuid')} mo on true
       where ${resource === 'users' ? means(resource, 'lo', 'mo') : stays(resource, 'lo', 'mo')}`)}
       and not ${isAnother(resource, 'o.ats_id', 'm.uuid')}
     group by k.ats_id, o.ats_id order by 1, right(o.ats_id, 1) = '/', 2`,
    [
      account,
      [...gone.keys()],
      [...gone.values()].map(({ object }) => object.uuid),
      resource,
      // A share link is known by what it shows; what was settled has the lists of its request.
      [...gone.values()].map(({ base }) => (resource === 'share_links' ? {} : base)),
    ],
  );
  if (records.length === 0) return new Map();
  const keys = [...new Set(records.map(({ successor }) => successor))];
  const rows = await readRows(tx, account, resource, await readKnown(tx, account, resource, keys), judging);
  const shares = resource === 'share_links' ? await readShareFacts(tx, account, [...rows.values()]) : null;
  // What a request names that cannot be used, or nobody's row, has to be the link's all the same.
  const isUnusable = (key: string) => rows.get(key)?.judged.values === null;
  const requestOfKey = (key: string) => partsOfShareLinkKey(key).requestAtsId;
  const unusable = resource === 'share_links' ? keys.filter(isUnusable).map(requestOfKey) : [];
  const namedBy = await readNamedInterviews(tx, account, [...new Set(unusable)]);
  const found = new Map<string, Successor>();
  const withdrawn = new Map<string, Successor>();
  for (const {
    ats_id: atsId,
    successor,
    is_followed: isFollowed,
    is_linked: isLinked,
    came_instead,
    asked,
  } of records) {
    const row = rows.get(successor)?.judged;
    if (row === undefined || found.has(atsId)) continue;
    const { values } = row;
    const { object, base, isThere } = gone.get(atsId)!;
    const former = { base, ...(asked === null ? {} : { asked }) };
    // Of a row that is there nothing waits for what only may be the same; of interviews the candidate tells, of links what they show.
    const may =
      isThere && (object.resource === 'users' || object.resource === 'jobs')
        ? values !== null && isBeyondDoubt(values, object, { ...former, leads: isFollowed }, isLinked)
        : isFollowed ||
          (values === null
            ? object.resource !== 'share_links' ||
              showsAll(object, namedBy.get(requestOfKey(successor)) ?? noUuids)
            : mayBe(values, object, former, shares?.get(successor)));
    if (row.wanted && may) found.set(atsId, { atsId: successor });
    else if (!row.wanted && values !== null && may && came_instead && !withdrawn.has(atsId))
      withdrawn.set(atsId, { atsId: successor, withdrawn: row });
  }
  return new Map([...withdrawn, ...found]);
}

/** @param values those of a row that can be told; a user's row was found by all that tells whose it may be */
function mayBe(values: Desired, object: Observed, former: Said, shares: ShareFacts | undefined): boolean {
  if (object.resource === 'interviews') return isOfType(values, object);
  if (object.resource === 'share_links') return mayShow(object, shares?.interviews);
  return object.resource === 'users' || isSame(values, object, former);
}
