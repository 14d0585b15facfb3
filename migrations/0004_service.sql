-- What the service needs: its activities and their backoff, handed-over commands, webhooks and their events.

create table sync.activities (
  account text not null default 'default',
  activity text not null,
  started_at timestamptz,
  succeeded_at timestamptz,
  failures integer not null default 0,
  failing_since timestamptz,
  error_code text,
  error text,
  retry_at timestamptz,
  primary key (account, activity)
);

-- Work that a command asks the owner of an account to do.
create table sync.commands (
  id bigint generated always as identity primary key,
  account text not null default 'default',
  kind text not null,
  arguments jsonb not null default '{}',
  state text not null default 'asked',
  asked_at timestamptz not null default clock_timestamp(),
  asker_seen_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz,
  cancel boolean not null default false,
  progress jsonb,
  result jsonb
);
create index commands_open_idx on sync.commands (account, id) where state in ('asked', 'running');

create function sync.notify_command() returns trigger language plpgsql as $$
begin
  perform pg_notify('sparkhire_commands', new.account);
  return null;
end $$;
create trigger notify_command after insert or update of cancel on sync.commands
  for each row execute function sync.notify_command();

-- Webhooks this daemon registered at Spark Hire, or is about to: written before the call, so that one whose
-- answer was lost is known again by its token.
create table sync.webhooks (
  id bigint generated always as identity primary key,
  account text not null default 'default',
  token text not null unique,
  url text not null,
  uuid text,
  auth_hash text not null,
  created_at timestamptz not null default clock_timestamp(),
  registered_at timestamptz,
  ended_at timestamptz
);
create index webhooks_account_idx on sync.webhooks (account) where ended_at is null;

-- Events as they came in; durable before Spark Hire gets its answer.
create table sync.webhook_events (
  id bigint generated always as identity primary key,
  account text not null default 'default',
  received_at timestamptz not null default clock_timestamp(),
  event text,
  payload_type text,
  webhook_uuid text,
  body text not null,
  state text not null default 'waiting',
  outcome text,
  resource text,
  object_uuid uuid,
  attempts integer not null default 0,
  retry_at timestamptz,
  done_at timestamptz,
  error text
);
create index webhook_events_waiting_idx on sync.webhook_events (account, id) where state = 'waiting';
create index webhook_events_received_idx on sync.webhook_events (received_at);
create index webhook_events_gone_idx on sync.webhook_events (account, object_uuid) where outcome = 'gone';

create function sync.notify_webhook_events() returns trigger language plpgsql as $$
begin
  perform pg_notify('sparkhire_webhooks', account) from (select distinct account from arrived) a;
  return null;
end $$;
create trigger notify_webhook_events after insert on sync.webhook_events
  referencing new table as arrived
  for each statement execute function sync.notify_webhook_events();

-- Rows that are not listed but were found to be there when asked for by themselves.
create table sync.unlisted (
  account text not null default 'default',
  resource text not null,
  uuid uuid not null,
  asked_at timestamptz not null default now(),
  primary key (account, resource, uuid)
);

create index changes_recorded_at_idx on sync.changes (recorded_at);
create index runs_started_at_idx on sync.runs (started_at);

comment on table sync.activities is 'The activities of the service for each account: last success, failures in a row, when the next try is due';
comment on table sync.commands is 'Work that a command handed to the owner of an account, its progress and its result';
comment on table sync.webhooks is 'Webhooks registered at Spark Hire by this daemon; credentials only as a hash';
comment on table sync.webhook_events is 'Webhook events as they were received, and what became of each';
comment on table sync.unlisted is 'Rows missing from a listing that answered when asked for by themselves: not gone, and not counted as missing again';
