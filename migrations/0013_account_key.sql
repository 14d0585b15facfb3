-- What was refused to the account's own key is tried again with another one.
alter table sync.accounts
  add column key_mark text,
  add column key_changed_at timestamptz;

comment on column sync.accounts.key_mark is 'Tells the account''s own key from another one, and nothing else about it: the beginning of a hash.';
comment on column sync.accounts.key_changed_at is 'When the account was first worked with this key after another one.';
