-- The users' own API keys, encrypted. No role is granted anything here.

create table sync.user_keys (
  id bigint generated always as identity primary key,
  account text not null default 'default',
  user_uuid uuid,
  email text not null,
  cipher bytea,
  key_id text,
  source text not null,
  state text not null,
  refused_at timestamptz,
  user_state text,
  last_used_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  check (source in ('set', 'provisioned')),
  check (state in ('unverified', 'usable', 'refused', 'unavailable')),
  check ((state = 'unverified') = (user_uuid is null)),
  check ((state = 'unavailable') = (cipher is null)),
  check ((cipher is null) = (key_id is null)),
  -- One key a user; those that nobody has proven yet are of no user.
  unique (account, user_uuid)
);

comment on table sync.user_keys is 'API keys of users, to act with: encrypted with SYNC_ENCRYPTION_KEY, which is not in the database.';
comment on column sync.user_keys.id is 'Number of the record.';
comment on column sync.user_keys.account is 'The account of this program the user belongs to.';
comment on column sync.user_keys.user_uuid is 'The user of Spark Hire; null until the key was proven to be theirs.';
comment on column sync.user_keys.email is 'E-mail address of the user in lower case, as it was when the key came.';
comment on column sync.user_keys.cipher is 'The key by AES-256-GCM: nonce, ciphertext, tag. Bound to the account and the user.';
comment on column sync.user_keys.key_id is 'Which encryption key it takes: the beginning of a hash of it.';
comment on column sync.user_keys.source is 'set (a person gave it) or provisioned (an administrator''s key made or read it).';
comment on column sync.user_keys.state is 'unverified (not proven yet, not used), usable, refused (Spark Hire answered 401) or unavailable (none could be made).';
comment on column sync.user_keys.refused_at is 'When Spark Hire refused it, or refused to make one.';
comment on column sync.user_keys.user_state is 'What the user was then: active, inactive or gone; null if that could not be told.';
comment on column sync.user_keys.last_used_at is 'When it was last used to write, to a minute.';
comment on column sync.user_keys.created_at is 'When it was first stored.';
comment on column sync.user_keys.updated_at is 'When the key or its state last changed.';
