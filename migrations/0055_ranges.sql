-- Whether a list's rows are counted from 0 or from 1: asked once, since a row that no range names is never read.
set local lock_timeout = '5s';
alter table sync.accounts add column ranges_from smallint;
comment on column sync.accounts.ranges_from is 'Which number Spark Hire gives to the first row of a list (range=a-b): 1, or 0. Null: not known yet.';
