/**
 * From which number Spark Hire counts the rows of a list. The document shows 1-20 and says no more. Counted from 0, the first row
 * of every list stood before what is asked for, and would never be read. So a range from 0 is asked for once:
 *
 *   range=0-…                          range=1-…                          the first row is
 *   --------------------------------   --------------------------------   ----------------
 *   refused                            rows or none                       1
 *   rows                               none                               0
 *   begins with the same row           …                                  1
 *   begins with a smaller key          …                                  0
 *   has one more row of the first key  …                                  0
 *
 * An empty list does not tell. Then sweeps, ticks and whoever looks for a lost write ask again until there are rows.
 *
 * The order is ascending, and rows only leave its beginning: a row before the first one, asked for after it, was there all the time.
 */
import type { AccountSession } from '../../account-session.js';
import { query } from '../../db/database.js';
import type { CallOptions, Ranges, Row } from '../../sparkhire/client.js';
import { concernsOne } from '../failures.js';
import { type RangedResource, rangedResources } from '../resources.js';

type Lane = CallOptions['lane'];

/** Statuses that say no to the range; 416 says it behind the last row, too. */
const refusals: ReadonlySet<number | null> = new Set([400, 404, 405, 416, 422]);

/** Asks where it is not known. @param again also where it is */
export async function learnRanges(session: AccountSession, lane: Lane, again = false): Promise<void> {
  const { db, client, account, log } = session;
  if (client.ranges.first === null) client.ranges.first = await knownRange(session);
  if (client.ranges.first !== null && !again) return;
  const first =
    (await firstOf(session, rangedResources.jobs, lane)) ??
    (await firstOf(session, rangedResources.interviews, lane));
  if (first === null) return;
  client.ranges.first = first;
  await query(db, 'update sync.accounts set ranges_from = $2 where account = $1', [account.name, first]);
  if (first === 0) log.info({ event: 'ranges_from_zero' }, 'Spark Hire counts the rows of lists from 0');
}

/** Another session of the account may have learnt it meanwhile. */
async function knownRange({ db, account }: AccountSession): Promise<0 | 1 | null> {
  const [row] = await query<Ranges>(db, 'select ranges_from as first from sync.accounts where account = $1', [
    account.name,
  ]);
  return row?.first ?? null;
}

/** @returns null if it cannot be told */
async function firstOf<T extends { uuid: string }>(
  session: AccountSession,
  resource: RangedResource<T>,
  lane: Lane,
): Promise<0 | 1 | null> {
  const { client, account, signal } = session;
  const size = Math.max(2, account.pageSize);
  const ask = async (from: 0 | 1): Promise<Row<T>[] | 'refused' | null> => {
    try {
      const counting = client.countingFrom(from);
      return (await resource.ask(counting, [1, size], { lane, signal })).rows;
    } catch (error) {
      // Whatever else is wrong with the list, its sweep tells.
      if (!concernsOne(error)) throw error;
      return refusals.has(error.status) ? 'refused' : null;
    }
  };
  const first = await ask(0);
  if (first === null) return null;
  const answer = await ask(1);
  if (first === 'refused') return Array.isArray(answer) ? 1 : null;
  const one = answer === 'refused' ? [] : answer;
  if (one === null || (one.length === 0 && first.length === 0)) return null;
  const zero = await ask(0);
  if (!Array.isArray(zero)) return null;
  if (zero.length === 0) return one.length === 0 ? null : 1;
  if (one.length === 0) return 0;
  if (uuidOf(zero[0]) !== null && uuidOf(zero[0]) === uuidOf(one[0])) return 1;
  const keyOf = (row: Row<T>) => (row.ok ? Date.parse(resource.sortKey(row.value) ?? '') : Number.NaN);
  const upTo = keyOf(one[0]!);
  if (keyOf(zero[0]!) < upTo) return 0;
  // Rows of one key come in any order: there is one more of them.
  const begins = (rows: readonly Row<T>[]) => {
    const isWhole = rows.length < size || rows.some((row) => keyOf(row) > upTo);
    return isWhole ? rows.filter((row) => keyOf(row) <= upTo).length : Number.NaN;
  };
  return begins(zero) > begins(one) ? 0 : null;
}

const uuidOf = <T extends { uuid: string }>(row: Row<T> | undefined) => (row?.ok ? row.value.uuid : null);
