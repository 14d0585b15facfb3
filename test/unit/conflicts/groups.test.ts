/** Which conflicts have one cause, and how people read them. */
import { expect, it } from 'vitest';
import { listWords, showWords } from '../../../src/cli/ask/conflicts-words.js';
import type { ConflictRow } from '../../../src/conflicts/conflicts.js';
import { groupConflicts } from '../../../src/conflicts/conflicts.js';

const conflict = (id: number, more: Partial<ConflictRow> = {}): ConflictRow => ({
  id,
  account: 'default',
  resource: 'jobs',
  kind: 'plan_limit',
  ats_id: `J-${id}`,
  uuid: null,
  field: null,
  base_value: null,
  ats_value: null,
  sparkhire_value: null,
  reason: 'The plan has no free job slot.',
  policy: null,
  opened_at: `2026-03-01T09:${String(id).padStart(2, '0')}:00Z`,
  resolved_at: null,
  resolution: null,
  resolved_by: null,
  acted_at: null,
  carried_out: null,
  revision: 1,
  ...more,
});
const names = (id: number, name: string) => new Map([[id, { name, job: null, missing: [] }]]);

it('thirty-five that say the same are one group, in the order of their keys, since the first', () => {
  const rows = Array.from({ length: 35 }, (_, index) => conflict(35 - index));
  const [group, ...more] = groupConflicts(rows);
  expect(more).toEqual([]);
  expect(group!.rows.map(({ ats_id }) => ats_id).slice(0, 11)).toEqual(
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((n) => `J-${n}`),
  );
  expect(group!.since).toBe('2026-03-01T09:01:00Z');
});

it('another account, kind, column or reason is another group', () => {
  const rows = [
    conflict(1),
    conflict(2, { account: 'north' }),
    conflict(3, { kind: 'remote_deleted' }),
    conflict(4, { field: 'title' }),
    conflict(5, { reason: 'The plan does not tell.' }),
  ];
  expect(groupConflicts(rows)).toHaveLength(5);
});

it('no line of the list is longer than the terminal, and nothing is left out', () => {
  const text = listWords([conflict(1), conflict(2)], names(1, 'Head Baker of the night shift'), false, 60);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
  expect(text.replace(/\s+/g, ' ')).toContain('1 jobs J-1 · Head Baker of the night shift 2 jobs J-2');
});

it('what nobody chooses about says all the same what to do', () => {
  const held = conflict(1, { kind: 'mass_change', sparkhire_value: { checksum: 'abc' } });
  expect(showWords(held, undefined, null)).toContain('apply --approve abc');
  expect(showWords(conflict(1), undefined, null)).toContain('Make room in the plan');
  const decided = { resolved_at: '2026-03-02T09:00:00Z', resolution: 'ats', resolved_by: 'jane@ops1' };
  expect(showWords(conflict(2, decided), undefined, null)).not.toContain('done with');
  const ended = { ...decided, acted_at: '2026-03-02T09:05:00Z' };
  const done = conflict(3, { ...ended, carried_out: true });
  expect(showWords(done, undefined, null)).toMatch(/ats, by jane@ops1\n {2}done +2026-03-02 09:05/);
  const aside = conflict(4, { ...ended, carried_out: false });
  expect(showWords(aside, undefined, null)).toMatch(/\n {2}put aside +2026-03-02 09:05/);
});
