-- Whether somebody of a name is invited to a job, under whatever address.
set local lock_timeout = '5s';
create index interviews_job_candidate_idx on sparkhire.interviews (job_uuid, sync.likeness(candidate_name));
drop index sparkhire.interviews_job_uuid_idx;
