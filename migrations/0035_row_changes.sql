-- When what the views ats.*_sync show of a row last changed, as a cursor for who reads them: times are drawn under a lock that
-- is held until commit, so whoever has seen one never meets an earlier one later. Each row of the ATS has its own time, and 50
-- microseconds to the next: those between them are for a row that was queued since.
create table sync.row_changes (
  account text not null,
  resource text not null,
  ats_id text not null,
  changed_at timestamptz not null,
  primary key (account, resource, ats_id)
);
create index row_changes_at_idx on sync.row_changes (changed_at);
comment on table sync.row_changes is 'When what ats.user_sync, job_sync, interview_sync and share_request_sync show of a row last changed.';
comment on column sync.row_changes.account is 'The account.';
comment on column sync.row_changes.resource is 'users, jobs, interviews or share_requests.';
comment on column sync.row_changes.ats_id is 'The row of the ATS.';
comment on column sync.row_changes.changed_at is 'Grows with every commit; no two rows have the same one.';

-- Deferred: the lock is taken when a transaction has nothing left to wait for, and these rows are written by who holds it.
create function sync.stamp_row() returns trigger language plpgsql as $$
declare
  changed record;
  kind text;
  key text;
  after timestamptz := '-infinity';
begin
  if tg_op = 'DELETE' then changed := old; else changed := new; end if;
  kind := changed.resource;
  key := changed.ats_id;
  -- The rows of a request are REQUEST/REVIEWER.
  if kind = 'share_links' then
    kind := 'share_requests';
    key := regexp_replace(key, '/[^/]*$', '');
  end if;
  if kind not in ('users', 'jobs', 'interviews', 'share_requests') then
    return null;
  end if;
  -- While a row was queued, that may have been its time.
  if tg_table_name = 'desired_queue' then
    after := changed.queued_at;
  end if;
  perform pg_advisory_xact_lock(7351, 3);
  -- One time for each transaction is enough.
  insert into sync.row_changes as c (account, resource, ats_id, changed_at)
  values (changed.account, kind, key, greatest(clock_timestamp(), after + interval '1 microsecond',
    (select max(changed_at) + interval '50 microseconds' from sync.row_changes)))
  on conflict (account, resource, ats_id) do update set changed_at = excluded.changed_at
    where c.xmin <> pg_current_xact_id()::xid or c.changed_at <= after;
  perform pg_notify('sparkhire_results', '');
  return null;
end $$;

create constraint trigger stamp_state after insert or delete on sync.desired_rows
  deferrable initially deferred for each row execute function sync.stamp_row();
create constraint trigger stamp_new_state after update on sync.desired_rows
  deferrable initially deferred for each row
  when ((old.state, old.synced_at) is distinct from (new.state, new.synced_at)) execute function sync.stamp_row();
create constraint trigger stamp_link after insert or delete on sync.links
  deferrable initially deferred for each row execute function sync.stamp_row();
create constraint trigger stamp_new_link after update on sync.links
  deferrable initially deferred for each row when (old.uuid is distinct from new.uuid) execute function sync.stamp_row();
create constraint trigger stamp_issue after insert or update or delete on sync.issues
  deferrable initially deferred for each row execute function sync.stamp_row();
create constraint trigger stamp_looked_at after delete on sync.desired_queue
  deferrable initially deferred for each row execute function sync.stamp_row();
-- What the ATS writes queues its rows, by itself and not in this order; the links of a request are queued by this program.
create constraint trigger stamp_queued after insert on sync.desired_queue
  deferrable initially deferred for each row when (new.resource = 'share_links') execute function sync.stamp_row();

-- Of what is mirrored. Changes are recorded by the last statement of their transaction.
create function sync.stamp_changes() returns trigger language plpgsql as $$
begin
  if not exists (select from fresh where resource in ('interviews', 'share_links')) then
    return null;
  end if;
  perform pg_advisory_xact_lock(7351, 3);
  insert into sync.row_changes as c (account, resource, ats_id, changed_at)
  select k.account, k.resource, k.ats_id, now.at + row_number() over () * interval '50 microseconds'
  from (
    select distinct f.account, l.resource, l.ats_id
    from fresh f cross join lateral (
      select case f.resource when 'interviews' then f.resource else 'share_requests' end as resource,
        case f.resource when 'interviews' then s.ats_id else regexp_replace(s.ats_id, '/[^/]*$', '') end as ats_id
      from sync.links s where s.account = f.account and s.resource = f.resource and s.uuid = f.uuid limit 1) l
    where f.resource in ('interviews', 'share_links')
  ) k,
  (select greatest(clock_timestamp(), (select max(changed_at) from sync.row_changes)) as at) now
  on conflict (account, resource, ats_id) do update set changed_at = excluded.changed_at;
  if found then
    perform pg_notify('sparkhire_results', '');
  end if;
  return null;
end $$;
create trigger stamp_changes after insert on sync.changes referencing new table as fresh
  for each statement execute function sync.stamp_changes();

-- Rows that are there: in the order in which they were last judged, as far as that is known.
insert into sync.row_changes (account, resource, ats_id, changed_at)
select account, resource, ats_id,
  now() - (count(*) over () - row_number() over (order by updated_at)) * interval '50 microseconds'
from sync.desired_rows where resource in ('users', 'jobs', 'interviews', 'share_requests');
