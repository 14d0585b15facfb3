-- stage_entries out of the tables that Airbyte's Lever Hiring connector makes: opportunities, applications, users. Replace
-- `lever` by the name of their schema, and `stage_entries` by the name the view is to have.
--
-- Airbyte brings neither the stages nor the postings of Lever. So a stage is its id (`applicant-new`, or a uuid), and that is
-- what a trigger names; of a job there is only the id of the posting: its row of ats.jobs is to come from elsewhere, such as
-- `sparkhire-sync import jobs`, or join a table that has the postings.
--
-- Every change of stage is in the opportunity itself: the key is the opportunity, the stage and the moment. Times are
-- milliseconds. A column that a table does not have is taken from `none`, as null. So the same view serves names with
-- capital letters and without, objects as JSON, and objects that were flattened into columns.
create or replace view stage_entries as
with o as (
  select x.* from (values (null::jsonb, null::jsonb, null::jsonb, null::numeric, null::numeric, null::boolean, null::boolean, null::jsonb, null::text))
    none ("stageChanges", stagechanges, archived, "archived_archivedAt", archived_archivedat, "isAnonymized", isanonymized, urls, urls_show)
  cross join lateral (
    select id, contact, nullif(btrim(name), '') as name, owner, emails, phones,
      coalesce("stageChanges", stagechanges) as changes,
      coalesce(archived ->> 'archivedAt', "archived_archivedAt"::text, archived_archivedat::text) is not null as is_archived,
      coalesce("isAnonymized", isanonymized, false) as is_anonymized,
      coalesce(urls ->> 'show', urls_show, 'https://hire.lever.co/candidates/' || id) as url
    from lever.opportunities
  ) x
),
entries as (
  select o.id as opportunity_id, change ->> 'toStageId' as stage_id, (change ->> 'updatedAt')::numeric::bigint as entered,
    lead((change ->> 'updatedAt')::numeric) over (partition by o.id order by (change ->> 'updatedAt')::numeric, at) as ended
  from o
  cross join lateral jsonb_array_elements(case jsonb_typeof(o.changes) when 'array' then o.changes end)
    with ordinality t(change, at)
  where change ->> 'toStageId' is not null and change ->> 'updatedAt' is not null
),
-- To which posting an opportunity applied: the latest that is not archived.
a as (
  select distinct on (opportunity_id) x.* from (values (null::text, null::text, null::jsonb, null::numeric, null::numeric))
    none ("opportunityId", opportunityid, archived, "createdAt", createdat)
  cross join lateral (
    select coalesce("opportunityId", opportunityid) as opportunity_id, posting, id,
      coalesce(archived ->> 'archivedAt', '') <> '' as is_archived, coalesce("createdAt", createdat) as created
    from lever.applications
    where posting is not null
  ) x
  order by opportunity_id, is_archived, created desc nulls last, id
)
select
  e.opportunity_id || '-' || e.stage_id || '-' || e.entered as entry_id,
  e.opportunity_id as application_id,
  e.stage_id as stage,
  to_timestamp(e.entered / 1000.0) as entered_at,
  to_timestamp(e.ended / 1000.0) as left_at,
  case when o.is_archived or o.is_anonymized then 'archived' else 'active' end as status,
  o.contact as candidate_id,
  case when not o.is_anonymized then o.name end as candidate_name,
  o.emails ->> 0 as candidate_email,
  (select phone ->> 'value' from jsonb_array_elements(case jsonb_typeof(o.phones) when 'array' then o.phones end)
     with ordinality t(phone, at)
   where nullif(phone ->> 'value', '') is not null
   order by (phone ->> 'type' = 'mobile') desc nulls last, at limit 1) as candidate_phone,
  a.posting as job_id,
  null::text as job_title,
  u.email as recruiter_email,
  o.url
from entries e
join o on o.id = e.opportunity_id
join a on a.opportunity_id = o.id
left join lever.users u on u.id = o.owner;
