-- An international domain is the same in its own letters and in punycode: what looks for an address finds both, by the
-- one form in which addresses are compared (src/text/forms.ts).
set local lock_timeout = '5s';
set local standard_conforming_strings = on;
set local quote_all_identifiers = off;
-- The domain of an address in its own letters (RFC 3492), from small letters without blanks; what is no punycode stays.
create function sync.in_letters(address text) returns text language plpgsql immutable strict parallel safe as $fn$
declare
  start constant int := length(address) - strpos(reverse(address), '@') + 1;
  labels text[];
  label text;
  decoded text;
  code text;
  n int; i bigint; before bigint; bias int; w bigint; digit int; t int; k int; spot int;
begin
  if strpos(address, '@') = 0 then return address; end if;
  labels := string_to_array(replace(substr(address, start + 1), chr(12290), '.'), '.');
  for nr in 1 .. cardinality(labels) loop
    label := labels[nr];
    continue when label !~ '^xn--[a-z0-9-]*[a-z0-9]$';
    code := substr(label, 5);
    spot := length(code) - strpos(reverse(code), '-') + 1;
    if strpos(code, '-') = 0 then spot := 0; end if;
    decoded := left(code, greatest(spot - 1, 0));
    n := 128; i := 0; bias := 72;
    while spot < length(code) and decoded is not null loop
      before := i; w := 1; k := 36;
      loop
        spot := spot + 1;
        digit := strpos('abcdefghijklmnopqrstuvwxyz0123456789', substr(code, spot, 1)) - 1;
        if spot > length(code) or digit < 0 or w > 1000000000 then decoded := null; exit; end if;
        i := i + digit * w;
        t := least(greatest(k - bias, 1), 26);
        exit when digit < t;
        w := w * (36 - t);
        k := k + 36;
      end loop;
      exit when decoded is null;
      w := length(decoded) + 1;
      before := case when before = 0 then i / 700 else (i - before) / 2 end;
      before := before + before / w;
      k := 0;
      while before > 455 loop before := before / 35; k := k + 36; end loop;
      bias := k + 36 * before / (before + 38);
      if i / w > 1114111 - n then decoded := null; exit; end if;
      n := n + i / w;
      i := i % w;
      if n between 55296 and 57343 then decoded := null; exit; end if;
      decoded := left(decoded, i::int) || chr(n) || substr(decoded, i::int + 1);
      i := i + 1;
    end loop;
    labels[nr] := coalesce(decoded, label);
  end loop;
  return left(address, start) || array_to_string(labels, '.');
end $fn$;
do $do$
declare
  definition text := pg_get_functiondef('sync.likeness(text)'::regprocedure);
  index_name regclass;
begin
  -- PostgreSQL knows these letters in UTF-8 only.
  if getdatabaseencoding() <> 'UTF8' then return; end if;
  execute replace(definition, 'FUNCTION sync.likeness(', 'FUNCTION sync.likeness_of_letters(');
  -- One look at most addresses, as before: they are ASCII without punycode.
  definition := overlay(definition placing format(
    $f$ WHEN left($1, 1000) ~* %L THEN sync.likeness_of_letters(sync.in_letters(sync.likeness_of_letters($1)))$f$,
    'xn--|' || chr(12290)) from strpos(definition, ' ELSE ') for 0);
  execute overlay(definition placing $f$'[^ -~]|[Xx][Nn]--'$f$ from strpos(definition, $f$'[^ -~]'$f$) for 8);
  for index_name in select objid::regclass from pg_depend
      where classid = 'pg_class'::regclass and refclassid = 'pg_proc'::regclass
        and refobjid = 'sync.likeness(text)'::regprocedure loop
    execute format('reindex index %s', index_name);
  end loop;
end $do$;
-- Keys of share links have the reviewer's domain in letters.
do $do$
declare
  written record;
  keyed text;
begin
  if getdatabaseencoding() <> 'UTF8' then return; end if;
  for written in
    select account, ats_id as was, regexp_replace(ats_id, '[^/]*$', '') || sync.in_letters(substring(ats_id from '[^/]*$')) as key
    from sync.desired_rows where resource = 'share_links' and ats_id ~ '@[^/]*xn--[^/]*$'
  loop
    continue when exists (select from sync.desired_rows
      where account = written.account and resource = 'share_links' and ats_id = written.key);
    foreach keyed in array array['desired_rows', 'desired_queue', 'links', 'intents', 'issues', 'conflicts', 'row_changes'] loop
      execute format('update sync.%I set ats_id = $1 where account = $2 and resource = $3 and ats_id = $4', keyed)
        using written.key, written.account, 'share_links', written.was;
    end loop;
  end loop;
end $do$;
