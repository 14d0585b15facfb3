-- A user of whom no key could be made is asked for again after pauses that grow.
alter table sync.user_keys
  add column failures integer not null default 0,
  add column ask_again_at timestamptz,
  add column error text;

comment on column sync.user_keys.failures is 'How often in a row none could be made.';
comment on column sync.user_keys.ask_again_at is 'When it is asked for again, with policies.keys.provision: demand; null unless none could be made.';
comment on column sync.user_keys.error is 'Why none could be made where Spark Hire failed (a server error, an answer that cannot be read); null where it said no.';

update sync.user_keys set failures = 1, ask_again_at = refused_at + interval '10 minutes' where state = 'unavailable';
