/** Pages of lists: so many rows, and where the next ones begin. */
import { badRequest } from './refusal.js';
import type { LeverSwitches } from './switch-table.js';

const largestPage = 100;

/** Where a row stands in its list: compared part by part. */
export type Place = readonly (number | string)[];

export interface Page {
  data: Record<string, unknown>[];
  hasNext?: boolean;
  next?: string | null;
}

/** The next page begins with this row, or with what stands behind its place by then. */
const offsetOf = (place: Place) => encodeURIComponent(JSON.stringify(place));

function placeOf(offset: string): Place {
  try {
    const place: unknown = JSON.parse(decodeURIComponent(offset));
    if (!offset.includes('[') && Array.isArray(place)) return place as Place;
  } catch {
    // Told below.
  }
  throw badRequest('Invalid offset token');
}

function compare(a: Place, b: Place): number {
  for (const [at, part] of a.entries()) {
    const other = b[at]!;
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}

/** @param place smaller ones come first @throws Refusal 400 for a limit or an offset that is none */
export function pageOf<Row>(
  rows: Iterable<Row>,
  place: (row: Row) => Place,
  show: (row: Row) => Record<string, unknown>,
  query: URLSearchParams,
  switches: LeverSwitches,
): Page {
  const limit = Number(query.get('limit') ?? largestPage);
  if (!Number.isInteger(limit) || limit < 1 || limit > largestPage)
    throw badRequest(`limit must be a number from 1 to ${largestPage}`);
  const sorted = [...rows].map((row) => ({ row, at: place(row) })).sort((a, b) => compare(a.at, b.at));
  const offset = query.get('offset');
  let first = 0;
  if (offset !== null) {
    const from = placeOf(offset);
    if (switches.offsetMoved === 'refused' && !sorted.some(({ at }) => compare(at, from) === 0))
      throw badRequest('Invalid offset token');
    first = sorted.findIndex(({ at }) => compare(at, from) >= 0);
    if (first < 0) first = sorted.length;
  }
  const end = first + Math.min(limit, switches.pageCap ?? largestPage);
  const data = sorted.slice(first, end).map(({ row }) => show(row));
  const { lastPage } = switches;
  if (end < sorted.length) return { data, hasNext: true, next: offsetOf(sorted[end]!.at) };
  if (lastPage === 'empty-page' && data.length > 0)
    return { data, hasNext: true, next: offsetOf([Number.MAX_SAFE_INTEGER]) };
  if (lastPage === 'no-has-next') return { data };
  return { data, hasNext: false, ...(lastPage === 'next-null' ? { next: null } : {}) };
}
