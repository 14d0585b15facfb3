-- A decision is also done with where the values that the person saw are others by then.
set local lock_timeout = '5s';
comment on column sync.conflicts.acted_at is 'When the decision of a person was carried out, or put aside because the values were others by then; null for what closed by itself.';
