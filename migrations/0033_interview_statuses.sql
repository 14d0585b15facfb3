-- The statuses each interview was seen in. The one it has is in its row; those before it are kept beside.
-- Rows that are there are not written: of them it is known that they had their status since their last change.
alter table sparkhire.interviews add column status_since timestamptz;
alter table sparkhire.interviews alter column status_since set default now();
comment on column sparkhire.interviews.status_since is 'Since when it is seen in its status; null: since mirrored_at at the latest.';
create index interviews_status_since_idx on sparkhire.interviews (status, (coalesce(status_since, mirrored_at)));

create table sync.interview_past_statuses (
  account text not null default 'default',
  interview_uuid uuid not null,
  status text not null,
  seen_from timestamptz not null,
  seen_to timestamptz not null
);
create index interview_past_statuses_interview_idx on sync.interview_past_statuses (account, interview_uuid, seen_from);
create index interview_past_statuses_status_idx on sync.interview_past_statuses (status, seen_from);
comment on table sync.interview_past_statuses is 'Statuses that interviews are no longer seen in: sparkhire.interview_statuses shows them with the ones they have.';
comment on column sync.interview_past_statuses.account is 'The account.';
comment on column sync.interview_past_statuses.interview_uuid is 'The interview.';
comment on column sync.interview_past_statuses.status is 'The status.';
comment on column sync.interview_past_statuses.seen_from is 'When it was first seen in it.';
comment on column sync.interview_past_statuses.seen_to is 'When another one was seen, or the interview was found to be gone.';

create view sparkhire.interview_statuses as
select account, uuid as interview_uuid, status, coalesce(status_since, mirrored_at) as seen_from, deleted_at as seen_to
from sparkhire.interviews where status is not null
union all
select account, interview_uuid, status, seen_from, seen_to from sync.interview_past_statuses;
comment on view sparkhire.interview_statuses is 'Each status an interview was seen in; one that comes again is another row.';
comment on column sparkhire.interview_statuses.account is 'The account.';
comment on column sparkhire.interview_statuses.interview_uuid is 'The interview.';
comment on column sparkhire.interview_statuses.status is 'The status.';
comment on column sparkhire.interview_statuses.seen_from is 'When it was first seen in it.';
comment on column sparkhire.interview_statuses.seen_to is 'When another one was seen, or the interview was found to be gone; null while it has it.';
