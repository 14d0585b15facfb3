-- What requests were sent for, minute by minute: told with the next booking, so that it costs no statement of its own.
alter table sync.request_blocks add column sent jsonb;
comment on column sync.request_blocks.sent is 'Requests sent since the booking before, by lane, and how many of them were answered with 429 (rate_limited). Null: not known.';

-- People and jobs are found by any word of their name. Of a name that is none, only the beginning counts: no row is refused for it.
create index interviews_candidate_words_idx on sparkhire.interviews
  using gin (to_tsvector('simple'::regconfig, translate(left(candidate_name, 300), './@-_:''', '       ')));
create index jobs_title_words_idx on sparkhire.jobs
  using gin (to_tsvector('simple'::regconfig, translate(left(title, 300), './@-_:''', '       ')));
create index users_name_words_idx on sparkhire.users
  using gin (to_tsvector('simple'::regconfig, translate(left(name, 300), './@-_:''', '       ')));
-- Whoever puts another table in the place of one of these loses the index, and waits a little longer.
do $$ declare
  named record;
begin
  for named in select * from (values ('interviews', 'candidate_name', 'interviews_candidate_words_idx'),
      ('jobs', 'title', 'jobs_title_words_idx'), ('users', 'name', 'users_name_words_idx')) n (tab, col, idx) loop
    begin
      execute format($index$create index if not exists %I on ats.%I
        using gin (to_tsvector('simple'::regconfig, translate(left(%I, 300), './@-_:''', '       ')))$index$, named.idx, named.tab, named.col);
    -- A loader's own table, or none.
    exception when undefined_column or undefined_table or undefined_function or wrong_object_type then null;
    end;
  end loop;
end $$;
