-- What people change by commands. No role is granted anything: it may name candidates, and what somebody wrote about them.
create table sync.audit (
  id bigint generated always as identity primary key,
  account text not null default 'default',
  at timestamptz not null default clock_timestamp(),
  who text not null,
  what text not null,
  target text,
  before jsonb,
  after jsonb,
  reason text
);
create index audit_at_idx on sync.audit (account, at);

comment on table sync.audit is 'What people changed by commands: who, what, why. Nothing is removed from it but by `forget`.';
comment on column sync.audit.id is 'In the order of writing.';
comment on column sync.audit.account is 'The account of this program that it was done to.';
comment on column sync.audit.at is 'When.';
comment on column sync.audit.who is 'User and machine, as jane@ops1.';
comment on column sync.audit.what is 'The command, such as conflicts resolve, apply --approve, keys set, import.';
comment on column sync.audit.target is 'What it was done to: a conflict, a user, a table.';
comment on column sync.audit.before is 'What was there before, where that can be told.';
comment on column sync.audit.after is 'What was there afterwards, or what was done. Never a secret.';
comment on column sync.audit.reason is 'Why, as given with --reason.';
