-- What belongs to the tables of schema ats and goes with a table that is dropped, or stays with one that is renamed: keys,
-- indexes, triggers, views. Run again by `sparkhire-sync migrate` where something of it is missing; what is there is let be.
do $$
declare
  tab record;
  op text;
begin
  for tab in select * from (values ('users', 'ats_id'), ('jobs', 'ats_id'), ('packages', 'package'),
      ('interviews', 'ats_id'), ('share_requests', 'ats_id')) t (name, key) loop
    continue when to_regclass('ats.' || tab.name) is null;
    if not exists (select from pg_index i where i.indrelid = to_regclass('ats.' || tab.name) and i.indisprimary) then
      begin
        execute format('alter table ats.%I alter column account set default ''default'', add primary key (account, %I)',
          tab.name, tab.key);
      exception when unique_violation or not_null_violation then
        raise warning 'ats.% gets no primary key: %', tab.name, sqlerrm;
      end;
    end if;
    foreach op in array array['insert', 'update', 'delete', 'truncate'] loop
      if not exists (select from pg_trigger where tgrelid = to_regclass('ats.' || tab.name) and tgname = 'queue_' || op) then
        execute format('create trigger queue_%s after %1$s on ats.%I %s for each statement execute function sync.queue_desired()',
          op, tab.name, case op
            when 'insert' then 'referencing new table as fresh'
            when 'update' then 'referencing old table as old_rows new table as fresh'
            when 'delete' then 'referencing old table as old_rows' else '' end);
      elsif exists (select from pg_trigger where tgrelid = to_regclass('ats.' || tab.name) and tgname = 'queue_' || op
          and tgenabled not in ('O', 'A')) then
        execute format('alter table ats.%I enable trigger queue_%s', tab.name, op);
      end if;
    end loop;
  end loop;
end $$;

-- Their names may be taken by indexes of a table that was put aside.
do $$
declare
  wanted record;
begin
  for wanted in select * from (values
      ('interviews', '(account, "left"(job_ats_id, 200), sync.likeness(candidate_email))', ''),
      ('interviews', '(account, sync.likeness(candidate_email))', ''),
      ('interviews', '(account, sync.likeness(candidate_name))',
        'where coalesce(candidate_email, '''') !~ ''[^@[:space:]]@[^@[:space:]]'''),
      ('users', '(account, sync.likeness(email))', ''),
      ('jobs', '(account, sync.likeness(title))', '')) i (name, columns, condition) loop
    if to_regclass('ats.' || wanted.name) is not null and not exists (select from pg_indexes where schemaname = 'ats' and tablename = wanted.name
        and position(wanted.columns in indexdef) > 0) then
      execute format('create index on ats.%I %s %s', wanted.name, wanted.columns, wanted.condition);
    end if;
  end loop;
end $$;

-- What became of each row. The views run with their owner's rights: who reads them needs none on schema sync.
-- Two halves, rows that are there and rows that were: a condition on the key goes down into both.
do $$ declare pair record; begin
  for pair in select * from (values ('users', 'user_sync', false), ('jobs', 'job_sync', false),
      ('interviews', 'interview_sync', true)) p (resource, view, with_results) loop
    continue when to_regclass('ats.' || pair.resource) is null or exists (select from pg_rewrite r join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
      where r.ev_class = to_regclass('ats.' || pair.view) and d.refobjid = to_regclass('ats.' || pair.resource));
    execute format($view$
      create or replace view ats.%1$I as
      select r.account, r.ats_id,
        case
          when r.state = 'in_flight' then r.state
          when r.state is null or exists (select from sync.desired_queue q
            where q.account = r.account and q.resource = %2$L and q.ats_id = r.ats_id) then 'pending'
          else r.state
        end as state,
        l.uuid as sparkhire_uuid,
        coalesce((select jsonb_agg(jsonb_build_object('code', i.code, 'field', i.field, 'message', i.message)
            order by i.field, i.id) from sync.issues i where i.account = r.account and i.resource = %2$L and i.ats_id = r.ats_id and i.resolved_at is null), '[]') as issues,
        r.synced_at%3$s
      from (
        select t.account, t.ats_id, d.state, d.synced_at from ats.%2$I t
        left join sync.desired_rows d on d.account = t.account and d.resource = %2$L and d.ats_id = t.ats_id
        union all
        select d.account, d.ats_id, d.state, d.synced_at from sync.desired_rows d where d.resource = %2$L
          and not exists (select from ats.%2$I t where t.account = d.account and t.ats_id = d.ats_id)
      ) r
      left join sync.links l on l.account = r.account and l.resource = %2$L and l.ats_id = r.ats_id%4$s
      $view$, pair.view, pair.resource,
      case when pair.with_results then ', m.status, m.rating, m.completed_at, m.watch_url, m.share_url' else '' end,
      case when pair.with_results then ' left join sparkhire.interviews m on m.account = l.account and m.uuid = l.uuid' else '' end);
  end loop;
end $$;

