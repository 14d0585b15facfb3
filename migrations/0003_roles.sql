-- The roles readers and the ATS are given. They belong to the whole server, so another database may have made
-- them already. A user who may not create roles gets the tables without them, and a warning.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['sparkhire_reader', 'sparkhire_ats_writer'] loop
    begin
      if not exists (select from pg_roles where rolname = wanted) then
        execute format('create role %I nologin', wanted);
      end if;
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        raise warning 'role % was not created: the database user may not create roles. Have somebody else create it (create role % nologin), then run `sparkhire-sync migrate` again', wanted, wanted;
    end;
  end loop;
  if exists (select from pg_roles where rolname = 'sparkhire_reader') then
    grant usage on schema sparkhire, sync to sparkhire_reader;
    grant select on all tables in schema sparkhire to sparkhire_reader;
    alter default privileges in schema sparkhire grant select on tables to sparkhire_reader;
    grant select on sync.changes, sync.runs, sync.checkpoints, sync.conflicts to sparkhire_reader;
  end if;
end $$;
