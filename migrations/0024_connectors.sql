-- What reads an ATS and writes schema ats by itself: whose rows they are, how far it was read, who was skipped and why.
-- Run again where a table was replaced: everything here may be repeated. No role is granted anything.

alter table ats.users add column if not exists source text;
alter table ats.jobs add column if not exists source text;
alter table ats.packages add column if not exists source text;
alter table ats.interviews add column if not exists source text;
alter table ats.share_requests add column if not exists source text;
-- The rows of an application, for connectors: rows of other writers are not in it.
create index if not exists interviews_application_idx on ats.interviews (account, (extra ->> 'application_id'))
  where source is not null;

create table if not exists sync.ats_cursors (
  account text not null default 'default',
  source text not null,
  read_until timestamptz,
  position jsonb not null default '{}',
  updated_at timestamptz not null default clock_timestamp(),
  failure jsonb,
  primary key (account, source)
);

create table if not exists sync.ats_skipped (
  account text not null default 'default',
  source text not null,
  entry_id text not null,
  application_id text not null,
  reason text not null,
  message text not null,
  seen_at timestamptz not null default clock_timestamp(),
  primary key (account, source, entry_id)
);

create table if not exists sync.ats_entries (
  account text not null default 'default',
  source text not null,
  entry_id text not null,
  application_id text not null,
  stage text not null,
  package text not null,
  entered_at timestamptz,
  seen_at timestamptz not null default clock_timestamp(),
  primary key (account, source, entry_id)
);

create table if not exists sync.ats_tokens (
  account text not null default 'default',
  source text not null,
  mark text not null,
  cipher bytea not null,
  key_id text not null,
  expires_at timestamptz not null,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (account, source)
);

do $$
declare
  tab text;
begin
  foreach tab in array array['users', 'jobs', 'packages', 'interviews', 'share_requests'] loop
    execute format('comment on column ats.%I.source is %L', tab,
      'The connector that writes the row, such as greenhouse; null for every other writer. A connector touches no row of another.');
  end loop;
end $$;

comment on table sync.ats_cursors is 'How far a connected ATS was read.';
comment on column sync.ats_cursors.account is 'The account of this program that the ATS is connected to.';
comment on column sync.ats_cursors.source is 'The kind of the connector, such as greenhouse.';
comment on column sync.ats_cursors.read_until is 'Everything that the ATS changed up to this moment has been read; null before the first reading.';
comment on column sync.ats_cursors.position is 'Internal: what the connector needs to go on.';
comment on column sync.ats_cursors.updated_at is 'When it was last written.';
comment on column sync.ats_cursors.failure is 'Why the last reading failed: {"code", "message", "remedy", "since"}; null if it did not.';

comment on table sync.ats_skipped is 'Who entered a stage of the settings in the ATS and is not invited, and why.';
comment on column sync.ats_skipped.account is 'The account of this program that the ATS is connected to.';
comment on column sync.ats_skipped.source is 'The kind of the connector, such as greenhouse.';
comment on column sync.ats_skipped.entry_id is 'The ATS''s own identifier of the entry into the stage.';
comment on column sync.ats_skipped.application_id is 'The ATS''s own identifier of the application.';
comment on column sync.ats_skipped.reason is 'before_from, prospect, not_active, left_stage, confidential_job, private, anonymized, may_not_email, no_email, already_invited or unmapped_package: the first that holds.';
comment on column sync.ats_skipped.message is 'The same in words; nothing personal.';
comment on column sync.ats_skipped.seen_at is 'When the entry was last looked at.';

comment on table sync.ats_entries is 'Because of which entry into which stage a row of ats.interviews was written by a connector.';
comment on column sync.ats_entries.account is 'The account of this program that the ATS is connected to.';
comment on column sync.ats_entries.source is 'The kind of the connector, such as greenhouse.';
comment on column sync.ats_entries.entry_id is 'The ATS''s own identifier of the entry into the stage.';
comment on column sync.ats_entries.application_id is 'The ATS''s own identifier of the application.';
comment on column sync.ats_entries.stage is 'The stage, as it was called then.';
comment on column sync.ats_entries.package is 'The package that the settings had for it then.';
comment on column sync.ats_entries.entered_at is 'When the application entered the stage; null where the ATS does not know it.';
comment on column sync.ats_entries.seen_at is 'When the row was written.';

comment on table sync.ats_tokens is 'The live token of a connected ATS, encrypted: shared by all processes, since a new one ends the former.';
comment on column sync.ats_tokens.account is 'The account of this program that the ATS is connected to.';
comment on column sync.ats_tokens.source is 'The kind of the connector, such as greenhouse.';
comment on column sync.ats_tokens.mark is 'Which credential it was made with: a hash of its id and secret.';
comment on column sync.ats_tokens.cipher is 'The token by AES-256-GCM: nonce, ciphertext, tag. Bound to the account and the credential.';
comment on column sync.ats_tokens.key_id is 'Which encryption key it takes: the beginning of a hash of it.';
comment on column sync.ats_tokens.expires_at is 'When it ends, as the ATS said.';
comment on column sync.ats_tokens.updated_at is 'When it was stored.';
