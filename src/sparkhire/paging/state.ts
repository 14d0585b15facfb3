/**
 * What a sweep of a ranged listing knows between two requests. Plain data: it is stored as the sweep's
 * checkpoint after every page, so that a killed sweep goes on where it was.
 *
 * Words: a *position* is a row's 1-based place in the listing, a *key* is the value the listing is ordered by
 * (milliseconds since the epoch, null where the row shows none).
 */

/** One row of an answered page, in the server's order. `uuid` is null for a row that cannot be identified. */
export interface PageRow {
  uuid: string | null;
  key: number | null;
}

/**
 * How far the sweep is proven: every row that was there from the beginning and whose key is below `key` now
 * has been read (`closed`: below or equal).
 */
export interface Frontier {
  key: number;
  closed: boolean;
}

/** A run of equal keys longer than a page, which is read by itself until all its rows have been seen. */
export interface TieGroup {
  key: number;
  /** Position of its first row. */
  start: number;
  /** Position of its last row, as found by the last finished pass. */
  end: number | null;
  pass: number;
  /** Distinct rows seen while the group's bounds did not move. */
  members: string[];
}

export interface TailRow {
  uuid: string | null;
  key: number | null;
}

/** The end of the listing is being proven: the last page, an empty answer behind it, the last page again. */
export interface Tail {
  start: number;
  rows: TailRow[];
  stage: 'probe' | 'compare';
}

export interface SweepState {
  version: 2;
  phase: 'walk' | 'group' | 'tail' | 'blind' | 'done';
  /** The position the next request starts at. */
  next: number;
  frontier: Frontier | null;
  group: TieGroup | null;
  tail: Tail | null;
  /** The last position any page reached. */
  reached: number;
  /** Requests of the walk since it last reached a new position. */
  plateau: number;
  /** The most rows one answer held. */
  largestPage: number;
  /** How far the last step back went; it doubles until the sweep stands on proven ground again. */
  stepBack: number;
  /** In phase `blind`: the answer before, to notice a server that serves the same rows whatever is asked. */
  lastBlind: { first: string | null; rows: number } | null;
  /** Requests since the frontier last moved. */
  stalled: number;
  /** How often a short page turned out not to be the end. */
  falseEnds: number;
  /** How often the end of the listing moved while it was being proven. */
  tailAttempts: number;
  pages: number;
  /** Shifts of the listing that were noticed and healed. */
  shifts: number;
  /** Why completeness cannot be proven any more; null while it still can. */
  unproven: string | null;
}

export function startSweep(): SweepState {
  return {
    version: 2,
    phase: 'walk',
    next: 1,
    frontier: null,
    group: null,
    tail: null,
    reached: 0,
    plateau: 0,
    largestPage: 0,
    stepBack: 0,
    lastBlind: null,
    stalled: 0,
    falseEnds: 0,
    tailAttempts: 0,
    pages: 0,
    shifts: 0,
    unproven: null,
  };
}

/** The range to ask for next, inclusive; null once the sweep is over. */
export function nextRange(state: SweepState, pageSize: number): [number, number] | null {
  return state.phase === 'done' ? null : [state.next, state.next + pageSize - 1];
}

export interface PageKeys {
  /** Key of the first row that shows one; in ascending order never below the true first key. */
  first: number | null;
  /** Key of the last row that shows one; in ascending order never above the true last key. */
  last: number | null;
  /** Whether the keys that show are in the order asked for. */
  ordered: boolean;
}

export function keysOf(rows: readonly PageRow[], order: 'asc' | 'desc' = 'asc'): PageKeys {
  let first: number | null = null;
  let last: number | null = null;
  let ordered = true;
  for (const { key } of rows) {
    if (key === null) continue;
    first ??= key;
    if (last !== null && (order === 'asc' ? key < last : key > last)) ordered = false;
    last = key;
  }
  return { first, last, ordered };
}
