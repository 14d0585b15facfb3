-- What the ATS wants (schema ats), and the bookkeeping of carrying it to Spark Hire.

create schema if not exists ats;
comment on schema ats is 'What the applicant tracking system wants. Only it writes here; sparkhire-sync reads, and reports in the *_sync views.';

-- Only identity is enforced: a value that makes no sense is reported for its row and never aborts a batch.
create table ats.users (
  account text not null default 'default',
  ats_id text not null,
  name text,
  email text,
  role text,
  active boolean,
  deleted_at timestamptz,
  extra jsonb default '{}',
  primary key (account, ats_id)
);

create table ats.jobs (
  account text not null default 'default',
  ats_id text not null,
  title text,
  description text,
  status text,
  city text,
  region text,
  country text,
  work_mode text,
  work_place text,
  owner_ats_id text,
  deleted_at timestamptz,
  extra jsonb default '{}',
  primary key (account, ats_id)
);

create table ats.packages (
  account text not null default 'default',
  package text not null,
  type text,
  question_set_uuid text,
  questions jsonb,
  deadline_days numeric,
  email_message text,
  timezone text,
  deleted_at timestamptz,
  extra jsonb default '{}',
  primary key (account, package)
);

create table ats.interviews (
  account text not null default 'default',
  ats_id text not null,
  job_ats_id text,
  candidate_name text,
  candidate_email text,
  candidate_phone text,
  candidate_phone_e164 text,
  sms_consent boolean default false,
  type text,
  package text,
  question_set_uuid text,
  questions jsonb,
  deadline_at timestamptz,
  timezone text,
  email_message text,
  requested_by_ats_id text,
  desired text default 'invited',
  share boolean default false,
  priority smallint default 0,
  deleted_at timestamptz,
  extra jsonb default '{}',
  primary key (account, ats_id)
);
create index interviews_job_idx on ats.interviews (account, job_ats_id);
create index interviews_candidate_idx on ats.interviews (account, job_ats_id, lower(candidate_email));
create index interviews_package_idx on ats.interviews (account, package) where package is not null;
create index interviews_requested_by_idx on ats.interviews (account, requested_by_ats_id) where requested_by_ats_id is not null;
create index jobs_owner_idx on ats.jobs (account, owner_ats_id) where owner_ats_id is not null;
create index users_email_idx on ats.users (account, lower(email));

create table ats.share_requests (
  account text not null default 'default',
  ats_id text not null,
  reviewers jsonb,
  interview_ats_ids text[],
  send_email boolean,
  status text,
  deleted_at timestamptz,
  extra jsonb default '{}',
  primary key (account, ats_id)
);

-- Rows to look at. Appended by triggers in the writer's own transaction and without a unique key: a row that commits
-- late is seen late and never missed, and writers never wait for each other here.
create table sync.desired_queue (
  id bigint generated always as identity primary key,
  account text not null,
  resource text not null,
  ats_id text not null,
  queued_at timestamptz not null default clock_timestamp()
);
create index desired_queue_account_idx on sync.desired_queue (account, resource, ats_id);

-- What is known of each row of the ATS: the hash of its content when it was last judged, and what became of it.
create table sync.desired_rows (
  account text not null default 'default',
  resource text not null,
  ats_id text not null,
  hash uuid,
  state text not null default 'pending',
  arrived_at timestamptz not null default clock_timestamp(),
  synced_at timestamptz,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (account, resource, ats_id)
);
create index desired_rows_unsettled_idx on sync.desired_rows (account, resource, ats_id)
  where state in ('pending', 'held', 'rejected', 'conflict', 'in_flight');

create table sync.links (
  account text not null default 'default',
  resource text not null,
  ats_id text not null,
  uuid uuid not null,
  base jsonb not null default '{}',
  linked_at timestamptz not null default now(),
  how text not null,
  primary key (account, resource, ats_id),
  unique (account, resource, uuid)
);

create table sync.intents (
  id bigint generated always as identity primary key,
  account text not null default 'default',
  resource text not null,
  ats_id text not null,
  action text not null,
  fingerprint text not null,
  state text not null default 'prepared',
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  error text,
  -- What is needed to find out what became of it: times by Spark Hire's clock, uuids, the values that were sent.
  detail jsonb not null default '{}',
  sent_at timestamptz,
  -- When looking began, how often it was looked, and the earliest moment for the next look.
  looked integer not null default 0,
  look_at timestamptz,
  uuid uuid
);
-- One write under way for a row: whoever comes second fails here, whatever happened to the locks.
create unique index intents_open_idx on sync.intents (account, resource, ats_id)
  where state in ('prepared', 'sent', 'unknown');
create index intents_unknown_idx on sync.intents (account) where state in ('prepared', 'sent', 'unknown');
create index intents_row_idx on sync.intents (account, resource, ats_id, id);

create table sync.issues (
  id bigint generated always as identity primary key,
  account text not null default 'default',
  resource text not null,
  ats_id text not null,
  field text,
  code text not null,
  message text not null,
  opened_at timestamptz not null default now(),
  resolved_at timestamptz
);
create unique index issues_open_idx on sync.issues (account, resource, ats_id, coalesce(field, ''))
  where resolved_at is null;
create index issues_opened_at_idx on sync.issues (account, opened_at);

-- Writers need no right on schema sync: the triggers have it.
create function sync.queue_desired() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
declare
  resource text := tg_table_name;
  key text := case when tg_table_name = 'packages' then 'package' else 'ats_id' end;
begin
  if tg_op = 'TRUNCATE' then
    insert into sync.desired_queue (account, resource, ats_id)
    select d.account, d.resource, d.ats_id from sync.desired_rows d where d.resource = tg_table_name;
  elsif tg_op = 'INSERT' then
    execute format('insert into sync.desired_queue (account, resource, ats_id)
      select account, %L, %I from fresh', resource, key);
  elsif tg_op = 'DELETE' then
    execute format('insert into sync.desired_queue (account, resource, ats_id)
      select account, %L, %I from old_rows', resource, key);
  else
    -- A loader that writes the same again makes no work.
    execute format('insert into sync.desired_queue (account, resource, ats_id)
      select account, %L, %I from (
        (table fresh except table old_rows) union (table old_rows except table fresh)) c
      group by 1, 3', resource, key);
  end if;
  perform pg_notify('sparkhire_desired', '');
  return null;
end $$;

do $$
declare
  name text;
begin
  foreach name in array array['users', 'jobs', 'packages', 'interviews', 'share_requests'] loop
    execute format('create trigger queue_insert after insert on ats.%I referencing new table as fresh
      for each statement execute function sync.queue_desired()', name);
    execute format('create trigger queue_update after update on ats.%I referencing old table as old_rows new table as fresh
      for each statement execute function sync.queue_desired()', name);
    execute format('create trigger queue_delete after delete on ats.%I referencing old table as old_rows
      for each statement execute function sync.queue_desired()', name);
    execute format('create trigger queue_truncate after truncate on ats.%I
      for each statement execute function sync.queue_desired()', name);
  end loop;
end $$;
