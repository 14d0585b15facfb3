-- The tables of schema ats, and all their columns. Run again by `sparkhire-sync migrate` where a table or a column is missing;
-- what is there is let be. A table that is made again has no rows: that is put down, so that nothing is taken for withdrawn.
do $$
declare
  tab record;
  missing text;
begin
  for tab in select * from (values
      ('users', 'ats_id', array['name text', 'email text', 'role text', 'active boolean']),
      ('jobs', 'ats_id', array['title text', 'description text', 'status text', 'city text', 'region text', 'country text',
        'work_mode text', 'work_place text', 'owner_ats_id text']),
      ('packages', 'package', array['type text', 'question_set_uuid text', 'questions jsonb', 'deadline_days numeric',
        'email_message text', 'timezone text']),
      ('interviews', 'ats_id', array['job_ats_id text', 'candidate_name text', 'candidate_email text', 'candidate_phone text',
        'candidate_phone_e164 text', 'sms_consent boolean default false', 'type text', 'package text', 'question_set_uuid text',
        'questions jsonb', 'deadline_at timestamptz', 'timezone text', 'email_message text', 'requested_by_ats_id text',
        'desired text default ''invited''', 'share boolean default false', 'priority smallint default 0']),
      ('share_requests', 'ats_id', array['reviewers jsonb', 'interview_ats_ids text[]', 'send_email boolean', 'status text'])
      ) t (name, key, columns) loop
    if not exists (select from pg_class c where c.relnamespace = 'ats'::regnamespace and c.relname = tab.name) then
      execute format('create table ats.%I (account text not null default ''default'', %I text not null)', tab.name, tab.key);
      insert into sync.checkpoints (account, resource, kind, completed_at, updated_at)
      select distinct account, 'ats', 'made_again_' || tab.name, now(), now() from sync.desired_rows
      where resource = tab.name
      on conflict (account, resource, kind) do update
        set completed_at = excluded.completed_at, updated_at = excluded.updated_at;
    end if;
    select string_agg('add column ' || wanted.definition, ', ' order by wanted.nth) into missing
    from unnest(array['account text not null default ''default''']::text[] || tab.columns
      || array['deleted_at timestamptz', 'extra jsonb default ''{}''', 'source text']::text[]) with ordinality wanted (definition, nth)
    where not exists (select from pg_attribute a where a.attrelid = to_regclass('ats.' || tab.name) and not a.attisdropped
      and a.attname = split_part(wanted.definition, ' ', 1));
    if missing is not null then
      execute format('alter table ats.%I %s', tab.name, missing);
    end if;
  end loop;
end $$;
