-- Since when a row is not in its table: the ATS may have given it another key. Null where it is there, or went before this was kept.
alter table sync.desired_rows add column missing_since timestamptz;
comment on column sync.desired_rows.missing_since is 'When the row was first noticed to be gone from its table in schema ats; null while it is there.';
-- Whom a row invites may have been invited to a job that no row stands for any more.
create index interviews_candidate_likeness_idx on sparkhire.interviews (account, sync.likeness(candidate_email));
-- When a job was made: that may have been after the row of another one was gone.
create index intents_made_job_idx on sync.intents (account, uuid) where resource = 'jobs' and action = 'create' and state = 'confirmed';
