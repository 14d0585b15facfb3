/** What `doctor` asks a PostgreSQL server: facts only, nothing is judged or changed. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Clock } from '../clock.js';
import { messageOf } from '../errors.js';
import { codedIfConnection, connectionError } from './connection-error.js';

export interface ServerFacts {
  /** As the server says it: 16.4. */
  version: string;
  /** 160004 for 16.4. */
  versionNumber: number;
  database: string;
  user: string;
  /** A standby of PostgreSQL, or a database set to read only. */
  readOnly: boolean;
  /** How far the server's clock is ahead of this machine's, in milliseconds, give or take `uncertainMs`. */
  aheadMs: number;
  uncertainMs: number;
  connections: { used: number; most: number };
  roles: RoleFacts[];
}

export interface RoleFacts {
  name: string;
  exists: boolean;
  /** Whether the role may use the schema made for it; null while there is no such schema. */
  granted: boolean | null;
}

function connection(url: string): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'sparkhire-sync doctor',
    connectionTimeoutMillis: 10_000,
    query_timeout: 10_000,
  });
  client.on('error', () => {}); // the pending query rejects as well
  return client;
}

async function connect(url: string): Promise<pg.Client> {
  const client = connection(url);
  try {
    await client.connect();
    return client;
  } catch (error) {
    throw connectionError(error);
  }
}

/** @throws SyncError DATABASE_UNREACHABLE */
export async function inspectServer(url: string, clock: Clock): Promise<ServerFacts> {
  const client = await connect(url);
  try {
    const { rows } = await client.query<
      Omit<ServerFacts, 'aheadMs' | 'uncertainMs' | 'connections' | 'roles'>
    >(
      `select current_setting('server_version') as version,
         current_setting('server_version_num')::int as "versionNumber", current_database() as database,
         current_user as user, current_setting('transaction_read_only') = 'on' as "readOnly"`,
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
    const roles = await client.query<RoleFacts>(
      `select w.name, r.oid is not null as exists,
         case when n.oid is null then null else coalesce(has_schema_privilege(r.oid, n.oid, 'usage'), false) end
           as granted
       from (values ('sparkhire_reader', 'sparkhire'), ('sparkhire_ats_writer', 'ats')) w (name, schema)
       left join pg_roles r on r.rolname = w.name left join pg_namespace n on n.nspname = w.schema`,
    );
    return {
      ...rows[0]!,
      aheadMs: time.rows[0]!.ms - (before + tookMs / 2),
      uncertainMs: tookMs / 2,
      connections: used.rows[0]!,
      roles: roles.rows,
    };
  } catch (error) {
    throw codedIfConnection(error);
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Whether something between here and the server gives a connection's statements to changing server processes.
 * Two connections are used at once: a pooler that hands servers out by transaction gives the second one the
 * server the first one just used. So one must keep its server process and its session lock meanwhile.
 * @returns the evidence, as the end of a sentence; null if every connection has its own server process
 * @throws SyncError DATABASE_UNREACHABLE
 */
export async function findPooler(url: string): Promise<string | null> {
  // A number of its own, so that nobody else's lock is met; 63 bits.
  const key = randomBytes(8).readBigInt64BE().toString();
  const others: pg.Client[] = [];
  const holder = await connect(url);
  const server = async (client: pg.Client) =>
    (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;
  try {
    const pid = await server(holder);
    await holder.query(`select pg_advisory_lock(${key})`);
    for (let n = 0; n < 3; n++) {
      const other = await connect(url);
      others.push(other);
      try {
        await other.query('begin');
        if ((await server(other)) === pid) {
          await other.query(`select pg_advisory_unlock(${key})`);
          return 'two connections were given the same server process';
        }
      } catch (error) {
        if (codedIfConnection(error) !== error) throw error;
        return `a transaction was refused (${messageOf(error)})`;
      }
    }
    if ((await server(holder)) !== pid) return 'one connection was given two server processes';
    const held = await holder.query(
      `select from pg_locks where locktype = 'advisory' and granted and pid = pg_backend_pid()
         and (classid::bigint << 32) | objid::bigint = ${key}`,
    );
    return held.rows.length === 1 ? null : 'a lock taken for the session was gone with the next statement';
  } catch (error) {
    throw codedIfConnection(error);
  } finally {
    await holder.query(`select pg_advisory_unlock(${key})`).catch(() => {});
    await Promise.all([holder, ...others].map((client) => client.end().catch(() => {})));
  }
}
