-- What webhooks of a connected ATS named: objects that are to be read again. Nothing of what they say is kept.
create table sync.ats_hints (
  id bigint generated always as identity primary key,
  account text not null default 'default',
  source text not null,
  delivery_id text,
  kind text not null,
  application_ids text[] not null default '{}',
  candidate_ids text[] not null default '{}',
  received_at timestamptz not null default clock_timestamp(),
  read_at timestamptz
);
-- Deliveries come again.
create unique index ats_hints_delivery_idx on sync.ats_hints (account, source, delivery_id);
create index ats_hints_waiting_idx on sync.ats_hints (account, source, id) where read_at is null;
create index ats_hints_received_idx on sync.ats_hints (received_at);

-- The rows of a candidate, for what is told of candidates only.
do $$ begin
  if to_regclass('ats.interviews') is not null then
    create index if not exists interviews_of_candidate_idx on ats.interviews (account, (extra ->> 'candidate_id'))
      where source is not null;
  end if;
-- A loader's own table: without the index it is slower, no more.
exception when undefined_column then null;
end $$;

comment on table sync.ats_hints is 'Webhooks of a connected ATS: which objects are to be read again because of them. Nothing personal.';
comment on column sync.ats_hints.id is 'In the order in which they came.';
comment on column sync.ats_hints.account is 'The account of this program that the ATS is connected to.';
comment on column sync.ats_hints.source is 'The kind of the connector, such as greenhouse.';
comment on column sync.ats_hints.delivery_id is 'The ATS''s own name of the delivery; null where it has none.';
comment on column sync.ats_hints.kind is 'changed, deleted or merged: what it is said to tell of.';
comment on column sync.ats_hints.application_ids is 'Applications that it names.';
comment on column sync.ats_hints.candidate_ids is 'Candidates that it names; their applications are those that are known here.';
comment on column sync.ats_hints.received_at is 'When it came.';
comment on column sync.ats_hints.read_at is 'When what it names was read again; null before.';
