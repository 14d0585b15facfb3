/**
 * Sweeps of listings that hide the sort key of some rows (the document shows no null there, and promises none),
 * while rows come, go and are touched: they always end, soon, and never claim what they have not read.
 * @module-tag rare
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Listing, Row } from '../../../src/sparkhire/client.js';
import { type SweepState, sweep } from '../../../src/sparkhire/paging/paginate.js';
import { seededRandom } from '../../support/emulated-life.js';
import { runsOf } from '../../support/rotation.js';

interface Item {
  uuid: string;
  key: number;
  shown: boolean;
}

class MovingListing {
  requests = 0;
  clock: number;
  constructor(
    public items: Item[],
    readonly random: () => number,
    readonly how: { cap: number; short: boolean; shuffled: boolean },
  ) {
    this.clock = Math.max(0, ...items.map((item) => item.key)) + 1;
  }

  page([from, to]: [number, number]): Listing<Item> {
    this.requests++;
    const rank = new Map(this.items.map((item, i) => [item, this.how.shuffled ? this.random() : i]));
    const ordered = [...this.items].sort((a, b) => a.key - b.key || rank.get(a)! - rank.get(b)!);
    let size = Math.min(to - from + 1, this.how.cap);
    if (this.how.short) size = 1 + Math.floor(this.random() * size);
    const rows = ordered
      .slice(from - 1, from - 1 + size)
      .map((item): Row<Item> => ({ ok: true, value: { ...item }, raw: {} }));
    return { rows, serverDate: null };
  }

  move(): void {
    const { random } = this;
    const index = Math.floor(random() * this.items.length);
    const item = this.items[index];
    this.clock++;
    if (random() < 0.4 && item) Object.assign(item, { key: this.clock, shown: true });
    else if (random() < 0.5 && item) this.items.splice(index, 1);
    else this.items.push({ uuid: `new-${this.clock}`, key: this.clock, shown: random() < 0.5 });
  }
}

it('a sweep of rows that partly hide their key ends and is true', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rows: fc.integer({ min: 0, max: 60 }),
        tie: fc.integer({ min: 1, max: 12 }),
        hidden: fc.constantFrom(0, 0.05, 0.3, 0.7, 1),
        size: fc.integer({ min: 2, max: 12 }),
        cap: fc.constantFrom(2, 3, 7, 100),
        short: fc.boolean(),
        shuffled: fc.boolean(),
        moves: fc.constantFrom(0, 0, 0.1, 0.5),
        seed: fc.nat(),
      }),
      async ({ rows, tie, hidden, size, cap, short, shuffled, moves, seed }) => {
        const random = seededRandom(seed);
        const items = Array.from({ length: rows }, (_, i) => ({
          uuid: `row-${i}`,
          key: Math.floor(i / tie),
          shown: random() >= hidden,
        }));
        const listing = new MovingListing(items, random, { cap, short, shuffled });
        const source = {
          list: async (range: [number, number]) => listing.page(range),
          sortKey: (item: Item) => (item.shown ? new Date(item.key).toISOString() : null),
          uuid: (item: Item) => item.uuid,
          pageSize: size,
        };
        const seen = new Set<string>();
        let state: SweepState | undefined;
        let moved = 0;
        for await (const page of sweep(source)) {
          for (const row of page.rows) if (row.ok) seen.add(row.value.uuid);
          state = page.state;
          if (moved < 200 && random() < moves) {
            moved++;
            listing.move();
          }
          expect(listing.requests).toBeLessThan(1500);
        }
        const missed = listing.items.filter((item) => item.uuid.startsWith('row-') && !seen.has(item.uuid));
        if (state!.unproven === null) expect(missed).toEqual([]);
        // What does not move is read whole even where that cannot be proven.
        if (moves === 0 && !shuffled) expect(missed).toEqual([]);
        if (hidden === 0 && moves === 0 && !short) expect(state!.unproven).toBeNull();
      },
    ),
    { numRuns: Number(process.env.RUNS ?? runsOf(600)), seed: Number(process.env.SEED ?? 7) },
  );
});
