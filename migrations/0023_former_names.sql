-- What a row had said is looked for under another key: a person may have given its object another name meanwhile.
create index links_title_idx on sync.links (account, sync.likeness(base #>> '{title,ats}')) where resource = 'jobs';
create index links_email_idx on sync.links (account, sync.likeness(base #>> '{email,ats}')) where resource = 'users';
