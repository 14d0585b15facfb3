-- Which jobs people were asked about: looked for once for each job whose row goes, or means another one by now.
create index conflicts_jobs_asked_idx on sync.conflicts (account, uuid) where resource = 'jobs' and kind = 'possible_duplicate';
