-- Which rows of jobs had stood for an object that was deleted in Spark Hire: their invitations may still be pending there.
create index conflicts_deleted_idx on sync.conflicts (account, uuid) where kind = 'remote_deleted';
