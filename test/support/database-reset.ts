/** What makes a used database as good as a new clone of its template, and what tells that it cannot be. */
import pg from 'pg';

export interface Reset {
  /** Asks for the fingerprint of a database: its structure, and the rows that migrations insert. */
  look: string;
  /** The answer as migrations leave it. */
  fingerprint: string;
  /** Empties what has rows, and lets sequences begin again. */
  empty: string;
}

/** Above this, dead rows and index entries would slow the next tests down. */
const truncatedAbove = 128 * 1024;

/** The first OID that is not PostgreSQL's own. */
const firstOwn = 16_384;

/**
 * Catalogs with the column that tells what is not PostgreSQL's own. What is missing here shows in others: an index in
 * pg_class, a default in pg_attribute.
 */
const catalogs = {
  pg_attribute: 'attrelid',
  pg_constraint: 'oid',
  pg_trigger: 'oid',
  pg_rewrite: 'oid',
  pg_sequence: 'seqrelid',
  pg_proc: 'oid',
  pg_type: 'oid',
  pg_default_acl: 'oid',
  pg_extension: 'oid',
  pg_event_trigger: 'oid',
  pg_publication: 'oid',
  // After ANALYZE, plans are others than those of a new database.
  pg_statistic: 'starelid',
};

/** Any change leaves a younger row or one row less. */
const versions = "concat(count(*), ' ', max(xmin::text::bigint))";

/** @param kept tables whose rows belong to the structure */
function fingerprintSql(kept: readonly string[]): string {
  const parts = Object.entries(catalogs).map(
    ([catalog, own]) => `(select ${versions} from ${catalog} where ${own} >= ${firstOwn})`,
  );
  parts.push(
    // Rows here are also written by TRUNCATE and VACUUM, which change no structure.
    `(select string_agg(concat_ws(' ', oid, relname, relnamespace, relowner, relkind, relpersistence, relnatts,
        relchecks, relhasrules, relhastriggers, relrowsecurity, reloptions, relacl), ',' order by oid)
      from pg_class where oid >= ${firstOwn})`,
    // Sessions leave empty schemas for their temporary tables behind.
    `(select ${versions} from pg_namespace where nspname !~ '^pg_(toast_)?temp_')`,
    `(select concat_ws(' ', datdba, datacl, datconnlimit, datistemplate,
        exists (select from pg_db_role_setting where setdatabase = d.oid))
      from pg_database d where datname = current_database())`,
    ...kept.map((table) => `(select ${versions} from ${table})`),
  );
  return `select md5(concat_ws(E'\\n', ${parts.join(', ')})) as fingerprint`;
}

/** Looks at the template, which has to be like this whenever it is cloned. */
export async function prepareReset(client: pg.Client): Promise<Reset> {
  const { rows: tables } = await client.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class where oid >= ${firstOwn} and relkind = 'r' order by 1`,
  );
  const kept: string[] = [];
  const emptied: string[] = [];
  for (const { name } of tables) {
    const { rows } = await client.query(`select from ${name} limit 1`);
    (rows.length > 0 ? kept : emptied).push(name);
  }
  const { rows: sequences } = await client.query<{ name: string; value: string; called: boolean }>(
    `select s.seqrelid::regclass::text as name, coalesce(last_value, seqstart) as value,
       last_value is not null as called
     from pg_sequence s cross join lateral pg_sequence_last_value(s.seqrelid) as last_value order by 1`,
  );
  // Of more than 50 rows a server with autovacuum does that by and by, and the template would be another one.
  if (kept.length > 0) await client.query(`analyze ${kept.join()}`);
  const look = fingerprintSql(kept);
  const [found] = (await client.query<{ fingerprint: string }>(look)).rows;
  // A table whose file is empty has had no row since it was made.
  const empty = `set local session_replication_role = replica;
    do $$ declare one regclass; size bigint; begin
      foreach one in array array[${emptied.map((name) => `'${name}'`).join()}]::regclass[] loop
        size := (pg_stat_file(pg_relation_filepath(one), true)).size;
        if size > ${truncatedAbove} then execute 'truncate ' || one;
        elsif size > 0 then execute 'delete from ' || one;
        end if;
      end loop;
    end $$;
    select ${sequences.map(({ name, value, called }) => `setval('${name}', ${value}, ${called})`).join()}`;
  return { look, fingerprint: found!.fingerprint, empty };
}

/**
 * Empties a database that nobody else is connected to.
 * @returns whether it is like a new one now; if not, it is of no use any more
 */
export async function reset(url: string, { look, fingerprint, empty }: Reset): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  // That it was cut off shows in the query too.
  client.on('error', () => {});
  try {
    await client.connect();
    // In one round trip, and one transaction.
    const results = await client.query(`${look}; ${empty}`);
    const [found] = results as unknown as pg.QueryResult<{ fingerprint: string }>[];
    return found!.rows[0]!.fingerprint === fingerprint;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}
