-- What a lost write had made, as a person said, by whom it is for: rows that say the same wait until it is linked.
set local lock_timeout = '5s';
create index conflicts_linked_idx on sync.conflicts
  (account, resource, sync.likeness(coalesce(ats_value ->> 'candidate_email', ats_value ->> 'email')))
  where kind = 'unknown_outcome' and resolution like 'link%' and acted_at is null and ats_id is not null;
