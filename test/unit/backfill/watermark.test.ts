/** The watermark's rules by themselves, and a life of ticks against a server whose rows show up late. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floorOf, marginMs, movedOn, type Watermark } from '../../../src/backfill/watermark.js';
import { acceptNewest, nextRequest, startNewest } from '../../../src/sparkhire/paging/newest.js';
import { seededRandom } from '../../support/emulated-life.js';
import { runsOf } from '../../support/rotation.js';

const at = (fields: Partial<Watermark> = {}): Watermark => ({
  key: 1_000_000,
  seenAt: 50_000,
  settled: false,
  keyless: false,
  ...fields,
});

describe('the floor of a tick', () => {
  it('is a minute below the watermark, inclusive, until that is settled', () => {
    expect(floorOf(at())).toEqual({ key: 1_000_000 - 60_000, inclusive: true });
    expect(floorOf(at({ settled: true }))).toEqual({ key: 1_000_000, inclusive: false });
  });

  it('is the end of the listing where that was empty, and one page where it shows no times', () => {
    expect(floorOf(at({ key: null }))).toBeNull();
    const floor = floorOf(at({ key: null, keyless: true }));
    const state = acceptNewest(startNewest(floor), [{ uuid: 'a', key: 5 }], 100);
    expect(state.phase).toBe('done');
  });
});

describe('the watermark after a tick', () => {
  it('moves to a newer key, unsettled, seen now', () => {
    for (const before of [at(), at({ settled: true }), at({ key: null })]) {
      expect(movedOn(before, 1_000_001, 70_000, 70_500)).toEqual(at({ key: 1_000_001, seenAt: 70_500 }));
    }
  });

  it('settles once a tick began a minute after it was first seen, and never moves back', () => {
    expect(movedOn(at(), 1_000_000, 109_999, 200_000)).toEqual(at());
    expect(movedOn(at(), 1_000_000, 110_000, 200_000)).toEqual(at({ settled: true }));
    expect(movedOn(at({ settled: true }), 999_000, 60_000, 60_500)).toEqual(at({ settled: true }));
    expect(movedOn(at(), null, 60_000, 60_500)).toEqual(at());
  });
});

interface Row {
  uuid: string;
  /** Whole seconds, in milliseconds. */
  key: number;
  version: number;
  /** What the listing shows until `visibleAt`: nothing, or the version before. */
  visibleAt: number;
  before: { key: number; version: number } | null;
}

describe('a life of ticks', () => {
  const event = fc.record({
    kind: fc.constantFrom('touch', 'touch', 'add', 'remove', 'burst', 'tick', 'tick', 'tick' as const),
    index: fc.nat(),
    /** Time until the next event; mostly within the margin, where it is interesting. */
    pauseMs: fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 90_000 })),
    lateMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: marginMs })),
  });
  const scenario = fc.record({
    rows: fc.integer({ min: 0, max: 60 }),
    size: fc.integer({ min: 2, max: 40 }),
    /** How far the database's clock is from the server's. */
    skewMs: fc.integer({ min: -10_000_000, max: 10_000_000 }),
    requestMs: fc.integer({ min: 0, max: 3000 }),
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
    events: fc.array(event, { maxLength: 60 }),
  });

  it('leaves no version of a row unread, however late within the margin it shows, and settles to one request', () => {
    fc.assert(
      fc.property(scenario, ({ rows, size, skewMs, requestMs, seed, events }) => {
        const random = seededRandom(seed);
        let now = 1_000_000_000;
        let serial = 0;
        const second = () => Math.floor(now / 1000) * 1000;
        const server: Row[] = [];
        const add = (lateMs: number, key = second()) =>
          server.push({ uuid: `r${serial++}`, key, version: 0, visibleAt: now + lateMs, before: null });
        for (let i = 0; i < rows; i++) add(0, second() - i * 500 - 500);
        const read = new Map<string, number>(server.map(({ uuid, version }) => [uuid, version]));
        const oldest = Math.max(...server.map(({ key }) => key));
        let watermark: Watermark = {
          key: rows === 0 ? null : oldest,
          seenAt: now + skewMs,
          settled: false,
          keyless: false,
        };
        const shown = () =>
          server.flatMap((row) => {
            if (row.visibleAt <= now) return [{ uuid: row.uuid, key: row.key, version: row.version }];
            return row.before === null ? [] : [{ uuid: row.uuid, ...row.before }];
          });
        const happen = ({ kind, index, lateMs }: { kind: string; index: number; lateMs: number }) => {
          const row = server[index % Math.max(1, server.length)];
          if (kind === 'add') add(lateMs);
          else if (kind === 'burst') for (let i = 0; i < 15; i++) add(0);
          else if (row !== undefined && kind === 'remove') server.splice(server.indexOf(row), 1);
          else if (row !== undefined && kind === 'touch' && row.visibleAt <= now) {
            row.before = { key: row.key, version: row.version };
            Object.assign(row, { key: second(), version: row.version + 1, visibleAt: now + lateMs });
          }
        };

        let queue = [...events];
        const tick = (quiet: boolean): number => {
          const began = now + skewMs;
          let state = startNewest(floorOf(watermark));
          let requests = 0;
          for (let next = nextRequest(state, size); next !== null; next = nextRequest(state, size)) {
            const { order, range } = next;
            requests++;
            const rank = new Map(server.map(({ uuid }) => [uuid, random()]));
            const page = shown()
              .sort(
                (a, b) =>
                  (order === 'asc' ? a.key - b.key : b.key - a.key) || rank.get(a.uuid)! - rank.get(b.uuid)!,
              )
              .slice(range[0] - 1, range[1]);
            for (const { uuid, version } of page) read.set(uuid, Math.max(version, read.get(uuid) ?? -1));
            state = acceptNewest(state, page, size);
            now += requestMs;
            const [first] = queue;
            if (!quiet && first !== undefined && first.kind !== 'tick') {
              queue = queue.slice(1);
              happen(first);
            }
          }
          expect(state.unordered).toBeNull();
          if (state.unproven === null) watermark = movedOn(watermark, state.newest, began, now + skewMs);
          return requests;
        };

        while (queue.length > 0) {
          const [one, ...rest] = queue;
          queue = rest;
          if (one!.kind === 'tick') tick(false);
          else happen(one!);
          now += one!.pauseMs;
        }
        now += marginMs;
        tick(true);
        const unread = server.filter(({ uuid, version }) => read.get(uuid) !== version);
        expect(unread).toEqual([]);
        now += marginMs + 1000;
        tick(true);
        expect(tick(true)).toBe(1);
      }),
      { numRuns: Number(process.env.RUNS ?? runsOf(500)), seed: Number(process.env.SEED ?? 20240501) },
    );
  });
});
