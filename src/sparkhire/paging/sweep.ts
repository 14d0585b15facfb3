/**
 * Drift-safe reading of a ranged listing, as a pure step from (state, page) to state.
 *
 * The listing is ordered by a key that only grows: `updated_asc` for interviews, `created_asc` for jobs. So a
 * row that is touched, and a row that is new, moves to the end that is not read yet, and positions of the
 * other rows can only fall. One answer is one consistent look at the listing, ordered by key.
 *
 * The argument (`frontier`): suppose every row that was there from the beginning and whose key is now below K
 * has been read. That stays true while rows are touched, since keys only grow. Let a page's first row have a
 * key f < K and its last a key l. Every row with a key between f and l is in that page, whatever its position
 * was before. So afterwards all rows below l have been read: the frontier moves to l. No position is trusted:
 * if rows were deleted or touched meanwhile and the page starts at f >= K, rows may have slid past, and the
 * sweep steps back until a page starts below K (or at position 1) again. The next page therefore starts at
 * the last row whose key is below l: it overlaps the whole group of equal keys at the edge, and one row more.
 *
 *   page starts       page ends   what follows
 *   -----------       ---------   ---------------------------------------------------------------
 *   f < K, or at 1    l > K       frontier := l; next page from the last row below l
 *   f < K, or at 1    l = K       nothing new: on in the same way; a short page may be the end, which is probed
 *   f < K, or at 1    l < K       nothing new: on from the last row, which joins as well; the end as above
 *   f < K, or at 1    all ties    the group of equal keys is longer than the page: read by itself (ties.ts)
 *   f >= K            any         a shift: step back, twice as far each time
 *   no rows           -           the listing shrank below this position: step back
 *
 * Each sort key must be visible in the rows. Where rows come in another order, or show no key, nothing can be
 * proven: the rows are read all the same and the sweep says so.
 */
import { keysOf, type PageRow, type SweepState, startSweep, type TailRow } from './state.js';
import { continueGroup, enterGroup } from './ties.js';

export { startSweep };

/** More requests than this without any progress end the sweep, unproven. */
const stallLimit = 200;
/**
 * Rows that are touched faster than they are read move away before the sweep for ever. It gets over ground it has
 * been on already, with keys that are new: a few times that is a shift that heals, more is given up, unproven.
 */
const plateauLimit = (state: SweepState) => stallLimit + 4 * Math.ceil(state.reached / state.largestPage);
/** The end of a listing that keeps moving is given up after so many tries; the next sweep tries again. */
const tailLimit = 25;

/**
 * Where the sweep stands after the answer to `nextRange(state, asked)`; `rows` is empty past the end.
 * @param asked how many rows were asked for
 */
export function acceptPage(before: SweepState, rows: readonly PageRow[], asked: number): SweepState {
  const state: SweepState = {
    ...before,
    pages: before.pages + 1,
    stalled: before.stalled + 1,
    reached: Math.max(before.reached, before.next + rows.length - 1),
    largestPage: Math.max(before.largestPage, rows.length),
  };
  if (state.reached > before.reached) state.plateau = 0;
  else if (state.phase === 'walk') state.plateau++;
  if (state.phase === 'walk' && (state.stalled > stallLimit || state.plateau > plateauLimit(state))) {
    return goBlind(state, rows, 'the listing kept moving: pages could not be joined to each other');
  }
  switch (state.phase) {
    case 'walk':
      return walk(state, rows, asked);
    case 'group':
      return group(state, rows);
    case 'tail':
      return tail(state, rows, before, asked);
    case 'blind':
      return blind(state, rows);
    case 'done':
      return before;
  }
}

export function finish(state: SweepState, unproven: string | null = null): SweepState {
  return { ...state, phase: 'done', tail: null, group: null, unproven: state.unproven ?? unproven };
}

/** Whether a page that starts with this key joins what has been read. */
export function joins(state: SweepState, firstKey: number): boolean {
  if (state.next === 1) return true;
  return isProven(state, firstKey);
}

/** Whether every row with this key, or a smaller one, has been read. */
function isProven(state: SweepState, key: number | null): boolean {
  const frontier = state.frontier;
  if (frontier === null || key === null) return false;
  return key < frontier.key || (frontier.closed && key === frontier.key);
}

export function stepBack(state: SweepState): SweepState {
  const distance = Math.max(
    2,
    Math.min(state.stepBack * 2 || Math.ceil(state.largestPage / 4), state.next - 1),
  );
  return {
    ...state,
    phase: 'walk',
    group: null,
    tail: null,
    next: Math.max(1, state.next - distance),
    stepBack: distance,
    shifts: state.stepBack === 0 ? state.shifts + 1 : state.shifts,
  };
}

function walk(state: SweepState, rows: readonly PageRow[], asked: number): SweepState {
  if (rows.length === 0) return state.next === 1 ? finish(state) : stepBack(state);
  const { first, last, ordered } = keysOf(rows);
  if (first === null || last === null || !ordered) {
    // A listing without keys can still be proven by its end: all of it stood in one answer, twice.
    if (state.next === 1 && first === null) return probe(state, rows);
    return goBlind(state, rows, ordered ? 'rows without a sort key' : 'rows are not in the order asked for');
  }
  if (!joins(state, first)) return stepBack(state);

  const advanced = state.frontier === null || last > state.frontier.key;
  const joined: SweepState = advanced
    ? { ...state, frontier: { key: last, closed: false }, stalled: 0, stepBack: 0 }
    : { ...state, stepBack: 0 };
  const provable = state.next === 1 || last > first || isProven(joined, last);
  return provable && mayBeLast(joined, rows.length, asked, advanced)
    ? probe(joined, rows)
    : onward(joined, rows);
}

/** Whether it is worth a request to look for rows behind this page; a wrong guess costs only that request. */
function mayBeLast(state: SweepState, received: number, asked: number, advanced: boolean): boolean {
  if (received > asked) return true; // the server does not keep to ranges
  if (!advanced && state.stalled >= 3) return true;
  if (state.largestPage === 1 && state.falseEnds === 0) return true;
  const short = received < (state.pages === 1 ? asked : state.largestPage);
  return short && (!advanced || state.falseEnds < 3);
}

/** The walk's next page: from the last row below the page's last key, or the tie group by itself. */
export function onward(state: SweepState, rows: readonly PageRow[]): SweepState {
  const { last } = keysOf(rows);
  if (isProven(state, last)) {
    // All of this page is proven ground, so its last row joins as well as an earlier one.
    if (state.largestPage === 1) return goBlind(state, rows, 'one row a page: pages cannot overlap');
    const lastShown = rows.findLastIndex((row) => row.key !== null);
    return { ...state, phase: 'walk', tail: null, next: state.next + lastShown };
  }
  let anchor = -1;
  for (let i = rows.length - 1; i >= 0; i--) {
    const key = rows[i]!.key;
    if (key !== null && last !== null && key < last) {
      anchor = i;
      break;
    }
  }
  if (anchor >= 1) return { ...state, phase: 'walk', tail: null, next: state.next + anchor };
  return enterGroup(state, last!, anchor === 0 ? state.next + 1 : state.next);
}

function probe(state: SweepState, rows: readonly PageRow[]): SweepState {
  const kept: TailRow[] = rows.map(({ uuid, key }) => ({ uuid, key }));
  return {
    ...state,
    phase: 'tail',
    tail: { start: state.next, rows: kept, stage: 'probe' },
    next: state.next + rows.length,
  };
}

/**
 * The end. A page that reaches the last position q is followed by an empty answer at q + 1, and then by the
 * same page again. A row that was unread beyond q could only have come to a position <= q, and so escape the
 * empty answer, if one of the first q rows had gone. Rows up to the page's first key are as many as before
 * (the first larger key stands at the same position, and their number can only fall), and the rest of the
 * page holds the same rows with the same keys: so none has gone, and nothing was beyond q.
 *
 * Where the row at q still is proven ground the second time, that alone is enough: the number of such rows can
 * only fall, so when nothing was behind q, the q rows up to it all were such rows.
 */
function tail(state: SweepState, rows: readonly PageRow[], previous: SweepState, asked: number): SweepState {
  const seen = state.tail!;
  if (seen.stage === 'probe') {
    if (rows.length === 0 || repeatsEarlierRows(seen.rows, rows)) {
      return { ...state, next: seen.start, tail: { ...seen, stage: 'compare' }, reached: previous.reached };
    }
    const back: SweepState = { ...state, next: seen.start, falseEnds: state.falseEnds + 1 };
    if (keysOf(seen.rows).first === null) return goBlind(back, seen.rows, 'rows without a sort key');
    return onward(back, seen.rows);
  }
  if (sameTail(seen.start, seen.rows, rows, state)) return finish({ ...state, stalled: 0 });
  if (state.tailAttempts >= tailLimit) return finish(state, 'the end of the listing kept moving');
  return walk({ ...state, phase: 'walk', tail: null, tailAttempts: state.tailAttempts + 1 }, rows, asked);
}

/**
 * Whether the answer behind position q shows that nothing is there, from a server that repeats its last page
 * past the end or ignores ranges: no larger key than the page's last, and a smaller one, which cannot stand
 * behind it in this order. (Equal keys alone prove nothing: ties come in any order.)
 */
function repeatsEarlierRows(page: readonly TailRow[], answer: readonly PageRow[]): boolean {
  const { last } = keysOf(page);
  const keys = keysOf(answer);
  return last !== null && keys.last === last && keys.first !== null && keys.first < last && keys.ordered;
}

function sameTail(
  start: number,
  old: readonly TailRow[],
  now: readonly PageRow[],
  state: SweepState,
): boolean {
  if (now.length < old.length) return false;
  if (isProven(state, now[old.length - 1]!.key)) return true;
  const base = start === 1 ? null : keysOf(old).first;
  const firstAbove = (rows: readonly TailRow[]) =>
    base === null ? 0 : rows.findIndex((row) => row.key === null || row.key > base);
  const at = firstAbove(old);
  if (at === -1) return false; // only ties of the first key, which may have changed places with unread ones
  if (firstAbove(now) !== at) return false;
  const rest = new Map(now.slice(at, old.length).map((row) => [row.uuid, row.key]));
  return old.slice(at).every((row) => rest.has(row.uuid) && rest.get(row.uuid) === row.key);
}

function group(state: SweepState, rows: readonly PageRow[]): SweepState {
  const step = continueGroup(state, rows);
  if (step === 'keyless') return goBlind(state, rows, 'rows without a sort key');
  return step === 'shifted' ? stepBack({ ...state, next: Math.max(1, state.group!.start) }) : step;
}

function goBlind(state: SweepState, rows: readonly PageRow[], why: string): SweepState {
  return {
    ...state,
    phase: 'blind',
    tail: null,
    group: null,
    next: state.next + rows.length,
    lastBlind: { first: rows[0]?.uuid ?? null, rows: rows.length },
    unproven: state.unproven ?? why,
  };
}

/** Nothing can be proven: read to the end by position. */
function blind(state: SweepState, rows: readonly PageRow[]): SweepState {
  const seen = { first: rows[0]?.uuid ?? null, rows: rows.length };
  const last = state.lastBlind;
  const repeats =
    last !== null && last.first === seen.first && last.rows === seen.rows && seen.first !== null;
  if (rows.length === 0 || repeats) return finish(state);
  return { ...state, next: state.next + rows.length, lastBlind: seen };
}
