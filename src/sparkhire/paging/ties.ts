/**
 * A group of equal keys that is longer than a page. Its rows come in any order, another one at each request,
 * so no overlap joins its pages. It is read in passes, and its bounds are measured with each:
 *
 *   start   the row before it has a smaller key (looked at when a pass begins)
 *   end     the last position with its key (known when a pass ends)
 *
 * A row can leave such a group (deleted, touched) but not join it later: keys only grow, and the group's key
 * is past. For the same reason its start can only fall, so a start found unchanged at two times did not move
 * between them. When a pass ends, the group therefore holds at most end - start + 1 rows, and every row seen
 * in it from then on was one of these: once as many distinct ones have been seen, none is left out.
 */
import type { PageRow, SweepState } from './state.js';

/** A shuffled group of 5,000 rows needs about 12 passes; more than this many is given up, unproven. */
const passLimit = 40;

export function enterGroup(state: SweepState, key: number, start: number): SweepState {
  return {
    ...state,
    phase: 'group',
    tail: null,
    next: Math.max(1, start - 1),
    group: { key, start, end: null, pass: 1, members: [] },
  };
}

/**
 * @returns the next state; `shifted` when the group is no longer where it was; `keyless` when a row does not show
 *   whether it belongs to the group, so that the group's bounds cannot be measured
 */
export function continueGroup(
  state: SweepState,
  rows: readonly PageRow[],
): SweepState | 'shifted' | 'keyless' {
  const group = state.group!;
  const beyond = rows.findIndex((row) => row.key !== null && row.key > group.key);
  if ((beyond === -1 ? rows : rows.slice(0, beyond)).some((row) => row.key === null)) return 'keyless';
  const anchor = Math.max(1, group.start - 1);
  const atAnchor = state.next === anchor && group.start > 1;
  const beginsHere = state.next === anchor;
  if (atAnchor) {
    const first = rows[0];
    if (first === undefined || first.key! >= group.key) return 'shifted';
    if (rows[1] !== undefined && rows[1].key! < group.key) return 'shifted';
  } else if (beginsHere && rows[0] !== undefined && rows[0].key! < group.key) {
    return 'shifted';
  }

  const from = atAnchor ? 1 : 0;
  let end: number | null = rows.length === 0 ? state.next - 1 : null;
  const members = [...group.members];
  const known = new Set(members);
  for (let i = from; i < rows.length; i++) {
    const row = rows[i]!;
    if (row.key! < group.key) return 'shifted';
    if (row.key! > group.key) {
      end = state.next + i - 1;
      break;
    }
    // The first pass only finds the end; what it saw may have left before the end was measured.
    if (group.pass > 1 && row.uuid !== null && !known.has(row.uuid)) {
      known.add(row.uuid);
      members.push(row.uuid);
    }
  }
  if (end === null) {
    return { ...state, group: { ...group, members }, next: state.next + rows.length };
  }
  const moved = group.end !== end;
  const next = { ...group, end, members: moved ? [] : members };
  if (!moved && group.pass > 1 && members.length >= end - group.start + 1) {
    return leave({ ...state, group: next });
  }
  if (group.pass >= passLimit) {
    const why = 'a group of equal sort keys came in another order at every request';
    return leave({ ...state, group: next, unproven: state.unproven ?? why });
  }
  return { ...state, group: { ...next, pass: group.pass + 1 }, next: anchor };
}

/** On behind the group, which counts as read. */
function leave(state: SweepState): SweepState {
  const group = state.group!;
  return {
    ...state,
    phase: 'walk',
    group: null,
    stalled: 0,
    frontier: { key: group.key, closed: true },
    next: Math.max(1, group.end ?? group.start),
  };
}
