/** One statement after the other: a connection takes the next one once the last is answered, however. */
import type pg from 'pg';

export type Ask = (sql: string, values?: unknown[]) => Promise<pg.QueryResult>;

export function inTurn(client: pg.Client): Ask {
  let last: Promise<unknown> = Promise.resolve();
  return (sql, values) => {
    const answer = last.then(() => client.query(sql, values));
    last = answer.catch(() => {});
    return answer;
  };
}
