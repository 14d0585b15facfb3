-- A key that lost its administrator right shows less than the mirror was read with. Sweeps find out once a day.
alter table sync.accounts
  add column key_asked_at timestamptz,
  add column key_demoted_at timestamptz;
comment on column sync.accounts.key_asked_at is 'When it was last asked whether the account''s own key may still do what only an administrator''s may.';
comment on column sync.accounts.key_demoted_at is 'Since when the account''s own key is known to have lost that right; null while it has it, and once all rows were seen whole with the key as it is.';
comment on column sync.accounts.key_changed_at is 'When the account was first worked with this key after another one, or its key had its right back: what was refused to it before is sent again.';

-- What a person agreed to be gone is looked for by its uuid, when a row comes that may be the same under another key.
create index conflicts_agreed_idx on sync.conflicts (account, uuid)
  where kind = 'remote_deleted' and resolution = 'sparkhire' and acted_at is null;
create index conflicts_none_idx on sync.conflicts (account, resource)
  where kind = 'unknown_outcome' and resolution = 'none' and acted_at is null;
