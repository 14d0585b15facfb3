-- The rights on what the ATS writes and on what became of it. Run again by a later migration if a role came late.
do $$
begin
  if exists (select from pg_roles where rolname = 'sparkhire_reader') then
    grant usage on schema ats to sparkhire_reader;
    grant select on ats.user_sync, ats.job_sync, ats.interview_sync, sync.issues to sparkhire_reader;
  end if;
  if exists (select from pg_roles where rolname = 'sparkhire_ats_writer') then
    grant usage on schema ats to sparkhire_ats_writer;
    grant select, insert, update, delete, truncate
      on ats.users, ats.jobs, ats.packages, ats.interviews, ats.share_requests to sparkhire_ats_writer;
    grant select on ats.user_sync, ats.job_sync, ats.interview_sync to sparkhire_ats_writer;
  end if;
end $$;
