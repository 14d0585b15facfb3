import type { MirrorTable } from './tables.js';

export type ChangeKind = 'created' | 'updated' | 'deleted' | 'restored';

/** What became of a written row, as the statements answer it. */
export interface WrittenRow {
  uuid: string;
  change: ChangeKind;
  /** Columns that changed. */
  fields: string[];
  /** Those columns as they were, as JSON text; null for a created row. */
  before: string | null;
  /** Those columns as they are, as JSON text; of a created row what is told of one and not null. */
  after: string;
}

/** Rows of one batch, as `incoming`: from a JSON parameter ($2), or from the temporary table filled by COPY. */
export type Source = 'recordset' | 'staged';

export function stageName(table: MirrorTable): string {
  return `stage_${table.name}`;
}

function incomingColumns(table: MirrorTable): string {
  const columns = table.columns.map(([name, type]) => `${name} ${type}`).join(', ');
  return `uuid uuid, ${columns}, raw jsonb, keep text[], single boolean, list_hash uuid`;
}

export function createStageSql(table: MirrorTable): string {
  return `create temporary table if not exists ${stageName(table)} (${incomingColumns(table)})`;
}

/**
 * What was stored so long ago is not overtaken by an answer that was late: what claims to be older than the row was
 * written by a clock that had been set back, or by one of Spark Hire's machines whose clock is behind.
 */
const isSettled = (row: string) => `${row}.mirrored_at < now() - interval '1 hour'`;

/** SQL for a JSON text with those of a row's columns that are to be told. */
export function jsonText(
  row: string,
  columns: ReadonlyArray<readonly [name: string, isTold: string]>,
): string {
  const pairs = columns.map(
    ([name, isTold]) =>
      `case when ${isTold} then '"${name}":' || coalesce(to_json(${row}.${name})::text, 'null') end`,
  );
  return `'{' || concat_ws(',', ${pairs.join(', ')}) || '}'`;
}

function literal(names: readonly string[]): string {
  return `'{${names.join(',')}}'::text[]`;
}

/** The columns of a row that nobody has stored yet; the others have defaults. */
export function newRowColumns(table: MirrorTable): string[] {
  return [
    'account',
    'uuid',
    ...table.columns.map(([name]) => name),
    'raw',
    ...(table.isListed ? ['list_hash'] : []),
    ...(table.hasDetails ? ['details_due', 'details_at'] : []),
  ];
}

/**
 * Which of the rows ($2: their uuids, as one array literal) are stored ($1: account), and the hash of the list
 * item each was last seen as, without dashes; null where an equal hash would not mean that nothing changed.
 */
export function lookUpSql(table: MirrorTable): string {
  const hash = table.isListed
    ? `case when deleted_at is null then replace(list_hash::text, '-', '') end`
    : 'null';
  return `
    select s.uuid, o.hash from unnest($2::uuid[]) as s(uuid)
    cross join lateral (${oneRow(table, `${hash} as hash`)}) o`;
}

/**
 * The stored row of s.uuid. The limit holds the planner to one look into the index for each: it knows neither how
 * many rows come in nor, early on, how many are stored, and would rather read the whole table for each batch.
 */
function oneRow(table: MirrorTable, columns: string): string {
  return `select ${columns} from sparkhire.${table.name} where account = $1 and uuid = s.uuid limit 1`;
}

/** What has to be known of the status a row had. */
const oldStatus = `o.status as old_status, coalesce(o.status_since, o.mirrored_at) as old_since,
  o.uuid is null or o.deleted_at is not null or m.status is distinct from o.status as is_new_status`;

/** Puts down the statuses that ended: a row that was gone meanwhile had its status until it was found to be gone. */
const pastStatuses = `,
    ended as (
      insert into sync.interview_past_statuses (account, interview_uuid, status, seen_from, seen_to)
      select $1, c.uuid, c.old_status, c.old_since, coalesce(c.old_end, now())
      from compared c
      where c.is_new_status and c.change <> 'created' and c.old_status is not null
    )`;

/**
 * One statement that brings a batch into its table ($1: account). Not written: a row that is older than the
 * stored one, and one that changes nothing; a list item with the hash of the last one is not even compared.
 * Answers a WrittenRow per written row.
 */
export function mergeSql(table: MirrorTable, source: Source): string {
  const names = table.columns.map(([name]) => name);
  const { isListed: listed, hasDetails: details, keepsStatuses = false } = table;
  const from =
    source === 'staged' ? stageName(table) : `jsonb_to_recordset($2::jsonb) as r(${incomingColumns(table)})`;
  const merged = names.map((name) => {
    const path = table.detailColumns[name];
    return path === undefined
      ? `s.${name}`
      : `case when '${path}' = any(s.keep) then coalesce(s.${name}, o.${name}) else s.${name} end as ${name}`;
  });
  const listItem = `sync.keep_details(sync.merge_listed(s.raw, o.raw, ${literal(table.listedKeys)}), o.raw, s.keep)`;
  const raw = listed
    ? `case when o.uuid is null or s.raw = o.raw then s.raw
            when not s.single then ${listItem}
            when s.keep = '{}' then s.raw
            else sync.keep_details(s.raw, o.raw, s.keep) end`
    : 's.raw';
  const moved = names.map((name) => [name, `m.${name} is distinct from o.${name}`] as const);
  const fields = moved.map(([name, isMoved]) => `case when ${isMoved} then '${name}' end`);
  const told = [...moved, ['deleted_at', 'o.deleted_at is not null']] as const;
  const existing = table.toldWhenCreated.map((name) => [name, `m.${name} is not null`] as const);
  // A row whose details alone are new needs its flag cleared, one without a hash gets it.
  const touched = [
    ...(details ? ['(c.single and c.details_due)'] : []),
    ...(listed ? ['(not c.single and c.old_hash is null)'] : []),
  ];
  // The single object is the listed one with more in it: then the hash of the list item still stands for the row.
  const listedPart = ['o.raw', ...table.detailPaths.map((path) => `'{${path.replace('.', ',')}}'`)].join(
    ' #- ',
  );
  const bookkeeping: Record<string, string> = {
    mirrored_at: 'case when c.change is null then c.old_mirrored_at else now() end',
    ...(listed
      ? { list_hash: 'case when not c.single then c.list_hash when c.covers_listed then c.old_hash end' }
      : {}),
    ...(details
      ? {
          details_due: "not c.single and c.keep <> '{}' and (c.details_due or c.moved)",
          details_at: 'case when c.single then now() else c.details_at end',
        }
      : {}),
    ...(keepsStatuses
      ? { status_since: 'case when c.change is null or not c.is_new_status then c.old_since else now() end' }
      : {}),
  };
  const targets = [...names, 'raw', ...Object.keys(bookkeeping)];
  const values = [...names.map((name) => `c.${name}`), 'c.raw', ...Object.values(bookkeeping)];
  return `
    with incoming as (select * from ${from}),
    compared as (
      select m.*, s.single, s.keep, s.list_hash, o.mirrored_at as old_mirrored_at,
        ${listed ? `o.list_hash as old_hash, s.single and s.raw @> (${listedPart}) as covers_listed,` : ''}
        ${details ? 'o.details_at, coalesce(o.details_due, false) as details_due,' : ''}
        k.change,
        case when k.change <> 'created' then ${jsonText('o', told)} end as before,
        case when k.change = 'created' then ${jsonText('m', existing)}
             when k.change is not null then ${jsonText('m', told)} end as after,
        ${keepsStatuses ? `${oldStatus}, o.deleted_at as old_end,` : ''}
        case when o.deleted_at is null then f.fields else f.fields || '{deleted_at}' end as fields,
        o.uuid is null or o.deleted_at is not null or f.fields <> '{}' as moved
      from incoming s
      left join lateral (${oneRow(table, '*')}) o on true
      cross join lateral (select s.uuid, ${merged.join(', ')}, ${raw} as raw, null::timestamptz as deleted_at) m
      cross join lateral (
        select case when o.uuid is null then '{}'::text[]
          else array_remove(array[${fields.join(', ')}], null) end as fields
      ) f
      cross join lateral (
        select case when o.uuid is null then 'created'
                    when o.deleted_at is not null then 'restored'
                    when f.fields <> '{}' or m.raw is distinct from o.raw then 'updated' end as change
      ) k
      where o.uuid is null or (
        (s.updated_at is null or o.updated_at is null or s.updated_at >= o.updated_at or ${isSettled('o')})
        ${listed ? 'and (s.list_hash is null or o.list_hash is null or s.list_hash <> o.list_hash or o.deleted_at is not null)' : ''}
      )
    ),
    written as (
      insert into sparkhire.${table.name} as t (account, uuid, ${targets.join(', ')})
      select $1, c.uuid, ${values.join(', ')}
      from compared c
      where ${['c.change is not null', ...touched].join(' or ')}
      on conflict (account, uuid) do update
        set ${targets.map((name) => `${name} = excluded.${name}`).join(', ')}, deleted_at = null
        where t.updated_at is null or excluded.updated_at is null or excluded.updated_at >= t.updated_at
          or ${isSettled('t')}
    )${keepsStatuses ? pastStatuses : ''}
    select uuid, change, case when change = 'updated' and fields = '{}' then array['raw'] else fields end as fields,
      before, after
    from compared where change is not null`;
}
