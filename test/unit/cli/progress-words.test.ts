/** What a terminal shows of work under way. */
import { describe, expect, it } from 'vitest';
import { type BarLine, barLine } from '../../../src/cli/report/progress-bars.js';

const bulk: BarLine = {
  resource: 'interviews',
  phase: 'writes',
  total: 2750,
  from: 0,
  done: 381,
  requests: 2369,
  startedAt: 0,
  outcome: null,
  endedAt: null,
};
const full = { used: 400, limit: 400, windowMs: 60_000 };
const shown = (columns: number, more: Partial<BarLine> = {}) =>
  barLine({ ...bulk, ...more }, full, 28_000, columns);

describe('a bar', () => {
  it('says how many are sent, when the rest is, and that it waits for the budget', () => {
    expect(shown(140)).toBe(
      'interviews writes      ━━━─────────────────────     381 of 2,750  about 6 min left  waiting for the request budget  requests 400/400  14/s',
    );
  });

  it.each([60, 80, 120])('has its count and no more than %i columns', (columns) => {
    const line = shown(columns);
    expect(line.length).toBeLessThanOrEqual(columns);
    expect(line).toContain('interviews writes');
    expect(line).toContain('381 of 2,750');
    if (columns >= 80) expect(line).toContain('about 6 min left');
  });

  it('keeps to the width of any terminal', () => {
    for (let columns = 30; columns < 200; columns++) {
      expect(shown(columns).length).toBeLessThanOrEqual(columns);
      expect(shown(columns, { outcome: 'carried over', endedAt: 9000 }).length).toBeLessThanOrEqual(columns);
    }
  });
});
