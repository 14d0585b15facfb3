-- stage_entries out of the tables that Fivetran's Greenhouse connector makes.
-- Replace `greenhouse` by the name of their schema, and `stage_entries` by the name the view is to have.
--
-- An entry is a line of application_history that names a stage: its key is the application and the moment. A line that only
-- says the status (hired, rejected) is none, nor is one that repeats the stage before it. An entry was left when the next
-- one began. Private people, prospects, confidential and deleted jobs are left out.
create or replace view stage_entries as
with entries as (
  select application_id, new_stage_id as stage_id, updated_at as entered_at,
    lag(new_stage_id) over one as stage_before, lead(updated_at) over one as left_at
  from (
    -- Of several lines of one moment the last that was loaded counts.
    select distinct on (application_id, updated_at) application_id, new_stage_id, updated_at
    from greenhouse.application_history
    where new_stage_id is not null
    order by application_id, updated_at, _fivetran_synced desc, new_stage_id desc
  ) lines
  window one as (partition by application_id order by updated_at)
),
-- Lines that repeat a stage are no end of it either.
runs as (
  select application_id, stage_id, entered_at, lead(entered_at) over (partition by application_id order by entered_at) as left_at
  from entries
  where stage_before is distinct from stage_id
),
-- Whoever was merged goes on under another candidate, and that one perhaps as well.
merged as (
  with recursive steps as (
    select id as candidate_id, new_candidate_id as now_id, 1 as step from greenhouse.candidate where new_candidate_id is not null
    union all
    select s.candidate_id, c.new_candidate_id, s.step + 1
    from steps s join greenhouse.candidate c on c.id = s.now_id
    where c.new_candidate_id is not null and s.step < 10
  )
  select distinct on (candidate_id) candidate_id, now_id from steps order by candidate_id, step desc
)
select
  e.application_id || '-' || (extract(epoch from e.entered_at) * 1000)::bigint as entry_id,
  e.application_id,
  s.name as stage,
  e.entered_at,
  -- The history may come after the application that it is of.
  case when e.left_at is null and a.current_stage_id <> e.stage_id then coalesce(a.last_activity_at, a._fivetran_synced)
    else e.left_at end as left_at,
  -- What Fivetran marks as deleted is a word of Greenhouse, and ends the application.
  case when a._fivetran_deleted or a.is_deleted or c._fivetran_deleted then 'deleted' else a.status end as status,
  c.id as candidate_id,
  nullif(concat_ws(' ', c.first_name, c.last_name), '') as candidate_name,
  (select m.value from greenhouse.email_address m where m.candidate_id = c.id
   order by (m.type = 'personal') desc nulls last, m.index limit 1) as candidate_email,
  (select p.value from greenhouse.phone_number p where p.candidate_id = c.id
   order by (p.type = 'mobile') desc nulls last, p.index limit 1) as candidate_phone,
  j.id as job_id,
  j.name as job_title,
  j.status as job_status,
  -- "City, Region, Country" or "City, Country"
  place[1] as city,
  case when array_length(place, 1) > 2 then place[array_length(place, 1) - 1] end as region,
  case when array_length(place, 1) > 1 then place[array_length(place, 1)] end as country,
  (select o.content from greenhouse.job_post o
   where o.job_id = j.id and nullif(o.content, '') is not null and o._fivetran_deleted is not true
   order by coalesce(o.live, false) desc, coalesce(o.internal, false), o.id limit 1) as description,
  (select u.email from greenhouse.user_email u where u.user_id = c.recruiter_id order by u.email limit 1) as recruiter_email,
  'https://app.greenhouse.io/people/' || c.id || '?application_id=' || e.application_id as url
from runs e
join greenhouse.application a on a.id = e.application_id and a.prospect is not true
join greenhouse.job_stage s on s.id = e.stage_id
left join merged on merged.candidate_id = a.candidate_id
join greenhouse.candidate c on c.id = coalesce(merged.now_id, a.candidate_id) and c.is_private is not true
join greenhouse.job j on j.id = s.job_id
  and j._fivetran_deleted is not true and j.confidential is not true
left join lateral (
  select regexp_split_to_array(o.location_name, '\s*,\s*') as place
  from greenhouse.job_office jo
  join greenhouse.office o on o.id = jo.office_id
  where jo.job_id = j.id and nullif(o.location_name, '') is not null and o._fivetran_deleted is not true
  order by o.id limit 1
) office on true;
