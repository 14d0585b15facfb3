/** Tables as wide as the terminal, with nothing cut off. */
import { describe, expect, it } from 'vitest';
import { type Column, table } from '../../../src/status/render/table.js';

const columns: Column[] = [
  { title: 'Run', wraps: true },
  { title: 'Rows', align: 'right' },
  { title: 'What was done', wraps: true },
];
const rows = [
  ['tick', '3', '3 requests, 1 row changed, 1 s'],
  ['sweep of question_sets', '12,345', '124 requests, no row changed, 12 min'],
];
const words = (lines: readonly string[]) => new Set(lines.join(' ').split(/\s+/));

describe('a table', () => {
  it('is as wide as it is where there is no terminal', () => {
    expect(table(columns, rows, { width: null, indent: 2 })).toEqual([
      '  Run                       Rows  What was done',
      '  tick                         3  3 requests, 1 row changed, 1 s',
      '  sweep of question_sets  12,345  124 requests, no row changed, 12 min',
    ]);
  });

  it('breaks cells at blanks where the terminal is narrower', () => {
    expect(table(columns, rows, { width: 60 })).toEqual([
      'Run                       Rows  What was done',
      'tick                         3  3 requests, 1 row changed, 1',
      '                                s',
      'sweep of question_sets  12,345  124 requests, no row',
      '                                changed, 12 min',
    ]);
  });

  it('is a paragraph for each row where cells cannot be broken any more', () => {
    expect(table(columns, rows, { width: 30 })).toEqual([
      'Run',
      'tick',
      '  Rows: 3 · What was done: 3',
      '  requests, 1 row changed, 1 s',
      'sweep of question_sets',
      '  Rows: 12,345 · What was',
      '  done: 124 requests, no row',
      '  changed, 12 min',
    ]);
  });

  it('never is wider than the terminal, and keeps every word', () => {
    for (let width = 25; width < 100; width++) {
      const lines = table(columns, rows, { width, indent: 2 });
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
      for (const word of words(rows.flat())) expect(words(lines)).toContain(word);
    }
  });

  it('may leave its titles out', () => {
    expect(
      table([{ title: 'a' }, { title: 'b' }], [['0001', 'mirror']], { width: 80, titles: false }),
    ).toEqual(['0001  mirror']);
  });
});
