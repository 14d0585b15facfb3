/**
 * Drift-safe reading of what is new, as a pure step from (state, page) to state: a listing ordered by
 * `updated_desc`, from its newest row down to a floor.
 *
 * What is promised: a row whose key lies above the floor when the reading begins, and which is neither touched nor
 * deleted before it ends, is in one of its pages. Rows that are touched or added meanwhile get keys that are at
 * least the newest one of the first page (`newest`), so who next reads down to `newest`, inclusive, finds them.
 *
 * The argument, on the way down. Suppose every row with a key above D has been read (`frontier`). A page is one
 * consistent look at the listing; let its first key be f > D, or let it start at position 1, and let its last key
 * be l. Then every row with a key between f and l is in it, so all rows above l have been read: D moves to l. No
 * position is trusted: rows that came to the top push the others down, which only shows known rows again, and rows
 * that were deleted let others slide up, which is noticed by f <= D. So the next page starts at the last row above
 * l: it overlaps the group of equal keys at the edge, and one row more. The reading ends once D is below the floor
 * (an inclusive one), or at it (an exclusive one).
 *
 * Three things this does not cover, each of which is turned around and read from the other end. In `updated_asc`
 * rows can only leave, which is what a sweep's proof (sweep.ts) is built on; its frontier U says that all rows from
 * the floor up to U have been read. As soon as U > D every row has been read from one of the sides.
 *
 *   the end of the listing      Only an empty answer shows it, and a row may slide past that answer. One page from
 *                               the bottom that reaches above D is proof in itself.
 *   a group of equal keys that  Its rows may come in another order at each request. If they do not, which a run of
 *   is longer than a page       rows shows that stands in two pages alike (by chance once in a million), pages are
 *                               joined by such runs (`edge`). Else the sweep reads it, see ties.ts.
 *   joins that keep failing     because much is being deleted: the same.
 *
 * The place of the floor in ascending order is looked for by halving, one row a request. It need not be exact: the
 * sweep steps back until a page starts below the floor.
 *
 * Rows without a key among others are passed over. A page that shows none, or keys in another order, says that the
 * server does not keep to the order: then nothing follows from it (`unordered`).
 */
import { keysOf, nextRange, type PageRow, type SweepState, startSweep } from './state.js';
import { acceptPage } from './sweep.js';

/** Down to which key is read; rows with this very key are read too where it is inclusive. */
export interface Floor {
  key: number;
  inclusive: boolean;
}

export interface NewestState {
  phase: 'down' | 'look-up' | 'up' | 'locate' | 'done';
  /** null: to the end of the listing. */
  floor: Floor | null;
  /** The largest key of the first page; null if it was empty. */
  newest: number | null;
  /** The position, from the newest row, that the next request on the way down starts at. */
  next: number;
  /** Every row with a larger key has been read. */
  frontier: number | null;
  /** Rows of the long group of equal keys that is being read, in the order of the last page. */
  edge: Array<string | null>;
  /** The sweep from the other end. */
  up: SweepState | null;
  /** Whether the way down leads no further, so that the sweep from the other end has to. */
  stuck: boolean;
  /** Positions in ascending order: the floor is after `low`, and not after `high` if that is known. */
  search: { low: number; high: number | null } | null;
  pages: number;
  /** The most rows one answer held. */
  largestPage: number;
  /** The last position a joined page reached. */
  reached: number;
  /** Requests of the way down since it last got further. */
  stalled: number;
  /** Requests of the way down since the frontier last moved. */
  plateau: number;
  stepBack: number;
  /** How often a page that looked like the last one was not. */
  falseEnds: number;
  /** Why nothing follows from the order of the listing. */
  unordered: string | null;
  /** Why it cannot be proven that every row above the floor was read. */
  unproven: string | null;
}

export interface RangeRequest {
  order: 'asc' | 'desc';
  /** 1-based and inclusive. */
  range: [number, number];
}

/** So many requests that lead no further, and the rest is read from the other end. */
const stallLimit = 12;
/** Pages of a long group that show no run of the page before: its order is another one each time. */
const brokenChainLimit = 3;
/** Rows come to the top faster than they are read. */
const plateauLimit = 400;
/** One in so many: how rarely rows in random order may look as if they were in the same order twice. */
const chanceOfRun = 1e6;

export function startNewest(floor: Floor | null): NewestState {
  return {
    phase: 'down',
    floor,
    newest: null,
    next: 1,
    frontier: null,
    edge: [],
    up: null,
    stuck: false,
    search: null,
    pages: 0,
    largestPage: 0,
    reached: 0,
    stalled: 0,
    plateau: 0,
    stepBack: 0,
    falseEnds: 0,
    unordered: null,
    unproven: null,
  };
}

/** What to ask for next; null once the reading is over. */
export function nextRequest(state: NewestState, pageSize: number): RangeRequest | null {
  switch (state.phase) {
    case 'done':
      return null;
    case 'down':
      return { order: 'desc', range: [state.next, state.next + pageSize - 1] };
    case 'locate': {
      const middle = middleOf(state.search!);
      return { order: 'asc', range: [middle, middle] };
    }
    default: {
      const range = nextRange(state.up!, pageSize);
      return range === null ? null : { order: 'asc', range };
    }
  }
}

/** Where the reading stands after the answer to `nextRequest(state, asked)`; `rows` is empty past the end. */
export function acceptNewest(before: NewestState, rows: readonly PageRow[], asked: number): NewestState {
  const state = { ...before, pages: before.pages + 1 };
  switch (state.phase) {
    case 'down':
      return down({ ...state, largestPage: Math.max(state.largestPage, rows.length) }, rows, asked);
    case 'locate':
      return locate(state, rows, asked);
    case 'done':
      return before;
    default:
      return up(state, rows, asked);
  }
}

function finish(state: NewestState): NewestState {
  return { ...state, phase: 'done', edge: [], up: null, search: null };
}

function isBelow(floor: Floor | null, key: number): boolean {
  if (floor === null) return false;
  return floor.inclusive ? key < floor.key : key <= floor.key;
}

function down(before: NewestState, rows: readonly PageRow[], asked: number): NewestState {
  const state = { ...before, stalled: before.stalled + 1, plateau: before.plateau + 1 };
  if (rows.length === 0) {
    // Unless the bottom shows that this was the end, the listing has shrunk below this position.
    return state.next === 1 ? finish(state) : lookUp(stepBack(state), state.stalled > stallLimit);
  }
  const { first, last, ordered } = keysOf(rows, 'desc');
  if (first === null || last === null || !ordered) {
    return finish({ ...state, unordered: ordered ? 'rows without a sort key' : 'rows in another order' });
  }
  if (state.pages === 1) state.newest = first;
  if (state.plateau > plateauLimit) {
    return finish({ ...state, unproven: 'rows changed faster than they could be read' });
  }
  const chained = isChained(state, rows);
  if (!(state.next === 1 || first > state.frontier! || chained)) {
    const broken = state.edge.length > 0 && state.stalled >= brokenChainLimit;
    return broken || state.stalled > stallLimit ? lookUp(state, true) : stepBack(state);
  }

  const advanced = state.frontier === null || last < state.frontier;
  const end = state.next + rows.length - 1;
  const further = advanced || end > state.reached;
  const joined: NewestState = {
    ...state,
    frontier: advanced ? last : state.frontier,
    reached: Math.max(state.reached, end),
    stalled: further ? 0 : state.stalled,
    plateau: advanced || chained ? 0 : state.plateau,
    stepBack: 0,
  };
  if (isBelow(state.floor, joined.frontier!) || isMet(joined)) return finish(joined);
  const onward = advance(joined, rows, last);
  if (joined.stalled > stallLimit) return lookUp(onward, true);
  const short = rows.length < (state.pages === 1 ? asked : state.largestPage);
  // Above a floor the listing goes on as a rule; a page shorter than asked then is a server's cap.
  const whole = rows.length > asked; // the server does not keep to ranges
  const mayBeLast = whole || (further ? short && state.floor === null : last === joined.frontier);
  return mayBeLast && state.falseEnds < 3 ? lookUp(onward, onward.stuck) : onward;
}

/** The next page on the way down, behind a page that has been joined. */
function advance(state: NewestState, rows: readonly PageRow[], last: number): NewestState {
  if (last > state.frontier!) {
    // All of it is known ground, so its last row joins as well as an earlier one.
    const lastShown = rows.findLastIndex((row) => row.key !== null);
    if (lastShown > 0) return { ...state, next: state.next + lastShown };
    return state.largestPage === 1 ? lookUp(state, true) : state;
  }
  const anchor = rows.findLastIndex((row) => row.key !== null && row.key > last);
  if (anchor >= 1) return { ...state, next: state.next + anchor, edge: [] };
  // A page shorter than others may be longer the next time.
  if (rows.length < state.largestPage && state.edge.length === 0) return state;
  const ties = rows.slice(anchor + 1);
  const run = runLength(ties.length);
  if (run === null || ties.some((row) => row.key === null)) return lookUp(state, true);
  return { ...state, next: state.next + rows.length - run, edge: ties.map(({ uuid }) => uuid) };
}

/** How many rows in the same order twice are no chance, among so many; null if too many to be of use. */
function runLength(rows: number): number | null {
  if (rows < 2) return null;
  const run = Math.max(2, Math.ceil(Math.log(chanceOfRun) / Math.log(rows)));
  return run <= rows / 2 ? run : null;
}

/** Whether a page of the long group holds a run of rows that stood in the page before in the same order. */
function isChained(state: NewestState, rows: readonly PageRow[]): boolean {
  const run = runLength(state.edge.length);
  if (run === null || rows[0]!.key !== state.frontier) return false;
  const places = new Map(state.edge.map((uuid, place) => [uuid, place]));
  let length = 0;
  let expected: number | undefined;
  for (const row of rows) {
    const place = row.key === state.frontier && row.uuid !== null ? places.get(row.uuid) : undefined;
    length = place === undefined ? 0 : place === expected ? length + 1 : 1;
    if (length >= run) return true;
    expected = place === undefined ? undefined : place + 1;
  }
  return false;
}

function stepBack(state: NewestState): NewestState {
  const distance = Math.max(
    2,
    Math.min(state.stepBack * 2 || Math.ceil(state.largestPage / 4), state.next - 1),
  );
  return { ...state, next: Math.max(1, state.next - distance), stepBack: distance };
}

/** Reads a page from the other end: to meet it there, and if the way down is stuck, to go on from there. */
function lookUp(state: NewestState, stuck: boolean): NewestState {
  const sweep = state.up ?? { ...startSweep(), largestPage: state.largestPage };
  return { ...state, phase: 'look-up', stuck, edge: stuck ? [] : state.edge, up: sweep };
}

/** Whether what was read from below reaches above what was read from the top. */
function isMet(state: NewestState): boolean {
  const reached = state.up?.frontier;
  if (!reached || state.frontier === null) return false;
  return reached.closed ? reached.key >= state.frontier : reached.key > state.frontier;
}

function up(state: NewestState, rows: readonly PageRow[], asked: number): NewestState {
  const sweep = acceptPage(state.up!, rows, asked);
  const read: NewestState = { ...state, up: sweep };
  if (isMet(read)) return finish(read);
  if (sweep.unproven !== null) return finish({ ...read, unproven: sweep.unproven });
  if (sweep.phase === 'done') return finish(read);
  if (state.phase === 'up') return read;
  const lowest = rows.find((row) => row.key !== null)?.key ?? null;
  const below = state.up!.frontier === null && lowest !== null && isBelow(state.floor, lowest);
  if (!state.stuck) {
    const falseEnds = state.falseEnds + 1;
    return { ...read, phase: 'down', falseEnds, up: below ? null : sweep };
  }
  if (!below) return { ...read, phase: 'up' };
  return { ...read, phase: 'locate', up: null, search: { low: 1, high: null } };
}

function middleOf({ low, high }: { low: number; high: number | null }): number {
  return high === null ? Math.max(1024, low * 4) : Math.floor((low + high) / 2);
}

function locate(state: NewestState, rows: readonly PageRow[], asked: number): NewestState {
  const middle = middleOf(state.search!);
  const key = rows[0]?.key ?? null;
  const search =
    key !== null && isBelow(state.floor, key)
      ? { ...state.search!, low: middle }
      : { ...state.search!, high: middle };
  if (search.high === null || search.high - search.low > Math.max(1, asked / 2)) return { ...state, search };
  const floor = state.floor!;
  return {
    ...state,
    phase: 'up',
    search: null,
    // What lies below the floor counts as read.
    up: {
      ...startSweep(),
      largestPage: state.largestPage,
      next: search.low,
      frontier: { key: floor.key, closed: !floor.inclusive },
    },
  };
}
