-- What was refused to the account's own key is tried again with another one.
alter table sync.accounts
  add column key_mark text,
  add column key_changed_at timestamptz;

comment on column sync.accounts.key_mark is 'Tells the account''s own key from another one, and nothing else about it: the beginning of a hash.';
comment on column sync.accounts.key_changed_at is 'When the account was first worked with this key after another one.';

-- A key that was refused is tried again after a pause: nothing else may tell that it works once more.
update sync.user_keys set failures = 1, ask_again_at = clock_timestamp() where state = 'refused';

comment on column sync.user_keys.failures is 'How often in a row it was refused, or none could be made.';
comment on column sync.user_keys.ask_again_at is 'When it is tried, or one is asked for, again; null while it can be used.';

-- When what the plan sells changed: its other fields (when it renews, what nobody knows yet) give nobody a slot.
alter table sync.accounts
  add column plan_changed_at timestamptz,
  add column seats_changed_at timestamptz;

-- Of a plan that is known already nothing else tells when.
insert into sync.accounts (account, plan_changed_at, seats_changed_at)
select account, mirrored_at, mirrored_at from sparkhire.plans
on conflict (account) do update
  set plan_changed_at = excluded.plan_changed_at, seats_changed_at = excluded.seats_changed_at;

comment on column sync.accounts.plan_changed_at is 'When a slot, a seat or a feature of the plan, or its name, last changed.';
comment on column sync.accounts.seats_changed_at is 'When the user seats of the plan last changed.';
