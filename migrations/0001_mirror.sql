-- The mirror (schema sparkhire) and the bookkeeping it needs (schema sync).

create schema if not exists sparkhire;
comment on schema sparkhire is 'What Spark Hire says, as last observed. Only sparkhire-sync writes here; read freely.';
comment on schema sync is 'Bookkeeping of sparkhire-sync: checkpoints, runs, changes, conflicts.';

-- Puts the named parts of the stored object back into a fresh one that lacks them (or has null or [] there).
-- paths: 'description', or 'open_interview.questions' for one level down.
create function sync.keep_details(fresh jsonb, kept jsonb, paths text[]) returns jsonb
language plpgsql immutable parallel safe as $$
declare
  path text;
  parts text[];
  merged jsonb := fresh;
begin
  foreach path in array paths loop
    parts := string_to_array(path, '.');
    if coalesce(kept #> parts, 'null') <> 'null'
       and coalesce(fresh #> parts, 'null') in ('null', '[]')
       and (cardinality(parts) = 1
            or (jsonb_typeof(fresh -> parts[1]) = 'object'
                and fresh -> parts[1] -> 'uuid' is not distinct from kept -> parts[1] -> 'uuid')) then
      merged := jsonb_set(merged, parts, kept #> parts, true);
    end if;
  end loop;
  return merged;
end $$;

-- A list item over the object as stored. The item is a part of the object: what it leaves out stays, also inside
-- of objects it refers to, but for the top-level keys it is known to carry: left out there, they are gone.
create function sync.merge_listed(fresh jsonb, kept jsonb, listed text[]) returns jsonb
language plpgsql immutable parallel safe as $$
declare
  merged jsonb := fresh;
  name text;
  part jsonb;
begin
  for name, part in select * from jsonb_each(kept) loop
    if not fresh ? name then
      if not name = any(listed) then
        merged := merged || jsonb_build_object(name, part);
      end if;
    elsif jsonb_typeof(part) = 'object' and jsonb_typeof(fresh -> name) = 'object'
          and part -> 'uuid' = fresh -> name -> 'uuid' and part <> fresh -> name then
      merged := jsonb_set(merged, array[name], sync.merge_listed(fresh -> name, part, '{}'));
    end if;
  end loop;
  return merged;
end $$;

create table sparkhire.users (
  account text not null default 'default',
  uuid uuid not null,
  name text,
  email text,
  role text,
  active boolean,
  avatar text,
  company_uuid uuid,
  created_at timestamptz,
  updated_at timestamptz,
  raw jsonb not null,
  mirrored_at timestamptz not null default now(),
  deleted_at timestamptz,
  list_hash uuid,
  primary key (account, uuid)
);
create index users_email_idx on sparkhire.users (lower(email));
create index users_updated_at_idx on sparkhire.users (updated_at);

create table sparkhire.jobs (
  account text not null default 'default',
  uuid uuid not null,
  title text,
  status text,
  description text,
  location text,
  open_interview_uuid uuid,
  open_interview_link text,
  open_interview_expires_at timestamptz,
  open_interview_status text,
  created_by_uuid uuid,
  created_by_email text,
  status_updated_by_uuid uuid,
  status_updated_at timestamptz,
  company_uuid uuid,
  created_at timestamptz,
  updated_at timestamptz,
  raw jsonb not null,
  mirrored_at timestamptz not null default now(),
  deleted_at timestamptz,
  details_due boolean not null default true,
  details_at timestamptz,
  list_hash uuid,
  primary key (account, uuid)
);
create index jobs_status_idx on sparkhire.jobs (status, updated_at);
create index jobs_updated_at_idx on sparkhire.jobs (updated_at);
create index jobs_details_due_idx on sparkhire.jobs (account, uuid) where details_due;

create table sparkhire.interviews (
  account text not null default 'default',
  uuid uuid not null,
  type text,
  status text,
  rating numeric(3,2),
  job_uuid uuid,
  job_title text,
  candidate_uuid uuid,
  candidate_name text,
  candidate_email text,
  created_by_uuid uuid,
  created_by_email text,
  scheduled_at timestamptz,
  completed_at timestamptz,
  share_link_uuid uuid,
  share_url text,
  share_status text,
  watch_url text,
  company_uuid uuid,
  created_at timestamptz,
  updated_at timestamptz,
  raw jsonb not null,
  mirrored_at timestamptz not null default now(),
  deleted_at timestamptz,
  details_due boolean not null default true,
  details_at timestamptz,
  list_hash uuid,
  primary key (account, uuid)
);
create index interviews_status_idx on sparkhire.interviews (status, updated_at);
create index interviews_job_uuid_idx on sparkhire.interviews (job_uuid);
create index interviews_candidate_email_idx on sparkhire.interviews (candidate_email);
create index interviews_updated_at_idx on sparkhire.interviews (updated_at);
create index interviews_details_due_idx on sparkhire.interviews (account, uuid) where details_due;

create table sparkhire.interview_questions (
  account text not null default 'default',
  uuid uuid not null,
  interview_uuid uuid,
  position integer,
  text text,
  time_limit integer,
  takes_limit integer,
  takes_completed integer,
  takes_remaining integer,
  completed boolean,
  skipped boolean,
  started_at timestamptz,
  created_at timestamptz,
  updated_at timestamptz,
  raw jsonb not null,
  mirrored_at timestamptz not null default now(),
  deleted_at timestamptz,
  primary key (account, uuid)
);
create index interview_questions_interview_idx on sparkhire.interview_questions (interview_uuid, position);

create table sparkhire.question_sets (
  account text not null default 'default',
  uuid uuid not null,
  name text,
  questions jsonb,
  created_at timestamptz,
  updated_at timestamptz,
  raw jsonb not null,
  mirrored_at timestamptz not null default now(),
  deleted_at timestamptz,
  list_hash uuid,
  primary key (account, uuid)
);
create index question_sets_updated_at_idx on sparkhire.question_sets (updated_at);

create table sparkhire.share_links (
  account text not null default 'default',
  uuid uuid not null,
  url text,
  status text,
  reviewer_name text,
  reviewer_email text,
  interview_uuids uuid[],
  created_by_uuid uuid,
  created_at timestamptz,
  updated_at timestamptz,
  raw jsonb not null,
  mirrored_at timestamptz not null default now(),
  deleted_at timestamptz,
  details_due boolean not null default true,
  details_at timestamptz,
  list_hash uuid,
  primary key (account, uuid)
);
create index share_links_status_idx on sparkhire.share_links (status);
create index share_links_updated_at_idx on sparkhire.share_links (updated_at);
create index share_links_interviews_idx on sparkhire.share_links using gin (interview_uuids);
create index share_links_details_due_idx on sparkhire.share_links (account, uuid) where details_due;

create table sparkhire.companies (
  account text not null default 'default',
  uuid uuid not null,
  name text,
  website text,
  summary text,
  industry text,
  created_at timestamptz,
  updated_at timestamptz,
  raw jsonb not null,
  mirrored_at timestamptz not null default now(),
  deleted_at timestamptz,
  primary key (account, uuid)
);

create table sparkhire.plans (
  account text not null default 'default' primary key,
  name text,
  job_slots_limit integer,
  job_slots_remaining integer,
  user_slots_limit integer,
  user_slots_remaining integer,
  users_paid integer,
  features jsonb,
  renews_at timestamptz,
  raw jsonb not null,
  mirrored_at timestamptz not null default now(),
  deleted_at timestamptz
);

create table sync.checkpoints (
  account text not null default 'default',
  resource text not null,
  kind text not null,
  watermark timestamptz,
  position jsonb,
  completed_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (account, resource, kind)
);

create table sync.runs (
  id bigint generated always as identity primary key,
  account text not null default 'default',
  kind text not null,
  resource text,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  outcome text not null default 'running',
  requests integer not null default 0,
  rate_limited integer not null default 0,
  rows_read bigint not null default 0,
  rows_created bigint not null default 0,
  rows_updated bigint not null default 0,
  rows_deleted bigint not null default 0,
  error text
);
create index runs_account_idx on sync.runs (account, started_at desc);
create index runs_running_idx on sync.runs (account) where outcome = 'running';

create table sync.changes (
  seq bigint generated always as identity primary key,
  account text not null default 'default',
  resource text not null,
  uuid uuid not null,
  change text not null,
  changed_fields text[] not null default '{}',
  recorded_at timestamptz not null default clock_timestamp()
);

-- Numbers are drawn under a lock that is held until commit, so seq grows in the order of commits: a reader
-- who has seen n will never find a smaller number later. Fires before the statement draws its first number.
create function sync.order_changes() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7351, 1);
  perform pg_notify('sparkhire_changes', '');
  return null;
end $$;
create trigger order_changes before insert on sync.changes
  for each statement execute function sync.order_changes();

create table sync.conflicts (
  id bigint generated always as identity primary key,
  account text not null default 'default',
  resource text not null,
  kind text not null,
  ats_id text,
  uuid uuid,
  field text,
  base_value jsonb,
  ats_value jsonb,
  sparkhire_value jsonb,
  reason text,
  policy text,
  opened_at timestamptz not null default now(),
  resolved_at timestamptz,
  resolution text,
  resolved_by text
);
create unique index conflicts_open_idx on sync.conflicts
  (account, resource, kind, coalesce(ats_id, ''), coalesce(uuid::text, ''), coalesce(field, ''))
  where resolved_at is null;

create table sync.sweep_seen (
  account text not null,
  resource text not null,
  uuid uuid not null,
  primary key (account, resource, uuid)
);

create table sync.quarantine (
  id bigint generated always as identity primary key,
  account text not null default 'default',
  resource text not null,
  uuid text,
  fingerprint text not null,
  problem text not null,
  content text,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  unique (account, resource, fingerprint)
);

create table sync.request_blocks (
  id bigint generated always as identity primary key,
  account text not null default 'default',
  units integer not null,
  booked_at timestamptz not null default clock_timestamp()
);
create index request_blocks_account_idx on sync.request_blocks (account, booked_at);

-- What the account's key was when its rows were last seen whole: another key may see other rows.
create table sync.accounts (
  account text primary key,
  key_user_uuid uuid,
  key_administers boolean,
  seen_at timestamptz not null default now()
);
