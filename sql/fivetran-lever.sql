-- stage_entries out of the tables that Fivetran's Lever connector makes.
-- Replace `lever` by the name of their schema, and `stage_entries` by the name the view is to have.
--
-- An entry is a line of opportunity_stage_history: its key is the opportunity, the stage and the moment. It was left when the
-- next one began. An opportunity without an application to a posting has no job and is not invited. Lever has the place of
-- a posting as one text.
create or replace view stage_entries as
with entries as (
  select opportunity_id, stage_id, updated_at as entered_at,
    lead(updated_at) over (partition by opportunity_id order by updated_at, to_stage_index) as left_at
  from (
    select distinct on (opportunity_id, stage_id, updated_at) opportunity_id, stage_id, updated_at, to_stage_index
    from lever.opportunity_stage_history
    where stage_id is not null
    order by opportunity_id, stage_id, updated_at, _fivetran_synced desc
  ) lines
),
-- To which posting an opportunity applied: the latest that is not archived.
applied as (
  select distinct on (opportunity_id) opportunity_id, posting_id
  from lever.application
  where posting_id is not null
  order by opportunity_id, archived_at is not null, created_at desc nulls last, id
)
select
  e.opportunity_id || '-' || e.stage_id || '-' || (extract(epoch from e.entered_at) * 1000)::bigint as entry_id,
  e.opportunity_id as application_id,
  s.text as stage,
  e.entered_at,
  -- The history may come after the opportunity that it is of.
  case when e.left_at is null and o.stage_id <> e.stage_id then coalesce(o.last_advanced_at, o.updated_at) else e.left_at end as left_at,
  case when o.archived_at is null and o.is_anonymized is not true then 'active' else 'archived' end as status,
  o.contact as candidate_id,
  case when o.is_anonymized is not true then nullif(btrim(o.name), '') end as candidate_name,
  -- Lever does not say which address comes first: the one that was loaded first is taken, and stays.
  (select m.email from lever.contact_email m where m.contact_id = o.contact
   order by m._fivetran_synced, m.email limit 1) as candidate_email,
  (select p.value from lever.contact_phone p where p.contact_id = o.contact
   order by (p.type = 'mobile') desc nulls last, p.index limit 1) as candidate_phone,
  p.id as job_id,
  p.text as job_title,
  case p.state when 'published' then 'open' when 'internal' then 'open' when 'draft' then 'draft' when 'pending' then 'draft'
    else 'closed' end as job_status,
  place[1] as city,
  case when array_length(place, 1) > 2 then place[array_length(place, 1) - 1] end as region,
  case when array_length(place, 1) > 1 then place[array_length(place, 1)] end as country,
  coalesce(nullif(p.content_description_html, ''), nullif(p.content_description, '')) as description,
  (select u.email from lever."user" u where u.id = o.owner_id and u.deactivated_at is null
   and u._fivetran_deleted is not true) as recruiter_email,
  'https://hire.lever.co/candidates/' || o.id as url
from entries e
join lever.opportunity o on o.id = e.opportunity_id
join lever.stage s on s.id = e.stage_id
join applied on applied.opportunity_id = o.id
join lever.posting p on p.id = applied.posting_id and p._fivetran_deleted is not true
cross join lateral (select regexp_split_to_array(nullif(p.categories_location, ''), '\s*,\s*') as place) location;
