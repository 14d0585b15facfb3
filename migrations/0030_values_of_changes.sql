-- What each changed column was before and is after, beside their names.
alter table sync.changes add column before jsonb, add column after jsonb;
comment on column sync.changes.before is 'The changed columns as they were; null for a created row, and for changes recorded before there were values.';
comment on column sync.changes.after is 'The changed columns as they are; of a created row what says what it is. Never raw. Null for changes recorded before there were values.';
