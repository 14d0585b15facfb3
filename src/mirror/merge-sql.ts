import type { MirrorTable } from './tables.js';

/** Rows of one batch, as `incoming`: from a JSON parameter ($2), or from the temporary table filled by COPY. */
export type Source = 'recordset' | 'staged';

export function stageName(table: MirrorTable): string {
  return `stage_${table.name}`;
}

export function createStageSql(table: MirrorTable): string {
  const columns = table.columns.map(([name, type]) => `${name} ${type}`).join(', ');
  return `create temporary table if not exists ${stageName(table)}
    (uuid uuid, ${columns}, raw jsonb, keep text[], single boolean)`;
}

/**
 * One statement that brings a batch into its table ($1: account). Not written: a row that is older than the
 * stored one, and one that changes nothing. Answers a row per written row: uuid, change, changed fields.
 */
export function mergeSql(table: MirrorTable, source: Source): string {
  const names = table.columns.map(([name]) => name);
  const recordColumns = table.columns.map(([name, type]) => `${name} ${type}`).join(', ');
  const from =
    source === 'staged'
      ? stageName(table)
      : `jsonb_to_recordset($2::jsonb) as r(uuid uuid, ${recordColumns}, raw jsonb, keep text[], single boolean)`;
  const merged = names.map((name) => {
    const path = table.detailColumns[name];
    return path === undefined
      ? `s.${name}`
      : `case when '${path}' = any(s.keep) then coalesce(s.${name}, o.${name}) else s.${name} end as ${name}`;
  });
  const paths = table.detailPaths.length > 0;
  const raw = paths
    ? `case when o.uuid is null or s.keep = '{}' or s.raw = o.raw then s.raw
         else sync.keep_details(s.raw, o.raw, s.keep) end`
    : 's.raw';
  const fields = names.map((name) => `case when m.${name} is distinct from o.${name} then '${name}' end`);
  const details = table.hasDetails;
  const detailsDue = details ? ', details_due, details_at' : '';
  const detailsValue = details ? ', not c.single, case when c.single then now() else c.details_at end' : '';
  const update = [...names, 'raw']
    .map((name) => `${name} = excluded.${name}`)
    .concat(['mirrored_at = excluded.mirrored_at', 'deleted_at = null'])
    .concat(details ? ['details_due = excluded.details_due', 'details_at = excluded.details_at'] : []);
  return `
    with incoming as (select * from ${from}),
    compared as (
      select m.*, s.single, o.mirrored_at as old_mirrored_at,
        ${details ? 'o.details_at, o.details_due,' : ''}
        case when o.uuid is null then 'created'
             when o.deleted_at is not null then 'restored'
             when m.raw is distinct from o.raw or row(${names.map((n) => `m.${n}`).join(', ')})
               is distinct from row(${names.map((n) => `o.${n}`).join(', ')}) then 'updated'
             end as change,
        case when o.uuid is not null then array_remove(array[${fields.join(', ')}], null) else '{}' end as fields
      from incoming s
      left join sparkhire.${table.name} o on o.account = $1 and o.uuid = s.uuid
      cross join lateral (select s.uuid, ${merged.join(', ')}, ${raw} as raw) m
      where o.uuid is null or s.updated_at is null or o.updated_at is null or s.updated_at >= o.updated_at
    ),
    written as (
      insert into sparkhire.${table.name} as t (account, uuid, ${names.join(', ')}, raw, mirrored_at${detailsDue})
      select $1, c.uuid, ${names.map((n) => `c.${n}`).join(', ')}, c.raw,
        case when c.change is null then c.old_mirrored_at else now() end${detailsValue}
      from compared c
      where c.change is not null${details ? ' or (c.single and c.details_due)' : ''}
      on conflict (account, uuid) do update set ${update.join(', ')}
        where t.updated_at is null or excluded.updated_at is null or excluded.updated_at >= t.updated_at
    )
    select uuid, change, case when change = 'updated' and fields = '{}' then array['raw'] else fields end as fields
    from compared where change is not null`;
}
