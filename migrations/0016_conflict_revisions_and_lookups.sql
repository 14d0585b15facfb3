-- Conflicts of a row, open or not: asked for once for each row that is decided.
create index conflicts_row_idx on sync.conflicts (account, resource, ats_id);
-- Rows of a reviewer: asked for once for each share link whose row is gone.
create index desired_rows_reviewer_idx on sync.desired_rows (account, regexp_replace(ats_id, '^.*/', ''))
  where resource = 'share_links';
-- What took a slot or seat lately: asked for with each reading of the plan.
create index intents_room_idx on sync.intents (account, resource, sent_at)
  where state = 'confirmed' and detail ->> 'room' = 'takes';
