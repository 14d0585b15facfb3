-- What only programs see (a soft hyphen, a blank of no width) tells no two names apart: neither by the rule that compares
-- them (src/text/forms.ts) nor where they are looked for.
set local lock_timeout = '5s';
set local standard_conforming_strings = on;
do $do$
declare
  definition constant text := pg_get_functiondef('sync.likeness(text)'::regprocedure);
  index_name regclass;
begin
  -- PostgreSQL knows these characters in UTF-8 only.
  if getdatabaseencoding() <> 'UTF8' then return; end if;
  execute replace(definition, '\u1680\u2028', '\u00ad\u1680\u200b\u200e\u200f\u2060\u2028');
  for index_name in select objid::regclass from pg_depend
      where classid = 'pg_class'::regclass and refclassid = 'pg_proc'::regclass
        and refobjid = 'sync.likeness(text)'::regprocedure loop
    execute format('reindex index %s', index_name);
  end loop;
end $do$;
