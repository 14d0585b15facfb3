-- Rows that the ATS gave another key: what is looked for is the title of a job, and whom a row had invited.
create index jobs_title_idx on ats.jobs (account, lower(left(title, 300)));
create index links_candidate_idx on sync.links (account, lower(left(base #>> '{candidate,ats,email}', 300)))
  where resource = 'interviews';

-- Withdrawals of rows that were missing: they count together for a while.
create index intents_missing_idx on sync.intents (account, created_at) where detail -> 'missing' = 'true';
