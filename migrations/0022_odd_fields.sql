-- Fields that come in another form than Spark Hire's document promises: told until they have not been seen for a week.
create table sync.odd_fields (
  account text not null default 'default',
  route text not null,
  field text not null,
  sample text not null,
  read_as text,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  primary key (account, route, field)
);
comment on table sync.odd_fields is 'Fields of Spark Hire''s answers that have another form than promised';
comment on column sync.odd_fields.route is 'Method and path of the answer.';
comment on column sync.odd_fields.sample is 'The form, without personal data; times as they came.';
comment on column sync.odd_fields.read_as is 'What it is taken for; null where it cannot be read, so that its column stays empty.';

-- Rows whose times could not be read so far: their next listing is looked at again, not just compared.
update sparkhire.users set list_hash = null where created_at is null and list_hash is not null and raw ->> 'created_at' <> '';
update sparkhire.jobs set list_hash = null where created_at is null and list_hash is not null and raw ->> 'created_at' <> '';
update sparkhire.interviews set list_hash = null where created_at is null and list_hash is not null and raw ->> 'created_at' <> '';
update sparkhire.question_sets set list_hash = null where created_at is null and list_hash is not null and raw ->> 'created_at' <> '';
update sparkhire.share_links set list_hash = null where created_at is null and list_hash is not null and raw ->> 'created_at' <> '';
