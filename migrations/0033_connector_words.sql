-- What columns of connectors may hold by now.

comment on column sync.ats_skipped.reason is 'before_from, prospect, not_active, left_stage, confidential_job, private, anonymized, may_not_email, no_email, already_invited, interview_pending, unmapped_package, draft_job or another_writer: the first that holds.';
comment on column sync.ats_results.result is 'invited, completed or expired: a note; with "field" or "move" before it a custom field of the application, or its stage.';
