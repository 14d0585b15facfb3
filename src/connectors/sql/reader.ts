/** One statement of the database that is somebody else's: read only, soon over, and its errors in PostgreSQL's words. */
import type { Clock } from '../../clock.js';
import { type Database, inTransaction } from '../../db/database.js';
import { messageOf, SyncError } from '../../errors.js';
import { type Columns, columnsOf, type Described } from './columns.js';
import type { SqlSettings } from './settings.js';
import { type SqlStatements, statementsOf } from './statements.js';

export interface SqlReader {
  /** Reads the view or query once. @throws SyncError ATS_…, or DATABASE_… for what is no matter of it */
  read<Row>(
    choose: (statements: SqlStatements) => string,
    values: unknown[],
    signal: AbortSignal,
  ): Promise<Row[]>;
  /** How a message calls it. */
  readonly source: string;
  statements(): number;
  /** How far the clock of the database is ahead of this machine's. */
  aheadMs(): number | null;
}

/** A loader may hold a table for itself: whoever waits for it would hold up the next one in turn. */
const lockMs = 2_000;

export function sqlReader(
  db: Database,
  account: string,
  { sql }: Pick<SqlSettings, 'sql'>,
  clock: Clock,
): SqlReader {
  const source = sql.view === undefined ? 'The query of ats.sql.query' : `The view ${sql.view}`;
  // A comment at its end must not take the bracket with it.
  const from = sql.view ?? `(${sql.query}\n)`;
  let known: SqlStatements | null = null;
  let statements = 0;
  let aheadMs: number | null = null;

  /** @param values at least one: with values PostgreSQL takes a single statement only */
  function run<Row>(text: string, values: unknown[]): Promise<{ rows: Row[]; fields: Described[] }> {
    statements++;
    return inTransaction(db, async ({ connection }) => {
      const before = clock.now();
      const answers = (await connection.query(
        `set transaction read only; set local statement_timeout = ${Math.ceil(sql.timeoutSeconds * 1000)};
         set local lock_timeout = ${lockMs}; set local timezone = 'UTC'; select (extract(epoch from clock_timestamp()) * 1000)::float8 as now`,
      )) as unknown as Array<{ rows: Array<{ now: number }> }>;
      const after = clock.now();
      const ahead = answers.at(-1)!.rows[0]!.now - (before + after) / 2;
      aheadMs = Math.abs(ahead) <= after - before + 1 ? 0 : Math.round(ahead);
      try {
        const { rows, fields } = await connection.query(text, values);
        return {
          rows: rows as Row[],
          fields: fields.map(({ name, dataTypeID }) => ({ name, type: String(dataTypeID) })),
        };
      } catch (error) {
        throw codedQuery(error, source, sql.timeoutSeconds, (connection as { user?: string }).user);
      }
    });
  }

  async function describe(): Promise<SqlStatements> {
    const { fields } = await run(`select * from ${from} e where $1::text is not null limit 0`, [account]);
    const types = await run<{ type: string }>(
      'select format_type(o, null) as type from unnest($1::oid[]) with ordinality t(o, at) order by at',
      [fields.map(({ type }) => type)],
    );
    const described = fields.map(({ name }, at) => ({ name, type: types.rows[at]!.type }));
    const columns: Columns = columnsOf(described, source);
    return statementsOf(from, columns);
  }

  return {
    source,
    statements: () => statements,
    aheadMs: () => aheadMs,
    async read<Row>(choose: (all: SqlStatements) => string, values: unknown[], signal: AbortSignal) {
      signal.throwIfAborted();
      try {
        known ??= await describe();
        const { rows } = await run<Row>(choose(known), values);
        signal.throwIfAborted();
        return rows;
      } catch (error) {
        // It may have been made anew, with other columns.
        known = null;
        throw error;
      }
    },
  };
}

const toGrant = (user: string) =>
  `Grant it: \`grant usage on schema SCHEMA to ${user}; grant select on all tables in schema SCHEMA to ${user}\`. A loader that makes its tables anew takes the right with them: also \`alter default privileges for role LOADER in schema SCHEMA grant select on tables to ${user}\`. Nothing was withdrawn.`;

/** Connections, resources and PostgreSQL's own faults are no matter of the query. */
const ofSurroundings = /^(08|53|57P|58|XX|25P)/;

function codedQuery(error: unknown, source: string, seconds: number, user = 'USER'): unknown {
  const { code, hint, detail } = (error ?? {}) as { code?: unknown; hint?: string; detail?: string };
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code) || ofSurroundings.test(code)) return error;
  const words = [messageOf(error), detail, hint].filter((part) => part).join('. ');
  const cause = { cause: error };
  if (code === '42501')
    return new SyncError('ATS_FORBIDDEN', `${source} may not be read: ${words}.`, {
      remedy: toGrant(user),
      ...cause,
    });
  if (code === '57014')
    return new SyncError('ATS_TIMEOUT', `${source} takes longer than ${seconds} seconds: ${words}.`, {
      remedy:
        'Make it faster (an index, a materialized view that the loader refreshes), or raise ats.sql.timeoutSeconds. Nothing was withdrawn; the next round tries again.',
      ...cause,
    });
  if (code === '55P03' || code === '40P01')
    return new SyncError('ATS_TIMEOUT', `${source} waits for a table that is locked: ${words}.`, {
      remedy:
        'A loader may be rebuilding the table: the next round tries again. If that continues, pg_stat_activity shows who holds it. Nothing was withdrawn.',
      ...cause,
    });
  return new SyncError('ATS_QUERY_FAILED', `${source} fails: ${words}.`, {
    remedy: `${remedyOf(code)} Nothing was withdrawn.`,
    ...cause,
  });
}

function remedyOf(code: string): string {
  if (code === '42P01' || code === '3F000')
    return 'Make the view in the database of DATABASE_URL, or correct ats.sql; a name with capital letters stands in double quotes.';
  if (code === '42601') return 'Correct ats.sql.query: a single select.';
  if (code === '25006') return 'It is read in a transaction that may write nothing: leave out what writes.';
  if (code.startsWith('22'))
    return 'A value cannot be read as what its column has to be: correct the query, or leave the row out.';
  return 'Correct the view or query; in psql it has to fail the same way.';
}
