-- Orders of ATSs that order interviews themselves: which row of ats.interviews each became, and what the ATS was told of it.
create table sync.orders (
  account text not null default 'default',
  ats_id text not null,
  protocol text not null,
  order_key text not null,
  package text not null,
  update_url text,
  ordered_at timestamptz not null default clock_timestamp(),
  told text,
  told_at timestamptz,
  tries int not null default 0,
  tell_at timestamptz,
  problem text,
  failed_at timestamptz,
  primary key (account, ats_id)
);
create index orders_key_idx on sync.orders (account, protocol, order_key, ordered_at);
create index orders_waiting_idx on sync.orders (account, protocol, tell_at) where tell_at is not null;
comment on table sync.orders is 'Interviews that an ATS ordered itself (/partner/ACCOUNT/...), and what it was told of them. Nothing personal.';
comment on column sync.orders.account is 'The account.';
comment on column sync.orders.ats_id is 'The row of ats.interviews that was made for the order; the ATS knows the order by it.';
comment on column sync.orders.protocol is 'greenhouse, teamtailor or ashby: how it was ordered.';
comment on column sync.orders.order_key is 'What the ATS calls the order. The same again is the same order.';
comment on column sync.orders.package is 'The row of ats.packages that was ordered.';
comment on column sync.orders.update_url is 'Where the ATS wants to be told of this order; null where one address serves all.';
comment on column sync.orders.ordered_at is 'When it was ordered.';
comment on column sync.orders.told is 'What the ATS was told last.';
comment on column sync.orders.told_at is 'When the ATS was told last.';
comment on column sync.orders.tries is 'How often in a row it could not be told.';
comment on column sync.orders.tell_at is 'When it is tried again; null: with the next change.';
comment on column sync.orders.problem is 'Why it could not be told last; null once it was.';
comment on column sync.orders.failed_at is 'When it could not be told last.';
