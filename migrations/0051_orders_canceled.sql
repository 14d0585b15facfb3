-- When the ATS itself took an order back: it names that person, so many of these at once are no loader that loses its rows.
set local lock_timeout = '5s';
alter table sync.orders add column canceled_at timestamptz;
comment on column sync.orders.canceled_at is 'When the ATS canceled the order itself; null: it did not.';
