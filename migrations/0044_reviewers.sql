-- What was written for a reviewer is found by their address, which is part of the key. Few rows are of share links.
create index intents_reviewer_idx on sync.intents (account, sync.likeness(regexp_replace(ats_id, '^.*/', '')))
  where resource = 'share_links';
create index links_reviewer_idx on sync.links (account, sync.likeness(regexp_replace(ats_id, '^.*/', '')))
  where resource = 'share_links';
