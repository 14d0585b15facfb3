/** What belongs to the tables of schema ats, and may be lost when somebody puts another table in the place of one. */

/** Anything that answers rows: a client, or the pool. */
export type Ask = <Row>(sql: string) => Promise<Row[]>;

/** Each thing that is missing or switched off, in words; empty where all is as the migrations made it. */
export async function missingOfAts(ask: Ask): Promise<string[]> {
  const rows = await ask<{ problem: string }>(problemsSql);
  return rows.map(({ problem }) => problem);
}

const problemsSql = `
  with wanted (name, key, view) as (values ('users', 'ats_id', 'user_sync'), ('jobs', 'ats_id', 'job_sync'),
    ('packages', 'package', null), ('interviews', 'ats_id', 'interview_sync'),
    ('share_requests', 'ats_id', 'share_request_sync')),
  -- By the catalog: to look a name up takes a right on the schema.
  there as (select c.oid, c.relname, c.relkind from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'ats'),
  found as (select w.*, 'ats.' || w.name as tab, t.oid as rel, v.oid as shown from wanted w
    left join there t on t.relname = w.name and t.relkind in ('r', 'p')
    left join there v on v.relname = w.view and v.relkind = 'v'),
  triggers as (
    select f.tab, 'queue_' || op as trigger, t.tgenabled
    from found f cross join unnest(array['delete', 'insert', 'truncate', 'update']) op
    left join pg_trigger t on t.tgrelid = f.rel and t.tgname = 'queue_' || op
    where f.rel is not null and (t.oid is null or t.tgenabled not in ('O', 'A'))),
  told as (
    select tab, 1 as nth, tab || ': there is no such table' as problem from found where rel is null
    union all
    select tab, 2, format('%s: there is no primary key (account, %s)', tab, key) from found
    where rel is not null and not exists (select from pg_index i where i.indrelid = rel and i.indisprimary)
    union all
    select tab, 3, format('%s: the trigger%s %s %s', tab, case when count(*) > 1 then 's' else '' end,
      string_agg(trigger, ', ' order by trigger),
      case when bool_and(tgenabled is null) then case when count(*) > 1 then 'are missing' else 'is missing' end
        else case when count(*) > 1 then 'are switched off' else 'is switched off' end end)
    from triggers group by tab, tgenabled is null
    union all
    select tab, 3, tab || ': the column source is missing' from found where rel is not null and not exists (
      select from pg_attribute where attrelid = rel and attname = 'source' and not attisdropped)
    union all
    select tab, 4, case when shown is null then format('the view ats.%s is missing', view)
      else format('the view ats.%s shows another table than %s', view, tab) end
    from found where view is not null and rel is not null and not exists (
      select from pg_rewrite r join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
      where r.ev_class = shown and d.refobjid = found.rel)
    union all
    select tab, 5, tab || ': sparkhire_ats_writer may not write there' from found
    join pg_roles r on r.rolname = 'sparkhire_ats_writer'
    where rel is not null and not (has_table_privilege(r.oid, rel, 'select') and has_table_privilege(r.oid, rel, 'insert')
      and has_table_privilege(r.oid, rel, 'update') and has_table_privilege(r.oid, rel, 'delete')
      and has_table_privilege(r.oid, rel, 'truncate'))
    union all
    select tab, 6, format('the view ats.%s may not be read by %s', view, r.rolname) from found
    join pg_roles r on r.rolname in ('sparkhire_ats_writer', 'sparkhire_reader')
    where shown is not null and not has_table_privilege(r.oid, shown, 'select'))
  select problem from told order by tab, nth`;
