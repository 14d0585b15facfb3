/** What `doctor` asks a PostgreSQL server: facts only, nothing is judged or changed. */
import type { Clock } from '../clock.js';
import { Connection } from './connection.js';
import { codedIfKnown } from './connection-error.js';
import { type Ask, type MissingOfAts, missingOfAts } from './objects/ats-objects.js';
import { rolesThatLack } from './objects/role-rights.js';

export interface ServerFacts {
  /** As the server says it: 16.4. */
  version: string;
  /** 160004 for 16.4. */
  versionNumber: number;
  database: string;
  user: string;
  /** Of the database: UTF8. */
  encoding: string;
  /** A standby of PostgreSQL, or a database set to read only. */
  readOnly: boolean;
  /** How far the server's clock is ahead of this machine's, in milliseconds, give or take `uncertainMs`. */
  aheadMs: number;
  uncertainMs: number;
  connections: { used: number; most: number };
  roles: RoleFacts[];
  /** What is missing of the tables of schema ats; null while there is no such schema. */
  missingOfAts: MissingOfAts[] | null;
}

export interface RoleFacts {
  name: string;
  exists: boolean;
  /** Of what is there, to follow "may not". */
  lacks: string[];
}

/** @throws SyncError DATABASE_UNREACHABLE */
export async function inspectServer(url: string, clock: Clock): Promise<ServerFacts> {
  const client = new Connection({
    connectionString: url,
    application_name: 'sparkhire-sync doctor',
    connectionTimeoutMillis: 10_000,
    query_timeout: 10_000,
  });
  client.on('error', () => {}); // the pending query rejects as well
  await client.connect();
  try {
    const { rows } = await client.query<
      Omit<ServerFacts, 'aheadMs' | 'uncertainMs' | 'connections' | 'roles' | 'missingOfAts'>
    >(
      `select current_setting('server_version') as version,
         current_setting('server_version_num')::int as "versionNumber", current_database() as database,
         current_setting('server_encoding') as encoding, current_user as user, current_setting('transaction_read_only') = 'on' as "readOnly"`,
    );
    const before = clock.now();
    const started = clock.monotonic();
    const time = await client.query<{ ms: number }>(
      'select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms',
    );
    const tookMs = clock.monotonic() - started;
    const used = await client.query<{ used: number; most: number }>(
      `select (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used,
         current_setting('max_connections')::int as most`,
    );
    const roles = await client.query<{ name: string; exists: boolean }>(
      `select w.name, r.oid is not null as exists from (values ('sparkhire_reader'), ('sparkhire_ats_writer')) w (name)
       left join pg_roles r on r.rolname = w.name`,
    );
    const ask: Ask = async (sql) => (await client.query(sql)).rows;
    const lacking = await rolesThatLack(ask, false);
    const schema = await client.query("select to_regnamespace('ats') is not null as there");
    return {
      ...rows[0]!,
      aheadMs: time.rows[0]!.ms - (before + tookMs / 2),
      uncertainMs: tookMs / 2,
      connections: used.rows[0]!,
      roles: roles.rows.map((role) => ({
        ...role,
        lacks: lacking.find((each) => each.role === role.name)?.lacks ?? [],
      })),
      missingOfAts: schema.rows[0].there ? await missingOfAts(ask) : null,
    };
  } catch (error) {
    throw codedIfKnown(error);
  } finally {
    await client.end().catch(() => {});
  }
}
