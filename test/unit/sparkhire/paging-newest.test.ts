import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  acceptNewest,
  type Floor,
  type NewestState,
  nextRequest,
  startNewest,
} from '../../../src/sparkhire/paging/newest.js';
import type { PageRow } from '../../../src/sparkhire/paging/state.js';
import { seededRandom } from '../../support/emulated-life.js';
import { runsOf } from '../../support/rotation.js';

interface Row {
  uuid: string;
  key: number;
}

interface Server {
  cap?: number;
  /** Ties in another order at each request; else in one that both directions share, or that turns around. */
  ties?: 'shuffled' | 'kept' | 'reversed';
  shortPages?: boolean;
  ignoresOrder?: boolean;
  ignoresRange?: boolean;
  noKeys?: boolean;
  /** Positions behind this one are empty, whichever order is asked for. */
  shows?: number;
}

/** A listing as a server may serve it, ordered by when its rows were updated. */
class Listing {
  rows: Row[];
  requests = 0;
  clock: number;
  #added = 0;
  #places = new Map<string, number>();
  constructor(
    rows: Row[],
    readonly server: Server,
    readonly random: () => number,
  ) {
    this.rows = rows.map((row) => ({ ...row }));
    this.clock = Math.max(0, ...rows.map(({ key }) => key)) + 1;
  }

  page(order: 'asc' | 'desc', [from, to]: [number, number]): PageRow[] {
    this.requests++;
    const { server, random } = this;
    const place = ({ uuid }: Row) => {
      if (!this.#places.has(uuid)) this.#places.set(uuid, random());
      return this.#places.get(uuid)!;
    };
    const rank = new Map(this.rows.map((row) => [row, server.ties === 'shuffled' ? random() : place(row)]));
    const tied = order === 'desc' && server.ties === 'reversed' ? -1 : 1;
    const sorted = [...this.rows].sort(
      (a, b) => (order === 'asc' ? a.key - b.key : b.key - a.key) || tied * (rank.get(a)! - rank.get(b)!),
    );
    const all = server.ignoresOrder ? this.rows : sorted;
    const show = (rows: Row[]) => rows.map(({ uuid, key }) => ({ uuid, key: server.noKeys ? null : key }));
    if (server.ignoresRange) return show(all);
    let count = Math.min(to - from + 1, server.cap ?? Number.POSITIVE_INFINITY);
    if (server.shortPages && random() < 0.4) count = Math.max(1, Math.floor(count * random()));
    return show(all.slice(from - 1, Math.min(from - 1 + count, server.shows ?? Number.POSITIVE_INFINITY)));
  }

  touch(index: number): string | undefined {
    const row = this.rows[index % this.rows.length];
    if (row) row.key = this.clock;
    return row?.uuid;
  }
  remove(index: number): void {
    if (this.rows.length > 0) this.rows.splice(index % this.rows.length, 1);
  }
  add(): void {
    this.rows.push({ uuid: `new-${this.#added++}`, key: this.clock });
  }
}

/** `n` rows, `tie` of them with each key: 0, 1, 2 and so on. */
const rowsOf = (n: number, tie = 1): Row[] =>
  Array.from({ length: n }, (_, i) => ({ uuid: `r${i}`, key: Math.floor(i / tie) }));

const above = (rows: Row[], floor: Floor | null) =>
  rows.filter(({ key }) => floor === null || key > floor.key || (floor.inclusive && key === floor.key));

function read(listing: Listing, floor: Floor | null, size: number, between?: (request: number) => void) {
  let state: NewestState = startNewest(floor);
  const seen = new Set<string>();
  for (let next = nextRequest(state, size); next !== null; next = nextRequest(state, size)) {
    if (listing.requests > 20_000) throw new Error(`no end: ${JSON.stringify(state)}`);
    const rows = listing.page(next.order, next.range);
    for (const { uuid } of rows) seen.add(uuid!);
    state = acceptNewest(state, rows, size);
    between?.(listing.requests);
  }
  return { state, seen, requests: listing.requests };
}

function still(rows: Row[], floor: Floor | null, size: number, server: Server = {}) {
  const listing = new Listing(rows, server, seededRandom(5));
  const result = read(listing, floor, size);
  const missed = above(rows, floor).filter(({ uuid }) => !result.seen.has(uuid));
  return { ...result, missed };
}

describe('a listing that does not move', () => {
  it.each([
    ['nothing new', 4000, 1, 1],
    ['ten new rows', 4000, 11, 1],
    ['a page and one', 4000, 101, 2],
    ['250 of 4,000', 4000, 251, 3],
    ['250 of 40,000', 40_000, 251, 3],
    ['1,000 of 4,000', 4000, 1001, 11],
  ])('costs what is new: %s', (_, n, newer, requests) => {
    const result = still(rowsOf(n), { key: n - newer, inclusive: false }, 100);
    expect(result.missed).toEqual([]);
    expect(result.state).toMatchObject({ newest: n - 1, unproven: null, unordered: null });
    expect(result.requests).toBe(requests);
  });

  it('costs the same where all that is new has one key and the server keeps its order', () => {
    for (const ties of ['kept', 'reversed'] as const) {
      const rows = [...rowsOf(3750), ...rowsOf(250).map((row) => ({ uuid: `t${row.uuid}`, key: 5000 }))];
      const result = still(rows, { key: 3749, inclusive: false }, 100, { ties });
      expect(result.missed).toEqual([]);
      expect(result.state.unproven).toBeNull();
      expect(result.requests).toBe(3);
    }
  });

  it('reads an empty listing with one request', () => {
    for (const floor of [null, { key: 5, inclusive: true }]) {
      const { state, requests } = still([], floor, 100);
      expect(state).toMatchObject({ phase: 'done', newest: null, unproven: null, unordered: null });
      expect(requests).toBe(1);
    }
  });

  it.each([1, 2, 3, 99, 100, 101, 350])('reads %d rows to the end', (n) => {
    for (const tie of [1, 2, 1000]) {
      for (const ties of ['kept', 'reversed', 'shuffled'] as const) {
        const { missed, state, requests } = still(rowsOf(n, tie), null, 100, { ties });
        expect(missed).toEqual([]);
        expect(state.unproven).toBeNull();
        if (tie === 1 && n > 1) expect(requests).toBeLessThanOrEqual(Math.ceil(n / 98) + 2);
      }
    }
  });

  it('reads a listing that lies above the floor as a whole, also in pages that are capped', () => {
    for (const cap of [undefined, 7]) {
      const { missed, state, requests } = still(rowsOf(40), { key: -5, inclusive: true }, 100, { cap });
      expect(missed).toEqual([]);
      expect(state.unproven).toBeNull();
      expect(requests).toBeLessThanOrEqual(cap === undefined ? 3 : 11);
    }
  });

  it('reads long groups of ties that come in another order each time, wherever they lie', () => {
    const group = (key: number, n: number) => rowsOf(n).map(({ uuid }) => ({ uuid: `${key}-${uuid}`, key }));
    const rows = [...rowsOf(5000), ...group(6000, 300), ...group(6001, 20), ...group(6002, 250)];
    const { missed, state, requests } = still(rows, { key: 4990, inclusive: true }, 100, {
      ties: 'shuffled',
    });
    expect(missed).toEqual([]);
    expect(state.unproven).toBeNull();
    expect(requests).toBeLessThan(150);
  });

  it('notices a server that ignores the order, and one that shows no keys, with one request', () => {
    for (const odd of [{ ignoresOrder: true }, { noKeys: true }]) {
      const { state, requests } = still(rowsOf(500), { key: 490, inclusive: false }, 100, odd);
      expect(state.unordered).not.toBeNull();
      expect(requests).toBe(1);
    }
  });

  it('ends with a server that ignores ranges, or answers one row a page', () => {
    for (const floor of [null, { key: 3, inclusive: true }]) {
      for (const odd of [{ ignoresRange: true }, { cap: 1 }]) {
        const { state, requests } = still(rowsOf(50), floor, 10, odd);
        expect(state.phase).toBe('done');
        expect(requests).toBeLessThan(30);
        if (odd.cap === 1) expect(state.unproven).not.toBeNull();
      }
    }
  });

  it.each([2, 7, 30])('ends with a server that shows its first %i rows only', (shows) => {
    const { state, requests } = still(rowsOf(60), { key: 10, inclusive: true }, 100, { cap: 7, shows });
    expect(state.phase).toBe('done');
    expect(requests).toBeLessThan(100);
  });

  it('passes over rows without a key among others', () => {
    let state = startNewest({ key: 5, inclusive: false });
    state = acceptNewest(
      state,
      [
        { uuid: null, key: null },
        { uuid: 'a', key: 9 },
        { uuid: 'b', key: 5 },
      ],
      10,
    );
    expect(state).toMatchObject({ phase: 'done', newest: 9, unordered: null });
  });
});

describe('a listing that moves', () => {
  it('steps back where rows slid up', () => {
    const listing = new Listing(rowsOf(2000), {}, seededRandom(1));
    const floor = { key: 1000, inclusive: false };
    const { state, seen } = read(listing, floor, 100, (request) => {
      if (request === 4) for (let i = 0; i < 150; i++) listing.remove(listing.rows.length - 1);
    });
    for (let key = 1001; key < 1700; key++) expect(seen).toContain(`r${key}`);
    expect(state.unproven).toBeNull();
    expect(listing.requests).toBeLessThan(20);
  });

  it('ends where most of the rows went away under the reader', () => {
    const listing = new Listing(rowsOf(2000), {}, seededRandom(1));
    const { state } = read(listing, { key: 1000, inclusive: false }, 100, (request) => {
      if (request === 4) listing.rows.splice(200);
    });
    expect(state).toMatchObject({ phase: 'done', unproven: null });
    expect(listing.requests).toBeLessThan(20);
  });

  it('reads a long group again where a row of it went away under the reader', () => {
    const listing = new Listing(rowsOf(800, 700), { ties: 'kept' }, seededRandom(1));
    const { state, seen } = read(listing, { key: -1, inclusive: false }, 100, (request) => {
      if (request % 2 === 0 && request < 12) listing.remove(3);
    });
    for (const { uuid } of listing.rows) expect(seen).toContain(uuid);
    expect(state.unproven).toBeNull();
  });

  const mutation = fc.record({
    at: fc.integer({ min: 1, max: 40 }),
    kind: fc.constantFrom('touch', 'remove', 'add', 'burst', 'collapse' as const),
    index: fc.nat(),
    tick: fc.boolean(),
  });
  const scenario = fc.record({
    n: fc.integer({ min: 0, max: 160 }),
    tie: fc.integer({ min: 1, max: 90 }),
    size: fc.integer({ min: 2, max: 60 }),
    cap: fc.option(fc.integer({ min: 2, max: 30 }), { nil: undefined }),
    ties: fc.constantFrom('kept', 'reversed', 'shuffled' as const),
    shortPages: fc.boolean(),
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
    floor: fc.option(fc.record({ key: fc.integer({ min: -2, max: 160 }), inclusive: fc.boolean() })),
    mutations: fc.array(mutation, { maxLength: 60 }),
  });

  it('point 9: never misses a row above the floor that was left alone', () => {
    fc.assert(
      fc.property(scenario, ({ n, tie, size, seed, floor, mutations, ...server }) => {
        const rows = rowsOf(n, tie);
        const listing = new Listing(rows, server, seededRandom(seed));
        const newest = n === 0 ? null : Math.max(...rows.map(({ key }) => key));
        const touched = new Set<string>();
        const { state, seen } = read(listing, floor, size, (request) => {
          for (const one of mutations.filter(({ at }) => at === request)) {
            if (one.tick) listing.clock++;
            if (one.kind === 'touch') touched.add(listing.touch(one.index) ?? '');
            else if (one.kind === 'remove') listing.remove(one.index);
            else if (one.kind === 'add') listing.add();
            else if (one.kind === 'collapse') listing.rows.splice(one.index % (listing.rows.length + 1));
            else for (let i = 0; i < 5; i++) listing.remove(one.index);
          }
        });
        expect(state.newest).toBe(newest);
        expect(state.unordered).toBeNull();
        const there = new Set(listing.rows.map(({ uuid }) => uuid));
        const missed = above(rows, floor).filter(
          ({ uuid }) => there.has(uuid) && !touched.has(uuid) && !seen.has(uuid),
        );
        if (state.unproven === null) expect(missed).toEqual([]);
        if (!server.shortPages) expect(state.unproven).toBeNull();
        // Whoever was touched, or added, is found by the next reading.
        for (const row of listing.rows) {
          if (touched.has(row.uuid) || row.uuid.startsWith('new')) {
            expect(row.key).toBeGreaterThanOrEqual(newest ?? row.key);
          }
        }
      }),
      { numRuns: Number(process.env.RUNS ?? runsOf(1500)), seed: Number(process.env.SEED ?? 20240501) },
    );
  });
});
