-- The request limit an account is worked on with: who only looks has other settings, or none.
alter table sync.accounts add column rate_limit integer, add column rate_window_ms double precision;
comment on column sync.accounts.rate_limit is 'Requests a window that whoever last worked on the account kept to.';
comment on column sync.accounts.rate_window_ms is 'That window, in milliseconds.';
