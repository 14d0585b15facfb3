-- What requests were sent for, minute by minute: told with the next booking, so that it costs no statement of its own.
alter table sync.request_blocks add column sent jsonb;
comment on column sync.request_blocks.sent is 'Requests sent since the booking before, by lane, and how many of them were answered with 429 (rate_limited). Null: not known.';

-- People and jobs are found by any word of their name.
create index interviews_candidate_words_idx on sparkhire.interviews
  using gin (to_tsvector('simple'::regconfig, translate(candidate_name, './@-_:''', '       ')));
create index jobs_title_words_idx on sparkhire.jobs
  using gin (to_tsvector('simple'::regconfig, translate(title, './@-_:''', '       ')));
create index users_name_words_idx on sparkhire.users
  using gin (to_tsvector('simple'::regconfig, translate(name, './@-_:''', '       ')));
-- Whoever puts another table in the place of one of these loses the index, and waits a little longer.
create index if not exists interviews_candidate_words_idx on ats.interviews
  using gin (to_tsvector('simple'::regconfig, translate(candidate_name, './@-_:''', '       ')));
create index if not exists jobs_title_words_idx on ats.jobs
  using gin (to_tsvector('simple'::regconfig, translate(title, './@-_:''', '       ')));
create index if not exists users_name_words_idx on ats.users
  using gin (to_tsvector('simple'::regconfig, translate(name, './@-_:''', '       ')));
