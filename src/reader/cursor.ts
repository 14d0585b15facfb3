/** Where a reader of sync.changes stands: kept so that it goes on there, whatever ended it. */
import pg from 'pg';

/** What runs statements: a client of `pg`, or a pool. */
export interface Queryable {
  query(sql: string, values?: unknown[]): Promise<{ rows: unknown[]; rowCount?: number | null }>;
}

/** Where the reader stands, in a place of its own. */
export interface CursorStore {
  /** @returns the last `seq` that was committed; null for a reader that begins */
  load(connection: Queryable): Promise<string | null>;
  /**
   * @param from what `load` or the last `save` had
   * @throws CursorMovedError if it is not there any more
   */
  save(connection: Queryable, seq: string, from: string | null): Promise<void>;
}

/** Another process reads under the same name, and was faster. What was not committed here was committed there. */
export class CursorMovedError extends Error {
  readonly code = 'CURSOR_MOVED';

  constructor(reader: string) {
    super(`Reader ${reader} has moved on in another process: two of them read under the same name.`);
    this.name = 'CursorMovedError';
  }
}

/**
 * A table of the reader's own, in the database of the changes: `commit` saves there in the transaction of the reader's
 * statements. It is made if it is missing, which takes the right to create in its schema.
 * @param table with its schema, as `warehouse.sparkhire_cursors`
 * @throws TypeError if it cannot be the name of a table
 * @param reader tells readers apart that share the table
 */
export function tableCursor(table: string, reader = 'default'): CursorStore {
  const parts = table.split('.');
  if (parts.length > 2 || parts.some((part) => part === ''))
    throw new TypeError(
      `tableCursor: "${table}" names no table. Write it as schema.table, in a schema of yours.`,
    );
  const name = parts.map(pg.escapeIdentifier).join('.');
  const moved = () => new CursorMovedError(reader);
  return {
    async load(connection) {
      const { rows: there } = await connection.query('select to_regclass($1) is not null as there', [name]);
      if (!(there[0] as { there: boolean }).there) {
        await connection.query(
          `create table if not exists ${name}
             (reader text primary key, seq bigint not null, saved_at timestamptz not null default now())`,
        );
      }
      const { rows } = await connection.query(`select seq::text from ${name} where reader = $1`, [reader]);
      return (rows[0] as { seq: string } | undefined)?.seq ?? null;
    },
    async save(connection, seq, from) {
      const { rowCount } = await (from === null
        ? connection.query(
            `insert into ${name} (reader, seq) values ($1, $2) on conflict (reader) do nothing`,
            [reader, seq],
          )
        : connection.query(`update ${name} set seq = $2, saved_at = now() where reader = $1 and seq = $3`, [
            reader,
            seq,
            from,
          ]));
      if (rowCount !== 1) throw moved();
    },
  };
}
