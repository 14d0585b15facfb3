-- A key that lost its administrator right shows less than the mirror was read with. Sweeps find out once a day.
alter table sync.accounts add column key_demoted_at timestamptz;
comment on column sync.accounts.key_demoted_at is 'Since when the account''s own key is known to be no administrator''s any more; null while it is, and once all rows were seen whole with the key as it is.';
