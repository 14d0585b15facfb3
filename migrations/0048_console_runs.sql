-- When each listing was last swept is looked up, however many runs there were.
create index runs_swept_idx on sync.runs (account, resource, finished_at) where kind = 'sweep' and outcome = 'succeeded';
