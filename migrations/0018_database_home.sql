-- Where the database is. A copy of it, or what was restored from a dump, is somewhere else.
create function sync.here() returns jsonb language plpgsql stable set search_path = pg_catalog as $$
declare
  cluster text;
begin
  -- Some hosts let nobody ask. A cluster that is not known is compared with nothing.
  begin
    select system_identifier::text into cluster from pg_control_system();
  exception when others then
    cluster := null;
  end;
  return jsonb_build_object(
    'cluster', cluster,
    'database', (select oid::bigint from pg_database where datname = current_database()),
    'bookkeeping', 'sync.accounts'::regclass::oid::bigint,
    'version', current_setting('server_version_num')::int / 10000);
end $$;
comment on function sync.here() is 'Internal: tells this database from copies of it.';

alter table sync.accounts
  add column home jsonb,
  add column moved_at timestamptz,
  add column others jsonb;
comment on column sync.accounts.home is 'Where the database was (sync.here()) when the account was last worked on with leave to write to Spark Hire.';
comment on column sync.accounts.moved_at is 'Since when the database is known to be somewhere else: nothing is written to Spark Hire before a person says so. Null while it is at home.';
comment on column sync.accounts.others is 'Webhooks that other installations of sparkhire-sync have registered for the account: [{"uuid", "url"}]. Null if there are none.';
