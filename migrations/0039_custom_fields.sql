-- Whether a connected ATS keeps the custom fields that a change leaves out is found out once, not once a process.
alter table sync.ats_cursors add column custom_fields jsonb;
comment on column sync.ats_cursors.custom_fields is 'Whether the ATS keeps other custom fields of an application when one is changed: "is" is kept, tried or emptied, with the application and what its fields held before. Null as long as no change could tell.';
comment on column sync.ats_skipped.reason is 'before_from, prospect, not_active, left_stage, confidential_job, private, anonymized, may_not_email, no_email, forgotten, already_invited, interview_pending, unmapped_package, draft_job or another_writer: the first that holds.';
comment on column sync.ats_results.result is 'invited, completed or expired; with field or move before it where a custom field of the application says so, or the application is moved.';
