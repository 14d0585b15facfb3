-- An application that could not be read, though others could, is told as that and not as one that ended.
comment on column sync.ats_skipped.reason is 'before_from, prospect, not_active, unread, left_stage, confidential_job, private, anonymized, may_not_email, no_email, forgotten, already_invited, interview_pending, unmapped_package, draft_job or another_writer: the first that holds.';
