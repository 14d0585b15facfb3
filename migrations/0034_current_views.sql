-- The mirror without what is gone, for those who ask about today.
create view sparkhire.users_current as
select account, uuid, name, email, role, active, avatar, company_uuid, created_at, updated_at, raw, mirrored_at, deleted_at
from sparkhire.users where deleted_at is null;
create view sparkhire.jobs_current as
select account, uuid, title, status, description, location, open_interview_uuid, open_interview_link, open_interview_expires_at,
  open_interview_status, created_by_uuid, created_by_email, status_updated_by_uuid, status_updated_at, company_uuid, created_at,
  updated_at, raw, mirrored_at, deleted_at
from sparkhire.jobs where deleted_at is null;
create view sparkhire.interviews_current as
select account, uuid, type, status, nullif(rating, 0) as rating, job_uuid, job_title, candidate_uuid, candidate_name,
  candidate_email, created_by_uuid, created_by_email, scheduled_at, completed_at, share_link_uuid, share_url, share_status,
  watch_url, company_uuid, created_at, updated_at, raw, mirrored_at, deleted_at, status_since
from sparkhire.interviews where deleted_at is null;
comment on view sparkhire.users_current is 'The company users that exist.';
comment on view sparkhire.jobs_current is 'The jobs that exist.';
comment on view sparkhire.interviews_current is 'The interviews that exist. rating is null where nobody rated: Spark Hire says 0.';

-- Columns mean what they mean in the tables.
do $$
declare
  col record;
begin
  for col in select v.relname as view, a.attname as name, d.description as words
    from pg_class v join pg_attribute a on a.attrelid = v.oid and a.attnum > 0
    join pg_class t on t.relnamespace = v.relnamespace and t.relname = replace(v.relname, '_current', '')
    join pg_attribute o on o.attrelid = t.oid and o.attname = a.attname
    join pg_description d on d.objoid = t.oid and d.classoid = 'pg_class'::regclass and d.objsubid = o.attnum
    where v.relnamespace = 'sparkhire'::regnamespace and v.relname in ('users_current', 'jobs_current', 'interviews_current')
  loop
    execute format('comment on column sparkhire.%I.%I is %L', col.view, col.name,
      case when col.name = 'rating' then '0 to 5; null where nobody rated.' else col.words end);
  end loop;
end $$;
