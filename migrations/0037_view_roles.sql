-- The rights on the views that tell what became of rows. Run again by `sparkhire-sync migrate` if a role came late.
do $$
declare
  reader text;
begin
  foreach reader in array array['sparkhire_reader', 'sparkhire_ats_writer'] loop
    if exists (select from pg_roles where rolname = reader) then
      execute format('grant select on ats.user_sync, ats.job_sync, ats.interview_sync, ats.share_request_sync to %I', reader);
    end if;
  end loop;
end $$;
