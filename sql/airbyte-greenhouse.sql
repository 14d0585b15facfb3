-- stage_entries out of the tables that Airbyte's Greenhouse connector makes: applications, candidates, jobs, job_posts,
-- offices, users. Replace `greenhouse` by the name of their schema, and `stage_entries` by the name the view is to have.
--
-- Airbyte has no history of stages, only where an application stands. So the key is the application and its stage, and when
-- it was entered is not known: such an entry counts since it was first met, if that was after the first reading. Who comes
-- back into a stage is not invited again. Prospects, private people and confidential jobs are left out.
--
-- A column that a table does not have is taken from `none`, as null. So the same view serves the streams of Harvest v3, those
-- before (objects as JSON), and objects that were flattened into columns.
create or replace view stage_entries as
with a as (
  select x.* from (values (null::text, null::text, null::text, null::text, null::text, null::jsonb, null::jsonb, null::boolean))
    none (stage_id, stage_name, current_stage_id, current_stage_name, job_id, current_stage, jobs, prospect)
  cross join lateral (
    select id::text as id, candidate_id::text as candidate_id, lower(status) as status, coalesce(prospect, false) as prospect,
      coalesce(current_stage ->> 'id', current_stage_id::text, stage_id::text) as stage_id,
      coalesce(stage_name, current_stage ->> 'name', current_stage_name) as stage,
      coalesce(job_id::text, jobs -> 0 ->> 'id') as job_id
    from greenhouse.applications
  ) x
),
c as (
  select x.* from (values (null::boolean, null::boolean, null::boolean, null::text, null::text, null::jsonb))
    none (private, is_private, can_email, preferred_name, recruiter_id, recruiter)
  cross join lateral (
    select id::text as id, coalesce(private, is_private, false) as is_private, coalesce(can_email, true) as may_email,
      nullif(concat_ws(' ', coalesce(nullif(preferred_name, ''), first_name), last_name), '') as name,
      email_addresses, phone_numbers, coalesce(recruiter ->> 'id', recruiter_id::text) as recruiter_id
    from greenhouse.candidates
  ) x
),
j as (
  select x.* from (values (null::jsonb, null::jsonb, null::boolean))
    none (office_ids, offices, is_template)
  cross join lateral (
    select id::text as id, name, lower(status) as status, coalesce(confidential, false) as confidential,
      coalesce(is_template, false) as is_template, coalesce(office_ids, jsonb_path_query_array(offices, '$[*].id')) as office_ids
    from greenhouse.jobs
  ) x
),
o as (
  select x.* from (values (null::text, null::text)) none (location, location_name)
  -- The place is a text, or an object with a name.
  cross join lateral (
    select id::text as id, coalesce(to_jsonb(location) ->> 'name', to_jsonb(location) #>> '{}', location_name) as location
    from greenhouse.offices
  ) x
),
u as (
  select x.* from (values (null::text, null::text)) none (primary_email, primary_email_address)
  cross join lateral (select id::text as id, coalesce(primary_email, primary_email_address) as email from greenhouse.users) x
)
select
  a.id || '-' || a.stage_id as entry_id,
  a.id as application_id,
  a.stage,
  null::timestamptz as entered_at,
  -- Harvest answers in_process for what it is asked for as active.
  case when a.status in ('active', 'in_process') then 'active' else a.status end as status,
  c.id as candidate_id,
  c.name as candidate_name,
  (select m ->> 'value' from jsonb_array_elements(c.email_addresses) with ordinality t(m, at)
   where nullif(m ->> 'value', '') is not null order by (m ->> 'type' = 'personal') desc nulls last, at limit 1) as candidate_email,
  (select p ->> 'value' from jsonb_array_elements(c.phone_numbers) with ordinality t(p, at)
   where nullif(p ->> 'value', '') is not null order by (p ->> 'type' = 'mobile') desc nulls last, at limit 1) as candidate_phone,
  j.id as job_id,
  j.name as job_title,
  j.status as job_status,
  place[1] as city,
  case when array_length(place, 1) > 2 then place[array_length(place, 1) - 1] end as region,
  case when array_length(place, 1) > 1 then place[array_length(place, 1)] end as country,
  (select content from greenhouse.job_posts post where post.job_id::text = j.id and nullif(content, '') is not null
   order by coalesce(live, false) desc, coalesce(internal, false), id limit 1) as description,
  u.email as recruiter_email,
  'https://app.greenhouse.io/people/' || c.id || '?application_id=' || a.id as url
from a
join c on c.id = a.candidate_id and not c.is_private and c.may_email
join j on j.id = a.job_id and not j.confidential and not j.is_template
left join u on u.id = c.recruiter_id
left join lateral (
  select regexp_split_to_array(o.location, '\s*,\s*') as place
  from jsonb_array_elements_text(j.office_ids) with ordinality t(id, at) join o on o.id = t.id
  where nullif(o.location, '') is not null order by t.at limit 1
) office on true
where not a.prospect;
