/** Sweeps of a ranged listing over the API: pages in order, the next one fetched while the last is worked on. */
import { ApiError } from '../api-error.js';
import type { JsonObject } from '../fields.js';
import type { Listing, Row } from '../reading.js';
import { nextRange, type PageRow, type SweepState } from './state.js';
import { acceptPage, startSweep } from './sweep.js';

export type { SweepState };
export { startSweep };

export interface SweepSource<T> {
  /** Reads one range, 1-based and inclusive. */
  list(range: [number, number]): Promise<Listing<T>>;
  /** The value the listing is ordered by, as text; null where the row has none. `raw`: the row as it was received. */
  sortKey(value: T, raw: JsonObject): string | null;
  uuid(value: T): string;
  /** Rows asked for at once. */
  pageSize: number;
}

export interface SweepPage<T> {
  rows: Row<T>[];
  /** Where the sweep stands once these rows are stored. */
  state: SweepState;
}

/** Statuses a server may answer for a range behind the last row. Only 416 says nothing else. */
const outOfRange = new Set([400, 404, 416, 422]);

/** @param pages how many answers of this listing have been read */
export function isPastTheEnd(error: unknown, pages: number, range: [number, number]): boolean {
  if (!(error instanceof ApiError) || error.status === null) return false;
  return error.status === 416 || (outOfRange.has(error.status) && range[0] > 1 && pages > 0);
}

async function readRange<T>(source: SweepSource<T>, state: SweepState, range: [number, number]) {
  try {
    return (await source.list(range)).rows;
  } catch (error) {
    if (isPastTheEnd(error, state.pages, range)) return [];
    throw error;
  }
}

export function pageRows<T>(
  source: Pick<SweepSource<T>, 'sortKey' | 'uuid'>,
  rows: readonly Row<T>[],
): PageRow[] {
  return rows.map((row) => {
    if (!row.ok) return { uuid: null, key: null };
    const key = source.sortKey(row.value, row.raw);
    return { uuid: source.uuid(row.value), key: key === null ? null : Date.parse(key) };
  });
}

/**
 * The pages of a sweep, from `state` on. One page is fetched ahead while the caller stores the last; never
 * more, so that memory does not grow with the account. Ends when the sweep is over: the last page's state
 * says whether it is proven to be complete (`unproven` is null).
 */
export async function* sweep<T>(
  source: SweepSource<T>,
  state: SweepState = startSweep(),
): AsyncGenerator<SweepPage<T>, void, void> {
  const fetchPage = async (from: SweepState): Promise<SweepPage<T> | null> => {
    const range = nextRange(from, source.pageSize);
    if (range === null) return null;
    const rows = await readRange(source, from, range);
    return { rows, state: acceptPage(from, pageRows(source, rows), source.pageSize) };
  };
  let ahead = fetchPage(state);
  try {
    for (let page = await ahead; page !== null; page = await ahead) {
      ahead = fetchPage(page.state);
      // Its failure is met at the next turn; until then it must not count as unhandled.
      ahead.catch(() => {});
      yield page;
    }
  } finally {
    ahead.catch(() => {});
  }
}
