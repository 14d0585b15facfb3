-- The story of one row or object is looked up, however long the history is.
create index changes_object_idx on sync.changes (uuid);
create index webhook_events_object_idx on sync.webhook_events (object_uuid) where object_uuid is not null;
create index issues_row_idx on sync.issues (account, resource, ats_id);
