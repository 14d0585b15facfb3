-- What is carried back to a connected ATS: intents of the resource ats_results, one for each interview and state.

alter table sync.links add column results_to text;
comment on column sync.links.results_to is 'The connector that results of the interview are still to be written back by; null: none, or all is written.';
create index links_results_idx on sync.links (account, results_to) where results_to is not null;

-- At most once for each interview and state, whatever happened to the locks.
create unique index intents_result_idx on sync.intents (account, uuid, action) where resource = 'ats_results';

comment on column sync.intents.resource is 'users, jobs, interviews, share_links or ats_results (written back to the ATS).';

create view sync.ats_results as
  select account, ats_id, uuid as interview_uuid, action as result,
    case state when 'confirmed' then 'written' when 'rejected' then 'refused' when 'prepared' then 'waiting' else 'unknown' end as outcome,
    case when state = 'confirmed' then coalesce(sent_at, updated_at) else updated_at end as at,
    detail ->> 'reference' as reference, error
  from sync.intents where resource = 'ats_results';
comment on view sync.ats_results is 'What was written back to the connected ATS, and what waits to be.';
comment on column sync.ats_results.account is 'The account of this program that the ATS is connected to.';
comment on column sync.ats_results.ats_id is 'The row of ats.interviews.';
comment on column sync.ats_results.interview_uuid is 'The interview in Spark Hire.';
comment on column sync.ats_results.result is 'invited, completed or expired; move and one of them where the application is moved.';
comment on column sync.ats_results.outcome is 'written, refused (see error), waiting, or unknown: its answer was lost and it is looked for.';
comment on column sync.ats_results.at is 'When it was written, or when the outcome last changed.';
comment on column sync.ats_results.reference is 'The ATS''s own identifier of what was written, where it gave one.';
comment on column sync.ats_results.error is 'Why it was refused, or why it waits.';
