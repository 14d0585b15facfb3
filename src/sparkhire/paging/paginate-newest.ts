/** What is new in a listing, over the API: from its newest row down to a floor. */

import type { Listing, Row } from '../reading.js';
import {
  acceptNewest,
  type Floor,
  type NewestState,
  nextRequest,
  type RangeRequest,
  startNewest,
} from './newest.js';
import { isPastTheEnd, pageRows, type SweepSource } from './paginate.js';

export type { Floor, NewestState, RangeRequest };

export interface NewestSource<T> extends Omit<SweepSource<T>, 'list'> {
  /** Reads one range of the listing ordered by when its rows were updated. */
  list(request: RangeRequest): Promise<Listing<T>>;
}

export interface NewestPage<T> {
  rows: Row<T>[];
  /** Where the reading stands once these rows are stored; its phase is `done` in the last page. */
  state: NewestState;
}

/**
 * Pages down to `floor` (null: all of the listing). There is always a last one, also of an empty listing. As in a
 * sweep one page is fetched ahead while the caller stores the last; not after a short first page, where the caller
 * may know that it was all.
 */
export async function* readNewest<T>(
  source: NewestSource<T>,
  floor: Floor | null,
): AsyncGenerator<NewestPage<T>, void, void> {
  const fetchPage = async (from: NewestState): Promise<NewestPage<T> | null> => {
    const request = nextRequest(from, source.pageSize);
    if (request === null) return null;
    let rows: Row<T>[] = [];
    try {
      rows = (await source.list(request)).rows;
    } catch (error) {
      if (!isPastTheEnd(error, from.pages, request.range)) throw error;
    }
    return { rows, state: acceptNewest(from, pageRows(source, rows), source.pageSize) };
  };
  let ahead = fetchPage(startNewest(floor));
  try {
    for (let page = await ahead; page !== null; page = await ahead) {
      const { rows, state } = page;
      const mayBeAll = state.pages === 1 && rows.length < source.pageSize;
      if (!mayBeAll) ahead = fetchPage(state);
      // Its failure is met at the next turn; until then it must not count as unhandled.
      ahead.catch(() => {});
      yield page;
      if (mayBeAll) ahead = fetchPage(state);
    }
  } finally {
    ahead.catch(() => {});
  }
}
