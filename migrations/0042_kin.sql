-- What a person pointed at among several: whom the others had invited is asked about.
create index conflicts_pointed_idx on sync.conflicts (account, resolution)
  where kind = 'possible_duplicate' and resolution like 'link:%';
-- Whom an invitation had been sent to, where both sides agreed on another address since.
create index links_sent_to_idx on sync.links (account, sync.likeness(base #>> '{candidate,sparkhire,email}'))
  where resource = 'interviews' and base #>> '{candidate,sparkhire,email}' is not null;
