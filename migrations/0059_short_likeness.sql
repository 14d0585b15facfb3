-- PostgreSQL puts a function of one expression in the place of its call: the letters of all scripts, thousands of them, came
-- into each plan and each write of an indexed row. What is not ASCII is worked out by a call now.
set local lock_timeout = '5s';
set local standard_conforming_strings = on;
set local quote_all_identifiers = off;
do $do$
declare
  letters text := pg_get_functiondef('sync.likeness(text)'::regprocedure);
  address text := '';
begin
  -- In other encodings it is short as it is, and punycode stays.
  if getdatabaseencoding() = 'UTF8' then
    letters := pg_get_functiondef('sync.likeness_of_letters(text)'::regprocedure);
    address := format($f$when left($1, 1000) ~* %L then sync.likeness_of_letters(sync.in_letters(sync.likeness_of_letters($1)))$f$,
      'xn--|' || chr(12290));
  end if;
  execute format($f$
    create or replace function sync.likeness_of_letters(text) returns text language plpgsql immutable parallel safe as %L$f$,
    'begin ' || rtrim(substr(letters, strpos(letters, 'RETURN ')), E' \n') || '; end');
  execute format($f$
    create or replace function sync.likeness(text) returns text language sql immutable parallel safe return
      left(case when left($1, 1000) !~ '[^ -~]|[Xx][Nn]--' then replace(lower(left($1, 1000) collate "C"), ' ', '')
        %s else sync.likeness_of_letters($1) end, 300)$f$, address);
end $do$;
