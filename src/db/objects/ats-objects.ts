/** What belongs to the tables of schema ats, and may be lost when somebody puts another table in the place of one. */

import { atsTables } from './ats-tables.js';

/** Anything that answers rows: a client, or the pool. */
export type Ask = <Row>(sql: string) => Promise<Row[]>;

/** A thing that is missing or switched off. */
export interface MissingOfAts {
  /** As doctor says it: `ats.jobs: there is no primary key (account, ats_id)`. */
  problem: string;
  /** What it is, once it is back: `the primary key (account, ats_id) of ats.jobs`. */
  thing: string;
}

/** Empty where all is as the migrations made it. */
export function missingOfAts(ask: Ask): Promise<MissingOfAts[]> {
  return ask<MissingOfAts>(problemsSql);
}

const columns = Object.values(atsTables).map(({ name, columns: own }) => {
  // Those that all have are added below.
  const names = own
    .map(([column]) => column)
    .filter((column) => column !== 'deleted_at' && column !== 'extra');
  return `('${name}', '${names.join(' ')}')`;
});

const problemsSql = `
  with wanted (name, key, view) as (values ('users', 'ats_id', 'user_sync'), ('jobs', 'ats_id', 'job_sync'),
    ('packages', 'package', null), ('interviews', 'ats_id', 'interview_sync'),
    ('share_requests', 'ats_id', 'share_request_sync')),
  columns (name, names) as (values ${columns.join(', ')}),
  -- By the catalog: to look a name up takes a right on the schema.
  there as (select c.oid, c.relname, c.relkind from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'ats'),
  found as (select w.*, 'ats.' || w.name as tab, t.oid as rel, v.oid as shown from wanted w
    left join there t on t.relname = w.name and t.relkind in ('r', 'p')
    left join there v on v.relname = w.view and v.relkind = 'v'),
  lost as (select f.tab, string_agg(c.name, ', ' order by c.nth) as names, count(*) > 1 as many from found f
    join columns using (name)
    cross join unnest(string_to_array(concat_ws(' ', 'account', f.key, names, 'deleted_at extra'), ' '))
      with ordinality c (name, nth)
    where f.rel is not null and not exists (select from pg_attribute a
      where a.attrelid = f.rel and a.attname = c.name and not a.attisdropped) group by 1),
  triggers as (
    select f.tab, t.oid is null as gone, string_agg('queue_' || op, ', ' order by op) as names, count(*) > 1 as many
    from found f cross join unnest(array['delete', 'insert', 'truncate', 'update']) op
    left join pg_trigger t on t.tgrelid = f.rel and t.tgname = 'queue_' || op
    where f.rel is not null and (t.oid is null or t.tgenabled not in ('O', 'A')) group by 1, 2),
  told as (
    select tab, 1 as nth, tab || ': there is no such table' as problem, format('the table %s, empty', tab) as thing
    from found where rel is null
    union all
    select tab, 2, format('%s: there is no column %s', tab, names),
      format('the column%s %s of %s', case when many then 's' end, names, tab) from lost
    union all
    select tab, 3, format('%s: there is no primary key (account, %s)', tab, key),
      format('the primary key (account, %s) of %s', key, tab) from found
    where rel is not null and not exists (select from pg_index i where i.indrelid = rel and i.indisprimary)
    union all
    select tab, 4, format('%s: the trigger%s %s %s', tab, case when many then 's' end, names,
        concat(case when many then 'are' else 'is' end, case when gone then ' missing' else ' switched off' end)),
      format('the trigger%s %s of %s', case when many then 's' end, names, tab)
    from triggers
    union all
    select tab, 2, tab || ': there is no column source', format('the column source of %s', tab)
    from found where rel is not null and not exists (
      select from pg_attribute where attrelid = rel and attname = 'source' and not attisdropped)
    union all
    select tab, 5, case when shown is null then format('the view ats.%s is missing', view)
      else format('the view ats.%s shows another table than %s', view, tab) end, format('the view ats.%s of %s', view, tab)
    from found where view is not null and rel is not null and not exists (
      select from pg_rewrite r join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
      where r.ev_class = shown and d.refobjid = found.rel)
    union all
    select tab, 6, tab || ': sparkhire_ats_writer may not write there', 'the right of sparkhire_ats_writer to write to ' || tab
    from found join pg_roles r on r.rolname = 'sparkhire_ats_writer'
    where rel is not null and not (has_table_privilege(r.oid, rel, 'select') and has_table_privilege(r.oid, rel, 'insert')
      and has_table_privilege(r.oid, rel, 'update') and has_table_privilege(r.oid, rel, 'delete')
      and has_table_privilege(r.oid, rel, 'truncate'))
    union all
    select tab, 7, format('the view ats.%s may not be read by %s', view, r.rolname),
      format('the right of %s to read ats.%s', r.rolname, view) from found
    join pg_roles r on r.rolname in ('sparkhire_ats_writer', 'sparkhire_reader')
    where shown is not null and not has_table_privilege(r.oid, shown, 'select'))
  select problem, thing from told order by tab, nth`;
