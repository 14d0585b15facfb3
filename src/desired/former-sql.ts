/** SQL that finds a row which is gone from its table by what it had said, or by who follows it to another key. */

/** Open conflicts, and answers that nobody has acted upon yet, about the field of the row `l`. */
const isAsked = `kind = 'field_diverged' and (resolved_at is null or acted_at is null and resolved_by <> 'sparkhire-sync')`;

/** What a person was asked about the row of the link `l`: `FormerRow.asked`. */
export const askedOfFormer = `(select jsonb_agg(jsonb_build_object('id', id::text, 'kind', kind, 'field', field, 'uuid', uuid,
    'choice', resolution, 'ats', ats_value, 'sparkhire', sparkhire_value) order by id)
  from sync.conflicts where account = l.account and resource = l.resource and ats_id = l.ats_id and ${isAsked})`;

/** Objects whose rows had said the label of the row `k` in this field: people may have changed that in Spark Hire. */
export const isSaidBefore = (resource: 'users' | 'jobs', field: string) => `
  select uuid, false from sync.links
  where account = $1 and resource = '${resource}' and sync.likeness(base #>> '{${field},ats}') = sync.likeness(k.label)
  union all
  select uuid, false from sync.conflicts
  where account = $1 and resource = '${resource}' and ats_id is not null and field = '${field}' and ${isAsked}
    and sync.likeness(ats_value #>> '{}') = sync.likeness(k.label)`;

/** Objects of which a person said that they are the row's, in $6 and $7: they may be called otherwise by now. */
export const isPointedAt = `
  select uuid, true from unnest($6::text[], $7::uuid[]) as p(ats_id, uuid) where p.ats_id = k.ats_id`;

/** Keys of jobs that the invitations of a job name by now, under their own keys or under others. @param job its uuid */
export const followers = (job: string) => `
  select distinct a.job_ats_id as ats_id from sparkhire.interviews i
  join sync.links li on li.account = $1 and li.resource = 'interviews' and li.uuid = i.uuid
  cross join lateral (
    select job_ats_id from ats.interviews where account = $1 and ats_id = li.ats_id and deleted_at is null
    union all
    select n.job_ats_id from ats.interviews n
    where n.account = $1 and sync.likeness(n.candidate_email) = sync.likeness(i.candidate_email) and n.deleted_at is null
      and not exists (select from ats.interviews x where x.account = $1 and x.ats_id = li.ats_id)
      and not exists (select from sync.links x
        where x.account = $1 and x.resource = 'interviews' and x.ats_id = n.ats_id)) a
  where i.account = $1 and i.job_uuid = ${job}`;

/** Jobs whose rows are gone and that are not settled, by the keys that their invitations name now. */
export const followed = `with left_jobs as materialized (
    select l.uuid from (
      select ats_id from sync.desired_queue where account = $1 and resource = 'jobs'
      union
      select ats_id from sync.desired_rows where account = $1 and resource = 'jobs'
        and state in ('pending', 'held', 'rejected', 'conflict', 'in_flight')) d
    join sync.links l on l.account = $1 and l.resource = 'jobs' and l.ats_id = d.ats_id
    where not exists (select from ats.jobs j where j.account = $1 and j.ats_id = d.ats_id)),
  followed as materialized (select g.uuid, o.ats_id from left_jobs g cross join lateral (${followers('g.uuid')}) o)`;
