import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Collection } from '#emulators/emulator/http/ordering';

interface Row {
  seq: number;
  uuid: string;
  weight: number;
}

const weight = (row: Row) => row.weight;
const step = fc.record({
  what: fc.constantFrom('add', 'change', 'delete', 'replace'),
  which: fc.nat(30),
  weight: fc.integer({ min: 0, max: 5 }),
});

describe('a collection', () => {
  it('keeps an order like sorting anew would, ties by age, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const rows = new Collection<Row>();
        rows.ordered('weight', weight);
        let seq = 0;
        for (const { what, which, weight: value } of steps) {
          const known = [...rows.values()][which % Math.max(1, rows.size)];
          if (what === 'add' || !known) rows.set(`row ${++seq}`, { seq, uuid: `row ${seq}`, weight: value });
          else if (what === 'delete') rows.delete(known.uuid);
          else if (what === 'replace') rows.set(known.uuid, { ...known, weight: value });
          else {
            rows.change(known, (row) => {
              row.weight = value;
            });
          }
        }
        const sorted = [...rows.values()].sort((a, b) => a.weight - b.weight || a.seq - b.seq);
        expect(rows.ordered('weight', weight)).toEqual(sorted);
      }),
    );
  });

  it('changes its version with every change, and stays whole when a change throws', () => {
    const rows = new Collection<Row>();
    const row = { seq: 1, uuid: 'a', weight: 1 };
    rows.set('a', row);
    rows.ordered('weight', weight);
    const before = rows.version;
    expect(() =>
      rows.change(row, () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(rows.ordered('weight', weight)).toEqual([row]);
    expect(rows.version).toBeGreaterThan(before);
    rows.clear();
    expect(rows.ordered('weight', weight)).toEqual([]);
  });

  it('finds a record again that somebody changed behind its back', () => {
    const rows = new Collection<Row>();
    const [light, heavy] = [
      { seq: 1, uuid: 'a', weight: 1 },
      { seq: 2, uuid: 'b', weight: 2 },
    ];
    rows.set('a', light!).set('b', heavy!);
    rows.ordered('weight', weight);
    light!.weight = 9;
    rows.delete('a');
    expect(rows.ordered('weight', weight)).toEqual([heavy]);
  });
});
