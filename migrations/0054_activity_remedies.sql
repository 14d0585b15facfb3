-- What to do about an activity that fails, for whoever sees it on a page.
set local lock_timeout = '5s';
alter table sync.activities add column remedy text;
comment on column sync.activities.remedy is 'What to do about the latest failure, where something is known; null while it works.';
