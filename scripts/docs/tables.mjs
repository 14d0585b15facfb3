/** docs/tables.md, from the comments of a migrated database. */

const columnsOf = `
  select n.nspname as schema, c.relname as name, c.relkind = 'v' as is_view, obj_description(c.oid, 'pg_class') as comment,
    coalesce((select has_table_privilege(oid, c.oid, 'select') from pg_roles where rolname = 'sparkhire_reader'), false) as readers,
    coalesce((select has_table_privilege(oid, c.oid, 'insert') from pg_roles where rolname = 'sparkhire_ats_writer'), false) as writers,
    array(select jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'comment', col_description(c.oid, a.attnum),
        'key', coalesce(a.attnum = any(i.indkey), false))
      from pg_attribute a left join pg_index i on i.indrelid = c.oid and i.indisprimary
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum) as columns
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('ats', 'sparkhire', 'sync') and c.relkind in ('r', 'p', 'v') order by 1, 3, 2`;

/** @param query (sql) => rows. @returns tables and views: their comment, columns, and who may read or write them */
export const readTables = (query) => query(columnsOf);

const types = { 'timestamp with time zone': 'timestamptz' };
const cell = (text) => (text ?? '').replaceAll('|', '\\|').replaceAll('*', '\\*');

const intros = {
  ats: 'What the ATS wants. Your ATS, its ETL or a connector writes the tables; [ats.md](ats.md) says what the values mean. The views tell what became of each row.',
  sparkhire: 'What Spark Hire says. Only the service writes here. [mirror.md](mirror.md) has examples.',
  sync: 'The bookkeeping of the service, as far as readers may read it.',
};

function section(table, tables) {
  const { schema, name, comment, readers, writers, columns } = table;
  const who = [
    writers ? '`sparkhire_ats_writer` writes it' : null,
    readers ? '`sparkhire_reader` may read it' : null,
  ].filter(Boolean);
  const base = tables.find((one) => one.schema === schema && `${one.name}_current` === name);
  const said = new Map(base?.columns.map((column) => [column.name, column.comment]) ?? []);
  const shown = columns.filter(
    (column) => column.comment === null || said.get(column.name) !== column.comment,
  );
  const rows = shown.map(
    ({ name: column, type, comment: meaning, key }) =>
      `| \`${column}\` | ${types[type] ?? type}${key ? ', key' : ''} | ${cell(meaning)} |`,
  );
  return [
    `### ${schema}.${name}`,
    `${cell(comment)} (${who.join('; ')})`,
    ...(base === undefined
      ? []
      : [`It has the columns of \`${schema}.${base.name}\`${rows.length === 0 ? '' : '. These differ:'}`]),
    ...(rows.length === 0 ? [] : [`| column | type | meaning |\n|---|---|---|\n${rows.join('\n')}`]),
  ].join('\n\n');
}

/** @param tables as `readTables` gives them */
export function tablesPage(tables) {
  const isFor = ({ readers, writers }) => readers || writers;
  const schemas = Object.keys(intros).map((schema) => {
    const own = tables.filter((table) => table.schema === schema && isFor(table));
    return `## Schema ${schema}\n\n${intros[schema]}\n\n${own.map((table) => section(table, tables)).join('\n\n')}`;
  });
  const inner = tables.filter((table) => !isFor(table) && table.comment !== null);
  return `# Tables

<!-- Made by scripts/docs.mjs from the comments in the database: npm run docs. -->

Grant a login the role \`sparkhire_reader\` to read, or \`sparkhire_ats_writer\` to write the tables of the ATS. Neither can read a
stored API key. \`\\d+ TABLE\` in \`psql\` shows the same comments.

${schemas.join('\n\n')}

## For the owner alone

These may change with any version.

| table | |
|---|---|
${inner.map(({ schema, name, comment }) => `| \`${schema}.${name}\` | ${cell(comment)} |`).join('\n')}
`;
}
