-- How far a run is, for whoever watches it: the row of one that lasts is brought up to date each second.
set local lock_timeout = '5s';
alter table sync.runs add column progress jsonb;
comment on column sync.runs.progress is 'While it is under way and lasts: its parts (lines), each with how much is done and of how much, and the requests of the current window. Null afterwards.';
